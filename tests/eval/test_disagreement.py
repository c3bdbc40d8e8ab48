from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nshot.eval.config import EvalConfig
from nshot.eval.disagreement import configs, count_disagreements, disagreements, judge_all_ways, record
from nshot.eval.evaluator import Evaluator
from nshot.types import Question

OFFICIAL, KEPT, CLASSIC, STRICT = "official", "official, DISTINCT kept", "classic", "strict"
NAMES = "SELECT name FROM item"


def causes(
    shop: Path, gold: str, predicted: str, config: EvalConfig | None = None
) -> set[tuple[str, str, str]]:
    evaluator = Evaluator(shop, config=config or EvalConfig(cache=False))
    questions = [Question("", "shop", "q", gold)]
    verdicts = judge_all_ways(evaluator, questions, [predicted], evaluator.judge(questions, [predicted]))
    return {(one.yes, one.no, one.why) for one in disagreements(verdicts)}


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        (NAMES, NAMES + ";", set()),
        (
            NAMES,
            "SELECT DISTINCT name FROM item",
            {
                (OFFICIAL, KEPT, "DISTINCT removed"),
                (OFFICIAL, STRICT, "DISTINCT removed"),
                (OFFICIAL, CLASSIC, "DISTINCT removed"),
            },
        ),
        (NAMES, "SELECT name AS n FROM item", {(OFFICIAL, CLASSIC, "unparsable for classic")}),
        (
            NAMES,
            "SELECT name FROM item ORDER BY id DESC",
            {(OFFICIAL, CLASSIC, "row order, which classic always compares")},
        ),
        (
            "SELECT name FROM item ORDER BY name",
            "SELECT name FROM item",
            set(),
        ),
        (
            "SELECT id FROM item ORDER BY name",
            "SELECT id FROM item ORDER BY name, id DESC",
            {
                (STRICT, KEPT, "row order, which official compares wherever gold holds ORDER BY"),
                (STRICT, OFFICIAL, "row order, which official compares wherever gold holds ORDER BY"),
            },
        ),
        (
            "SELECT sum(price) FROM item",
            "SELECT sum(price) + 0.0000000000001 FROM item",
            {(STRICT, KEPT, "number tolerance"), (STRICT, OFFICIAL, "number tolerance")},
        ),
        (
            "SELECT id FROM item WHERE id < 0",
            "SELECT name FROM item WHERE id < 0",
            {(OFFICIAL, CLASSIC, "both empty, with different select items")},
        ),
        (
            "SELECT id FROM item WHERE id >= 3",
            "SELECT id FROM item WHERE id > = 3",
            {
                (KEPT, STRICT, "the unchanged text does not run: error"),
                (OFFICIAL, STRICT, "the unchanged text does not run: error"),
                (OFFICIAL, CLASSIC, "the unchanged text does not run: error"),
            },
        ),
    ],
)
def test_every_disagreement_has_its_cause(
    shop: Path, gold: str, predicted: str, expected: set[tuple[str, str, str]]
) -> None:
    assert causes(shop, gold, predicted) == expected


def test_the_order_of_columns_is_a_cause_where_it_is_fixed(shop: Path) -> None:
    fixed = EvalConfig("strict", columns="fixed", cache=False)
    assert (OFFICIAL, STRICT, "column order") in causes(
        shop, "SELECT id, name FROM item", "SELECT name, id FROM item", fixed
    )


def test_the_way_that_was_asked_for_is_not_judged_again() -> None:
    for config in (EvalConfig(), EvalConfig(keep_distinct=True), EvalConfig("classic"), EvalConfig("strict")):
        assert config in configs(config).values()
        assert all(other.timeout == 3 for other in configs(replace(config, timeout=3)).values())


def test_gold_that_one_mode_cannot_run_is_left_out_there(shop: Path) -> None:
    evaluator = Evaluator(shop, config=EvalConfig(cache=False))
    questions = [Question("", "shop", "q", "SELECT id FROM item WHERE id > = 3")]
    sqls = ["SELECT id FROM item WHERE id >= 3"]
    verdicts = judge_all_ways(evaluator, questions, sqls, evaluator.judge(questions, sqls))
    assert disagreements(verdicts) == []
    told = record(verdicts, 0)
    assert [told[way] for way in (OFFICIAL, KEPT, CLASSIC, STRICT)] == [1, 1, None, None]


def test_causes_are_counted_the_most_frequent_first(shop: Path) -> None:
    evaluator = Evaluator(shop, config=EvalConfig(cache=False))
    sqls = ["SELECT name AS n FROM item", "SELECT name AS n, 1 FROM item", "SELECT name FROM item AS item"]
    sqls.append("SELECT name FROM item ORDER BY id DESC")
    questions = [Question("", "shop", str(i), NAMES) for i in range(len(sqls))]
    verdicts = judge_all_ways(evaluator, questions, sqls, evaluator.judge(questions, sqls))
    assert count_disagreements(disagreements(verdicts)) == [
        (OFFICIAL, CLASSIC, "unparsable for classic", 2),
        (OFFICIAL, CLASSIC, "row order, which classic always compares", 1),
    ]
