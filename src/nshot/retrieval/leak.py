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
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Literal, NamedTuple, get_args

from nshot.errors import UnknownNameError
from nshot.index import Entry, ExampleStore, Filter
from nshot.sql import normalise
from nshot.types import Question, Schema

SameDb = Literal["never", "allow"]
_BLANKS = re.compile(r"\s+")


class LeakRule:
    """The rule over one store; bind once, ask for every question."""

    def __init__(self, store: ExampleStore, same_db: str) -> None:
        """
        Args:
            store: Where the examples are. Its entries are read when the first question asks for more than
                its own database to be excluded.
            same_db: `never` or `allow`.

        Raises:
            UnknownNameError: `same_db` is neither.
        """
        if same_db not in get_args(SameDb):
            raise UnknownNameError("policy `same_db`", same_db, get_args(SameDb))
        self.same_db = same_db
        self._store = store

    def narrow(self, only: Filter, question: Question, schema: Schema | None, live: bool) -> Filter:
        """The filter without what `question` may not be shown.

        Args:
            only: What may be shown to any question.
            question: With its gold SQL and id where they are known.
            schema: Of its database, to read the gold SQL by; None where it is unknown.
            live: A person asks now, and nothing is measured or learned from the answer.
        """
        databases = only.exclude_db_ids | ({question.db_id} if self.same_db == "never" else frozenset())
        if live:
            return replace(only, exclude_db_ids=databases)
        ids = only.exclude_ids | self._forbidden(question, schema)
        return replace(only, exclude_db_ids=databases, exclude_ids=ids)

    def _forbidden(self, question: Question, schema: Schema | None) -> frozenset[str]:
        """The ids of the question's own example, of those with its text, and of those with its SQL."""
        known = self._known
        same_text = known.by_text.get(question_key(question.text), ())
        twins = [entry for entry in same_text if entry.example.db_id == question.db_id]
        keys = {key for entry in twins for key in entry.sql_keys}
        if question.sql is not None:
            keys.update(sql_keys(question.sql, schema))
        same_sql = {one for key in keys for one in known.by_sql.get(key, ())}
        own = {question.id} if question.id and known.db_of.get(question.id) == question.db_id else set()
        return frozenset(entry.example.id for entry in same_text) | same_sql | own

    @cached_property
    def _known(self) -> _Known:
        by_text: dict[str, list[Entry]] = {}
        by_sql: dict[str, list[str]] = {}
        db_of: dict[str, str] = {}
        for entry in self._store.entries:
            by_text.setdefault(question_key(entry.example.question), []).append(entry)
            db_of[entry.example.id] = entry.example.db_id
            for key in entry.sql_keys:
                by_sql.setdefault(key, []).append(entry.example.id)
        return _Known(by_text, by_sql, db_of)


class _Known(NamedTuple):
    """Where the pool has what a question may not be shown."""

    by_text: dict[str, list[Entry]]
    """By `question_key`."""
    by_sql: dict[str, list[str]]
    """Ids by each of their SQL's keys."""
    db_of: dict[str, str]
    """The database by id."""


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
