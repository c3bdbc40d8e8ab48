from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.errors import OptionError, UnknownNameError
from nshot.eval.measures import (
    MEASURES,
    SCOREBOARD,
    SUPPLIED,
    Measure,
    lower_is_better,
    parse_measure,
    parse_measures,
)

CUT = [*MEASURES, *(name for name, supplied in SUPPLIED.items() if supplied.cutoff)]


@given(st.sampled_from(CUT), st.integers(1, 1000))
def test_it_prints_as_it_is_written(name: str, k: int) -> None:
    assert str(parse_measure(f"{name}@{k}")) == f"{name}@{k}"
    assert parse_measure(str(Measure(name, k))) == Measure(name, k)


def test_time_has_no_cutoff() -> None:
    assert str(parse_measure("ms")) == "ms"
    with pytest.raises(OptionError, match="write ms"):
        parse_measure("ms@3")


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(UnknownNameError, match=r"'skeleton_mach'.*skeleton_match.*prompt_tokens"):
        parse_measure("skeleton_mach@3")


@pytest.mark.parametrize("text", ["ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "ndcg@1.5", "ndcg@x", "ndcg@³"])
def test_a_cutoff_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="such as ndcg@3"):
        parse_measure(text)


def test_a_list_holds_each_measure_once() -> None:
    assert parse_measures("ndcg@3, ms,ndcg@3") == (Measure("ndcg", 3), Measure("ms"))


def test_the_scoreboard_names_measures_of_the_table() -> None:
    assert set(SCOREBOARD) <= set(MEASURES)


def test_leaks_tokens_and_time_are_better_low() -> None:
    low = {name for name in (*MEASURES, *SUPPLIED) if lower_is_better(name)}
    leaks = {"same_db", "same_sql", "paraphrase", "same_question", "gold_in_prompt"}
    assert low == leaks | {"prompt_tokens", "ms"}
    with pytest.raises(UnknownNameError):
        lower_is_better("speed")
