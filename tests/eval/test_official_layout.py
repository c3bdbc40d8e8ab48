from __future__ import annotations

from pathlib import Path

import pytest

from nshot.eval.config import EvalConfig
from nshot.eval.evaluator import Evaluator
from nshot.eval.official_layout import official_layout
from nshot.types import Question

GOLDS = ["SELECT name FROM item", "SELECT name, price FROM item", "SELECT max(price) FROM item WHERE id > 1"]
SQLS = [
    "SELECT name FROM item",
    "SELECT price, name FROM item WHERE room = 'value'",
    "SELECT x AS value FROM item",
]

GOLDEN = Path(__file__).parent / "golden"
TABLE = (GOLDEN / "official_head.txt").read_text(encoding="utf-8")
MATCH = (GOLDEN / "official_match.txt").read_text(encoding="utf-8")
"""Worked out by hand from the official programs' layout."""


def printed(shop: Path, etype: str, mode: str = "official") -> str:
    config = EvalConfig(mode, cache=False)  # type: ignore[arg-type]
    questions = [Question("", "shop", str(i), gold) for i, gold in enumerate(GOLDS)]
    return official_layout(Evaluator(shop, config=config).judge(questions, SQLS), config, etype)


FAILED = (
    "medium pred: SELECT price, name FROM item WHERE room = '1'\n"
    "medium gold: SELECT name, price FROM item\n"
    "\n"
    "easy pred: SELECT x AS 1 FROM item\n"
    "easy gold: SELECT max(price) FROM item WHERE id > 1\n"
    "\n"
)


def test_all_is_printed_byte_for_byte(shop: Path) -> None:
    assert printed(shop, "all") == FAILED + TABLE + MATCH


def test_exec_is_the_head_of_the_table_alone(shop: Path) -> None:
    assert printed(shop, "exec") == TABLE


def test_match_leaves_the_execution_out(shop: Path) -> None:
    head = "".join(TABLE.splitlines(keepends=True)[:2])
    assert printed(shop, "match") == FAILED + head + MATCH


def test_classic_counts_what_it_does_not_parse_and_prints_the_prediction_as_it_was(shop: Path) -> None:
    assert printed(shop, "match", "classic").startswith(
        FAILED.replace("'1'", "'value'").replace(
            "easy pred: SELECT x AS 1", "eval_err_num:1\neasy pred: SELECT x AS value"
        )
    )


@pytest.mark.parametrize("etype", ["all", "match", "exec"])
def test_every_line_of_the_table_is_as_wide(shop: Path, etype: str) -> None:
    rows = [
        line for line in printed(shop, etype).splitlines() if line.startswith(("count", "select", "exec"))
    ]
    assert {len(line) for line in rows} == {6 * 20 + 5}
