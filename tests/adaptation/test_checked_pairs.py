"""Which rows of a file of pairs may be learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.adaptation import check_pairs
from nshot.data import Catalog
from nshot.errors import FileMissingError
from nshot.pairs import PairBook

HEAD = "id,question,sql,db_id\n"


def write(path: Path, *rows: str) -> Path:
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_good_pairs_are_kept_with_their_ids(tmp_path: Path, catalog: Catalog) -> None:
    path = write(tmp_path / "p.csv", "a,How many breads?,SELECT count(*) FROM product,bakery")
    found = check_pairs(path, catalog)
    assert [(one.id, one.sql) for one in found.pairs] == [("a", "SELECT count(*) FROM product")]
    assert (found.left_out, found.rows) == ((), 1)


def test_what_does_not_run_repeats_or_cannot_be_read_is_named(tmp_path: Path, catalog: Catalog) -> None:
    path = write(
        tmp_path / "p.csv",
        "a,How many breads?,SELECT count(*) FROM product,bakery",
        "b,how many breads,select COUNT(*) from product,bakery",
        "c,What?,SELECT colour FROM product,bakery",
        "d,,SELECT count(*) FROM product,bakery",
        "e,Drop it,DROP TABLE product,bakery",
    )
    found = check_pairs(path, catalog)
    assert [one.id for one in found.pairs] == ["a"]
    assert found.rows == 5
    said = "\n".join(found.left_out)
    assert len(found.left_out) == 4
    assert "b ('how many breads'): says the same as a" in said
    assert "c ('What?'): the SQL does not run: no such column: colour" in said


def test_of_two_pairs_that_contradict_each_other_none_is_learned(tmp_path: Path, catalog: Catalog) -> None:
    path = write(
        tmp_path / "p.csv",
        "a,How many breads?,SELECT count(*) FROM product,bakery",
        "b,How many breads?,SELECT max(price) FROM product,bakery",
        "c,Which breads?,SELECT name FROM product,bakery",
    )
    found = check_pairs(path, catalog)
    assert [one.id for one in found.pairs] == ["c"]
    assert found.left_out == (
        "b ('How many breads?'): contradicts a, which asks the same with other SQL",
        "a ('How many breads?'): contradicted by b, which asks the same with other SQL",
    )


def test_a_journal_gives_its_active_pairs(tmp_path: Path, catalog: Catalog) -> None:
    book = PairBook(tmp_path / "pairs.jsonl", catalog)
    book.add("How many breads?", "SELECT count(*) FROM product", "bakery")
    gone = book.add("Which breads?", "SELECT name FROM product", "bakery").pair
    assert gone is not None
    book.retract(gone.id)
    assert [one.text for one in check_pairs(tmp_path / "pairs.jsonl", catalog).pairs] == ["How many breads?"]


def test_a_missing_file_is_told(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(FileMissingError, match="file of pairs"):
        check_pairs(tmp_path / "none.csv", catalog)
