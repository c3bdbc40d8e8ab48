"""The leak rule: which examples a question may never be shown. Its one owner.

| policy of the index | live `ask` | fine-tuning data, evaluation, any batch |
|---------------------|------------|------------------------------------------|
| `never` (Spider)    | own database excluded | own database, own row, same question text, same SQL excluded |
| `allow` (own pool)  | nothing excluded | own row, same question text, same SQL excluded |

"Same question text" ignores letter case, white space and a final stop; "same SQL" is equality of
`nshot.sql.normalise`, and is known only for questions that carry their gold SQL (or that are in the
pool themselves). Both hold across databases: a prompt that holds the gold SQL of its own question
measures copying, wherever the example came from. Inside Spider train the nearest BM25 neighbour of
a question has its SQL and its database in half of all cases, while dev shares no database with
train; a model tuned on such prompts learns to copy what is never there later.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np

from nshot.errors import UnknownNameError
from nshot.index import Entry
from nshot.index.entries import BoolArray, RowArray
from nshot.sql import normalise
from nshot.types import Question, Schema

SameDb = Literal["never", "allow"]
_BLANKS = re.compile(r"\s+")


class Exclusion(NamedTuple):
    """What one question may not be shown."""

    db_id: str | None
    """All examples of this database; None excludes no database."""
    rows: frozenset[int]
    """These rows besides."""


class LeakRule:
    """The rule over one index; bind once, ask for every question."""

    def __init__(self, entries: Sequence[Entry], same_db: str) -> None:
        """
        Raises:
            UnknownNameError: `same_db` is neither `never` nor `allow`.
        """
        if same_db not in get_args(SameDb):
            raise UnknownNameError("policy --same-db", same_db, get_args(SameDb))
        self.same_db = same_db
        self._entries = entries

    @cached_property
    def _by_id(self) -> dict[str, list[int]]:
        return _rows_by(entry.example.id for entry in self._entries)

    @cached_property
    def _by_text(self) -> dict[str, list[int]]:
        return _rows_by(question_key(entry.example.question) for entry in self._entries)

    @cached_property
    def _by_sql(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, entry in enumerate(self._entries):
            for key in entry.sql_keys:
                rows.setdefault(key, []).append(row)
        return rows

    @cached_property
    def _by_db(self) -> dict[str, RowArray]:
        rows = _rows_by(entry.example.db_id for entry in self._entries)
        return {db_id: np.array(some, dtype=np.int64) for db_id, some in rows.items()}

    def exclusion(self, question: Question, schema: Schema | None, live: bool) -> Exclusion:
        """What `question` may not be shown.

        Args:
            question: With its gold SQL and id where they are known.
            schema: Of its database, to read the gold SQL by; None where it is unknown.
            live: A person asks now, and nothing is measured or learned from the answer.
        """
        db_id = question.db_id if self.same_db == "never" else None
        if live:
            return Exclusion(db_id, frozenset())
        same_text = self._by_text.get(question_key(question.text), ())
        twins = [row for row in same_text if self._entries[row].example.db_id == question.db_id]
        keys = {key for row in twins for key in self._entries[row].sql_keys}
        if question.sql is not None:
            keys.update(sql_keys(question.sql, schema))
        same_sql = (row for key in keys for row in self._by_sql.get(key, ()))
        same_id = self._by_id.get(question.id, ()) if question.id else ()
        own = (row for row in same_id if self._entries[row].example.db_id == question.db_id)
        return Exclusion(db_id, frozenset((*same_text, *same_sql, *own)))

    def allowed(self, exclusion: Exclusion, base: BoolArray) -> BoolArray:
        """`base` without what is excluded: (n,) bool, `base` itself when nothing is."""
        own = None if exclusion.db_id is None else self._by_db.get(exclusion.db_id)
        if own is None and not exclusion.rows:
            return base
        allowed = base.copy()
        if own is not None:
            allowed[own] = False
        if exclusion.rows:
            allowed[list(exclusion.rows)] = False
        return allowed


def _rows_by(keys: Iterable[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    return rows


def question_key(text: str) -> str:
    """Equal for the same question text.

    >>> question_key("How many  singers ?") == question_key("how many singers?")
    True
    """
    return _BLANKS.sub("", text).casefold().rstrip(".?!")


def sql_keys(sql: str, schema: Schema | None = None) -> tuple[str, ...]:
    """Digests of the SQL normalised without and with the schema; the same SQL has one in common.

    With a schema more spellings are one (`name` and `singer.name`); without one the keys do not depend on
    whether a schema was at hand when the index was built.
    """
    texts = dict.fromkeys((normalise(sql), normalise(sql, schema)))
    return tuple(hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts)


def breaches(question: Question, shown: Iterable[Entry], same_db: str, schema: Schema | None) -> list[str]:
    """Ids of shown entries that break the rule for a question that is measured; for tests and reports."""
    keys = set() if question.sql is None else set(sql_keys(question.sql, schema))
    return [
        entry.example.id
        for entry in shown
        if (same_db == "never" and entry.example.db_id == question.db_id)
        or question_key(entry.example.question) == question_key(question.text)
        or not keys.isdisjoint(entry.sql_keys)
    ]
