from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nshot.errors import DataError, FileMissingError
from nshot.eval.comparison import Comparison, Run
from nshot.eval.report import from_json, read_comparison, to_json, write_comparison
from nshot.eval.scores import ALL, Estimate, Score, System

KEYWORD = System("keyword", "top", 3)


def undefined_left_out(comparison: Comparison) -> Comparison:
    """NaN equals nothing, itself included."""
    kept = tuple(one for one in comparison.correlations if one.pearson == one.pearson)
    return replace(comparison, correlations=kept)


@pytest.mark.parametrize("kind", ["judged", "unjudged"])
def test_what_was_written_is_read_back_equal(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    comparison = undefined_left_out(request.getfixturevalue(kind))
    write_comparison(comparison, tmp_path)
    assert read_comparison(tmp_path / "results.json") == comparison
    assert read_comparison(tmp_path) == comparison


def test_undefined_numbers_are_null_and_come_back_undefined() -> None:
    nan = float("nan")
    score = Score(KEYWORD, "tau@3", ALL, Estimate(nan, nan, nan, 0, sd=None))
    content = to_json(Comparison("t", {}, (KEYWORD,), (score,)))
    assert content["scores"][0]["value"] is None
    back = from_json(json.loads(json.dumps(content, allow_nan=False))).scores[0].estimate
    assert back.value != back.value
    assert back.sd is None


def test_the_file_holds_one_record_a_line(judged: Comparison, tmp_path: Path) -> None:
    write_comparison(judged, tmp_path)
    lines = (tmp_path / "results.json").read_text().splitlines()
    record = '{"system": 0, "measure": "ex", "group": "all", '
    assert sum(line.startswith(record) for line in lines) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "expected results in format 1, got 2"),
        ({"kind": "index"}, "expected the results of a comparison"),
        ({"runs": [{"system": 99, "seed": 0}]}, "results are incomplete"),
        ({"scores": [{"measure": "ex"}]}, "results are incomplete"),
    ],
)
def test_another_format_is_refused(change: dict[str, object], message: str, unjudged: Comparison) -> None:
    with pytest.raises(DataError, match=message):
        from_json({**to_json(unjudged), **change})


@pytest.mark.parametrize("text", ["{", "[]", "", '{"kind": "nshot comparison", "format": 1}'])
def test_a_file_that_holds_no_comparison_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(text)
    with pytest.raises(DataError, match=r"results\.json"):
        read_comparison(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match=r"none\.json"):
        read_comparison(tmp_path / "none.json")


def test_a_failed_write_leaves_what_was_there(judged: Comparison, tmp_path: Path) -> None:
    write_comparison(judged, tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(TypeError):
        write_comparison(replace(judged, title="other", info={"pool": object()}), tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_case_without_an_answer_of_each_run_is_refused(judged: Comparison, tmp_path: Path) -> None:
    longer = replace(judged, runs=(*judged.runs, Run(KEYWORD, 9)))
    with pytest.raises(DataError, match="expected 26 answers, one a run, got 25"):
        write_comparison(longer, tmp_path)
    assert not list(tmp_path.iterdir())
