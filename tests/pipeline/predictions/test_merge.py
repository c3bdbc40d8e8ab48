"""The prediction files of a run's parts, joined."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nshot.artifacts import Shard, check_seal, run_path
from nshot.errors import DataError
from nshot.pipeline import PredictionFile, merge_predictions, read_predictions
from nshot.types import Attempt, Completion, Prediction, Prompt, Question

QUESTIONS = [Question(f"How many things of kind {number}?", "shop", f"q-{number}") for number in range(10)]
CONFIG = {"shots": 3}


def prediction(question: Question) -> Prediction:
    sql, completion = f"SELECT '{question.id} é'", Completion("text", 1, "stop", -0.5)
    return Prediction(question, sql, completion, Prompt("p"), (Attempt(sql, completion, "ok"),), ())


def write(
    path: Path,
    shard: Shard | None = None,
    *,
    most: int | None = None,
    config: dict[str, Any] = CONFIG,
    databases: dict[str, str] | None = None,
) -> Path:
    own = QUESTIONS if shard is None else shard.cut(QUESTIONS)
    with PredictionFile(path, QUESTIONS, config, databases=databases or {"shop": "1"}, shard=shard) as file:
        for question in own[file.done : most]:
            file.append([prediction(question)], "tiny")
    return path


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    return [write(tmp_path / f"{number}.jsonl", Shard(number, 4)) for number in (1, 2, 3, 4)]


def described(path: Path) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(run_path(path).read_text())
    run.pop("sessions")
    return run


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)])
def test_four_parts_are_byte_for_byte_one_run(
    tmp_path: Path, parts: list[Path], order: tuple[int, ...]
) -> None:
    one = write(tmp_path / "one.jsonl")
    joined = tmp_path / "joined.jsonl"
    assert merge_predictions(joined, [parts[place] for place in order]) == len(QUESTIONS)
    assert joined.read_bytes() == one.read_bytes()
    assert described(joined) == described(one)
    assert all(check_seal(line.record) for line in read_predictions(joined))


def test_a_run_without_parts_goes_on_from_the_joined_file(tmp_path: Path, parts: list[Path]) -> None:
    joined = tmp_path / "joined.jsonl"
    merge_predictions(joined, parts)
    with PredictionFile(joined, QUESTIONS, CONFIG, databases={"shop": "1"}) as file:
        assert file.done == len(QUESTIONS)


def test_a_part_goes_on_where_it_stopped_and_only_as_that_part(tmp_path: Path) -> None:
    path = write(tmp_path / "2.jsonl", Shard(2, 4), most=1)
    with pytest.raises(DataError, match=r"shard\.part was 2, is 3"):
        write(path, Shard(3, 4))
    with pytest.raises(DataError, match="questions"):
        write(path)
    write(path, Shard(2, 4))
    assert [line.id for line in read_predictions(path)] == [one.id for one in Shard(2, 4).cut(QUESTIONS)]


def _other(parts: list[Path], **changed: Any) -> list[Path]:
    other = parts[2].with_name("other.jsonl")
    return [*parts[:2], write(other, Shard(3, 4), **changed), parts[3]]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (lambda parts: parts[:3], r"1 of 4 parts are missing: 4/4"),
        (lambda parts: [*parts, parts[0]], r"both part 1/4"),
        (lambda parts: _other(parts, most=1), r"other\.jsonl has 1 of 2 predictions.*again for part 3/4"),
        (lambda parts: _other(parts, config={"shots": 5}), r"another run.*config\.shots was 3, is 5"),
        (lambda parts: _other(parts, databases={"shop": "2"}), r"another schema or content of shop"),
        (lambda parts: [*parts[:3], write(parts[0].with_name("all.jsonl"))], r"no part of a run"),
    ],
)
def test_what_does_not_belong_together_is_refused_and_nothing_is_written(
    tmp_path: Path, parts: list[Path], given: Callable[[list[Path]], list[Path]], told: str
) -> None:
    joined = tmp_path / "joined.jsonl"
    with pytest.raises(DataError, match=told):
        merge_predictions(joined, given(parts))
    assert not joined.exists()
    assert not run_path(joined).exists()


def test_a_damaged_part_is_refused(tmp_path: Path, parts: list[Path]) -> None:
    parts[1].write_text(parts[1].read_text().replace("SELECT", "DELETE", 1))
    with pytest.raises(DataError, match=r"2\.jsonl:1"):
        merge_predictions(tmp_path / "joined.jsonl", parts)


def test_what_is_there_is_only_replaced_if_asked(tmp_path: Path, parts: list[Path]) -> None:
    joined = tmp_path / "joined.jsonl"
    merge_predictions(joined, parts)
    with pytest.raises(DataError, match="exists already"):
        merge_predictions(joined, parts)
    assert merge_predictions(joined, parts, overwrite=True) == len(QUESTIONS)
