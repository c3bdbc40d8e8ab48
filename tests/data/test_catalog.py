from __future__ import annotations

import shutil
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from nshot.data import Catalog
from nshot.data import catalog as catalog_module
from nshot.errors import DatabaseNotFoundError, DataError, FileMissingError

Make = Callable[[str, str], Path]
TABLE = "CREATE TABLE t (x TEXT);"


def test_every_layout_of_a_folder_is_read(make_database: Make, tmp_path: Path) -> None:
    for path in ("a/x/x.sqlite", "a/y.db", "a/z/z.sqlite3", "a/z/other.sqlite", "b/database/w/w.sqlite"):
        make_database(path, TABLE)
    assert Catalog(tmp_path / "a").ids() == ["x", "y", "z"]
    assert Catalog(tmp_path / "b").ids() == ["w"]
    assert Catalog(tmp_path / "b" / "database").path("w") == tmp_path / "b/database/w/w.sqlite"


def test_test_databases_of_spider_are_found_beside_the_others(make_database: Make, tmp_path: Path) -> None:
    make_database("s/database/a/a.sqlite", TABLE)
    make_database("s/test_database/b/b.sqlite", TABLE)
    assert Catalog(tmp_path / "s").ids() == ["a", "b"]


def test_the_tables_file_of_the_folder_gives_the_words(mini_spider: Path) -> None:
    table = Catalog(mini_spider).schema("pets").tables[0]
    assert (table.columns[2].natural_name, table.columns[2].type) == ("home town", "text")


def test_corrected_words_are_preferred(mini_spider: Path) -> None:
    corrected = (mini_spider / "tables.json").read_text().replace("home town", "city")
    (mini_spider / "test_tables.json").write_text(corrected)
    assert Catalog(mini_spider).schema("pets").tables[0].columns[2].natural_name == "city"


def test_a_tables_file_is_enough_for_schemas(mini_spider: Path) -> None:
    catalog = Catalog(tables=mini_spider / "tables.json")
    assert catalog.ids() == ["pets"]
    assert catalog.path("pets") is None
    assert catalog.schema("pets").tables[0].columns[2].type == "text"
    assert catalog.values("pets").matches("Paris") == ()


def test_an_unknown_id_lists_near_names(mini_spider: Path) -> None:
    with pytest.raises(DatabaseNotFoundError, match=r"no database 'pet'.*similar names: pets \(2 known\)"):
        Catalog(mini_spider).schema("pet")
    with pytest.raises(DatabaseNotFoundError, match="use `databases`"):
        Catalog().schema("pets")


def test_a_schema_is_looked_for_without_an_error(mini_spider: Path) -> None:
    catalog = Catalog(mini_spider)
    known = catalog.ids()[0]
    assert catalog.find_schema(known) is catalog.schema(known)
    assert catalog.find_schema("nowhere") is None


@pytest.mark.parametrize("db_id", ["../pets", "/etc/passwd", "", "pets/pets", "."])
def test_an_id_cannot_lead_out_of_the_folder(mini_spider: Path, db_id: str) -> None:
    with pytest.raises(DatabaseNotFoundError):
        Catalog(mini_spider / "database" / "trees").schema(db_id)


def test_missing_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match="folder of databases not found"):
        Catalog(tmp_path / "gone")
    with pytest.raises(FileMissingError, match="tables file not found"):
        Catalog(tables=tmp_path / "gone.json")


def test_what_was_read_is_kept(mini_spider: Path) -> None:
    catalog = Catalog(mini_spider)
    before, values = catalog.schema("pets"), catalog.values("pets")
    shutil.rmtree(mini_spider / "database" / "pets")
    assert catalog.schema("pets") is before
    assert catalog.values("pets") is values


def test_threads_share_one_catalog(mini_spider: Path) -> None:
    catalog = Catalog(mini_spider)
    seen: list[object] = []
    threads = [threading.Thread(target=lambda: seen.append(catalog.values("pets"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(map(id, seen))) == 1


def test_a_database_is_meant_by_file_id_or_url(mini_spider: Path) -> None:
    catalog = Catalog(mini_spider)
    file = mini_spider / "database/pets/pets.sqlite"
    by_file, by_id, by_url = (catalog.resolve(source) for source in (file, "pets", f"sqlite:///{file}"))
    assert by_file == by_id == by_url
    assert by_id.source == file
    assert by_file.schema.tables[0].natural_name == "pet owner"
    included = catalog.include(f"sqlite:///{file}")
    assert catalog.path(included.db_id) == file
    found = catalog.values(included.db_id).matches("Who lives in Paris?")
    assert [match.value for match in found] == ["Paris"]


def test_a_database_that_is_nowhere_or_empty_is_refused(make_database: Make, tmp_path: Path) -> None:
    catalog = Catalog()
    for source in (tmp_path / "gone.sqlite", "gone.sqlite", "sqlite:///gone.sqlite", "folder/gone"):
        with pytest.raises(FileMissingError, match="gone"):
            catalog.resolve(source)
    with pytest.raises(DatabaseNotFoundError):
        catalog.resolve("gone")
    with pytest.raises(DataError, match="has no tables"):
        catalog.resolve(make_database("empty.sqlite", "CREATE TABLE t (x); DROP TABLE t;"))


def test_what_cannot_be_read_of_a_database_is_told_once(make_database: Make) -> None:
    names = ", ".join("abcdef")
    views = "".join(f"CREATE VIEW {name} AS SELECT * FROM gone;" for name in names.split(", "))
    file = make_database("shop/shop.sqlite", f"CREATE TABLE item (name TEXT); {views}")
    told: list[str] = []
    catalog = Catalog(file.parent, note=told.append)
    for source in ("shop", file, "shop"):
        catalog.include(source)
        catalog.values("shop")
    reasons = "; ".join(f"{name}: no such table: main.gone" for name in "abcde")
    assert told == [f"note: shop: left out, as they cannot be read: {reasons}; ..."]


def test_a_database_of_which_nothing_can_be_read_says_why(make_database: Make) -> None:
    file = make_database("d.sqlite", "CREATE TABLE t (x); CREATE VIEW v AS SELECT x FROM t; DROP TABLE t;")
    with pytest.raises(DataError, match=r"d\.sqlite has no tables to read: v: no such table: main\.t"):
        Catalog().resolve(file)


def test_a_changed_schema_is_noticed_once_and_its_values_are_read_anew(
    make_database: Make, tmp_path: Path
) -> None:
    make_database("t.sqlite", TABLE + "INSERT INTO t VALUES ('Lyon')")
    catalog = Catalog(tmp_path)
    assert not catalog.refresh("t")  # nothing was read yet
    catalog.schema("t")
    assert [match.value for match in catalog.values("t").matches("in Lyon")] == ["Lyon"]
    assert not catalog.refresh("t")
    make_database("t.sqlite", "ALTER TABLE t RENAME COLUMN x TO city; UPDATE t SET city = 'Paris'")
    assert catalog.refresh("t")
    assert not catalog.refresh("t")
    assert [column.name for column in catalog.schema("t").tables[0].columns] == ["city"]
    assert [match.value for match in catalog.values("t").matches("in Paris")] == ["Paris"]


def test_rows_alone_change_no_schema_and_a_lost_file_keeps_it(make_database: Make, tmp_path: Path) -> None:
    file = make_database("t.sqlite", TABLE)
    catalog = Catalog(tmp_path)
    schema = catalog.schema("t")
    make_database("t.sqlite", "INSERT INTO t VALUES ('a')")
    assert not catalog.refresh("t")
    file.unlink()
    assert not catalog.refresh("t")
    assert not catalog.refresh("nobody")
    assert catalog.schema("t") is schema


def test_values_are_read_again_a_minute_after_rows_were_written(
    make_database: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(catalog_module, "monotonic", lambda: now)
    make_database("t.sqlite", TABLE + "INSERT INTO t VALUES ('Lyon')")
    catalog = Catalog(tmp_path)
    catalog.schema("t")
    assert len(catalog.values("t")) == 1
    make_database("t.sqlite", "INSERT INTO t VALUES ('Paris')")
    assert not catalog.refresh("t")
    assert len(catalog.values("t")) == 1  # not yet
    now += 61
    make_database("t.sqlite", "INSERT INTO t VALUES ('Nice')")
    assert not catalog.refresh("t")
    assert len(catalog.values("t")) == 3


@pytest.mark.parametrize(("stored", "asked"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_database_is_found_by_its_name_however_an_accent_is_stored(
    make_database: Make, stored: Literal["NFC", "NFD"], asked: Literal["NFC", "NFD"]
) -> None:
    name = unicodedata.normalize(stored, "Café")
    file = make_database(f"{name}.sqlite", "CREATE TABLE t (a);")
    catalog = Catalog(file.parent)
    assert catalog.schema(unicodedata.normalize(asked, "Café")).tables[0].name == "t"
    assert catalog.file("Cafe") is None


def test_a_folder_in_place_of_a_database_says_what_is_in_it(make_database: Make, tmp_path: Path) -> None:
    make_database("all/x/x.sqlite", TABLE)
    (tmp_path / "none").mkdir()
    for folder in (tmp_path / "all", "none"):
        with pytest.raises(DatabaseNotFoundError) as error:
            Catalog().resolve(tmp_path / folder)
    assert "a folder without databases" in str(error.value)
    with pytest.raises(DatabaseNotFoundError, match=r"folder of databases \(1\); give one of them, such as"):
        Catalog().resolve(tmp_path / "all")


def test_a_file_in_place_of_a_folder_is_told_the_folder(tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite").touch()
    (tmp_path / "shop.csv").touch()
    with pytest.raises(DataError, match="is a file; give the folder that holds it: `databases` "):
        Catalog(tmp_path / "shop.sqlite")
    with pytest.raises(DataError, match="is a file; give the folder that holds the databases"):
        Catalog(tmp_path / "shop.csv")
