"""Translate a statement into the dialect of a database."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from nshot.errors import SqlParseError
from nshot.sql.dialects.comparisons import fit_comparisons
from nshot.sql.dialects.dates import rewrite_dates
from nshot.sql.dialects.functions import rewrite_functions
from nshot.sql.dialects.grouping import wrap_ungrouped
from nshot.sql.dialects.resolve import Resolver
from nshot.sql.parse import parse
from nshot.types import Schema

if TYPE_CHECKING:
    from sqlglot import exp


_FAULTS: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What sqlglot raises besides its own errors, on trees of broken statements."""
LONGEST: Final = 5_000
"""Characters of a statement; the time grows faster than the length."""


@lru_cache(maxsize=8_192)
def translate(sql: str, schema: Schema, source: str = "sqlite", target: str = "") -> str:
    """The statement in another dialect; one of SQLite returns there the rows that SQLite returns.

    A statement that cannot be parsed or is longer than `LONGEST`, and one that is in the target's
    dialect already, is returned unchanged.

    Args:
        sql: One SELECT, for example of a model that learned SQLite.
        schema: Of the database on which it is to run; says which names are columns, and what they
            hold.
        source: sqlglot's name of the dialect in which it is written.
        target: That of the dialect in which it is to be written; by default that of the schema's
            database.

    >>> from nshot.types import Column, Table
    >>> shop = Schema("shop", (Table("Item", (Column("id", "int"), Column("name", "text"))),), (), "postgres")
    >>> translate("SELECT name, count(*) FROM item WHERE id = '3' AND name LIKE 'a%'", shop)
    'SELECT (ARRAY_AGG(name))[1] AS name, COUNT(*) FROM "Item" WHERE id = 3 AND name ILIKE \\'a%\\''
    """
    target = target or schema.dialect
    if target == source or len(sql) > LONGEST:
        return sql
    from sqlglot.errors import SqlglotError

    try:
        tree = parse(sql, schema, source)
        names = Resolver(tree, schema, target)
        if source == "sqlite":
            rewrite_dates(tree, target)
            fit_comparisons(tree, names, target)
            rewrite_functions(tree, names, target)
            wrap_ungrouped(names, target)
        _name_subqueries(tree)
        _drop_namespaces(tree, schema)
        return tree.sql(target, comments=False)
    except (SqlParseError, SqlglotError, RecursionError, *_FAULTS):
        return sql


def _drop_namespaces(tree: exp.Expr, schema: Schema) -> None:
    """The schema's tables without a prefix, such as SQL Server's `dbo` or SQLite's `main`: their
    names alone mean them.
    """
    from sqlglot import exp

    known = {table.name.lower() for table in schema.tables}
    for node in tree.find_all(exp.Table):
        if node.name.lower() in known:
            node.set("db", None)
            node.set("catalog", None)
    for column in tree.find_all(exp.Column):
        if column.table.lower() in known:
            column.set("db", None)
            column.set("catalog", None)


def _name_subqueries(tree: exp.Expr) -> None:
    """Sub-queries in FROM get a name, which PostgreSQL before 16 and MySQL want."""
    from sqlglot import exp

    for place, node in enumerate(tree.find_all(exp.Subquery), start=1):
        if isinstance(node.parent, exp.From | exp.Join) and not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(f"q{place}")))
