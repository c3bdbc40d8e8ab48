"""The leak rule: which examples a question may never be shown. This module alone decides it.

| policy of the index | live `ask` | fine-tuning data, evaluation, any batch |
|---------------------|------------|------------------------------------------|
| `never` (Spider)    | own database excluded | own database, own row, same question text, same SQL excluded |
| `allow` (own pool)  | nothing excluded | own row, same question text, same SQL excluded |

A policy belongs to a pool. An index of several pools (`mixed`) applies to each example that of its
own pool: own pairs that were added to an index of Spider stay `allow`.

"Same question text" ignores letter case, white space and a final full stop. "Same SQL" means equal
after `nshot.sql.normalise`; it can be checked only if the question carries its gold SQL or is
itself in the pool. Both conditions apply across databases: if the prompt contains the gold SQL of
its own question, the evaluation measures copying, wherever the example came from.

Why the rule is needed: inside Spider train, the nearest BM25 neighbour of a question has the same
SQL and the same database in half of all cases, while dev shares no database with train. A model
tuned on such prompts learns to copy an answer that will not be in its prompt later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Literal, NamedTuple, get_args

from nshot.errors import UnknownNameError
from nshot.index import Entry, ExampleStore, Filter
from nshot.index import question_key as question_key
from nshot.sql import normalise
from nshot.types import Question, Schema

SameDb = Literal["never", "allow", "mixed"]
"""`mixed`: each example has the policy of its own pool (`Entry.same_db`)."""


class LeakRule:
    """The leak rule for one store. Create it once and call `narrow` for each question."""

    def __init__(self, store: ExampleStore, same_db: str) -> None:
        """
        Args:
            store: The store of examples. Its entries are read at the first question that needs more
                than its own database excluded.
            same_db: `never`, `allow` or `mixed`.

        Raises:
            UnknownNameError: `same_db` is none of the three.
        """
        if same_db not in get_args(SameDb):
            raise UnknownNameError("policy `same_db`", same_db, get_args(SameDb))
        self.same_db = same_db
        self._store = store

    def narrow(self, only: Filter, question: Question, schema: Schema | None, live: bool) -> Filter:
        """Narrow the filter to the examples that `question` may be shown.

        Args:
            only: The filter that applies to every question.
            question: The question, with its gold SQL and id if they are known.
            schema: The schema of its database, needed to normalise the gold SQL; None if it is
                unknown.
            live: True if a user asks now and the answer is neither measured nor trained on.
        """
        if self.same_db == "never":
            only = replace(only, exclude_db_ids=only.exclude_db_ids | {question.db_id})
        elif self.same_db == "mixed":
            only = replace(only, closed_db_ids=only.closed_db_ids | {question.db_id})
        if live:
            return only
        return replace(only, exclude_ids=only.exclude_ids | self._list_forbidden(question, schema))

    def _list_forbidden(self, question: Question, schema: Schema | None) -> frozenset[str]:
        """The ids of the question's own example and of all examples with the same text or the same
        SQL.
        """
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
    """Lookup tables over the pool for the leak rule."""

    by_text: dict[str, list[Entry]]
    """Entries by `question_key` of their question."""
    by_sql: dict[str, list[str]]
    """Ids by each key (`sql_keys`) of their SQL."""
    db_of: dict[str, str]
    """Database by example id."""


def sql_keys(sql: str, schema: Schema | None = None) -> tuple[str, ...]:
    """Digests of the SQL normalised without and with the schema. The same SQL has at least one in
    common.

    With a schema, more spellings are recognised as equal (`name` and `singer.name`). The digest
    without a schema makes entries comparable whether or not a schema was available when the index
    was built.
    """
    texts = dict.fromkeys((normalise(sql), normalise(sql, schema)))
    return tuple(hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts)


def policy_of(entry: Entry, same_db: str) -> str:
    """The policy of an entry in a store with the policy `same_db`."""
    return entry.same_db if same_db == "mixed" else same_db


def breaches(question: Question, shown: Iterable[Entry], same_db: str, schema: Schema | None) -> list[str]:
    """Ids of the shown entries that break the rule for a measured question; used by tests and
    reports.
    """
    keys = set() if question.sql is None else set(sql_keys(question.sql, schema))
    return [
        entry.example.id
        for entry in shown
        if (entry.example.db_id == question.db_id and policy_of(entry, same_db) == "never")
        or question_key(entry.example.question) == question_key(question.text)
        or not keys.isdisjoint(entry.sql_keys)
    ]
