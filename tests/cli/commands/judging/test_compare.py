from __future__ import annotations

import json
from pathlib import Path

import pytest

from nshot.data import read_questions, sample_dir

from ...conftest import Run
from ...model_server import FakeModel, serving


@pytest.fixture
def compare(run: Run, sample_index: Path) -> Run:
    """`nshot compare` of the sample's dev questions."""

    def call(*arguments: object) -> object:
        fixed = () if "--model" in arguments else ("--tokenizer", "none")
        return run("compare", "--questions", "sample", "--index", sample_index, *fixed, *arguments)

    return call  # type: ignore[return-value]


def test_the_scoreboard_has_a_line_for_every_system(compare: Run) -> None:
    result = compare("--strategies", "random,keyword/distinct", "--shots", "1,3", "--seeds", 2, "--limit", 20)
    assert result.status == 0, result.err
    lines = [line.split("│")[1:3] for line in result.out.splitlines() if line.startswith("│")]
    assert [(name.strip(), shots.strip()) for name, shots in lines] == [
        ("random", "1"),
        ("random", "3"),
        ("keyword/distinct", "1"),
        ("keyword/distinct", "3"),
    ]
    assert "bootstrap over databases" in result.err


def test_the_folder_holds_what_is_printed(compare: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--strategies", "keyword,masked-keyword", "--shots", 3, "--limit", 20, "--seed", 7)
    printed = compare(*options, "--out", out, "--json")
    assert printed.status == 0, printed.err
    written = json.loads((out / "results.json").read_text())
    assert printed.json["scores"] == written["scores"]
    assert {"report.md", "report.html", "results.json"} <= {path.name for path in out.iterdir()}
    again = compare(*options, "--json")
    timeless = [s for s in again.json["scores"] if s["measure"] != "ms"]
    assert timeless == [s for s in written["scores"] if s["measure"] != "ms"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--strategies", "keywords"), "choose one of: random"),
        (("--strategies", "keyword/best"), "unknown selection 'best'"),
        (("--shots", "0,1", "--strategies", "keyword"), "give --model"),
        (("--shots", "one"), "such as 0,1,3"),
        (("--strategies", "keyword,keyword"), "twice"),
        (("--strategies", "keyword,keyword"), "got keyword/top twice"),
        (("--baseline", "vector", "--strategies", "keyword"), "is not compared"),
        (("--baseline", "random,keyword", "--strategies", "random,keyword"), "--baseline takes one strategy"),
        (("--model", "http://127.0.0.1:9/v1", "--measures", "ts", "--out", "x"), "unknown measure 'ts'"),
        (("--tag", "best", "--strategies", "keyword"), "no example of the pool has a tag"),
        (("--seeds", 0), "--seeds must be at least 1"),
        (("--limit", 0), "--limit must be at least 1"),
        (("--measures", "beauty", "--strategies", "keyword", "--shots", 1, "--limit", 5), "unknown measure"),
        (("--temperature", 0.5), "--temperature has no effect without a model"),
        (("--mode", "strict"), "--mode has no effect without a model"),
        (("--adapter", "x", "--repair"), "--adapter, --repair has no effect without a model"),
        (("--model", "embedded"), "give --out FOLDER"),
        (("--diversity", 2), "--diversity must be from 0 to 1"),
        (("--diversity", 0.5, "--strategies", "keyword"), "--diversity has no effect without --select mmr"),
    ],
)
def test_a_mistake_is_told_in_one_line(compare: Run, arguments: tuple[object, ...], expected: str) -> None:
    assert expected in compare(*arguments).mistake


def test_no_examples_at_all_can_be_compared_alone(compare: Run, tmp_path: Path) -> None:
    with serving() as model:
        options = ("--model", model.url, "--shots", 0, "--limit", 3, "--out", tmp_path / "out")
        result = compare(*options)
        assert result.status == 0, result.err
        assert "zero-shot" in result.out
        assert "leave --baseline out" in compare(*options, "--baseline", "random").mistake


def test_an_unknown_measure_is_refused_before_anything_is_computed(compare: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "unknown measure 'beauty'" in compare("--measures", "ndcg,beauty", "--out", out).mistake
    assert not out.exists()


def test_prompts_that_fit_no_budget_are_counted_and_break_nothing(compare: Run) -> None:
    options = ("--strategies", "keyword", "--shots", 1, "--limit", 4)
    result = compare(*options, "--budget", 5)
    assert result.status == 0, result.err
    assert "keyword, 1 shot 4 of 4" in result.err
    assert "without a prompt" not in compare(*options).err


def test_a_report_names_no_folder_outside_its_own(compare: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--strategies", "keyword", "--shots", 1, "--limit", 4, "--databases", sample_dir())
    assert compare(*options, "--out", out).status == 0
    settings = json.loads((out / "results.json").read_text())["info"]["settings"]
    assert settings["databases"] == sample_dir().name


def test_a_runs_predictions_are_judged_again_by_eval_to_the_same_ex(
    run: Run, sample_index: Path, model: FakeModel, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    golds = [(question.text, str(question.sql)) for question in read_questions("sample")]

    def half_right(prompt: str) -> str:
        return next((sql for text, sql in golds if text in prompt and len(text) % 2), "SELECT 1")

    model.says = half_right
    grid = ("--strategies", "keyword", "--shots", 1, "--limit", 12, "--model", model.url, "--out", out)
    compared = run("compare", "--questions", "sample", "--index", sample_index, *grid, "--json")
    assert compared.status == 0, compared.err
    (ex,) = [s["value"] for s in compared.json["scores"] if (s["measure"], s["group"]) == ("ex", "all")]
    folder = out / "predictions"
    (file,) = folder.glob("keyword-*.jsonl")
    judged = run("eval", "--predictions", file, "--gold", folder / "questions.jsonl", "--json", "--no-cache")
    assert judged.status == 0, judged.err
    assert judged.json["levels"]["all"]["ex_rate"] == pytest.approx(ex)
    assert 0 < ex < 1


def test_questions_without_a_usable_first_pass_are_counted(compare: Run, tmp_path: Path) -> None:
    asked = read_questions("sample")
    lines = ["" if place < 5 else str(question.sql) for place, question in enumerate(asked)]
    (tmp_path / "pred.txt").write_text("\n".join(lines) + "\n")
    two = ("--strategies", "skeleton", "--first-strategy", "keyword", "--first-pass", tmp_path / "pred.txt")
    result = compare(*two, "--shots", 1)
    assert result.status == 0, result.err
    assert f"first ranking alone: 5 of {len(asked)} questions" in result.err


def test_a_comparison_in_which_no_sql_can_be_run_is_a_failure(
    run: Run, sample_index: Path, model: FakeModel, tmp_path: Path
) -> None:
    model.says = lambda prompt: "SELECT nothing FROM nowhere"
    grid = ("--strategies", "keyword", "--shots", 1, "--limit", 3, "--model", model.url)
    result = run(
        "compare", "--questions", "sample", "--index", sample_index, *grid, "--out", tmp_path / "out"
    )
    assert "none of the 3 answers could be run: 3 x not run: error: near" in result.mistake
    assert (tmp_path / "out" / "results.json").is_file()
