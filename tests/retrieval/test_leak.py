"""The leak rule, over every strategy and every selection."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.errors import UnknownNameError
from nshot.index import ExampleIndex
from nshot.retrieval import (
    SELECTIONS,
    STRATEGIES,
    IndexConfig,
    RetrievalConfig,
    Retriever,
    build_index,
)
from nshot.retrieval.leak import LeakRule, breaches, question_key, sql_keys
from nshot.sql import normalise
from nshot.types import Candidate, Example, Question

from ..fakes import FixedFirstPass, WordEncoder

EVERY = [(strategy, select) for strategy in STRATEGIES for select in SELECTIONS]


def own_questions(pool: tuple[Example, ...], with_sql: bool = True, with_id: bool = False) -> list[Question]:
    """The pool's own questions, as a batch that is measured or learned from."""
    return [
        Question(e.question, e.db_id, e.id if with_id else "", e.sql if with_sql else None) for e in pool[::4]
    ]


def run(
    path: Path, catalog: Catalog, strategy: str, select: str, questions: list[Question], k: int, live: bool
) -> list[list[Candidate]]:
    retriever = Retriever(
        path,
        RetrievalConfig(strategy, select),
        catalog=catalog,
        encoder=WordEncoder(),
        first_pass=FixedFirstPass(),
    )
    return retriever.retrieve(questions, k, live)


@pytest.mark.parametrize(("strategy", "select"), EVERY)
@pytest.mark.parametrize("policy", ["never", "allow"])
def test_no_strategy_shows_a_question_itself_or_its_sql(
    indexes: dict[str, Path],
    catalog: Catalog,
    pool: tuple[Example, ...],
    strategy: str,
    select: str,
    policy: str,
) -> None:
    questions = own_questions(pool)
    found = run(indexes[policy], catalog, strategy, select, questions, 8, live=False)
    for question, candidates in zip(questions, found, strict=True):
        assert len(candidates) == 8
        schema = catalog.schema(question.db_id)
        for candidate in candidates:
            example = candidate.example
            assert policy == "allow" or example.db_id != question.db_id
            assert question_key(example.question) != question_key(question.text)
            assert normalise(example.sql) != normalise(question.sql or "")
            theirs = sql_keys(example.sql, catalog.schema(example.db_id))
            assert set(theirs).isdisjoint(sql_keys(question.sql or "", schema))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_question_of_the_pool_is_known_by_its_text_when_its_sql_is_not_given(
    indexes: dict[str, Path], catalog: Catalog, pool: tuple[Example, ...], strategy: str
) -> None:
    gold = {(e.question, e.db_id): e.sql for e in pool}
    questions = own_questions(pool, with_sql=False)
    for question, candidates in zip(
        questions, run(indexes["allow"], catalog, strategy, "top", questions, 8, live=False), strict=True
    ):
        wanted = normalise(gold[question.text, question.db_id])
        assert wanted not in {normalise(candidate.example.sql) for candidate in candidates}


@pytest.mark.parametrize("strategy", ["vector", "keyword", "hybrid"])
def test_only_a_live_question_under_allow_meets_its_own_pair(
    indexes: dict[str, Path], catalog: Catalog, pool: tuple[Example, ...], strategy: str
) -> None:
    questions = own_questions(pool)[:20]

    def meets(policy: str, live: bool) -> int:
        found = run(indexes[policy], catalog, strategy, "top", questions, 1, live)
        return sum(
            question.text == hits[0].example.question for question, hits in zip(questions, found, strict=True)
        )

    assert meets("allow", live=True) == len(questions)
    assert meets("allow", live=False) == 0
    assert meets("never", live=True) == 0


def test_an_own_row_is_known_by_its_id_however_it_is_worded(
    indexes: dict[str, Path], catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    example = pool[0]
    reworded = Question(f"Please: {example.question}", example.db_id, example.id)
    (found,) = run(indexes["allow"], catalog, "keyword", "top", [reworded], 5, live=False)
    assert example.id not in {candidate.example.id for candidate in found}


def test_the_same_sql_is_known_though_the_index_was_built_without_schemas(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    build_index(tmp_path / "i", pool, Catalog(), IndexConfig("allow", encoder="none"))
    questions = [Question(f"Again: {e.question}", e.db_id, sql=e.sql) for e in pool[::3]]
    found = run(tmp_path / "i", catalog, "keyword", "top", questions, 8, live=False)
    for question, candidates in zip(questions, found, strict=True):
        assert normalise(question.sql or "") not in {normalise(c.example.sql) for c in candidates}


@pytest.mark.parametrize(("left", "right"), [("How many?", "how  many"), ("List  all.", "LIST ALL")])
def test_the_same_text_is_known_in_any_spelling(left: str, right: str) -> None:
    assert question_key(left) == question_key(right)


def test_an_unknown_policy_is_refused(indexes: dict[str, Path]) -> None:
    with pytest.raises(UnknownNameError, match="never, allow"):
        LeakRule(ExampleIndex(indexes["never"]), "sometimes")


def test_breaches_are_seen_where_there_are_some(indexes: dict[str, Path], catalog: Catalog) -> None:
    entries = Retriever(indexes["never"], RetrievalConfig("keyword"), catalog=catalog).index.entries
    own = entries[0].example
    question = Question(own.question, own.db_id, "", own.sql)
    shown = [entries[0], entries[-1]]
    assert breaches(question, shown, "never", catalog.schema(own.db_id)) == [own.id]
