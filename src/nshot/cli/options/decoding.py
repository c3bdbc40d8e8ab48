"""How tokens are chosen, and which candidate is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.cli.options.prompts import OWN
from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.generation import ModelSettings
    from nshot.pipeline import Execution


@dataclass(frozen=True)
class DecodingOptions:
    """How tokens are chosen, and which candidate is taken."""

    method: Annotated[
        str | None,
        typer.Option(
            help="greedy, beam or sample. Default: the model's own (nshot.json), else greedy; for -n above 1 "
            "beam, or sample on a server."
        ),
    ] = None
    n: Annotated[
        int, typer.Option("-n", "--candidates", help="How many SQL texts the model writes for a question.")
    ] = 1
    max_new_tokens: Annotated[int | None, typer.Option(help=f"Longest completion, in tokens. {OWN} 256.")] = (
        None
    )
    stop: Annotated[
        list[str] | None, typer.Option(help="End the SQL before this text, too; may be repeated.")
    ] = None
    beams: Annotated[
        int | None, typer.Option(help=f"For --method beam: how many are followed, at least. {OWN} 4.")
    ] = None
    temperature: Annotated[float, typer.Option(help="For --method sample.")] = 1.0
    top_p: Annotated[float, typer.Option(help="For --method sample.")] = 1.0
    constrain: Annotated[
        bool | None,
        typer.Option(
            "--constrain/--no-constrain",
            help="Only let the model write what can become valid SQL over the names of the schema. Needs "
            f"--form from-first and a model in this process. {OWN} no.",
        ),
    ] = None
    functions: Annotated[
        list[str] | None,
        typer.Option(
            help="With --constrain: a function that the SQL may call, and no other than those named; may be "
            f"repeated; any: all. {OWN} any."
        ),
    ] = None
    joins: Annotated[
        str | None,
        typer.Option(
            help="With --constrain: any; or keys: between tables that foreign keys connect, only from key to "
            f"key. {OWN} any."
        ),
    ] = None
    sources: Annotated[
        str | None,
        typer.Option(help=f"With --constrain: any; or tables: no sub-queries in FROM. {OWN} any."),
    ] = None
    execute_guided: Annotated[
        bool, typer.Option("--execute-guided", help="Of several candidates, take the first that runs.")
    ] = False
    vote: Annotated[
        bool, typer.Option("--vote", help="Of several candidates, take the result that most agree on.")
    ] = False
    repair: Annotated[
        bool, typer.Option("--repair", help="Show the model the error of SQL that does not run, once.")
    ] = False
    execute: Annotated[
        bool, typer.Option("--execute/--no-execute", help="Run the SQL, read-only and within limits.")
    ] = True
    timeout: Annotated[float, typer.Option(help="Seconds that one SQL statement may take.")] = 10.0
    max_rows: Annotated[int, typer.Option(help="Rows read of a result, at most.")] = 1000

    def over(self, own: ModelSettings, seed: int, local: bool = True) -> ModelSettings:
        """What is given here put over a model's own settings, whose prompts are settled.

        Several candidates are sampled where the engine has no beam search.
        """
        from nshot.generation import Decoding

        several = "beam" if local else "sample"
        method: Any = self.method or (several if self.n > 1 else own.decoding.method)
        stop = tuple(text.replace("\\n", "\n") for text in self.stop or ())
        constrain, longest = self.constrain, self.max_new_tokens
        if constrain is None:  # another form than the model's own cannot be constrained
            constrain = own.decoding.constrain and own.prompt.form == "from-first"
        if not constrain and (self.functions or self.joins or self.sources):
            raise OptionError(
                "--functions, --joins and --sources hold constrained SQL to less; give --constrain, too"
            )
        self._refuse_idle(method)
        decoding = Decoding(
            own.decoding.max_new_tokens if longest is None else longest,
            self.n,
            method,
            self.temperature,
            self.top_p,
            seed,
            stop,
            own.decoding.beams if self.beams is None else self.beams,
            constrain,
            self._functions(own) if constrain else (),
            self._joins(own) if constrain else "any",
            self._sources(own) if constrain else "any",
        )
        return replace(own, decoding=decoding)

    def _refuse_idle(self, method: str) -> None:
        idle = [
            ("--beams", self.beams is not None and method != "beam", "--method beam"),
            ("--temperature", self.temperature != 1.0 and method != "sample", "--method sample"),
            ("--top-p", self.top_p != 1.0 and method != "sample", "--method sample"),
            ("--vote", self.vote and self.n == 1, "several candidates (-n)"),
            ("--execute-guided", self.execute_guided and self.n == 1, "several candidates (-n)"),
        ]
        for name, is_idle, without in idle:
            if is_idle:
                raise OptionError(f"{name} has no effect without {without}; give that, too, or leave it out")

    def _functions(self, own: ModelSettings) -> tuple[str, ...]:
        if self.functions is None:
            return own.decoding.functions
        names = tuple(dict.fromkeys(name.lower() for name in self.functions))
        if "any" in names and len(names) > 1:
            raise OptionError("--functions any allows all; leave it out, or the others")
        return () if names == ("any",) else names

    def _joins(self, own: ModelSettings) -> Any:
        return own.decoding.joins if self.joins is None else self.joins

    def _sources(self, own: ModelSettings) -> Any:
        return own.decoding.sources if self.sources is None else self.sources

    def execution(self) -> Execution:
        """The execution settings."""
        from nshot.pipeline import Execution

        if self.vote and self.execute_guided:
            raise OptionError("--vote and --execute-guided are two ways to choose; give one")
        way: Any = "vote" if self.vote else "guided" if self.execute_guided else "first"
        return Execution(way, self.execute, self.timeout, self.max_rows)
