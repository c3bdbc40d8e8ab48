"""No command replaces a file that nshot did not write: every output, with a stranger in its
place."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import Run
from .model_server import FakeModel

LEFT_ALONE = (
    "was not written by nshot|belongs to another program|is not empty and holds no "
    "index|is not a lock of nshot"
    "|is not the manifest of an index|is not nshot's|was not put there by a download"
    "|out.run.json cannot be read"
)
PRECIOUS = "years of work"
GOLD = "SELECT count(*) FROM product\tshop\n"


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    path = tmp_path / "asked.csv"
    path.write_text("question,db_id,query\nHow many products?,shop,SELECT count(*) FROM product\n")
    return path


@pytest.mark.parametrize(
    ("command", "stranger"),
    [
        ("eval", "out"),
        ("retrieve", "out"),
        ("predict", "out"),
        ("predict --overwrite", "out"),
        ("predict", "out.run.json"),
        ("predict", "out.lock"),
        ("sql-out", "out"),
        ("compare", "out/results.json"),
        ("compare", "out/report.md"),
        ("compare", "out/report.html"),
        ("compare --model", "out/completions.jsonl"),
        ("compare --model", "out/databases.json"),
        ("compare --model", "out/completions.jsonl.lock"),
        ("index build", "out/manifest.json"),
        ("index build", "out/notes.txt"),
        ("index build", "out/.lock"),
        ("index add", "out/manifest.json"),
        ("train questions", "out"),
        ("pairs export", "pairs.csv"),
        ("data prepare", "out/processed/train.csv"),
        ("data prepare", "out/processed/manifest.json"),
        ("data download", "out/dev.json"),
    ],
)
def test_a_stranger_in_the_place_of_an_output_is_left_alone(
    command: str, stranger: str, run: Run, asked: Path, databases: Path, own_pool: Path, sample_index: Path,
    model: FakeModel, tmp_path: Path,
) -> None:  # fmt: skip
    out = tmp_path / "out"
    place = tmp_path / stranger
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(PRECIOUS)
    data = ("--questions", asked, "--databases", databases, "--index", sample_index)
    served = ("--model", model.url, "--shots", 0)
    (tmp_path / "gold.sql").write_text(GOLD)
    (tmp_path / "spider").mkdir()
    for name in ("train_spider.json", "train_others.json", "dev.json", "tables.json"):
        (tmp_path / "spider" / name).write_text("[]")
    (tmp_path / "spider" / "database").mkdir()
    commands: dict[str, tuple[object, ...]] = {
        "eval": (
            "eval", "--predictions", tmp_path / "gold.sql", "--gold", tmp_path / "gold.sql",
            "--databases", databases, "--out", out,
        ),
        "retrieve": ("retrieve", *data, "--strategy", "keyword", "--out", out),
        "predict": ("predict", *data, *served, "--out", out),
        "predict --overwrite": ("predict", *data, *served, "--overwrite", "--out", out),
        "sql-out": ("predict", *data, *served, "--out", tmp_path / "p.jsonl", "--sql-out", out),
        "compare": ("compare", *data, "--strategies", "keyword", "--out", out),
        "compare --model": ("compare", *data, "--strategies", "keyword", *served, "--out", out),
        "index build": (
            "index", "build", "--pool", own_pool, "--databases", databases, "--encoder", "none", "--out", out,
        ),
        "index add": ("index", "add", out, "--pool", own_pool, "--databases", databases),
        "train questions": ("train", "questions", "--databases", databases, "--out", out),
        "pairs export": ("pairs", "export", "--pairs", tmp_path / "book.jsonl", "--out", place),
        "data prepare": ("data", "prepare", "--from", tmp_path / "spider", "--out", out),
        "data download": ("data", "download", "--url", make_zip(tmp_path), "--out", out),
    }  # fmt: skip
    found = run(*commands[command])
    assert re.search(LEFT_ALONE, found.mistake), found.err
    assert place.read_text() == PRECIOUS


def make_zip(folder: Path) -> Path:
    import shutil

    return Path(shutil.make_archive(str(folder / "archive"), "zip", folder / "spider"))


def test_what_a_command_wrote_it_writes_again(
    run: Run, asked: Path, databases: Path, sample_index: Path, tmp_path: Path
) -> None:
    gold, out = tmp_path / "gold.sql", tmp_path / "out.jsonl"
    gold.write_text(GOLD)
    for _ in range(2):
        judged = run("eval", "--predictions", gold, "--gold", gold, "--databases", databases, "--out", out)
        assert judged.status == 0, judged.err
    assert json.loads(out.read_text())["hardness"] == "easy"
    data = ("--questions", asked, "--databases", databases, "--index", sample_index, "--strategy", "keyword")
    for _ in range(2):
        assert run("retrieve", *data, "--out", tmp_path / "candidates.jsonl").status == 0
