"""`nshot grammar`: the grammar of a database's SQL, for engines that take one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import say, write
from nshot.errors import OptionError, UnknownNameError
from nshot.options import option

Server = Literal["llamacpp", "vllm"]


@dataclass(frozen=True)
class GrammarOptions:
    """The database, and for whom the grammar is written."""

    db: str = option()
    """A database file, a folder of CSV files, or a URL."""
    for_: Server = option()
    """llamacpp: the grammar as GBNF, for a file of its server. vllm: JSON with structured_outputs,
    for `extra_body`."""
    functions: tuple[str, ...] = option(())
    """The only functions that SQL may call; may be repeated. By default all of the dialect."""
    sources: Literal["any", "tables"] = option("any")
    """What FROM may name: any (tables and sub-queries), or tables."""
    out: Path | None = option(None)
    """Write to this file. By default to stdout."""


@derive_options
def grammar(options: GrammarOptions) -> None:
    """Write the grammar of SQL over one database, in the form that FROM begins.

    Engines with grammars then write only SQL that names the tables and columns that there are. For
    example: nshot grammar --db shop.sqlite --for llamacpp --out shop.gbnf
    """
    from nshot.artifacts import replacing_own
    from nshot.data import Catalog
    from nshot.generation import FUNCTIONS, GrammarLimits, to_gbnf, write_context_free

    for name in options.functions:
        if name not in FUNCTIONS:
            raise UnknownNameError("function", name, FUNCTIONS, option="functions")
    if options.out is not None and options.out.is_dir():
        raise OptionError(f"`out` is a file, and {options.out} is a folder; name a file")
    schema = Catalog().resolve(options.db).schema
    if not schema.tables:
        raise OptionError(f"{options.db} has no table that can be read; choose another database")
    limits = GrammarLimits(frozenset(options.functions) or None, tables_only=options.sources == "tables")
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
