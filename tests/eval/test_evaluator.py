from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nshot.errors import DataError, FileMissingError, GoldError
from nshot.eval.config import EvalConfig
from nshot.eval.evaluator import Evaluator
from nshot.eval.summary import summarise
from nshot.eval.verdict_json import verdict_record
from nshot.types import Question, Verdict

from .conftest import PublishedSystem, make_shop

PLAIN = EvalConfig(cache=False)
DISTINCT = EvalConfig(keep_distinct=True, cache=False)
PLUG = EvalConfig(plug_value=True, cache=False)
CLASSIC = EvalConfig("classic", cache=False)
STRICT = EvalConfig("strict", cache=False)
ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"


def verdict(databases: Path, gold: str, predicted: str, config: EvalConfig = PLAIN) -> Verdict:
    (one,) = Evaluator(databases, config=config).judge([Question("", "shop", "q", gold)], [predicted])
    return one


def contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


NAMES = "SELECT name FROM item"
EX: list[tuple[str, str, str]] = [
    (NAMES, "SELECT name FROM item;", "official distinct classic strict"),
    (NAMES, "SELECT DISTINCT name FROM item", "official"),
    (NAMES, "SELECT name FROM item; garbage", "official"),
    (NAMES, "SELECT name FROM item;;", "official strict"),
    (NAMES, "SELECT name AS n FROM item", "official distinct strict"),
    (NAMES, "SELECT name FROM item ORDER BY name", "official distinct strict"),
    ("SELECT id FROM item WHERE id > = 3", "SELECT id FROM item WHERE id >= 3", "official distinct"),
    (
        "SELECT name FROM item WHERE id = 2020",
        "SELECT name FROM item WHERE id = YEAR(CURDATE())",
        "official distinct",
    ),
    ("SELECT 1 FROM item", "SELECT value FROM item", "official distinct"),
    ("SELECT name, id FROM item", "SELECT id, name FROM item", "official distinct classic strict"),
    ("SELECT id FROM item WHERE id < 0", "SELECT name FROM item WHERE id < 0", "official distinct strict"),
    ("SELECT id FROM item WHERE id < 0", "distinct", "official"),
    ("SELECT id FROM item WHERE id < 0", "-- nothing", "official distinct"),
    ("SELECT id FROM item WHERE id < 0", "", ""),
    (NAMES, "select", ""),
    ("SELECT sum(price) / 3 FROM item", "SELECT 13.533333333333331", "strict"),
    (
        "SELECT name FROM item ORDER BY price DESC",
        "SELECT name FROM item ORDER BY price DESC, id DESC",
        "strict",
    ),
    (
        "SELECT id FROM item WHERE id IN (SELECT id FROM item ORDER BY id)",
        "SELECT id FROM item ORDER BY id DESC",
        "strict",
    ),
    ("SELECT body FROM note", "SELECT 'ab'", "official distinct"),
]
MODES = {"official": PLAIN, "distinct": DISTINCT, "classic": CLASSIC, "strict": STRICT}


@pytest.mark.parametrize(("gold", "predicted", "passes"), EX)
@pytest.mark.parametrize("mode", MODES)
def test_each_mode_passes_what_it_should(
    shop: Path, gold: str, predicted: str, passes: str, mode: str
) -> None:
    found = verdict(shop, gold, predicted, replace(MODES[mode], skip_bad_gold=True))
    assert found.ex == (mode in passes.split()), found


def test_plugged_values_pass_and_the_plain_prediction_is_tried_first(shop: Path) -> None:
    gold, predicted = "SELECT name FROM item WHERE id = 4", "SELECT name FROM item WHERE id = 3"
    assert not verdict(shop, gold, predicted).ex
    assert verdict(shop, gold, predicted, PLUG).ex
    failed = verdict(shop, gold, "SELECT absent FROM item WHERE id = 3", PLUG)
    assert (failed.ex, failed.outcome) == (False, "error")
    assert "absent" in failed.reason


FIELDS = {
    "official": ("em", "parse_error", "ex"),
    "distinct": ("em", "parse_error", "ex_keep_distinct"),
    "classic": ("em_spider", "parse_error_spider", "ex_spider"),
}


@pytest.mark.spider
@pytest.mark.parametrize("mode", FIELDS)
def test_every_row_of_published_systems_is_judged_as_officially(
    predictions: tuple[PublishedSystem, ...], spider: Path, mode: str
) -> None:
    evaluator = Evaluator(spider, config=MODES[mode])
    em, parse_error, ex = FIELDS[mode]
    for system in predictions:
        questions = [Question("", db_id, str(row), sql) for row, (sql, db_id) in enumerate(system.gold)]
        found = evaluator.judge(questions, system.predicted)
        assert [(one.em, one.parse_error, one.ex, one.hardness) for one in found] == [
            (bool(row[em]), bool(row[parse_error]), bool(row[ex]), row["hardness"]) for row in system.verdicts
        ], system.name


HOSTILE = {
    "DROP TABLE item": "refused",
    "DELETE FROM item": "refused",
    "DELETE FROM item WHERE id = -1": "refused",
    "INSERT INTO item VALUES (9, 'x', 1, 'y')": "refused",
    "UPDATE item SET name = 'x'": "refused",
    "ATTACH 'stolen.db' AS x": "refused",
    "PRAGMA user_version = 7": "refused",
    "VACUUM INTO 'copy.db'": "refused",
    "SELECT load_extension('evil')": "refused",
    "CREATE TABLE x (a)": "refused",
    "SELECT printf('%.*c', 1000000000, 'x')": "too large",
    "SELECT hex(zeroblob(100000000))": "too large",
    "SELECT count(*) FROM (" + ENDLESS + ")": "timeout",
    "SELECT name FROM nowhere": "error",
    "SELECT": "error",
    "": "empty",
    "  ": "empty",
    "I cannot answer this.": "error",
    "SELECT 'a\x00b'": "refused",
}


@pytest.mark.parametrize("mode", MODES)
def test_hostile_predictions_are_wrong_and_change_nothing(
    shop: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)
    before = contents(shop)
    gold = "SELECT id FROM item WHERE id < 0"
    questions = [Question("", "shop", str(i), gold) for i in range(len(HOSTILE))]
    config = replace(MODES[mode], timeout=1.0)
    found = Evaluator(shop, config=config).judge(questions, list(HOSTILE))
    assert {sql: one.outcome for sql, one in zip(HOSTILE, found, strict=True)} == HOSTILE
    assert not any(one.ex or one.em for one in found)
    assert contents(shop) == before


def test_endless_statements_stop_and_their_neighbours_are_judged(shop: Path) -> None:
    sqls = [NAMES, ENDLESS, "SELECT name FROM item;", ENDLESS.replace("count(*)", "max(n)"), ENDLESS, NAMES]
    questions = [Question("", "shop", str(i), NAMES) for i in range(len(sqls))]
    found = Evaluator(shop, config=replace(PLAIN, timeout=1.5, workers=2)).judge(questions, sqls)
    assert [one.outcome for one in found] == ["ok", "timeout", "ok", "timeout", "timeout", "ok"]
    assert [one.ex for one in found] == [True, False, True, False, False, True]


def suite(folder: Path) -> Path:
    """A test suite: three shops that differ in what they sell, and a file that is no database of
    its own.
    """
    make_shop(folder / "shop" / "shop.sqlite")
    make_shop(folder / "shop" / "shop_fuzz1.sqlite", ((6, "cup", 9.0, "garage"),))
    make_shop(folder / "shop" / "shop.sqlite.2", ((6, "vase", 50.0, "office"),))
    (folder / "shop" / "shop.sqlite-journal").write_bytes(b"")
    (folder / "shop" / "schema.sql").write_text("CREATE TABLE x (a)")
    return folder


def test_every_file_of_a_test_suite_must_agree(tmp_path: Path) -> None:
    evaluator = Evaluator(suite(tmp_path), config=PLAIN)
    gold = "SELECT max(price) FROM item WHERE room = 'office'"
    questions = [Question("", "shop", str(i), gold) for i in range(2)]
    right, lucky = evaluator.judge(
        questions, [gold.replace("max(price)", "max(price) "), "SELECT price FROM item WHERE name = 'lamp'"]
    )
    assert (right.ex, right.databases) == (True, 3)
    assert (lucky.ex, lucky.databases, lucky.differs_on) == (False, 3, "shop.sqlite.2")
    assert str(evaluator.databases).startswith("test suite, 3 files for 1 db_ids")
    (remark,) = [line for line in evaluator.databases.remarks() if "journal" in line]
    assert "are ignored" in remark


@pytest.mark.parametrize("layout", ["database", "test_database", "."])
def test_the_folder_of_databases_may_be_spiders_or_its_own(tmp_path: Path, layout: str) -> None:
    make_shop(tmp_path / layout / "shop" / "shop.sqlite")
    assert verdict(tmp_path, NAMES, NAMES).ex
    if layout != ".":
        assert verdict(tmp_path / layout, NAMES, NAMES).ex


def test_a_database_may_lie_without_a_folder_and_have_another_ending(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop.db")
    assert verdict(tmp_path, NAMES, NAMES).databases == 1


def test_the_folder_above_was_a_database(shop: Path) -> None:
    make_shop(shop / "above.sqlite")
    with pytest.raises(GoldError, match=r"no database '\.\.'"):
        Evaluator(shop / "shop", config=PLAIN).judge([Question("", "..", "q", NAMES)], [NAMES])


def test_gold_that_cannot_be_used_is_an_error_by_row_before_any_prediction_runs(shop: Path) -> None:
    questions = [
        Question("", "shop", "a", NAMES),
        Question("", "shop", "b", "SELECT absent FROM item"),
        Question("", "shpo", "c", NAMES),
        Question("", "shop", "d", None),
        Question("", "shop", "e", "DELETE FROM item"),
    ]
    with pytest.raises(GoldError) as caught:
        Evaluator(shop, config=replace(PLAIN, timeout=5)).judge(questions, [ENDLESS] * 5)
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4, 5]
    for part in ("row 2 (b)", "no such column: absent", "check `databases`", "no gold SQL", "DELETE"):
        assert part in str(caught.value)


def test_skipped_gold_leaves_its_rows_unscored(shop: Path) -> None:
    questions = [Question("", "shop", "a", "SELECT absent FROM item"), Question("", "no", "b", NAMES)]
    questions.append(Question("", "shop", "c", NAMES))
    found = Evaluator(shop, config=replace(PLAIN, skip_bad_gold=True)).judge(questions, [NAMES] * 3)
    assert [one.outcome for one in found] == ["unscored", "unscored", "ok"]
    assert [one.ex for one in found] == [False, False, True]
    assert "absent" in found[0].reason
    assert found[2].em is True


def test_a_broken_database_file_is_told_as_gold_that_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop.sqlite").write_text("not a database")
    with pytest.raises(GoldError, match="not a SQLite 3 file"):
        verdict(tmp_path, NAMES, NAMES)
    assert verdict(tmp_path, NAMES, NAMES, replace(PLAIN, skip_bad_gold=True)).outcome == "unscored"


def test_gold_that_spiders_parser_does_not_read_has_no_exact_match(shop: Path) -> None:
    gold = "SELECT name FROM item AS i WHERE price IS NULL"
    official = verdict(shop, gold, gold)
    assert (official.em, official.ex) == (None, True)
    assert official.em_crash
    with pytest.raises(GoldError, match="classic"):
        verdict(shop, gold, gold, CLASSIC)


def test_reading_one_row_more_than_gold_has_never_changes_a_verdict(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    golds = [NAMES, "SELECT name FROM item WHERE id < 0", "SELECT name, id FROM item ORDER BY id LIMIT 2"]
    sqls = [NAMES, "SELECT name FROM item LIMIT 3", "SELECT id FROM item", "SELECT name, id FROM item",
            "SELECT id FROM item WHERE id < 0", "SELECT a.id FROM item a, item b"]  # fmt: skip
    questions = [Question("", "shop", f"{g}-{s}", gold) for g, gold in enumerate(golds) for s in sqls]

    def judged(config: EvalConfig) -> list[bool]:
        return [one.ex for one in Evaluator(shop, config=config).judge(questions, sqls * len(golds))]

    for config in MODES.values():
        limited = judged(config)
        with monkeypatch.context() as patch:
            patch.setattr(
                Evaluator, "_limits", lambda self, db, _golds: dict.fromkeys(self.databases.files(db))
            )
            assert judged(config) == limited


def test_gold_and_equal_predictions_run_once(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nshot.eval.executions import Runner

    ran: list[str] = []
    real = Runner.run_anew

    def counted(self: Runner, file: Path, sql: str, max_rows: int | None = None) -> Any:
        ran.append(sql)
        return real(self, file, sql, max_rows)

    monkeypatch.setattr(Runner, "run_anew", counted)
    evaluator = Evaluator(shop, config=PLAIN)
    questions = [Question("", "shop", str(i), NAMES) for i in range(4)]
    evaluator.judge(questions, [NAMES, "SELECT id FROM item", "SELECT id FROM item", NAMES])
    assert sorted(ran) == ["SELECT id FROM item", NAMES]
    evaluator.judge(questions, [NAMES] * 4)
    assert len(ran) == 2


def test_as_many_predictions_as_questions_are_needed(shop: Path) -> None:
    with pytest.raises(DataError, match="expected 1 predictions"):
        Evaluator(shop, config=PLAIN).judge([Question("", "shop", "a", NAMES)], [])


def test_a_missing_folder_or_tables_file_is_named(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match="nowhere"):
        Evaluator(tmp_path / "nowhere")
    with pytest.raises(FileMissingError, match=r"none\.json"):
        Evaluator(shop, tmp_path / "none.json")


def test_text_that_is_not_utf8_is_read_as_each_mode_reads_it(shop: Path) -> None:
    gold = "SELECT body FROM note"
    assert verdict(shop, gold, "SELECT body  FROM note", STRICT).ex
    assert verdict(shop, gold, "SELECT CAST(x'61ff62' AS TEXT)", STRICT).ex
    assert not verdict(shop, gold, "SELECT CAST(x'61fe62' AS TEXT)", STRICT).ex
    with pytest.raises(GoldError, match="decode"):
        verdict(shop, gold, gold, CLASSIC)


def test_an_exact_match_over_which_the_official_program_breaks_off_left_the_table(shop: Path) -> None:
    broken = "SELECT name FROM item WHERE id = 1 id = 2 AND id = 3"
    one = verdict(shop, NAMES, broken)
    assert one.em_crash.startswith("comparison")
    assert verdict_record(one)["em"] is None
    summary = summarise([one, verdict(shop, NAMES, NAMES)])
    assert (summary.total.em, summary.em_unjudged) == ((1, 2), 0)


def test_rows_that_were_not_read_were_told_as_the_number_of_a_prediction(shop: Path) -> None:
    assert verdict(shop, "SELECT 1", NAMES).reason == "row count: more than gold's 1"
    assert verdict(shop, NAMES, "SELECT 1").reason == "row count: 1, gold 5"


def test_a_crash_of_the_classic_program_is_told(shop: Path) -> None:
    found = verdict(shop, NAMES, "SELECT name room FROM item", CLASSIC)
    assert (found.ex, found.kind) == (False, "crash")


def test_ties_are_told_by_a_key_that_is_not_selected(shop: Path) -> None:
    gold = "SELECT id FROM item ORDER BY name"
    swapped = "SELECT id FROM item ORDER BY name, id DESC"
    assert verdict(shop, gold, swapped, STRICT).reason == "ties"
    assert not verdict(shop, gold, "SELECT id FROM item ORDER BY id DESC", STRICT).ex


def test_an_empty_match_is_vacuous(shop: Path) -> None:
    nothing = "SELECT id FROM item WHERE id < 0"
    found = verdict(shop, nothing, "SELECT name FROM item WHERE id < -1")
    assert (found.ex, found.vacuous, found.reason) == (True, True, "both empty")
    assert not verdict(shop, NAMES, NAMES).vacuous


def test_a_database_that_changed_between_two_calls_is_read_anew(shop: Path) -> None:
    assert verdict(shop, "SELECT count(*) FROM item", "SELECT 5").ex
    with closing(sqlite3.connect(shop / "shop" / "shop.sqlite")) as connection:
        connection.execute("DELETE FROM item WHERE id = 1")
        connection.commit()
    assert verdict(shop, "SELECT count(*) FROM item", "SELECT 4", EvalConfig()).ex


@pytest.mark.parametrize("listed", ["name, room", "room, name", "*"])
@pytest.mark.parametrize(
    ("by", "other"),
    [
        ("room", "room DESC"),
        ("room DESC, price", "room, price"),
        ("lower(room)", "lower(room) DESC"),
        ("2", "2 DESC"),
        ("count(*) OVER (PARTITION BY room)", "count(*) OVER (PARTITION BY room) DESC"),
    ],
)
def test_strict_passes_every_way_to_break_ties_and_no_other_order(
    shop: Path, listed: str, by: str, other: str
) -> None:
    gold = f"SELECT {listed} FROM item ORDER BY {by}"
    sqls = [f"{gold}, {tie}" for tie in ("id", "id DESC", "id % 3", "price", "name DESC")]
    sqls.append(f"SELECT {listed} FROM item ORDER BY {other}")
    questions = [Question("", "shop", str(i), gold) for i in range(len(sqls))]
    *broken, ordered = Evaluator(shop, config=STRICT).judge(questions, sqls)
    assert [one.ex for one in broken] == [True] * len(broken), [one.reason for one in broken]
    assert (ordered.ex, ordered.reason) == (False, "row order")
