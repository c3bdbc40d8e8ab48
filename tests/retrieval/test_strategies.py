"""One contract for every strategy, and what each is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.errors import (
    DatabaseNotFoundError,
    EncoderMismatchError,
    IndexFolderError,
    OptionError,
    UnknownNameError,
)
from nshot.retrieval import (
    SELECTIONS,
    STRATEGIES,
    Filters,
    IndexConfig,
    RetrievalConfig,
    Retriever,
    build_index,
    names_where,
)
from nshot.types import Candidate, Example, Question

from ..fakes import FixedFirstPass, WordEncoder

QUESTIONS = [
    Question("Which roasts cost more than 12 euros?", "coffee_roastery"),
    Question("How many huts are there in each region?", "mountain_huts"),
    Question("Welche Gäste schlafen heute? 山小屋", "mountain_huts"),
    Question("x" * 100_000 + " how many shows?", "radio_station"),
]


def bind(path: Path, catalog: Catalog, **settings: object) -> Retriever:
    config = RetrievalConfig(**settings)  # type: ignore[arg-type]
    return Retriever(path, config, catalog=catalog, encoder=WordEncoder(), first_pass=FixedFirstPass())


def ids(found: list[list[Candidate]]) -> list[list[str]]:
    return [[candidate.example.id for candidate in candidates] for candidates in found]


@pytest.mark.parametrize("select", SELECTIONS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_keeps_the_contract(
    indexes: dict[str, Path], catalog: Catalog, strategy: str, select: str
) -> None:
    retriever = bind(indexes["never"], catalog, strategy=strategy, select=select)
    found = retriever.retrieve(QUESTIONS, 5)
    assert [len(candidates) for candidates in found] == [5] * len(QUESTIONS)
    for candidates in found:
        assert len({candidate.example.id for candidate in candidates}) == 5
        scores = [candidate.score for candidate in candidates]
        assert select in ("mmr", "coverage") or scores == sorted(scores, reverse=True)
    live = retriever.retrieve(QUESTIONS, 5, live=True)
    assert all(candidate.why for candidates in live for candidate in candidates)
    alone = [retriever.retrieve([question], 5)[0] for question in QUESTIONS]
    assert ids(alone) == ids(found), "a question's candidates depend on its batch"
    assert ids(
        bind(indexes["never"], catalog, strategy=strategy, select=select).retrieve(QUESTIONS, 5)
    ) == ids(found)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_k_beyond_the_pool_gives_all_that_is_allowed(
    indexes: dict[str, Path], catalog: Catalog, pool: tuple[Example, ...], strategy: str
) -> None:
    retriever = bind(indexes["never"], catalog, strategy=strategy)
    (found,) = retriever.retrieve(QUESTIONS[:1], 10 * len(pool))
    assert sorted(ids([found])[0]) == sorted(example.id for example in pool)


@pytest.mark.parametrize("select", SELECTIONS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_filters_hold_for_every_strategy(
    indexes: dict[str, Path], catalog: Catalog, strategy: str, select: str
) -> None:
    filters = Filters(db_ids=("bakery", "chess_club"), difficulties=("hard", "extra"))
    retriever = bind(indexes["never"], catalog, strategy=strategy, select=select, filters=filters)
    for candidates in retriever.retrieve(QUESTIONS[:2], 6):
        assert len(candidates) == 6
        assert {c.example.db_id for c in candidates} <= {"bakery", "chess_club"}
        assert {c.example.difficulty for c in candidates} <= {"hard", "extra"}


@pytest.mark.parametrize("select", SELECTIONS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_threshold_holds_for_every_strategy(
    indexes: dict[str, Path], catalog: Catalog, strategy: str, select: str
) -> None:
    free = bind(indexes["never"], catalog, strategy=strategy).retrieve(QUESTIONS[:2], 12)
    threshold = free[0][5].score
    kept = bind(indexes["never"], catalog, strategy=strategy, select=select, min_score=threshold).retrieve(
        QUESTIONS[:2], 12
    )
    assert all(candidate.score >= threshold for candidates in kept for candidate in candidates)
    assert kept[0]
    if select == "top":
        assert ids(kept)[0] == [c.example.id for c in free[0] if c.score >= threshold]


def test_tags_filter(tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]) -> None:
    tagged = [
        Example(e.id, e.question, e.sql, e.db_id, tags=("checked",) if n % 3 else ())
        for n, e in enumerate(pool)
    ]
    build_index(tmp_path / "i", tagged, catalog, IndexConfig("never"), encoder=WordEncoder())
    (found,) = bind(tmp_path / "i", catalog, strategy="keyword", filters=Filters(tags=("checked",))).retrieve(
        QUESTIONS[:1], 9
    )
    assert len(found) == 9
    assert all(candidate.example.tags == ("checked",) for candidate in found)


def test_random_depends_on_seed_and_question_only(indexes: dict[str, Path], catalog: Catalog) -> None:
    draws = [
        ids(bind(indexes["never"], catalog, strategy="random", seed=seed).retrieve(QUESTIONS, 5))
        for seed in (0, 1)
    ]
    assert draws[0] != draws[1]
    assert draws[0][0] != draws[0][1]


def test_random_is_uniform(indexes: dict[str, Path], catalog: Catalog, pool: tuple[Example, ...]) -> None:
    retriever = bind(indexes["never"], catalog, strategy="random")
    questions = [Question(f"question {n}", "coffee_roastery") for n in range(2000)]
    drawn = [candidates[0].example.db_id for candidates in retriever.retrieve(questions, 1)]
    share = sum(example.db_id == "bakery" for example in pool) / len(pool)
    assert drawn.count("bakery") / 2000 == pytest.approx(share, abs=0.03)


def test_masked_keyword_finds_the_shape_and_keyword_the_words(tmp_path: Path, catalog: Catalog) -> None:
    shape = Example(
        "shape",
        "How many members are there in each branch?",
        "SELECT count(*) FROM member GROUP BY home_branch_id",
        "city_library",
    )
    words = Example("words", "Which coffee huts serve regional bread?", "SELECT name FROM product", "bakery")
    build_index(tmp_path / "i", [shape, words], catalog, IndexConfig("never", encoder="none"))
    question = [Question("How many huts are there in each region?", "mountain_huts")]
    assert (
        bind(tmp_path / "i", catalog, strategy="masked-keyword").retrieve(question, 1)[0][0].example.id
        == "shape"
    )
    assert bind(tmp_path / "i", catalog, strategy="keyword").retrieve(question, 1)[0][0].example.id == "shape"
    word_question = [Question("regional coffee huts", "mountain_huts")]
    assert (
        bind(tmp_path / "i", catalog, strategy="keyword").retrieve(word_question, 1)[0][0].example.id
        == "words"
    )


def test_distinct_shows_each_skeleton_once(indexes: dict[str, Path], catalog: Catalog) -> None:
    from nshot.sql import skeleton

    for candidates in bind(indexes["never"], catalog, strategy="masked-keyword", select="distinct").retrieve(
        QUESTIONS, 20
    ):
        skeletons = [skeleton(candidate.example.sql) for candidate in candidates]
        assert len(skeletons) == len(set(skeletons)) == 20


def test_mmr_without_diversity_is_top_and_with_it_spreads(indexes: dict[str, Path], catalog: Catalog) -> None:
    top = ids(bind(indexes["never"], catalog, strategy="vector").retrieve(QUESTIONS[:2], 8))
    same = ids(
        bind(indexes["never"], catalog, strategy="vector", select="mmr", diversity=0.0).retrieve(
            QUESTIONS[:2], 8
        )
    )
    spread = ids(
        bind(indexes["never"], catalog, strategy="vector", select="mmr", diversity=0.9).retrieve(
            QUESTIONS[:2], 8
        )
    )
    assert same == top
    assert spread != top
    assert [row[0] for row in spread] == [row[0] for row in top]


@pytest.mark.parametrize("strategy", ["vector", "hybrid", "masked-vector", "masked-hybrid", "skeleton"])
def test_an_index_without_vectors_says_so(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...], strategy: str
) -> None:
    build_index(tmp_path / "i", pool[:5], catalog, IndexConfig("never", encoder="none"))
    with pytest.raises(IndexFolderError, match="no vectors"):
        bind(tmp_path / "i", catalog, strategy=strategy)
    assert bind(tmp_path / "i", catalog, strategy="masked-keyword", select="mmr").retrieve(QUESTIONS[:1], 2)


def test_another_encoder_is_refused(indexes: dict[str, Path], catalog: Catalog) -> None:
    with pytest.raises(EncoderMismatchError, match="`encoder` words"):
        Retriever(indexes["never"], RetrievalConfig("vector"), catalog=catalog, encoder=WordEncoder("other"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strategy": "bm42"}, "masked-hybrid"),
        ({"select": "best"}, "mmr"),
        ({"diversity": 2}, "from 0 to 1"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises((UnknownNameError, OptionError), match=message):
        RetrievalConfig(**settings)  # type: ignore[arg-type]


def test_an_empty_question_and_a_bad_k_are_refused(indexes: dict[str, Path], catalog: Catalog) -> None:
    retriever = bind(indexes["never"], catalog, strategy="keyword")
    with pytest.raises(OptionError, match="empty"):
        retriever.retrieve([Question("  ", "bakery", "q7")], 3)
    with pytest.raises(OptionError, match="at least 1"):
        retriever.retrieve(QUESTIONS, 0)


def test_a_masked_strategy_needs_the_schema_and_names_the_missing(
    indexes: dict[str, Path], catalog: Catalog
) -> None:
    retriever = bind(indexes["never"], catalog, strategy="masked-keyword")
    with pytest.raises(DatabaseNotFoundError, match=r"atlantis.*or use keyword"):
        retriever.retrieve([Question("How many?", "atlantis")], 3)
    double = bind(indexes["never"], catalog, strategy="double-hybrid")
    with pytest.raises(DatabaseNotFoundError, match="or use hybrid"):
        double.retrieve([Question("How many?", "atlantis")], 3)
    plain = bind(indexes["never"], catalog, strategy="keyword")
    assert plain.retrieve([Question("How many?", "atlantis", sql="SELECT 1")], 3)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_first_candidates_do_not_depend_on_how_many_are_asked_for(
    indexes: dict[str, Path], catalog: Catalog, strategy: str
) -> None:
    retriever = bind(indexes["never"], catalog, strategy=strategy)
    few, many = (retriever.retrieve(QUESTIONS, k) for k in (10, 400))
    for a, b in zip(few, many, strict=True):
        assert [(c.example.id, c.score) for c in a] == [(c.example.id, c.score) for c in b[:10]]
        scores = [c.score for c in b]
        assert scores == sorted(scores, reverse=True)


def test_examples_that_share_no_word_take_no_part_in_the_fusion(
    indexes: dict[str, Path], catalog: Catalog
) -> None:
    question = [Question("Zyzzyva quux", "coffee_roastery")]
    (by_vector,) = bind(indexes["never"], catalog, strategy="vector").retrieve(question, 5)
    (fused,) = bind(indexes["never"], catalog, strategy="hybrid").retrieve(question, 5)
    assert [c.example.id for c in fused] == [c.example.id for c in by_vector]


@pytest.mark.parametrize(
    ("filters", "named"),
    [
        (Filters(difficulties=("hrad",)), "difficulty 'hrad'.*hard"),
        (Filters(db_ids=("backery",)), "db_id 'backery'.*bakery"),
        (Filters(tags=("checked",)), "no example of the pool has a tag, got 'checked'; leave"),
    ],
)
def test_a_filter_that_names_nothing_in_the_index_is_refused(
    indexes: dict[str, Path], catalog: Catalog, filters: Filters, named: str
) -> None:
    with pytest.raises(OptionError, match=named):
        bind(indexes["never"], catalog, strategy="keyword", filters=filters).retrieve(QUESTIONS[:1], 3)


def test_exact_repeats_are_shown_once(tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]) -> None:
    twice = [*pool[:20], *(Example(f"again-{e.id}", e.question, e.sql, e.db_id) for e in pool[:20])]
    build_index(tmp_path / "i", twice, catalog, IndexConfig("never", encoder="none"))
    (found,) = bind(tmp_path / "i", catalog, strategy="keyword").retrieve(QUESTIONS[:1], 40)
    assert sorted(c.example.id for c in found) == sorted(e.id for e in pool[:20])


@pytest.mark.parametrize("name", names_where(lambda strategy: not strategy.two_pass))
def test_a_strategy_needs_what_its_fields_say_and_no_more(
    indexes: dict[str, Path], tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...], name: str
) -> None:
    strategy = STRATEGIES[name]
    build_index(tmp_path / "i", pool[:30], catalog, IndexConfig("never", encoder="none"))
    if strategy.vectors and name != "own-first":  # the default takes another one in place
        with pytest.raises(IndexFolderError, match="no vectors"):
            bind(tmp_path / "i", catalog, strategy=name)
    else:
        assert bind(tmp_path / "i", catalog, strategy=name).retrieve(QUESTIONS[:1], 3)[0]
    unknown = [Question("How many?", "atlantis")]
    if strategy.masks:
        with pytest.raises(DatabaseNotFoundError, match=f"or use {strategy.unmasked}$"):
            bind(indexes["never"], catalog, strategy=name).retrieve(unknown, 3)
        assert not STRATEGIES[strategy.unmasked].masks
    else:
        assert bind(indexes["never"], catalog, strategy=name).retrieve(unknown, 3)[0]
    draws = [
        ids(bind(indexes["never"], catalog, strategy=name, seed=seed).retrieve(QUESTIONS[:2], 5))
        for seed in (0, 1)
    ]
    assert (draws[0] != draws[1]) == strategy.seeded
