from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.errors import OptionError, PairNotFoundError
from nshot.pairs import Pair, PairBook

from .conftest import RunScript

QUESTION, SQL = "How many products?", "SELECT count(*) FROM product"
DEAR = "SELECT count(*) FROM product WHERE price > 100"


def saved(book: PairBook, question: str = QUESTION, sql: str = SQL) -> Pair:
    result = book.add(question, sql, "shop", author="ada")
    assert result.outcome == "added", result
    assert result.pair is not None
    return result.pair


def test_a_pair_that_was_added_is_found_by_other_books_at_once(
    book: PairBook, catalog: Catalog, journal_file: Path
) -> None:
    other = PairBook(journal_file, catalog)
    pair = saved(book)
    assert other.find("how many  products", "shop") == pair
    assert other.find("how many products", "depot") is None
    assert pair == PairBook(journal_file, catalog).get(pair.id)
    assert (pair.author, pair.state, len(pair.fingerprint)) == ("ada", "active", 16)


def test_the_id_of_a_pair_is_that_of_its_content(book: PairBook, catalog: Catalog, tmp_path: Path) -> None:
    pair = saved(book)
    assert saved(PairBook(tmp_path / "other.jsonl", catalog)).id == pair.id
    book.retract(pair.id)
    assert saved(book).id == pair.id
    assert saved(book, "Dear ones?", DEAR).id != pair.id


def test_warming_up_reads_the_database_and_writes_nothing(catalog: Catalog, journal_file: Path) -> None:
    book = PairBook(journal_file, catalog)
    assert not catalog._schemas
    book.warm_up("shop")
    assert list(catalog._schemas) == ["shop"]
    assert not journal_file.exists()
    book.warm_up("nowhere")  # told by the calls that need it
    assert saved(book).state == "active"


@pytest.mark.parametrize(
    "sql", [SQL, SQL + " ;", "select COUNT(*)\nfrom Product", 'SELECT count(*) FROM "product"']
)
def test_the_same_sql_again_is_a_duplicate(book: PairBook, sql: str) -> None:
    pair = saved(book)
    result = book.add("how many products", sql, "shop")
    assert (result.outcome, result.pair) == ("duplicate", pair)
    assert book.list_pairs().total == 1


def test_other_sql_for_the_same_question_is_a_conflict_until_it_replaces(book: PairBook) -> None:
    pair = saved(book)
    result = book.add(QUESTION, DEAR, "shop")
    assert (result.outcome, result.conflicts) == ("conflict", (pair,))
    assert pair.id in result.reason
    result = book.add(QUESTION, DEAR, "shop", replace_id=pair.id)
    assert result.outcome == "added"
    assert book.find(QUESTION, "shop") == result.pair
    assert book.list_pairs().total == 1


@pytest.mark.parametrize(
    ("question", "sql", "db_id", "reason"),
    [
        ("", SQL, "shop", "question is empty"),
        ("q", " ; ", "shop", "SQL is empty"),
        ("q", "SELECT FROM WHERE", "shop", "does not parse"),
        ("q", "DELETE FROM product", "shop", "SELECT but DELETE"),
        ("q", "SELECT 1; SELECT 2", "shop", "expected one SQL statement, got 2"),
        ("q", "SELECT colour FROM product", "shop", "no such column: colour"),
        ("q", "SELECT load_extension('x')", "shop", "does not run"),
        ("q", SQL, "depot", "no database 'depot'"),
        ("q\ud800", SQL, "shop", "half a surrogate pair"),
        ("q\0", SQL, "shop", "NUL"),
        ("q" * 10_001, SQL, "shop", "at most 10,000"),
    ],
)
def test_the_gate_refuses_with_a_reason(
    book: PairBook, journal_file: Path, question: str, sql: str, db_id: str, reason: str
) -> None:
    result = book.add(question, sql, db_id)
    assert result.outcome == "refused"
    assert reason in result.reason
    assert not journal_file.exists()


def test_sql_that_takes_too_long_is_refused(catalog: Catalog, journal_file: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    result = PairBook(journal_file, catalog, timeout=0.1).add("How far?", endless, "shop")
    assert result.outcome == "refused"
    assert "deadline" in result.reason


def test_rows_never_enter_the_journal(book: PairBook, journal_file: Path) -> None:
    saved(book, "Names of all?", "SELECT name FROM product")
    assert "secret" not in journal_file.read_text()


def test_an_edited_pair_takes_the_place_of_the_old_one(book: PairBook) -> None:
    pair = saved(book)
    result = book.edit(pair.id, sql=DEAR)
    assert result.outcome == "added"
    assert result.pair is not None
    assert (result.pair.question, result.pair.sql, result.pair.author) == (QUESTION, DEAR, "ada")
    with pytest.raises(PairNotFoundError, match=pair.id):
        book.get(pair.id)
    assert book.active() == (result.pair,)
    assert book.edit(result.pair.id).outcome == "duplicate"
    assert book.edit(result.pair.id, sql="SELECT colour FROM product").outcome == "refused"
    assert book.active() == (result.pair,)


def test_letter_case_alone_can_be_edited(book: PairBook) -> None:
    pair = saved(book, "how many products")
    result = book.edit(pair.id, question="How many products?")
    assert result.outcome == "added"
    assert [pair.question for pair in book.active()] == ["How many products?"]


def test_a_retracted_pair_is_gone_in_every_book(book: PairBook, catalog: Catalog, journal_file: Path) -> None:
    other = PairBook(journal_file, catalog)
    pair = saved(other)
    book.retract(pair.id)
    for one in (book, other, PairBook(journal_file, catalog)):
        assert one.find(QUESTION, "shop") is None
        assert one.list_pairs() == ((), 0)
    with pytest.raises(PairNotFoundError, match=pair.id):
        book.retract(pair.id)


def test_a_rejected_pair_is_kept_and_never_active(book: PairBook) -> None:
    wrong = book.reject(QUESTION, "SELECT nothing at all", "shop", reason="nonsense")
    assert (wrong.state, wrong.reason) == ("rejected", "nonsense")
    assert book.active() == ()
    assert book.list_pairs(state="rejected").pairs == (wrong,)
    right = saved(book)
    assert book.find(QUESTION, "shop") == right
    book.reject(QUESTION.lower(), SQL.lower(), "shop")
    assert book.find(QUESTION, "shop") is None
    assert book.get(right.id).state == "rejected"
    assert book.reject(QUESTION, SQL, "shop") == book.get(right.id)
    with pytest.raises(OptionError, match="empty"):
        book.reject("", SQL, "shop")


def test_a_rejected_pair_can_be_added_after_all(book: PairBook) -> None:
    book.reject(QUESTION, SQL, "shop")
    pair = saved(book, QUESTION.lower())
    assert book.find(QUESTION, "shop") == pair
    assert book.list_pairs().total == 1


def test_pairs_that_a_schema_change_breaks_are_set_aside_and_restored(
    book: PairBook, run_script: RunScript
) -> None:
    count, dear = saved(book), saved(book, "Dear ones?", DEAR)
    run_script("ALTER TABLE product RENAME COLUMN price TO cost")
    assert book.find("Dear ones?", "shop") is None
    aside = book.get(dear.id)
    assert (aside.state, "no such column: price" in aside.reason) == ("set_aside", True)
    assert [pair.id for pair in book.active()] == [count.id]
    run_script("ALTER TABLE product RENAME COLUMN cost TO price")
    found = book.verify()
    assert [pair.id for pair in found.restored] == [dear.id]
    assert book.find("Dear ones?", "shop") == dear


def test_a_second_book_does_not_check_again_what_the_first_has_checked(
    book: PairBook, catalog: Catalog, journal_file: Path, run_script: RunScript
) -> None:
    saved(book)
    run_script("CREATE TABLE customer (id INTEGER)")
    assert book.verify().checked == 1
    size = journal_file.stat().st_size
    assert PairBook(journal_file, catalog).verify().checked == 0
    assert book.verify(everything=True).checked == 1
    assert journal_file.stat().st_size == size


def test_a_set_aside_pair_comes_back_when_it_is_saved_again(book: PairBook, run_script: RunScript) -> None:
    pair = saved(book, "Dear ones?", DEAR)
    run_script("ALTER TABLE product RENAME TO item")
    book.verify()
    run_script("ALTER TABLE item RENAME TO product; CREATE TABLE other (id INTEGER)")
    assert book.add("Dear ones?", DEAR, "shop").outcome == "added"
    assert [one.id for one in book.active()] == [pair.id]


def test_what_cannot_be_told_stays_as_it_is(catalog: Catalog, book: PairBook, journal_file: Path) -> None:
    pair = saved(book)
    found = PairBook(journal_file, Catalog()).verify(everything=True)
    assert [one.id for one in found.unknown] == [pair.id]
    assert "no database 'shop'" in found.unknown[0].reason
    assert book.find(QUESTION, "shop") == pair


def test_a_changed_schema_is_noticed_where_the_journal_cannot_be_written(
    book: PairBook, journal_file: Path, run_script: RunScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(book, "Dear ones?", DEAR)
    before = journal_file.read_bytes()
    run_script("ALTER TABLE product RENAME TO item")
    monkeypatch.setattr("nshot.pairs.journal.Journal.writing", unwritable)
    assert book.find("Dear ones?", "shop") is None
    assert journal_file.read_bytes() == before
    with pytest.raises(PermissionError):
        book.verify(everything=True)


def unwritable(_: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_pairs_are_listed_newest_first_in_pages(book: PairBook) -> None:
    first, second = saved(book), saved(book, "Dear ones?", DEAR)
    assert book.list_pairs() == ((second, first), 2)
    assert book.list_pairs(limit=1, offset=1) == ((first,), 2)
    assert book.list_pairs(text="DEAR").pairs == (second,)
    assert book.list_pairs(db_id="depot") == ((), 0)


def test_two_active_pairs_of_one_question_are_listed_as_conflicts_and_not_reused(
    book: PairBook, run_script: RunScript
) -> None:
    dear = saved(book, QUESTION, DEAR)
    run_script("ALTER TABLE product RENAME COLUMN price TO cost")
    book.verify()
    count = saved(book)
    run_script("ALTER TABLE product RENAME COLUMN cost TO price")
    book.verify()
    assert [one.id for one in book.conflicts(count)] == [dear.id]
    assert book.find(QUESTION, "shop") is None
