"""Strategies of two passes: what the first pass changes, and what it is never told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.errors import OptionError, UnknownNameError
from nshot.retrieval import IndexConfig, RetrievalConfig, Retriever, build_index, names_where
from nshot.retrieval.similarity import SkeletonTable, usable_skeleton
from nshot.sql import skeleton
from nshot.types import Candidate, Example, Question

from ..fakes import FixedFirstPass, WordEncoder

QUESTION = Question("How many roasts cost more than 12 euros?", "coffee_roastery", "q1")
TWO_PASS = names_where(lambda strategy: strategy.two_pass)
GROUPED = "SELECT region, count(*) FROM hut GROUP BY region"


def bind(path: Path, catalog: Catalog, sql: str | None, **settings: object) -> Retriever:
    config = RetrievalConfig(**settings)  # type: ignore[arg-type]
    written = None if sql is None else lambda questions: [sql] * len(questions)
    return Retriever(path, config, catalog=catalog, encoder=WordEncoder(), first_pass=written)


def ids(candidates: Sequence[Candidate]) -> list[str]:
    return [candidate.example.id for candidate in candidates]


@pytest.mark.parametrize("first", ["masked-hybrid", "keyword", "random"])
def test_skeleton_puts_what_passes_the_threshold_in_front_and_keeps_the_first_order(
    indexes: dict[str, Path], catalog: Catalog, pool: tuple[Example, ...], first: str
) -> None:
    (plain,) = bind(indexes["never"], catalog, None, strategy=first).retrieve([QUESTION], len(pool))
    settings = {"strategy": "skeleton", "first": first, "threshold": 0.8}
    (found,) = bind(indexes["never"], catalog, GROUPED, **settings).retrieve([QUESTION], len(pool))
    alike = SkeletonTable().similarity(skeleton(GROUPED), [skeleton(c.example.sql) for c in plain])
    front = [c for c, value in zip(plain, alike, strict=True) if value >= 0.8]
    behind = [c for c, value in zip(plain, alike, strict=True) if value < 0.8]
    assert front
    assert ids(found) == ids(front + behind)
    assert [c.score > 1 for c in found] == [True] * len(front) + [False] * len(behind)


def test_skeleton_hybrid_lifts_what_both_rankings_like(
    indexes: dict[str, Path], catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    (plain,) = bind(indexes["never"], catalog, None, strategy="keyword").retrieve([QUESTION], len(pool))
    (found,) = bind(indexes["never"], catalog, GROUPED, strategy="skeleton-hybrid", first="keyword").retrieve(
        [QUESTION], len(pool)
    )
    same = next(c for c in plain if skeleton(c.example.sql) == skeleton(GROUPED))
    assert ids(found).index(same.example.id) < ids(plain).index(same.example.id)
    assert sorted(ids(found)) == sorted(ids(plain))


@pytest.mark.parametrize("strategy", TWO_PASS)
@pytest.mark.parametrize("sql", ["", "select", "I do not know", "DROP TABLE roast"])
def test_without_a_usable_first_pass_the_first_ranking_stays_and_the_question_is_counted(
    indexes: dict[str, Path], catalog: Catalog, strategy: str, sql: str
) -> None:
    (plain,) = bind(indexes["never"], catalog, None, strategy="masked-hybrid").retrieve([QUESTION], 30)
    retriever = bind(indexes["never"], catalog, sql, strategy=strategy)
    (found,) = retriever.retrieve([QUESTION], 30)
    assert ids(found) == ids(plain)
    assert retriever.without_first_pass == {QUESTION}


@pytest.mark.parametrize("strategy", TWO_PASS)
def test_gold_is_not_told_to_the_first_pass_and_changes_no_ranking(
    indexes: dict[str, Path], catalog: Catalog, strategy: str
) -> None:
    knowing = Question(
        QUESTION.text, QUESTION.db_id, QUESTION.id, "SELECT region FROM nowhere GROUP BY region"
    )
    found = {}
    for question in (QUESTION, knowing):
        retriever = bind(indexes["never"], catalog, None, strategy=strategy)
        retriever.first_pass = written = FixedFirstPass()
        found[question.sql] = ids(retriever.retrieve([question], 20)[0])
        assert [asked.sql for asked in written.asked] == [None]
    assert found[None] == found[knowing.sql]


@pytest.mark.parametrize("strategy", TWO_PASS)
def test_deep_answers_begin_like_short_ones(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...], strategy: str
) -> None:
    many = [Example(f"{e.id}-{n}", f"{e.question} {n}", e.sql, e.db_id) for n in range(6) for e in pool]
    assert len(many) > 1100, "the pool must be deeper than FIRST_DEPTH"
    build_index(tmp_path / "i", many, catalog, IndexConfig("never", encoder="none"))
    retriever = bind(tmp_path / "i", catalog, GROUPED, strategy=strategy, first="keyword")
    few, all_ = (retriever.retrieve([QUESTION], k)[0] for k in (1000, len(many)))
    assert ids(few) == ids(all_)[:1000]
    assert len(set(ids(all_))) == len(many)


@pytest.mark.parametrize("strategy", TWO_PASS)
def test_nobody_who_writes_the_first_pass_is_refused(
    indexes: dict[str, Path], catalog: Catalog, strategy: str
) -> None:
    with pytest.raises(OptionError, match="`first_pass` FILE, or use masked-hybrid"):
        bind(indexes["never"], catalog, None, strategy=strategy).retrieve([QUESTION], 3)


def test_a_live_answer_says_how_alike_the_sql_is(indexes: dict[str, Path], catalog: Catalog) -> None:
    retriever = bind(indexes["never"], catalog, GROUPED, strategy="skeleton")
    (found,) = retriever.retrieve([QUESTION], 1, live=True)
    assert found[0].why.startswith("masked-hybrid #")
    assert found[0].why.endswith("skeleton 1.00 like the first pass")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"first": "skeleton"}, "strategy of a first ranking 'skeleton'.*masked-hybrid"),
        ({"first": "bm42"}, "bm42"),
        ({"threshold": 1.5}, "from 0 to 1"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises((UnknownNameError, OptionError), match=message):
        RetrievalConfig("skeleton", **settings)  # type: ignore[arg-type]


def test_similarity_counts_tokens_and_knows_unknown_ones() -> None:
    pool = ["select _ from _", "select _ from _ join _ on _ = _ join _ on _ = _", "select _ from _"]
    table = SkeletonTable()
    found = table.similarity("select _ from _", pool)
    assert found.tolist() == pytest.approx([1.0, 4 / 16, 1.0])
    assert table.similarity("glob", pool)[0] == 0
    assert table.similarity("select _ from _ glob _", pool)[0] == pytest.approx(4 / 6)
    assert table.similarity("", pool).tolist() == [0, 0, 0]
    assert table.similarity("glob", ["select _ glob _", "glob"]).tolist() == pytest.approx([1 / 4, 1.0])


def test_a_query_is_usable_and_other_text_is_not() -> None:
    assert usable_skeleton("WITH a AS (SELECT 1) SELECT * FROM a")
    assert usable_skeleton("SELECT a FROM t UNION SELECT b FROM u")
    assert not usable_skeleton("DELETE FROM t")
    assert not usable_skeleton("SELECT FROM WHERE")
