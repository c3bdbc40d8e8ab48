from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nshot.data import Catalog, read_pool
from nshot.errors import DataError, OptionError
from nshot.index import ExampleIndex
from nshot.retrieval import IndexConfig, build_index
from nshot.sql import normalise
from nshot.training.data import HoldoutConfig, OutputConfig, WrittenData, read_rows, write_data
from nshot.types import Question

from ..conftest import keyword, shots


def write(
    out: Path,
    catalog: Catalog,
    questions: list[Question],
    index: ExampleIndex | None = None,
    *,
    overwrite: bool = False,
    **output: Any,
) -> WrittenData:
    config = keyword(shots=shots(0, 2) if index else shots(0), repeats=2)
    return write_data(
        questions, catalog, out, config, OutputConfig(**output), index=index, overwrite=overwrite
    )


def run_of(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "run.json").read_text("utf-8"))
    return found


def test_the_folder_holds_rows_held_out_rows_card_and_run(
    catalog: Catalog, questions: list[Question], index: ExampleIndex, tmp_path: Path
) -> None:
    out = tmp_path / "sft"
    made = write(out, catalog, questions, index, holdout=HoldoutConfig("2", seed=1), format="parquet")
    assert sorted(file.name for file in out.iterdir()) == [
        "README.md",
        "held_out.parquet",
        "run.json",
        "train.parquet",
    ]
    train, held = read_rows(out / "train.parquet"), read_rows(out / "held_out.parquet")
    assert {row.db_id for row in held} == set(made.held_out)
    assert len(made.held_out) == 2
    assert not {row.db_id for row in train} & set(made.held_out)
    assert len(train) == 2 * sum(question.db_id not in made.held_out for question in questions)
    assert len(held) == sum(question.db_id in made.held_out for question in questions)
    databases = {entry.example.id: entry.example.db_id for entry in index.entries}
    assert not {databases[id_] for row in (*train, *held) for id_ in row.demonstrations} & set(made.held_out)


def test_run_json_and_card_say_what_was_made(
    catalog: Catalog, questions: list[Question], index: ExampleIndex, tmp_path: Path
) -> None:
    out = tmp_path / "sft"
    write(out, catalog, questions, index, holdout=HoldoutConfig("bakery"))
    run, rows = run_of(out), read_rows(out / "train.jsonl")
    train = run["files"]["train.jsonl"]
    assert train["rows"] == len(rows) == sum(train["databases"].values())
    assert train["leaks"] == {
        "rows": len(rows),
        "same_database": 0,
        "same_sql": 0,
        "same_question": 0,
        "gold_in_prompt": 0,
        "held_out": 0,
        "unknown": 0,
    }
    assert train["shots"] == {str(n): sum(row.shots == n for row in rows) for n in (0, 2)}
    assert sum(train["prompt_tokens"]["histogram"].values()) == len(rows)
    assert run["held_out"] == ["bakery"]
    assert run["config"]["shots"] == "0:1,2:1"
    card = (out / "README.md").read_text("utf-8")
    assert "path: train.jsonl" in card
    assert f"| rows | {len(rows)} |" in card
    assert rows[0].prompt in card
    assert all(f"| `{column}` |" in card for column in run["columns"])
    assert "Spider" not in card


def test_the_same_settings_give_the_same_bytes(
    catalog: Catalog, questions: list[Question], index: ExampleIndex, tmp_path: Path
) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write(tmp_path / name, catalog, questions, index, seed=seed)
    same = (tmp_path / "a" / "train.jsonl").read_bytes()
    assert (tmp_path / "b" / "train.jsonl").read_bytes() == same
    assert (tmp_path / "c" / "train.jsonl").read_bytes() != same


def test_what_is_there_is_replaced_only_if_it_is_ours_and_on_demand(
    catalog: Catalog, questions: list[Question], tmp_path: Path
) -> None:
    out = tmp_path / "sft"
    out.mkdir()
    write(out, catalog, questions)
    before = (out / "train.jsonl").read_bytes()
    with pytest.raises(DataError, match="replace it with `overwrite`"):
        write(out, catalog, questions, seed=1)
    assert (out / "train.jsonl").read_bytes() == before
    write(out, catalog, questions, seed=1, format="parquet", overwrite=True)
    assert sorted(file.name for file in out.iterdir()) == ["README.md", "run.json", "train.parquet"]
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="has other files"):
        write(out, catalog, questions, overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["sft"]


def test_what_fails_leaves_nothing_behind(
    catalog: Catalog, questions: list[Question], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("nshot.training.data.output.write.card", stop)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "sft", catalog, questions)
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_until_the_new_is_in_its_place(
    catalog: Catalog, questions: list[Question], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "sft"
    write(out, catalog, questions)
    before = (out / "train.jsonl").read_bytes()
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if ".new." in self.name:
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write(out, catalog, questions, seed=1, overwrite=True)
    assert (out / "train.jsonl").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["sft"]


def test_a_link_to_a_folder_stays_a_link(catalog: Catalog, questions: list[Question], tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(tmp_path / "link", catalog, questions)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "train.jsonl").is_file()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link", "real"]


def test_the_working_directory_and_no_question_are_refused(
    catalog: Catalog, questions: list[Question], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="is the working directory"):
        write(Path(), catalog, questions)
    with pytest.raises(DataError, match="there is no question; check the pool"):
        write(tmp_path / "sft", catalog, [])


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"layout": "alpaca"}, "unknown layout 'alpaca'; choose one of: prompt-completion, text, messages"),
        ({"format": "csv"}, "unknown format 'csv'; choose one of: jsonl, parquet"),
        ({"seed": -1}, "`seed` must be at least 0"),
    ],
)
def test_a_wrong_setting_is_refused_when_made(output: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        OutputConfig(**output)


@pytest.fixture
def own(catalog: Catalog, tmp_path: Path) -> tuple[list[Question], ExampleIndex]:
    """A pool of one database, and an index whose policy shows its examples."""
    pool = [one for one in read_pool("sample").examples if one.db_id == "bakery"]
    build_index(tmp_path / "own", pool, catalog, IndexConfig("allow", "none"))
    questions = [Question(one.question, one.db_id, one.id, one.sql) for one in pool]
    return questions, ExampleIndex(tmp_path / "own")


def test_a_pool_of_one_database_shows_its_own_examples_as_its_index_says(
    catalog: Catalog, own: tuple[list[Question], ExampleIndex], tmp_path: Path
) -> None:
    questions, index = own
    made = write_data(
        questions, catalog, tmp_path / "sft", keyword(shots=shots(2), same_db="auto"), index=index
    )
    assert made.run["config"]["same_db"] == "allow"
    rows = read_rows(tmp_path / "sft" / "train.jsonl")
    assert all(row.shots for row in rows)
    assert (made.parts[0].made.bare, made.parts[0].leaks.same_sql, made.parts[0].leaks.same_question) == (
        0,
        0,
        0,
    )


def test_rows_that_may_show_no_example_are_counted(
    catalog: Catalog, own: tuple[list[Question], ExampleIndex], tmp_path: Path
) -> None:
    questions, index = own
    config = keyword(shots=shots(2), same_db="never")
    made = write_data(questions, catalog, tmp_path / "sft", config, index=index)
    assert made.parts[0].made.bare == len(questions)


def test_held_out_questions_of_one_database_are_shown_nowhere(
    catalog: Catalog, own: tuple[list[Question], ExampleIndex], tmp_path: Path
) -> None:
    questions, index = own
    made = write_data(
        questions,
        catalog,
        tmp_path / "sft",
        keyword(shots=shots(4), same_db="auto"),
        OutputConfig(holdout=HoldoutConfig(questions=5)),
        index=index,
    )
    train, held = (read_rows(tmp_path / "sft" / f"{name}.jsonl") for name in ("train", "held_out"))
    ids = {row.id for row in held}
    assert len(ids) >= 5
    assert sorted(ids) == sorted(made.run["held_out_questions"])
    assert len(train) + len(held) == len(questions)
    assert not ids & {id_ for row in (*train, *held) for id_ in row.demonstrations}
    assert {normalise(row.sql) for row in train}.isdisjoint(normalise(row.sql) for row in held)
    assert all(row.shots for row in held)
    assert [part.leaks.held_out for part in made.parts] == [0, 0]


def test_databases_or_questions_are_held_out() -> None:
    with pytest.raises(OptionError, match="hold out databases or questions"):
        HoldoutConfig("1", 1)
