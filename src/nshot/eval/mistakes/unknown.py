"""Find names in a statement that the schema does not have."""

from __future__ import annotations

from sqlglot import exp

from nshot.eval.mistakes.names import StatementNames
from nshot.types import Schema


def unknown_name(tree: exp.Expr, schema: Schema) -> str:
    """`no such table` or `no such column`, whichever SQLite reports first; empty if all names are
    known.
    """
    known = {table.name.lower(): {column.name.lower() for column in table.columns} for table in schema.tables}
    names = StatementNames(tree, schema)
    used = {table for select in tree.find_all(exp.Select) for table in names.tables(select)}
    if used - known.keys():
        return "no such table"
    aliases = {alias.alias.lower() for alias in tree.find_all(exp.Alias)}
    for node in tree.find_all(exp.Column):
        found = names.column(node)
        if not isinstance(found, str) or node.is_star:
            continue
        table, _, column = found.partition(".")
        if column not in known.get(table, ()) and column not in aliases and column not in _ROWID:
            return "no such column"
    return ""


_ROWID = frozenset(("rowid", "oid", "_rowid_"))
