"""Names beside bare ids: columns that a result lacks for a person to read its foreign keys.

A foreign key is read by the label column of the table that it leads to, which is found as Datasette
finds it: the only column beside the key, else the column `name` or `title`, else the only column of
text that is no key. Further, of several texts, the one that is the name of the row itself
(`CompanyName`, `category_name` of `categories`), or the only one that ends with `name`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from nshot.errors import NshotError, SqlParseError
from nshot.sql import parse, quote_name
from nshot.types import ForeignKey, Rows, Schema, Table

RunSql = Callable[[str], Rows]
"""SQL -> its rows, run in the sandbox."""
MOST_IDS: Final = 500
"""Different ids of one column whose names are looked up, at most."""
LONGEST: Final = 5_000
"""Characters of SQL that is read for labels."""
_FAILURES: Final = (RecursionError, ValueError, LookupError, AttributeError, TypeError)
"""How sqlglot fails on trees that it does not expect."""
_USUAL: Final = ("name", "title")
_WHOSE: Final = ("company", "full", "display")
"""Words before `name` by which a row is known."""
_SHORTEST: Final = 4
"""Letters of a table's name that make the name of a column its own."""
_TEXT: Final = ("char", "clob", "text", "string", "")


class _Bare(NamedTuple):
    """A column of a result that is a foreign key."""

    place: int
    key: ForeignKey
    label: str


def label_column(table: Table, keys: Sequence[ForeignKey] = ()) -> str | None:
    """The one column by which people know a row of a table; None if none stands out.

    Args:
        table: The table; its primary key has one column.
        keys: Foreign keys of the schema; their columns are no labels.
    """
    if len(table.primary_key) != 1:
        return None
    own = table.primary_key[0].lower()
    of_keys = {
        name.lower() for key in keys if key.table.lower() == table.name.lower() for name in key.columns
    }
    rest = [column for column in table.columns if column.name.lower() not in {own, *of_keys}]
    if len(rest) == 1 and len(table.columns) == 2:
        return rest[0].name
    for usual in _USUAL:
        if found := [column.name for column in rest if column.name.lower() == usual]:
            return found[0]
    texts = [column.name for column in rest if _is_text(column.type)]
    if len(texts) == 1:
        return texts[0]
    names = [name for name in texts if name.lower().endswith("name")]
    of_the_row = [name for name in names if _is_own_name(name, table.name)]
    return of_the_row[0] if of_the_row else names[0] if len(names) == 1 else None


def _is_own_name(column: str, table: str) -> bool:
    """Whether a column is the name of the row itself, as `CompanyName` and `category_name` are."""
    whose = column.lower().removesuffix("name").rstrip("_ ")
    return whose in _WHOSE or (len(whose) >= _SHORTEST and table.lower().startswith(whose[:-1]))


def add_labels(rows: Rows, sql: str, schema: Schema, run: RunSql) -> Rows:
    """The result with a column of names after each column that is a foreign key.

    It stays as it is where the SQL cannot be read, or shows the names already.

    Args:
        rows: The result of the SQL.
        sql: A SELECT.
        schema: Of the whole database.
        run: Runs one more SELECT for each such column.
    """
    bare = _find_bare(sql, schema, len(rows.columns))
    for place, key, label in reversed(bare):
        if names := _look_up(rows, place, key, label, schema, run):
            rows = _insert(rows, place, f"{rows.columns[place]} {label}", names)
    return rows


def _look_up(
    rows: Rows, place: int, key: ForeignKey, label: str, schema: Schema, run: RunSql
) -> dict[Any, Any]:
    """The names by id; empty where there are none, or too many ids."""
    ids = {row[place] for row in rows.rows if isinstance(row[place], int | str) and row[place] != ""}
    if not ids or len(ids) > MOST_IDS:
        return {}
    names = [quote_name(name, schema.dialect) for name in (key.ref_columns[0], label, key.ref_table)]
    wanted = ", ".join(sorted(_literal(one) for one in ids))
    sql = f"SELECT {names[0]}, {names[1]} FROM {names[2]} WHERE {names[0]} IN ({wanted})"  # noqa: S608
    try:
        found = dict(run(sql).rows)
    except NshotError:
        return {}
    return found if any(name is not None for name in found.values()) else {}


def _insert(rows: Rows, place: int, name: str, names: dict[Any, Any]) -> Rows:
    def widen(row: tuple[Any, ...], cell: Any) -> tuple[Any, ...]:
        return (*row[: place + 1], cell, *row[place + 1 :])

    cells = tuple(widen(row, names.get(row[place])) for row in rows.rows)
    return Rows(widen(rows.columns, name), cells, rows.truncated, rows.seconds)


def _find_bare(sql: str, schema: Schema, width: int) -> list[_Bare]:
    shown = _read_columns(sql, schema)
    if len(shown) != width:
        return []
    there = {one for one in shown if one is not None}
    found = []
    for place, one in enumerate(shown):
        for key in schema.foreign_keys:
            if one is None or (key.table.lower(), *(name.lower() for name in key.columns)) != one:
                continue
            target = schema.table(key.ref_table)
            label = target and label_column(target, schema.foreign_keys)
            key = key if key.ref_columns else key._replace(ref_columns=target.primary_key if target else ())
            if label and len(key.ref_columns) == 1 and (key.ref_table.lower(), label.lower()) not in there:
                found.append(_Bare(place, key, label))
            break
    return found


def _read_columns(sql: str, schema: Schema) -> list[tuple[str, str] | None]:
    """The table and column, in lower case, of each column of the result; None for what is
    computed."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    if len(sql) > LONGEST:
        return []
    tables: dict[str, object] = {
        t.name: {c.name: c.type or "text" for c in t.columns} for t in schema.tables if t.columns
    }
    try:
        tree = qualify(
            parse(sql, schema, schema.dialect),
            schema=tables,
            dialect=schema.dialect,
            validate_qualify_columns=False,
            expand_alias_refs=False,  # an alias of aliases would double what it stands for at each step
        )
        scope = build_scope(tree)
    except (SqlParseError, SqlglotError, *_FAILURES):
        return []
    if scope is None or not isinstance(tree, exp.Select):
        return []
    found: list[tuple[str, str] | None] = []
    for shown in tree.selects:
        inner = shown.unalias()
        source = scope.sources.get(inner.table) if isinstance(inner, exp.Column) else None
        found.append((source.name.lower(), inner.name.lower()) if isinstance(source, exp.Table) else None)
    return found


def _is_text(kind: str) -> bool:
    """Whether a declared type holds text."""
    return kind == "" or any(part in kind.lower() for part in _TEXT if part)


def _literal(value: int | str) -> str:
    return str(int(value)) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
