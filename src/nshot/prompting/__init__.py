"""Question + schema + demonstrations -> prompt.

Holds the templates, the ways of writing a schema, the choice of its relevant parts and the token
budget. Building a prompt is pure: no file is read (a template is read once, when it is loaded), no
clock, no randomness but a seed that is an argument.

It does not know how demonstrations are found (retrieval), nor what a model or a tokenizer is: it
counts tokens through the two methods of `TextFormat`. It never looks at a question's gold SQL.
"""

from nshot.prompting.answer import answer, answer_form
from nshot.prompting.builder import PromptBuilder
from nshot.prompting.config import PromptConfig
from nshot.prompting.linking.gold import gold, gold_with_distractors
from nshot.prompting.linking.relevant import relevant
from nshot.prompting.linking.shuffle_schema import shuffle_schema
from nshot.prompting.serialize.compact import compact
from nshot.prompting.serialize.contexts import CONTEXTS
from nshot.prompting.serialize.ddl import ddl
from nshot.prompting.serialize.natural import natural
from nshot.prompting.template import TEMPLATES, Template, load_template
from nshot.prompting.text_format import PLAIN, PlainFormat, TextFormat

__all__ = [
    "CONTEXTS",
    "PLAIN",
    "TEMPLATES",
    "PlainFormat",
    "PromptBuilder",
    "PromptConfig",
    "Template",
    "TextFormat",
    "answer",
    "answer_form",
    "compact",
    "ddl",
    "gold",
    "gold_with_distractors",
    "load_template",
    "natural",
    "relevant",
    "shuffle_schema",
]
