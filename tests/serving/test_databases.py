from __future__ import annotations

from pathlib import Path

import pytest

from nshot.errors import DatabaseNotFoundError
from nshot.pipeline import DatabaseConfig
from nshot.serving import choose_databases


def ignore(_: str) -> None:
    pass


def test_without_options_the_sample_is_served() -> None:
    found = choose_databases(DatabaseConfig(), None, ignore)
    assert len(found.ids) > 10
    assert found.default == "coffee_roastery"
    assert found.journal.name == "sample.jsonl"


def test_a_folder_of_several_databases_has_no_default(folder: Path) -> None:
    found = choose_databases(DatabaseConfig(folder), None, ignore)
    assert (found.ids, found.default) == (["concert", "shop"], None)


def test_a_database_of_a_folder_is_the_default(folder: Path) -> None:
    found = choose_databases(DatabaseConfig(folder), "shop", ignore)
    assert (found.ids, found.default) == (["concert", "shop"], "shop")


@pytest.mark.parametrize("url", [False, True])
def test_a_file_is_served_alone(folder: Path, url: bool) -> None:
    file = str(folder / "shop" / "shop.sqlite")
    found = choose_databases(DatabaseConfig(), f"sqlite:///{file}" if url else file, ignore)
    assert (found.ids, found.default) == (["shop"], "shop")
    assert found.journal != choose_databases(DatabaseConfig(), None, ignore).journal


def test_a_database_that_is_not_there_is_refused() -> None:
    with pytest.raises(DatabaseNotFoundError):
        choose_databases(DatabaseConfig(), "nowhere", ignore)
