"""`nshot grammar`: the grammar of a database's SQL, for engines that take one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from nshot.cli.options.derive import Only, derive_options
from nshot.cli.output.console import say, write
from nshot.errors import OptionError
from nshot.generation import Decoding
from nshot.options import Given, option

Server = Literal["llamacpp", "vllm"]


@dataclass(frozen=True)
class GrammarOptions:
    """The database, and for whom the grammar is written."""

    db: str = option()
    """A database file, a folder of CSV files, or a URL."""
    for_: Server = option()
    """llamacpp: the grammar as GBNF, for a file of its server. vllm: JSON with structured_outputs,
    for `extra_body`."""
    out: Path | None = option(None)
    """Write to this file. By default to stdout."""


@derive_options
def grammar(
    options: GrammarOptions, given: Annotated[Given[Decoding], Only((), ("functions", "sources"))]
) -> None:
    """Write the grammar of SQL over one database, in the form that FROM begins.

    Engines with grammars then write only SQL that names the tables and columns that there are. For
    example: nshot grammar --db shop.sqlite --for llamacpp --out shop.gbnf
    """
    from nshot.artifacts import replacing_own
    from nshot.data import Catalog
    from nshot.generation import to_gbnf, write_context_free

    limits = given.over(Decoding(constrain=True)).limits
    if options.out is not None and options.out.is_dir():
        raise OptionError(f"`out` is a file, and {options.out} is a folder; name a file")
    schema = Catalog().resolve(options.db).schema
    if not schema.tables:
        raise OptionError(f"{options.db} has no table that can be read; choose another database")
    text = to_gbnf(write_context_free(schema, limits))
    if options.for_ == "vllm":
        text = json.dumps({"structured_outputs": {"grammar": text}}, ensure_ascii=False, indent=2) + "\n"
    if options.out is None:
        write(text)
        return
    with replacing_own(options.out) as work:
        work.write_text(text, encoding="utf-8")
    rules, tables = text.count("::="), len(schema.tables)
    say(f"{options.out}: {rules} rules over {tables} {'table' if tables == 1 else 'tables'}")
