"""Map the columns of a user's file to question, SQL, database and the other roles."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from nshot.data.cells import BadField, text_field
from nshot.data.csv_rows import tidy_name
from nshot.data.records import Record, Records
from nshot.errors import DataError, OptionError

ALIASES: Mapping[str, tuple[str, ...]] = {
    "question": ("question", "utterance", "nl", "nl_question", "text"),
    "sql": ("query", "sql", "gold_sql", "sql_query", "gold_query"),
    "db_id": ("db_id", "schema", "database", "db", "database_id", "db_name", "database_name"),
    "id": ("id", "question_id"),
    "evidence": ("evidence",),
    "difficulty": ("difficulty", "hardness"),
    "tags": ("tags",),
}
"""Usual column names by role, tried in this order, ignoring letter case, if a `ColumnMap` names no
column.

`query` comes before `sql` because full Spider records have a parse tree under `sql`."""
_NOUNS = {role: role for role in ALIASES} | {"sql": "SQL", "db_id": "database's name"}
NO_COLUMN = "-"
"""In place of a column's name: no column has this role."""
_MAY_HOLD_SCHEMAS = frozenset(("schema", "database", "db"))
"""Usual names of the database's column under which some files have the text of a schema."""
_NAME = re.compile(r"[^\s()\[\]{};|,:]{1,128}")
"""What may be the name of a database, where the column's name leaves room for doubt."""
_WORD = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Names of the file's columns; None means the usual names (`ALIASES`)."""

    question: str | None = None
    sql: str | None = None
    db_id: str | None = None
    id: str | None = None
    difficulty: str | None = None
    tags: str | None = None
    evidence: str | None = None

    @classmethod
    def parse(cls, text: str) -> ColumnMap:
        """Parse a map written as `question=ask,sql=answer`.

        >>> ColumnMap.parse("question=ask, sql=answer").sql
        'answer'

        Raises:
            OptionError: A part is not `role=column`, or the role is unknown.
        """
        roles = [field.name for field in fields(cls)]
        named: dict[str, str] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            role, equals, column = (piece.strip() for piece in part.partition("="))
            if not equals or not column or role not in roles:
                raise OptionError(
                    f"columns: expected ROLE=COLUMN with a role of {', '.join(roles)}, got {part!r}"
                )
            named[role] = column
        return cls(**named)

    def bind(
        self,
        table: Records,
        required: Collection[str],
        source: str,
        known: Callable[[str], bool] = lambda _: False,
    ) -> Bound:
        """Role -> column of the file, for the roles that the file has.

        Args:
            columns: The column names of the file.
            required: Roles that must be present.
            source: The file's name, for the message.

        Raises:
            DataError: A required role or a column named by the map is not in the file.
        """
        named = self._find_named(table.columns, source)
        usual: dict[str, list[str]] = {}
        for column in table.columns:
            if column not in named.values():
                usual.setdefault(_WORD.sub("_", tidy_name(column).lower()), []).append(column)
        columns = dict(named)
        skipped: list[str] = []
        doubtful: set[str] = set()
        for role, aliases in ALIASES.items():
            if role in named or getattr(self, role) == NO_COLUMN:
                continue
            fitting: list[str] = []
            for alias in aliases:
                found = usual.get(alias, ())
                if not found:
                    continue
                _must_be_one(found, role, source)
                if alias in _MAY_HOLD_SCHEMAS and not _holds_names(table.records, found[0], known):
                    skipped.append(found[0])
                    continue
                fitting.append(found[0])
                doubtful |= {found[0]} if alias in _MAY_HOLD_SCHEMAS else set()
                if alias == role != "sql":
                    break  # its very name leaves no doubt
            if fitting:
                columns[role] = _choose(fitting, role, table.records, source)
        _must_have(columns, required, skipped, table.columns, source)
        remarks = tuple(_describe_skipped(column) for column in skipped)
        return Bound(columns, remarks, columns.get("db_id") in doubtful)

    def _find_named(self, columns: Sequence[str], source: str) -> dict[str, str]:
        """The columns that the map names, as the file spells them, by role."""
        found: dict[str, str] = {}
        for role in ALIASES:
            wanted: str | None = getattr(self, role)
            if wanted is None or wanted == NO_COLUMN:
                continue
            spelled = [column for column in columns if column == wanted] or [
                column for column in columns if tidy_name(column).lower() == tidy_name(wanted).lower()
            ]
            if not spelled:
                there = ", ".join(columns) or "none"
                raise DataError(
                    f"{source}: no column {wanted!r} for {role}; columns found: {there}; name one of them"
                )
            _must_be_one(spelled, role, source)
            if spelled[0] in found.values():
                raise DataError(
                    f"{source}: `columns` gives {wanted!r} to two roles; name one column for each"
                )
            found[role] = spelled[0]
        return found


class Bound(NamedTuple):
    """Which columns hold what."""

    columns: dict[str, str]
    """Column of the file by role, for the roles that the file has."""
    remarks: tuple[str, ...] = ()
    """What to say about columns that were ignored."""
    mixed: bool = False
    """Whether the database's column may hold the text of a schema in some rows."""

    def read_db_id(self, fields: Mapping[str, Any], db_id: str | None, known: Callable[[str], bool]) -> str:
        """The database of a row.

        Args:
            fields: The row.
            db_id: The database of rows that name none.
            known: Whether a text is the name of a database, however it looks.

        Raises:
            BadField: The row names none, and `db_id` is None.
        """
        text = text_field(fields, self.columns, "db_id", required=db_id is None)
        if self.mixed and text.strip() and not _is_name(text, known):
            if db_id is None:
                column = self.columns["db_id"]
                raise BadField(
                    f"db_id (column {column!r}) holds no name of a database: {text.strip()[:40]!r}; give "
                    "`db_id`"
                )
            return db_id
        return text or db_id or ""


def _must_be_one(found: Sequence[str], role: str, source: str) -> None:
    noun = _NOUNS.get(role, role)
    if len(set(found)) > 1:
        names = " and ".join(repr(column) for column in found)
        raise DataError(
            f"{source}: the columns {names} may both be the {noun}; name one with `columns` {role}=COLUMN"
        )
    if len(found) > 1:
        raise DataError(
            f"{source}: {len(found)} columns are called {found[0]!r}, so it is unknown which one is the "
            f"{noun}; rename the others"
        )


def _choose(columns: Sequence[str], role: str, records: Sequence[Record], source: str) -> str:
    """The one of several columns that has the role: the first one that holds texts.

    Raises:
        DataError: Two of them hold texts, which are not the same.
    """
    if len(columns) == 1:
        return columns[0]
    texts = {column: [_text(record.fields.get(column)) for record in records] for column in columns}
    filled = [column for column in columns if any(texts[column])] or [columns[0]]
    first, *others = filled
    for other in others:
        if any(one and two and one != two for one, two in zip(texts[first], texts[other], strict=True)):
            raise DataError(
                f"{source}: the columns {first!r} and {other!r} may both hold the {_NOUNS[role]}, and they "
                f"differ; name one with `columns` {role}=COLUMN"
            )
    return first


def _text(value: object) -> str:
    """A cell that may be SQL or a name; empty for a tree, as Spider has it under `sql`."""
    nothing = value is None or value != value  # NaN is not itself
    return "" if nothing or isinstance(value, dict | list) else str(value).strip()


def _holds_names(records: Iterable[Record], column: str, known: Callable[[str], bool]) -> bool:
    """Whether most texts of the column may be names of databases."""
    good = bad = 0
    for value in {str(record.fields.get(column) or "") for record in records}:
        if value.strip():
            fits = _is_name(value, known)
            good, bad = good + fits, bad + (not fits)
    return good >= bad


def _is_name(text: str, known: Callable[[str], bool]) -> bool:
    return _NAME.fullmatch(text.strip()) is not None or known(text)


def _describe_skipped(column: str) -> str:
    return (
        f"the column {column!r} holds no names of databases and is ignored; to use it anyway: "
        f"`columns` db_id={column}"
    )


def _must_have(
    columns: Mapping[str, str],
    required: Collection[str],
    skipped: Sequence[str],
    found: Sequence[str],
    source: str,
) -> None:
    missing = [role for role in required if role not in columns]
    if not missing:
        return
    tried = "; ".join(f"{role} (tried {', '.join(ALIASES[role])})" for role in missing)
    passed = f"; {_describe_skipped(skipped[0])}" if skipped and "db_id" in missing else ""
    cure = f"name it with `columns` {missing[0]}=COLUMN"
    if missing == ["db_id"]:
        cure += ", or give `db_id` for all rows"
    raise DataError(
        f"{source}: no column for {tried}; columns found: {', '.join(found) or 'none'}; {cure}{passed}"
    )


USUAL = ColumnMap()
"""The usual names for all roles."""
