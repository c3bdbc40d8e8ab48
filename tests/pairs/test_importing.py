from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.errors import OptionError
from nshot.pairs import PairBook, default_journal, export_pairs, import_pairs

ROWS = """question,sql,db_id
How many products?,SELECT count(*) FROM product,shop
how many products,select COUNT(*) from product,shop
How many products?,SELECT count(id) FROM product,shop
Names?,SELECT nam FROM product,shop
"Names, sorted?","SELECT name FROM product
ORDER BY name",shop
Broken?,SELECT FROM WHERE,shop
"""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    return file


def test_every_row_of_an_import_is_accounted_for(book: PairBook, catalog: Catalog, rows: Path) -> None:
    report = import_pairs(book, rows, catalog, author="ada")
    assert [pair.question for pair in report.added] == ["How many products?", "Names, sorted?"]
    assert (report.rows, report.duplicates) == (6, 1)
    assert [one.example.sql for one in report.conflicts] == ["SELECT count(id) FROM product"]
    assert [one.example.sql for one in report.refused] == ["SELECT nam FROM product"]
    assert [problem.line for problem in report.problems] == [8]
    assert import_pairs(book, rows, catalog).duplicates == 3


def test_a_newer_row_replaces_the_pair_that_it_contradicts(
    book: PairBook, catalog: Catalog, rows: Path
) -> None:
    report = import_pairs(book, rows, catalog, newer=True)
    assert not report.conflicts
    found = book.find("How many products?", "shop")
    assert found is not None
    assert found.sql == "SELECT count(id) FROM product"


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_an_exported_file_imports_to_the_same_pairs(
    book: PairBook, catalog: Catalog, rows: Path, tmp_path: Path, ending: str
) -> None:
    import_pairs(book, rows, catalog)
    file = tmp_path / f"out{ending}"
    file.write_text(export_pairs(book.active(), ending))
    other = PairBook(tmp_path / "other.jsonl", catalog)
    import_pairs(other, file, catalog)
    assert [pair.id for pair in other.active()] == [pair.id for pair in book.active()]


def test_a_journal_is_imported_without_what_was_retracted(
    book: PairBook, catalog: Catalog, rows: Path, tmp_path: Path
) -> None:
    first, _ = import_pairs(book, rows, catalog).added
    book.retract(first.id)
    other = PairBook(tmp_path / "other.jsonl", catalog)
    assert [pair.question for pair in import_pairs(other, book.path, catalog).added] == ["Names, sorted?"]


def test_another_ending_is_refused() -> None:
    with pytest.raises(OptionError, match=r"\.csv or \.jsonl, got the ending '\.xlsx'"):
        export_pairs((), ".xlsx")


def test_databases_of_one_name_in_two_places_have_two_journals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NSHOT_DATA", str(tmp_path))
    one, two = default_journal(tmp_path / "a" / "shop.db"), default_journal(tmp_path / "b" / "shop.db")
    assert one != two
    assert one.parent == two.parent == tmp_path / "pairs"
    assert one.name.startswith("shop-")
    monkeypatch.chdir(tmp_path)
    assert default_journal("a/shop.db") == one
    url = "postgresql://ada:{}@host/sales?sslmode=require"
    assert default_journal(url.format("secret")) == default_journal(url.format("changed"))
    assert default_journal(url.format("secret")).name.startswith("sales-")
    assert default_journal(None).name == "sample.jsonl"
