"""Build prompts from a question, a schema and demonstrations.

Contains the templates, the serializations of a schema, the choice of its relevant parts, and the
token budget. Building a prompt is a pure function: it reads no file (a template is read once, when
it is loaded) and no clock, and randomness comes only from a seed argument.

This package does not know how demonstrations are retrieved, or what a model or a tokenizer is; it
counts tokens through the two methods of `TextFormat`. It never reads a question's gold SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily
from nshot.prompting.answer import answer

if TYPE_CHECKING:
    from nshot.prompting.answer import answer_form
    from nshot.prompting.builder import PromptBuilder
    from nshot.prompting.config import PromptConfig, Scope
    from nshot.prompting.linking.find_named import find_named
    from nshot.prompting.linking.gold import gold, gold_with_distractors
    from nshot.prompting.linking.relevant import relevant
    from nshot.prompting.linking.shuffle_schema import shuffle_schema
    from nshot.prompting.linking.words import words
    from nshot.prompting.naming import ShownNames, choose_names, restore_names, show_names
    from nshot.prompting.serialize.compact import compact, kind
    from nshot.prompting.serialize.contexts import CONTEXTS
    from nshot.prompting.serialize.ddl import ddl
    from nshot.prompting.serialize.natural import natural
    from nshot.prompting.template import TEMPLATES, Template, load_template
    from nshot.prompting.text_format import PLAIN, PlainFormat, TextFormat

_HOMES = {
    "CONTEXTS": "serialize.contexts",
    "PLAIN": "text_format",
    "PlainFormat": "text_format",
    "PromptBuilder": "builder",
    "PromptConfig": "config",
    "TEMPLATES": "template",
    "Scope": "config",
    "ShownNames": "naming",
    "Template": "template",
    "TextFormat": "text_format",
    "answer_form": "answer",
    "compact": "serialize.compact",
    "ddl": "serialize.ddl",
    "find_named": "linking.find_named",
    "gold": "linking.gold",
    "gold_with_distractors": "linking.gold",
    "kind": "serialize.compact",
    "load_template": "template",
    "natural": "serialize.natural",
    "relevant": "linking.relevant",
    "restore_names": "naming",
    "show_names": "naming",
    "choose_names": "naming",
    "shuffle_schema": "linking.shuffle_schema",
    "words": "linking.words",
}

__all__ = [
    "CONTEXTS",
    "PLAIN",
    "TEMPLATES",
    "PlainFormat",
    "PromptBuilder",
    "PromptConfig",
    "Scope",
    "ShownNames",
    "Template",
    "TextFormat",
    "answer",
    "answer_form",
    "choose_names",
    "compact",
    "ddl",
    "find_named",
    "gold",
    "gold_with_distractors",
    "kind",
    "load_template",
    "natural",
    "relevant",
    "restore_names",
    "show_names",
    "shuffle_schema",
    "words",
]

__getattr__ = find_lazily(__name__, _HOMES)
