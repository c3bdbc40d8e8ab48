"""Verified pairs as examples: they follow the journal, and rank as in an index built anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.index import ExampleIndex
from nshot.pairs import PairBook
from nshot.retrieval import STRATEGIES, IndexConfig, LivePairs, RetrievalConfig, Retriever, build_index
from nshot.types import Example, Question

from ..fakes import FixedFirstPass, WordEncoder

SHOP = "CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT, price REAL, stock INTEGER)"
PAIRS = [
    ("How many products are there?", "SELECT count(*) FROM product"),
    ("Which products cost more than 5?", "SELECT name FROM product WHERE price > 5"),
    ("What is the cheapest product?", "SELECT name FROM product ORDER BY price LIMIT 1"),
    ("Which products are sold out?", "SELECT name FROM product WHERE stock = 0"),
]
ASKED = Question("How many products cost more than 9?", "shop")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shops" / "shop.sqlite"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(SHOP)
    return file


@pytest.fixture
def shops(shop: Path) -> Catalog:
    catalog = Catalog.sample()
    catalog.include(shop)
    return catalog


@pytest.fixture
def book(tmp_path: Path, shops: Catalog) -> PairBook:
    return PairBook(tmp_path / "pairs.jsonl", shops)


def save(book: PairBook, *pairs: tuple[str, str]) -> None:
    for question, sql in pairs or PAIRS:
        assert book.add(question, sql, "shop").outcome == "added"


def live_pairs(book: PairBook, catalog: Catalog, tmp_path: Path, base: Path | None = None) -> LivePairs:
    index = None if base is None else ExampleIndex(base)
    return LivePairs(index, book, catalog, encoder=WordEncoder(), folder=tmp_path / "kept")


def found(retriever: Retriever, question: Question = ASKED, k: int = 9, live: bool = True) -> list[str]:
    (some,) = retriever.retrieve([question], k, live)
    return [one.example.question for one in some]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("live", [True, False])
def test_pairs_over_an_index_rank_as_in_an_index_of_both_built_anew(
    indexes: dict[str, Path], shops: Catalog, book: PairBook, tmp_path: Path, strategy: str, live: bool
) -> None:
    save(book)
    base = ExampleIndex(indexes["never"])
    examples = [entry.example for entry in base.entries]
    own = [pair.example for pair in book.active()]
    build_index(tmp_path / "both", examples, shops, IndexConfig("never"), encoder=WordEncoder())
    from nshot.retrieval import add_examples

    add_examples(tmp_path / "both", own, shops, same_db="allow", encoder=WordEncoder())
    config = RetrievalConfig(strategy)
    fresh = Retriever(
        tmp_path / "both", config, catalog=shops, encoder=WordEncoder(), first_pass=FixedFirstPass()
    )
    pairs = live_pairs(book, shops, tmp_path, indexes["never"])
    ours = pairs.retriever(config, first_pass=FixedFirstPass())
    pool = examples[0]
    questions = [
        ASKED,
        Question(PAIRS[0][0], "shop", sql=PAIRS[0][1]),
        Question(pool.question, pool.db_id, pool.id, pool.sql),
    ]
    left, right = (one.retrieve(questions, 12, live) for one in (ours, fresh))
    for mine, other in zip(left, right, strict=True):
        assert [one.example for one in mine] == [one.example for one in other]
        assert [one.score for one in mine] == pytest.approx([one.score for one in other], abs=1e-6)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_without_pairs_retrieval_is_that_of_the_base(
    indexes: dict[str, Path], shops: Catalog, book: PairBook, tmp_path: Path, strategy: str
) -> None:
    config, first = RetrievalConfig(strategy), FixedFirstPass()
    base = Retriever(indexes["never"], config, catalog=shops, encoder=WordEncoder(), first_pass=first)
    ours = live_pairs(book, shops, tmp_path, indexes["never"]).retriever(config, first_pass=first)
    questions = [ASKED, Question("Which roasts cost more than 12 euros?", "coffee_roastery")]
    for live in (True, False):
        assert ours.retrieve(questions, 5, live) == base.retrieve(questions, 5, live)


def test_a_pair_is_found_by_the_next_question_and_never_after_its_retraction(
    book: PairBook, shops: Catalog, tmp_path: Path
) -> None:
    retriever = live_pairs(book, shops, tmp_path).retriever()
    assert found(retriever) == []
    save(book, PAIRS[0])
    assert found(retriever) == [PAIRS[0][0]]
    other = PairBook(book.path, shops)  # another process
    save(other, PAIRS[1])
    assert set(found(retriever)) == {PAIRS[0][0], PAIRS[1][0]}
    other.retract(other.active()[0].id)
    assert found(retriever) == [PAIRS[1][0]]
    other.reject(*PAIRS[1], "shop")
    assert found(retriever) == []


def test_a_pair_that_the_schema_breaks_is_not_found_until_it_runs_again(
    book: PairBook, shops: Catalog, shop: Path, tmp_path: Path
) -> None:
    save(book)
    retriever = live_pairs(book, shops, tmp_path).retriever()
    assert PAIRS[3][0] in found(retriever)
    with closing(sqlite3.connect(shop)) as connection:
        connection.executescript("ALTER TABLE product RENAME COLUMN stock TO store")
    assert len(found(retriever)) == 3
    assert PAIRS[3][0] not in found(retriever)
    assert "store" in [column.name for column in retriever.schema("shop").tables[0].columns]
    with closing(sqlite3.connect(shop)) as connection:
        connection.executescript("ALTER TABLE product RENAME COLUMN store TO stock")
    assert PAIRS[3][0] in found(retriever)


def test_measured_questions_do_not_meet_their_own_pair(
    book: PairBook, shops: Catalog, tmp_path: Path
) -> None:
    save(book)
    retriever = live_pairs(book, shops, tmp_path).retriever()
    assert found(retriever, Question(PAIRS[0][0], "shop"))[0] == PAIRS[0][0]
    assert PAIRS[0][0] not in found(retriever, Question(PAIRS[0][0], "shop"), live=False)
    same = Question("Number of products?", "shop", sql="select COUNT(*) from product")
    assert PAIRS[0][0] not in found(retriever, same, live=False)
    save(book, ("Number of products?", "SELECT count(id) FROM product"))
    assert "Number of products?" not in found(retriever, same, live=False)  # the rule follows the journal


@pytest.mark.parametrize("strategy", ["keyword", "vector", "random", "own-first"])
def test_what_was_withdrawn_is_not_found_in_the_base_either(
    book: PairBook, shops: Catalog, shop: Path, tmp_path: Path, strategy: str
) -> None:
    own = [Example(f"pool-{at}", *pair, "shop") for at, pair in enumerate(PAIRS)]
    build_index(tmp_path / "own", own, shops, IndexConfig("allow"), encoder=WordEncoder())
    retriever = live_pairs(book, shops, tmp_path, tmp_path / "own").retriever(RetrievalConfig(strategy))
    assert len(found(retriever)) == 4
    save(book)
    assert len(found(retriever)) == 4  # each once
    retracted, rejected, edited, _ = book.active()
    book.retract(retracted.id)
    book.reject(rejected.question.upper(), rejected.sql.lower(), "shop")
    assert book.edit(edited.id, sql="SELECT name FROM product ORDER BY price").outcome == "added"
    assert sorted(found(retriever)) == sorted([PAIRS[2][0], PAIRS[3][0]])
    with closing(sqlite3.connect(shop)) as connection:
        connection.executescript("ALTER TABLE product RENAME COLUMN stock TO store")
    assert found(retriever) == [PAIRS[2][0]]
    save(book, PAIRS[0])
    assert sorted(found(retriever)) == sorted([PAIRS[0][0], PAIRS[2][0]])


def test_the_folder_spares_the_encoding_when_pairs_are_opened_again(
    book: PairBook, shops: Catalog, tmp_path: Path
) -> None:
    save(book, *PAIRS[:3])
    first = live_pairs(book, shops, tmp_path).retriever()
    expected = found(first)
    encoder = WordEncoder()
    again = LivePairs(None, book, shops, encoder=encoder, folder=tmp_path / "kept")
    assert found(again.retriever(RetrievalConfig("keyword"))) == found(
        live_pairs(book, shops, tmp_path / "other").retriever(RetrievalConfig("keyword"))
    )
    assert encoder.encoded == [""]
    assert found(again.retriever()) == expected
    book.retract(book.active()[0].id)
    save(book, PAIRS[3])
    lagging = LivePairs(None, book, shops, encoder=encoder, folder=tmp_path / "kept")
    assert set(found(lagging.retriever())) == {question for question, _ in PAIRS[1:]}


def test_a_damaged_folder_is_computed_anew(book: PairBook, shops: Catalog, tmp_path: Path) -> None:
    save(book)
    expected = found(live_pairs(book, shops, tmp_path).retriever())
    (file,) = (tmp_path / "kept").glob("data-*/examples.jsonl")
    file.write_bytes(file.read_bytes()[:-20])
    again = live_pairs(book, shops, tmp_path)
    assert found(again.retriever()) == expected
    assert again.verify().is_equal


def test_verify_proves_journal_and_index_equal_deletions_included(
    book: PairBook, shops: Catalog, tmp_path: Path
) -> None:
    save(book)
    pairs = live_pairs(book, shops, tmp_path)
    assert pairs.verify() == (4, (), ())
    book.retract(book.active()[1].id)
    assert pairs.verify() == (3, (), ())
    for pair in book.active():
        book.retract(pair.id)
    assert pairs.verify() == (0, (), ())
    assert live_pairs(book, shops, tmp_path).verify().is_equal


def test_verify_names_what_an_index_has_beyond_the_journal(
    book: PairBook, shops: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(book)
    pairs = live_pairs(book, shops, tmp_path)
    pairs.verify()
    monkeypatch.setattr(LivePairs, "follow", lambda self, db_ids=(): 0)
    monkeypatch.setattr(LivePairs, "save", lambda self: False)
    gone = book.retract(book.active()[1].id)
    save(book, ("Any product?", "SELECT name FROM product"))
    added = book.active()[-1]
    found_ = pairs.verify()
    assert (found_.missing, found_.surplus) == ((added.id,), (gone.id,))


def test_an_examples_text_is_shown_as_the_pair_has_it(book: PairBook, shops: Catalog, tmp_path: Path) -> None:
    save(book, PAIRS[2])
    retriever = live_pairs(book, shops, tmp_path).retriever()
    ((candidate,),) = retriever.retrieve([ASKED], 3, live=True)
    assert candidate.example == Example(book.active()[0].id, *PAIRS[2], "shop", candidate.example.difficulty)
