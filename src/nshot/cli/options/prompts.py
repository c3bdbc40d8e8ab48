"""How a prompt is written."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from nshot.generation import ModelSettings

OWN = "Default: the model's own (nshot.json), else"
"""Of options that a tuned model may have settings for."""


@dataclass(frozen=True)
class PromptStyle:
    """How a prompt is written, whatever the number of examples."""

    template: Annotated[
        str | None,
        typer.Option(
            help=f"zero-shot, n-shot, ddl, context-first, compact, or a Jinja2 file. {OWN} n-shot; "
            "zero-shot for --shots 0."
        ),
    ] = None
    context: Annotated[
        str | None,
        typer.Option(
            help=f"Schemas as natural (sentences), ddl (CREATE TABLE) or compact (a line a table). {OWN} "
            "the template's."
        ),
    ] = None
    scope: Annotated[
        str | None,
        typer.Option(help=f"full: the whole schema; relevant: the part that the question needs. {OWN} full."),
    ] = None
    max_tables: Annotated[
        int | None, typer.Option(help=f"For --scope relevant: most tables kept. {OWN} 6.")
    ] = None
    max_columns: Annotated[
        int | None,
        typer.Option(help=f"For --scope relevant: most columns kept of a table, keys aside. {OWN} no limit."),
    ] = None
    show_values: Annotated[
        bool | None,
        typer.Option(
            "--show-values/--no-show-values",
            help=f"Show the cell values that the question mentions. {OWN} no.",
        ),
    ] = None
    example_context: Annotated[
        str | None,
        typer.Option(
            help="How much of its own schema an example shows: full, tables (those of its SQL), gold (their "
            f"columns, too, are only those of its SQL), or none. {OWN} the template's, else tables."
        ),
    ] = None
    form: Annotated[
        str | None,
        typer.Option(
            help="How the SQL of examples is written and the answer read: written, tidy, named or "
            f"from-first. {OWN} written."
        ),
    ] = None
    order: Annotated[
        str | None,
        typer.Option(
            help="Place of the best example: best-last (next to the question) or best-first. "
            f"{OWN} best-last."
        ),
    ] = None
    budget: Annotated[
        int | None,
        typer.Option(help="Most tokens that the prompt may have. Default: what the model's context leaves."),
    ] = None

    def over(self, own: ModelSettings) -> ModelSettings:
        """What is given here put over a model's own settings."""
        names = [field.name for field in fields(own.prompt)]
        given: Any = {name: value for name in names if (value := getattr(self, name)) is not None}
        return replace(own, template=self.template or own.template, prompt=replace(own.prompt, **given))


@dataclass(frozen=True)
class PromptOptions(PromptStyle):
    """How the prompt is written."""

    shots: Annotated[
        int | None, typer.Option(help=f"How many examples the prompt shows; 0 for none. {OWN} 3.")
    ] = None

    def over(self, own: ModelSettings) -> ModelSettings:
        """As in `PromptStyle`, with the number of examples."""
        own = super().over(own)
        return own if self.shots is None else replace(own, shots=self.shots)
