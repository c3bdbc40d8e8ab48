from __future__ import annotations

import os
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nshot.data import Catalog
from nshot.databases import execute, find_data_files
from nshot.errors import DataError, MissingExtraError, SqlRefusedError

pytest.importorskip("duckdb")
SALES = "day;shop;amount\n2026-11-29;Bern;1200\n2026-11-30;Zürich;80.5\n2026-11-30;Bern;\n"


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    monkeypatch.setenv("NSHOT_CACHE", str(tmp_path / "cache"))
    return Catalog()


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    file = tmp_path / "sales.csv"
    file.write_text(SALES, encoding="utf-8")
    return file


def test_a_csv_file_is_a_database_with_one_table(catalog: Catalog, sales: Path) -> None:
    found = catalog.include(sales)
    assert found.db_id == "sales"
    (table,) = found.schema.tables
    columns = [(column.name, column.type) for column in table.columns]
    assert (table.name, columns) == ("sales", [("day", "date"), ("shop", "text"), ("amount", "real")])
    assert found.source is not None
    rows = execute(found.source, "SELECT shop, sum(amount) FROM sales WHERE day = '2026-11-30' GROUP BY shop")
    assert rows.rows == (("Bern", None), ("Zürich", 80.5))
    with pytest.raises(SqlRefusedError):
        execute(found.source, "DELETE FROM sales")
    assert sales.read_text(encoding="utf-8") == SALES


def test_a_changed_file_is_read_anew_and_keeps_its_place(catalog: Catalog, sales: Path) -> None:
    before = catalog.include(sales).source
    sales.write_text(SALES + "2026-12-01;Basel;7\n", encoding="utf-8")
    os.utime(sales, ns=(1, 1))
    after = catalog.include(sales).source
    assert before == after is not None
    assert execute(after, "SELECT count(*) FROM sales").rows == ((4,),)


def test_a_folder_is_a_database_with_a_table_for_each_file(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "shop of [mine]"
    folder.mkdir()
    (folder / "sales*[1].csv").write_text("a,b\n1,x\n2,y\n")
    (folder / "Sales*[1].tsv").write_text("a\tb\n7\tz\n")
    (folder / "people.jsonl").write_text(
        '{"name": "Ada", "tags": ["x", "y"]}\n{"name": "Bob", "tags": null}\n'
    )
    (folder / "places.json").write_text('[{"city": "Bern", "big": false}, {"city": "Rom", "big": true}]')
    pq.write_table(pa.table({"n": [1, 2**62, None], "f": [0.5, None, 2.0]}), folder / "numbers.parquet")
    (folder / "readme.txt").write_text("no table")
    found = catalog.include(folder)
    assert found.db_id == "shop of [mine]"
    assert found.source is not None
    names = {table.name for table in found.schema.tables}
    assert names == {"Sales*[1]", "sales*[1]_2", "people", "places", "numbers"}
    assert execute(found.source, 'SELECT b FROM "sales*[1]_2"').rows == (("x",), ("y",))
    assert execute(found.source, "SELECT * FROM people").rows == (("Ada", '["x", "y"]'), ("Bob", None))
    assert execute(found.source, "SELECT city FROM places WHERE big").rows == (("Rom",),)
    assert execute(found.source, "SELECT * FROM numbers").rows == ((1, 0.5), (2**62, None), (None, 2.0))


def test_a_folder_of_databases_or_of_nothing_is_no_folder_of_tables(tmp_path: Path) -> None:
    (tmp_path / "questions.json").write_text("[]")
    (tmp_path / "shop.sqlite").write_bytes(b"")
    assert find_data_files(tmp_path) == ()
    assert find_data_files(tmp_path / "shop.sqlite") == ()
    assert find_data_files("shop") == ()


def test_a_file_that_is_no_table_is_named(catalog: Catalog, tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 not really")
    with pytest.raises(DataError, match=r"broken\.parquet cannot be read as a table"):
        catalog.include(broken)


def test_without_duckdb_the_extra_is_named(
    catalog: Catalog, sales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match=r"nshot\[files\]"):
        catalog.include(sales)


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        ("name,age\nBö,4\n".encode("utf-16"), ["name", "age"], (("Bö", 4),)),
        (b"sep=;\nname;age\nA;3\n", ["name", "age"], (("A", 3),)),
        (b"\xef\xbb\xbfname,age\nA,3\n", ["name", "age"], (("A", 3),)),
        (
            b"a,b,c\n1,2\n3,4,5\n6,7,8,9\n",
            ["a", "b", "c", "column3"],
            ((1, 2, None, None), (3, 4, 5, None), (6, 7, 8, 9)),
        ),
        (b"city,2024,2025\nBern,1,2\n", ["city", "2024", "2025"], (("Bern", 1, 2),)),
        (b'"unit\nprice","shop"\n3,x\n', ["unit price", "shop"], ((3, "x"),)),
        (b"sep=\\t\na\tb\nx\t3\n", ["a", "b"], (("x", 3),)),
        (b"sep='\na'b\nx'3\n", ["a", "b"], (("x", 3),)),
        (b"sep=;\na,b\nx,3\n", ["a", "b"], (("x", 3),)),
        ("a,b\nx,3\n".encode("utf-16-le"), ["a", "b"], (("x", 3),)),
        (b"a,b\nx,NA\ny,3\nz,2.5\n", ["a", "b"], (("x", None), ("y", 3.0), ("z", 2.5))),
        (b"a,b\nNA,01\nx,NA\n", ["a", "b"], (("NA", "01"), ("x", "NA"))),
        (b'a,b\n"1\n2",3\n4\n', ["a", "b"], (("1\n2", 3), ("4", None))),
    ],
)
def test_csv_files_as_people_have_them(
    catalog: Catalog, tmp_path: Path, content: bytes, columns: list[str], rows: tuple[tuple[object, ...], ...]
) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    found = catalog.include(tmp_path / "t.csv")
    assert [column.name for column in found.schema.tables[0].columns] == columns
    assert found.source is not None
    assert execute(found.source, "SELECT * FROM t").rows == rows


def test_a_mark_for_no_value_far_down_is_null_in_a_column_of_numbers(
    catalog: Catalog, tmp_path: Path
) -> None:
    rows = "".join(f"s{at},{at}\n" for at in range(21_000))
    (tmp_path / "t.csv").write_text(f"shop,amount\n{rows}x,n/a\n")
    found = catalog.include(tmp_path / "t.csv")
    assert [column.type for column in found.schema.tables[0].columns] == ["text", "integer"]
    assert found.source is not None
    sql = "SELECT count(*), count(amount) FROM t WHERE amount > 5 OR amount IS NULL"
    assert execute(found.source, sql).rows == ((20_995, 20_994),)


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "is empty"), ("a,b\nBö,1\n".encode("latin-1"), "not UTF-8")]
)
def test_a_csv_file_that_cannot_be_read_says_why(
    catalog: Catalog, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=said):
        catalog.include(tmp_path / "t.csv")
