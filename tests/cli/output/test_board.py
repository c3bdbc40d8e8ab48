from __future__ import annotations

import pytest

from nshot.cli.output.board import show
from nshot.eval import ALL, Comparison, Estimate, Score, System

KEYWORD = System("keyword", "top", 3)


@pytest.mark.parametrize(("policy", "leaks"), [("never", "100.0"), ("allow", "0.0"), ("mixed", "0.0")])
def test_examples_of_the_own_database_are_a_leak_only_where_the_policy_forbids_them(
    policy: str, leaks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    values = {"skeleton_match@3": 0.5, "same_db@3": 1.0, "same_sql@3": 0.0, "gold_in_prompt@3": 0.0}
    scores = tuple(
        Score(KEYWORD, name, ALL, Estimate(value, value, value, 10)) for name, value in values.items()
    )
    show(Comparison("Ways of picking examples", {"same_db": policy}, (KEYWORD,), scores))
    (row,) = (line for line in capsys.readouterr().out.splitlines() if "keyword" in line)
    assert row.split("\u2502")[-2].strip() == leaks
