from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.data import read_questions
from nshot.eval.modes import MODES

from ...conftest import Result, Run

GOLD = "SELECT name FROM product\tshop\nSELECT count(*) FROM product\tshop\nSELECT id FROM plot\tgarden\n"
PREDICTED = "SELECT name FROM product;\nSELECT max(id) FROM product\n\n"


@pytest.fixture
def evaluate(run: Run, databases: Path, tmp_path: Path) -> Callable[..., Result]:
    """`nshot eval` of three predictions, one of them blank."""
    (tmp_path / "gold.sql").write_text(GOLD)
    (tmp_path / "pred.sql").write_text(PREDICTED)

    def call(*arguments: object) -> Result:
        fixed = ("--predictions", tmp_path / "pred.sql", "--gold", tmp_path / "gold.sql")
        return run("eval", *fixed, "--databases", databases, *arguments)

    return call


def test_a_table_by_hardness_says_what_was_judged_and_how(evaluate: Callable[..., Result]) -> None:
    result = evaluate()
    assert result.status == 0
    rows = {line.split()[1]: line for line in result.out.splitlines() if line.startswith("│")}
    assert list(rows) == ["easy", "medium", "hard", "extra", "all"]
    assert "66.7 % (2)" in rows["all"]
    assert "33.3 % (1)" in rows["all"]
    assert "mode official (keep-distinct off, plug-value off)" in result.out
    assert "invalid SQL: 33.3 % (1): 1 empty" in result.out
    assert "one database each, 2 files for 2 db_ids in" in result.out
    assert "no tables file knows 2 of 2 db_ids" in result.err
    assert "takes their foreign keys from the databases" in result.err


def test_verdicts_are_jsonl_in_order_with_numbers(evaluate: Callable[..., Result], tmp_path: Path) -> None:
    out = tmp_path / "new" / "verdicts.jsonl"
    assert evaluate("--out", out).status == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    keys = ("index", "db_id", "hardness", "em", "ex", "parse_error", "outcome")
    assert [tuple(record[key] for key in keys) for record in records] == [
        (0, "shop", "easy", 1, 1, 0, "ok"),
        (1, "shop", "easy", 0, 1, 0, "ok"),
        (2, "garden", "easy", 0, 0, 1, "empty"),
    ]
    assert records[0]["reason"] == "same result"
    assert records[1]["components"]["select"] == [1, 1, 0]
    assert (records[2]["gold"], records[2]["predicted"]) == ("SELECT id FROM plot", "")


def test_the_first_questions_alone_are_judged(evaluate: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "pred.sql").write_text("".join(PREDICTED.splitlines(keepends=True)[:2]))
    assert "got 2" in evaluate().mistake
    assert [record["ex"] for record in evaluate("--out", "-", "--limit", 2).lines] == [1, 1]
    assert "--limit must be at least 1" in evaluate("--limit", 0).mistake


def test_verdicts_to_stdout_come_alone(evaluate: Callable[..., Result]) -> None:
    assert [record["ex"] for record in evaluate("--out", "-").lines] == [1, 1, 0]


def test_totals_as_json(evaluate: Callable[..., Result]) -> None:
    totals = evaluate("--json", "--mode", "strict", "--columns", "fixed").json
    assert (totals["mode"], totals["options"]) == ("strict", {"columns": "fixed", "tolerance": 1e-9})
    everything = totals["levels"]["all"]
    assert (everything["count"], everything["ex"], everything["em"]) == (3, 2, 1)
    assert totals["databases"]["files"] == 2
    assert totals["databases"]["without_tables_entry"] == ["garden", "shop"]
    assert totals["invalid"]["empty"] == 1


def test_the_parts_of_exact_match_are_printed_on_demand(evaluate: Callable[..., Result]) -> None:
    assert "parts of exact match" not in evaluate().out
    printed = evaluate("--partial").out
    assert printed.count("select(no AGG)") == 3


def test_the_official_layout_is_printed_alone(evaluate: Callable[..., Result]) -> None:
    result = evaluate("--layout", "official", "--etype", "exec")
    first, count, *_ = result.out.splitlines()
    assert first.split() == ["easy", "medium", "hard", "extra", "all"]
    assert count.split() == ["count", "3", "0", "0", "0", "3"]
    assert len(result.out.splitlines()) == 4


def test_disagreement_of_the_modes_is_a_table_and_is_listed(
    evaluate: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "pred.sql").write_text("SELECT name FROM product\nSELECT count(DISTINCT 3) FROM product\n\n")
    (tmp_path / "gold.sql").write_text(GOLD.replace("count(*)", "count(3)"))
    result = evaluate("--compare-modes", "--out", tmp_path / "v.jsonl")
    assert "where the modes disagree" in result.out
    assert "DISTINCT removed" in result.out
    records = [json.loads(line) for line in (tmp_path / "v.jsonl").read_text().splitlines()]
    assert [len(record["disagreements"]) for record in records][0::2] == [0, 0]
    assert records[1]["modes"]["official"] == 1
    assert records[1]["modes"]["strict"] == 0


def test_gold_that_does_not_run_is_told_by_row(evaluate: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "gold.sql").write_text(GOLD.replace("count(*)", "nowhere"))
    result = evaluate()
    assert (result.status, result.out) == (1, "")
    assert "row 2 (gold-1) shop: error: no such column: nowhere" in result.err
    skipped = evaluate("--skip-bad-gold", "--json").json
    assert (skipped["unscored"], skipped["levels"]["all"]["count"], skipped["levels"]["all"]["ex_of"]) == (
        1,
        3,
        2,
    )


def test_a_run_in_which_nothing_could_be_judged_is_a_failure(
    evaluate: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "gold.sql").write_text("".join(f"SELECT x{n} FROM plot\tgarden\n" for n in range(3)))
    assert "none of the 3 questions could be judged" in evaluate("--skip-bad-gold", "--json").mistake


def test_predictions_of_which_none_runs_are_judged_with_a_note(
    evaluate: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "pred.sql").write_text("SELECT x FROM plot\n" * 3)
    result = evaluate("--json")
    assert (result.status, result.json["levels"]["all"]["ex"]) == (0, 0)
    assert "note: no prediction could be run; 2 of 3: not run: error: no such table: plot" in result.err


def test_a_report_in_place_of_a_file_is_refused_in_words(
    evaluate: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "report").write_text("mine")
    result = evaluate("--report", tmp_path / "report")
    assert result.mistake == f"error: {tmp_path / 'report'} is a file; name a folder for the report"
    assert "Errno" not in evaluate("--report", tmp_path / "report" / "below").mistake
    assert (tmp_path / "report").read_text() == "mine"


def test_another_number_of_predictions_is_refused(evaluate: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "pred.sql").write_text("SELECT 1\n")
    assert "expected 3 predictions" in evaluate().mistake


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--mode", "lenient"), ", ".join(MODES)),
        (("--mode", "strict", "--keep-distinct"), "keep-distinct has no effect in mode strict"),
        (("--columns", "fixed"), "columns has no effect in mode official"),
        (("--layout", "old"), "unknown layout 'old'"),
        (("--layout", "official", "--etype", "some"), "unknown etype 'some'"),
        (("--etype", "exec"), "--etype has an effect with --layout official only"),
        (("--layout", "official", "--json"), "leave --json out"),
        (("--json", "--partial"), "leave --partial out"),
        (("--timeout", "0"), "--timeout must be"),
        (("--tables", "nowhere.json"), "tables file not found"),
        (("--out", "-", "--json"), "leave --json out or name a file"),
        (("--out", "-", "--partial"), "leave --partial out or name a file"),
        (("--out", "-", "--layout", "official"), "leave --layout out or name a file"),
        (("--out", "."), "--out is a folder"),
    ],
)
def test_mistakes_are_told_in_one_line(
    evaluate: Callable[..., Result], arguments: tuple[str, ...], message: str
) -> None:
    assert message in evaluate(*arguments).mistake


def test_predictions_of_nshot_predict_are_judged_on_the_sample(run: Run, tmp_path: Path) -> None:
    questions = read_questions("sample")
    records = [
        {"index": row, "id": one.id, "question": one.text, "db_id": one.db_id, "sql": one.sql}
        for row, one in enumerate(questions)
    ]
    file = tmp_path / "run.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    for mode in ("official", "strict"):
        totals = run("eval", "--predictions", file, "--gold", "sample", "--mode", mode, "--json").json
        everything = totals["levels"]["all"]
        assert everything["ex"] == everything["count"] == len(questions)


def test_bird_questions_are_judged_on_their_databases(run: Run, databases: Path, tmp_path: Path) -> None:
    record = {"question_id": 1, "db_id": "shop", "question": "Cheap?", "evidence": "below 5",
              "SQL": "SELECT `name` FROM product WHERE price < 5"}  # fmt: skip
    (tmp_path / "dev.json").write_text(json.dumps([record]))
    (tmp_path / "pred.sql").write_text("DELETE FROM product\n")
    call = ("eval", "--predictions", tmp_path / "pred.sql", "--gold", tmp_path / "dev.json", "--databases",
            databases, "--mode", "strict", "--out", "-")  # fmt: skip
    (deleted,) = run(*call).lines
    assert (deleted["ex"], deleted["outcome"], deleted["em"]) == (0, "refused", None)
    (tmp_path / "pred.sql").write_text("SELECT name FROM product WHERE price < 5\n")
    (right,) = run(*call).lines
    assert (right["ex"], right["outcome"]) == (1, "ok")


def test_verdicts_replaced_the_predictions_they_judge(
    evaluate: Callable[..., Result], tmp_path: Path
) -> None:
    for name, content in (("pred.sql", PREDICTED), ("gold.sql", GOLD)):
        assert "name another file" in evaluate("--out", tmp_path / "new" / ".." / name).mistake
        assert (tmp_path / name).read_text() == content


def test_a_place_that_holds_no_file_was_found_only_after_the_judging(
    evaluate: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "gold.sql").write_text("SELECT nothing\tshop\n" * 3)
    assert "cannot be written" in evaluate("--out", tmp_path / "pred.sql" / "verdicts.jsonl").mistake
    assert "gold of 3 of 3 rows" in evaluate("--out", tmp_path / "new" / "verdicts.jsonl").err
    assert not (tmp_path / "new").exists()


def test_text_that_is_no_unicode_ended_the_official_layout(
    evaluate: Callable[..., Result], tmp_path: Path
) -> None:
    records = [{"sql": "SELECT '\ud800'"}, {"sql": ""}, {"sql": ""}]
    (tmp_path / "pred.sql").write_text("".join(json.dumps(one) + "\n" for one in records))
    result = evaluate("--layout", "official")
    assert (result.status, "pred: SELECT '\\ud800'\n" in result.out) == (0, True)


def test_unnamed_columns_of_gold_were_blamed_on_an_option_of_mode_strict(
    evaluate: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "gold.csv").write_text("ask,answer,base\nHow many?,SELECT 1,shop\n")
    assert "name it with --gold-columns question=" in evaluate("--gold", tmp_path / "gold.csv").mistake


def test_a_report_shows_every_question_of_one_run(evaluate: Callable[..., Result], tmp_path: Path) -> None:
    result = evaluate("--report", tmp_path / "page")
    assert result.status == 0
    found = json.loads((tmp_path / "page" / "results.json").read_text(encoding="utf-8"))
    assert [case["answers"][0]["ex"] for case in found["cases"]] == [True, True, False]
    assert [
        score["value"] for score in found["scores"] if (score["measure"], score["group"]) == ("ex", "all")
    ] == [pytest.approx(2 / 3)]
    page = (tmp_path / "page" / "report.html").read_text(encoding="utf-8")
    assert "One system, which stands on both sides." in page
    assert page.count('<span class="verdict wrong">') == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "report.md").write_text("mine")
    assert "report.md" in evaluate("--report", tmp_path / "other").mistake
