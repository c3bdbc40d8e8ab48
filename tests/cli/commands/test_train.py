"""`nshot train encoder`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..conftest import Run


@pytest.mark.model
def test_the_sample_gives_an_encoder_that_an_index_takes(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "encoder"
    options = ("--out", out, "--epochs", 1, "--batch", 64, "--layers", 1, "--rank", 2, "--threads", 1)
    result = run("train", "encoder", "--pool", "sample", *options)
    assert result.status == 0, result.err
    assert result.out.startswith(f"{out}: pass ")
    assert "pass 1: loss" in result.err
    assert "held-out match@3 question 0." in result.err
    built = run("index", "build", "--pool", "sample", "--out", tmp_path / "index", "--encoder", out)
    assert built.status == 0, built.err
    assert f"encoder {out} (384 dimensions)" in built.out
    assert "--overwrite" in run("train", "encoder", "--pool", "sample", *options).mistake


def test_a_folder_with_other_things_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    mistake = run("train", "encoder", "--pool", "sample", "--out", tmp_path, "--overwrite").mistake
    assert "other files" in mistake
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_pool_of_one_database_is_refused_with_the_cure(run: Run, tmp_path: Path) -> None:
    pool = tmp_path / "one.csv"
    pool.write_text("question,sql,db_id\nHow many products are there?,SELECT count(*) FROM product,shop\n")
    mistake = run("train", "encoder", "--pool", pool, "--out", tmp_path / "encoder").mistake
    assert "at least two" in mistake
    assert "the encoder structural" in mistake


def test_an_option_out_of_range_is_named(run: Run, tmp_path: Path) -> None:
    mistake = run("train", "encoder", "--pool", "sample", "--out", tmp_path / "e", "--epochs", 0).mistake
    assert "--epochs must be at least 1, got 0" in mistake
