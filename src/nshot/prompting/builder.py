"""Build prompts from a template, a configuration and a model's text format."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from nshot.errors import OptionError, SqlParseError
from nshot.prompting.answer import answer
from nshot.prompting.budget import Draft, PromptParts, find_dropped, fit
from nshot.prompting.config import ExampleContext, PromptConfig
from nshot.prompting.linking.gold import gold
from nshot.prompting.linking.relevant import relevant, relevant_within, units
from nshot.prompting.linking.values import value_line
from nshot.prompting.naming import ShownNames, choose_names, show_names
from nshot.prompting.serialize.contexts import CONTEXTS, ContextWriter
from nshot.prompting.serialize.escape import sentence
from nshot.prompting.serialize.names import DIALECTS
from nshot.prompting.template import ShownExample, Template, TemplateValues, load_template
from nshot.prompting.text_format import PLAIN, TextFormat
from nshot.sql import translate
from nshot.types import CellMatch, Demonstration, Form, Message, Prompt, Question, Schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CACHED_EXAMPLES = 4096
_DEFAULTS: Final = PromptConfig()


class PromptBuilder:
    """Builds prompts. Create it once; `build` is pure and may be called from several threads.

    Args:
        template: A loaded template, or a name or path for `load_template`; None: that of the
            config, else n-shot.
        config: How to build.
        text: The model's tokenizer and chat template.
    """

    def __init__(
        self,
        template: Template | str | Path | None = None,
        config: PromptConfig = _DEFAULTS,
        text: TextFormat = PLAIN,
    ) -> None:
        chosen = template or config.template or "n-shot"
        self.template = chosen if isinstance(chosen, Template) else load_template(chosen)
        self.config = config
        self.text = text
        style = config.context or self.template.context or "natural"
        self._write: ContextWriter = CONTEXTS[style]
        if config.show_values and style == "compact" and not self.template.shows_values:
            raise OptionError(
                f"template {self.template.name} has no place for cell values beside a compact context; "
                "give a template that shows {{ values }}, such as compact, or another context"
            )
        self._in_context = config.show_values and not self.template.shows_values
        self._in_line = config.show_values and self.template.shows_values
        self._example_scope: ExampleContext = (
            config.example_context or self.template.example_context or "tables"
        )
        self._example = lru_cache(maxsize=_CACHED_EXAMPLES)(self._render_example)

    @property
    def form(self) -> Form:
        """The form in which the SQL of examples is written; the model's answer is read in the same
        form.
        """
        return self.config.form

    def show(self, schema: Schema) -> ShownNames:
        """The schema with the names that prompts show."""
        return choose_names(schema, self.config)

    def build(
        self,
        question: Question,
        schema: Schema,
        demonstrations: Sequence[Demonstration] = (),
        matches: Sequence[CellMatch] = (),
    ) -> Prompt:
        """The prompt for a question. The question's gold SQL is never read.

        Args:
            question: The question, with its evidence.
            schema: Schema of its database.
            demonstrations: Best first; ignored by a template that shows no examples.
            matches: Cell values of the database found in the question.

        Returns:
            The prompt, its demonstrations in the order shown, and what the budget left out.

        Raises:
            OptionError: The question is empty.
            BudgetError: Not even the question alone fits the budget.
            TemplateError: A user's template fails on these values.
        """
        asked = sentence(question.text)
        if not asked:
            raise OptionError(f"the question is empty (id {question.id!r}); write what you want to know")
        hint = sentence(question.evidence)
        words = f"{asked} {hint}"
        names = self.show(schema)
        matches = names.matches(matches)
        keep = _name_tables(schema, names.schema, question.tables)
        schema = self._scope(names.schema, words, matches, keep)
        dialect = DIALECTS.get(schema.dialect, schema.dialect)
        shown = tuple(demonstrations) if self.template.shows_examples else ()
        whole = PromptParts(len(shown), schema)

        def draft(choice: PromptParts) -> Draft:
            context = self._write(choice.schema, matches if self._in_context else ())
            line = value_line(choice.schema, matches) if self._in_line else ""
            some = self._examples(shown[: choice.shots], schema.dialect)
            values = TemplateValues(asked, context, hint, line, some, dialect, question.asked_on)
            content = self.template.render(values)
            return Draft(choice, content, self._count(content))

        kept, content, tokens = fit(
            whole, lambda: units(schema, words, matches, keep), draft, self.config.budget
        )
        chat = self.text.chat(content)
        return Prompt(
            text=content if chat is None else chat,
            messages=() if chat is None else (Message("user", content),),
            demonstrations=self._order(shown[: kept.shots]),
            tokens=tokens,
            dropped=names.restore_dropped(find_dropped(whole, kept, shown)),
            stop=self.template.stop,
            schema=names.schema,
            names=names.pairs,
            tables=names.find_own(table.name for table in kept.schema.tables),
        )

    def _scope(
        self, schema: Schema, question: str, matches: Sequence[CellMatch], keep: tuple[str, ...]
    ) -> Schema:
        if self.config.scope == "full":
            return schema
        most, columns = self.config.max_tables, self.config.max_columns
        if (tokens := self.config.schema_tokens) is not None:
            return relevant_within(
                schema,
                question,
                matches,
                count=self._length,
                max_tokens=tokens,
                max_columns=columns,
                keep=keep,
            )
        return relevant(schema, question, matches, max_tables=most, max_columns=columns, keep=keep)

    def _length(self, schema: Schema) -> int:
        return self.text.count_tokens(self._write(schema, ()))

    def _count(self, content: str) -> int:
        chat = self.text.chat(content)
        return self.text.count_tokens(content if chat is None else chat)

    def _order(self, best_first: tuple[Demonstration, ...]) -> tuple[Demonstration, ...]:
        return best_first[::-1] if self.config.order == "best-last" else best_first

    def _examples(self, best_first: tuple[Demonstration, ...], dialect: str) -> tuple[ShownExample, ...]:
        shown = enumerate(self._order(best_first), start=1)
        return tuple(self._example(one, dialect)._replace(number=number) for number, one in shown)

    def _render_example(self, demonstration: Demonstration, dialect: str) -> ShownExample:
        example, own = demonstration.example, demonstration.schema
        names = self.show(own)
        matches = names.matches(demonstration.matches)
        source = example.dialect or own.dialect
        described = replace(example, sql=translate(example.sql, own, source, own.dialect))
        schema = _example_schema(replace(demonstration, example=described), self._example_scope)
        schema = schema and names.show(schema)
        context = self._write(schema, matches if self._in_context else ()) if schema else ""
        line = value_line(schema or names.schema, matches) if self._in_line else ""
        if self.form != "written":  # what tuned models read, whatever the database
            dialect = own.dialect
        sql = answer(translate(example.sql, own, source, dialect), self.form, own)
        sql = show_names(sql, names.pairs, dialect)
        return ShownExample(0, sentence(example.question), context, sql, line)


def _name_tables(own: Schema, shown: Schema, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of tables as the prompt shows them."""
    wanted = {name.lower() for name in names}
    pairs = zip(own.tables, shown.tables, strict=True)
    return tuple(other.name for table, other in pairs if table.name.lower() in wanted)


def _example_schema(demonstration: Demonstration, how: ExampleContext) -> Schema | None:
    if how == "none" or not demonstration.schema.tables:
        return None
    if how == "full":
        return demonstration.schema
    try:
        return gold(demonstration.schema, demonstration.example.sql, all_columns=how == "tables")
    except SqlParseError:
        return demonstration.schema
