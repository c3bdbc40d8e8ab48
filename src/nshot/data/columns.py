"""Which columns of a user's file hold the question, the SQL, the database and the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

from nshot.errors import DataError, OptionError

ALIASES: Mapping[str, tuple[str, ...]] = {
    "question": ("question", "utterance", "nl", "text"),
    "sql": ("query", "sql", "gold_sql", "sql_query"),
    "db_id": ("db_id", "schema", "database", "db"),
    "id": ("id", "question_id"),
    "evidence": ("evidence",),
    "difficulty": ("difficulty", "hardness"),
    "tags": ("tags",),
}
"""Names tried in this order, letter case ignored, where a `ColumnMap` names no column itself.

`query` comes before `sql` because full Spider records hold a parse tree under `sql`.
"""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Names of the file's columns; None stands for the usual names (`ALIASES`)."""

    question: str | None = None
    sql: str | None = None
    db_id: str | None = None
    id: str | None = None
    difficulty: str | None = None
    tags: str | None = None
    evidence: str | None = None

    @classmethod
    def parse(cls, text: str) -> ColumnMap:
        """The map written as `question=ask,sql=answer`.

        >>> ColumnMap.parse("question=ask, sql=answer").sql
        'answer'

        Raises:
            OptionError: a part is not `role=column`, or the role is unknown.
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

    def bind(self, columns: Collection[str], required: Collection[str], source: str) -> dict[str, str]:
        """Role -> column of the file, for the roles that the file has.

        Args:
            columns: the names found in the file.
            required: roles that must be there.
            source: the file's name, for the message.

        Raises:
            DataError: a required role or a column named by the map is not in the file.
        """
        lowered: dict[str, str] = {}
        for column in columns:
            lowered.setdefault(column.strip().lower(), column)
        found = ", ".join(columns) or "none"
        bound: dict[str, str] = {}
        for role, aliases in ALIASES.items():
            wanted: str | None = getattr(self, role)
            if wanted is not None and wanted not in columns:
                raise DataError(f"{source}: no column {wanted!r} for {role}; columns found: {found}")
            names = [lowered[alias] for alias in aliases if alias in lowered]
            if wanted is not None or names:
                bound[role] = wanted or names[0]
        missing = [role for role in required if role not in bound]
        if missing:
            tried = "; ".join(f"{role} (tried {', '.join(ALIASES[role])})" for role in missing)
            raise DataError(
                f"{source}: no column for {tried}; columns found: {found}; "
                f"name it with `columns` {missing[0]}=COLUMN"
            )
        return bound


USUAL = ColumnMap()
"""The usual names for everything."""
