from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data.spider.layout import check_files, find_root, git_blob
from nshot.errors import DataError


def test_fingerprints_are_gits(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hello\n")
    assert git_blob(tmp_path / "a") == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_the_root_is_found_one_folder_down(mini_spider: Path) -> None:
    assert find_root(mini_spider) == mini_spider
    assert find_root(mini_spider.parent) == mini_spider


def test_two_roots_are_one_too_many(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "dev.json").write_text("[]")
    with pytest.raises(DataError, match="more than one folder"):
        find_root(tmp_path)


@pytest.mark.spider
def test_the_official_dev_file_is_recognised(spider: Path) -> None:
    assert check_files(spider)["dev.json"] == "official"
