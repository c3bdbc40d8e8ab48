"""Writes questions with SQL for one database: rules drawn at random, each SQL run."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

from nshot.databases import execute
from nshot.errors import DataError, SqlError
from nshot.sql import normalise, translate
from nshot.training.data.written.joined import JOIN_RULES, JoinedTables
from nshot.training.data.written.profile import DatabaseProfile, read_profile
from nshot.training.data.written.rule import RuleQuestion
from nshot.training.data.written.rules import RULES
from nshot.types import Question, Schema

TRIES: Final = 12
"""Draws for each question wanted."""
JOINED: Final = 0.5
"""Share of questions about two tables, where keys join some."""
SECONDS: Final = 3.0


def write_questions(source: Path | str, schema: Schema, count: int, seed: int = 0) -> list[Question]:
    """Questions about a database with their SQL, all different, in an order drawn.

    The SQL is in the database's dialect, runs, and finds at least one row. There are
    fewer if the database does not hold enough for them.

    Args:
        source: The file or URL.
        schema: Its schema; keys that it does not declare may be added.
        count: Questions wanted.
        seed: Of the draws.
    """
    rng = random.Random(f"written/{seed}/{schema.db_id}")
    profile = read_profile(source, schema)
    found: dict[str, RuleQuestion] = {}
    asked: set[str] = set()
    for _ in range(count * TRIES):
        if len(found) == count:
            break
        written = _draw(profile, rng)
        if written is None or written.question in asked:
            continue
        key = normalise(written.sql, schema)
        sql = translate(written.sql, schema)
        if key not in found and _finds_rows(source, sql):
            found[key] = RuleQuestion(_end(written.question), sql)
            asked.add(written.question)
    return [
        Question(one.question, schema.db_id, f"{schema.db_id}:written-{number}", one.sql)
        for number, one in enumerate(found.values())
    ]


def _end(question: str) -> str:
    """The question with the mark that its first word asks for."""
    asks = question.startswith(("What", "Which", "How", "Who")) and not question.endswith("?")
    return question.rstrip(".") + "?" if asks and ". " not in question and "? " not in question else question


def _draw(profile: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    joins = [(child, key, parent, parent.label) for child, key, parent in profile.joins if parent.label]
    if joins and rng.random() < JOINED:
        child, key, parent, label = rng.choice(joins)
        join_rule = rng.choices([one for one, _ in JOIN_RULES], [weight for _, weight in JOIN_RULES])[0]
        return join_rule(JoinedTables(child, key, parent, label), rng) if label else None
    if not profile.tables:
        return None
    rule = rng.choices([one for one, _ in RULES], [weight for _, weight in RULES])[0]
    return rule(rng.choice(profile.tables), profile, rng)


def _finds_rows(source: Any, sql: str) -> bool:
    try:
        rows = execute(source, sql, timeout=SECONDS, max_rows=2).rows
    except (SqlError, DataError):
        return False
    return bool(rows) and rows[0] not in ((0,), (None,))
