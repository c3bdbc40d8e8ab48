from __future__ import annotations

from typing import Any

from nshot.eval.spider import COMPONENTS
from nshot.eval.summary import LEVELS, summarise
from nshot.types import Component, Verdict


def verdict(index: int, hardness: str, *, em: bool | None, ex: bool, **more: Any) -> Verdict:
    components = tuple(Component(name, 1, 1, int(bool(em))) for name in COMPONENTS)
    values = {
        "parse_error": False,
        "outcome": "ok",
        "reason": "",
        "components": components,
        **more,
    }
    return Verdict(index, "shop", hardness, em, ex, **values)


VERDICTS = [
    verdict(0, "easy", em=True, ex=True),
    verdict(1, "easy", em=False, ex=True, vacuous=True),
    verdict(2, "hard", em=False, ex=False, outcome="timeout"),
    verdict(3, "hard", em=None, ex=False, outcome="unscored", components=()),
    verdict(4, "extra", em=False, ex=False, outcome="empty", parse_error=True),
]


def test_every_question_is_in_its_level_and_in_all() -> None:
    summary = summarise(VERDICTS)
    assert {level.name: level.count for level in summary.levels} == {
        "easy": 2, "medium": 0, "hard": 2, "extra": 1, "all": 5
    }  # fmt: skip


def test_what_could_not_be_judged_is_counted_apart_from_what_is_wrong() -> None:
    summary = summarise(VERDICTS)
    assert (summary.total.ex, summary.total.em) == ((2, 4), (1, 4))
    assert (summary.unscored, summary.em_unjudged) == (1, 1)
    hard = summary.levels[LEVELS.index("hard")]
    assert (hard.count, hard.ex, hard.em) == (2, (0, 1), (0, 1))


def test_what_gave_no_result_is_counted_by_kind() -> None:
    summary = summarise(VERDICTS)
    assert summary.invalid == {"error": 0, "refused": 0, "timeout": 1, "too large": 0, "empty": 1}
    assert (summary.vacuous, summary.parse_errors) == (1, 1)


def test_a_level_without_rows_is_zero_everywhere_and_one_without_a_component_has_f1_one() -> None:
    nothing = tuple(Component(name, 0, 0, 0) for name in COMPONENTS)
    one = verdict(0, "easy", em=True, ex=True, components=nothing)
    easy, medium, *_ = summarise([one]).levels
    assert {tuple(part) for part in easy.partial.values()} == {(0.0, 0.0, 1.0)}
    assert {tuple(part) for part in medium.partial.values()} == {(0.0, 0.0, 0.0)}


def test_accuracy_is_over_predictions_that_have_the_part_and_recall_over_golds_that_have_it() -> None:
    def row(gold: int, predicted: int, count: int) -> Verdict:
        return verdict(
            0, "easy", em=False, ex=False,
            components=tuple(Component(name, gold, predicted, count) for name in COMPONENTS),
        )  # fmt: skip

    part = summarise([row(1, 1, 1), row(0, 2, 0), row(1, 0, 0), row(2, 0, 0)]).total.partial["where"]
    assert (part.accuracy, part.recall) == (1 / 2, 1 / 3)
    assert part.f1 == 2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3)


def test_no_verdicts_at_all_have_a_summary() -> None:
    assert summarise([]).total.ex.rate == 0.0
