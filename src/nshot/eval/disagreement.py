"""Questions on which the ways of judging an execution disagree, and the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from nshot.eval.config import EvalConfig
from nshot.eval.evaluator import Evaluator
from nshot.eval.modes import MODES, Mode
from nshot.types import Question, Verdict

PAIRS: Final = (
    ("official", "official, DISTINCT kept"),
    ("official, DISTINCT kept", "strict"),
    ("official", "strict"),
    ("classic", "official"),
)
"""The pairs of ways that are compared."""


class Disagreement(NamedTuple):
    """One question on which two ways disagree."""

    row: int
    yes: str
    """The way that passes the prediction."""
    no: str
    why: str


def configs(config: EvalConfig) -> dict[str, EvalConfig]:
    """A configuration for each way: each mode once, and official a second time with DISTINCT kept.

    They keep the limits of `config`, and its options for the mode that it selects. Gold that does
    not run in another mode is no error; the row is then unscored there.
    """
    plain = EvalConfig(timeout=config.timeout, workers=config.workers, skip_bad_gold=True, cache=config.cache)
    of_mode: dict[str, EvalConfig] = {
        mode: config if mode == config.mode else replace(plain, mode=mode) for mode in MODES
    }
    official = of_mode.pop("official")
    return {
        "official": replace(official, keep_distinct=False),
        "official, DISTINCT kept": replace(official, keep_distinct=True),
        **of_mode,
    }


_MODE_OF: Final[Mapping[str, Mode]] = {way: MODES[one.mode] for way, one in configs(EvalConfig()).items()}
WAYS: Final = tuple(_MODE_OF)


def judge_all_ways(
    evaluator: Evaluator, questions: Sequence[Question], sqls: Sequence[str], judged: Sequence[Verdict]
) -> dict[str, Sequence[Verdict]]:
    """The verdicts of each way in WAYS on the same predictions.

    Args:
        evaluator: Judges on the same databases; its configuration is the starting point.
        questions: (n,) questions with gold SQL.
        sqls: (n,) predictions.
        judged: (n,) verdicts of `evaluator`, which are used again.
    """
    return {
        way: judged if config == evaluator.config else evaluator.with_config(config).judge(questions, sqls)
        for way, config in configs(evaluator.config).items()
    }


def disagreements(verdicts: Mapping[str, Sequence[Verdict]]) -> list[Disagreement]:
    """Every question on which the two ways of a pair in PAIRS differ, in order; unscored rows are
    left out.

    Args:
        verdicts: For each way in WAYS, the verdicts on the same questions.
    """
    found = []
    for row in range(len(verdicts[WAYS[0]])):
        for one, other in PAIRS:
            a, b = verdicts[one][row], verdicts[other][row]
            if a.ex == b.ex or "unscored" in (a.outcome, b.outcome):
                continue
            yes, no = (one, other) if a.ex else (other, one)
            found.append(Disagreement(row, yes, no, _why(yes, no, verdicts, row)))
    return found


def count_disagreements(found: Sequence[Disagreement]) -> list[tuple[str, str, str, int]]:
    """(passes, fails, why, questions) in the order of PAIRS; for a pair the most frequent reason
    first.
    """
    counts = Counter((one.yes, one.no, one.why) for one in found)
    pairs = [pair for a, b in PAIRS for pair in ((a, b), (b, a))]
    return sorted(
        ((yes, no, why, count) for (yes, no, why), count in counts.items()),
        key=lambda line: (pairs.index((line[0], line[1])), -line[3], line[2]),
    )


def _why(yes: str, no: str, verdicts: Mapping[str, Sequence[Verdict]], row: int) -> str:
    passed, failed = verdicts[yes][row], verdicts[no][row]
    if {yes, no} == set(WAYS[:2]):
        return "DISTINCT removed"
    if cause := _MODE_OF[no].causes.get(failed.kind):
        return cause
    if passed.kind == "tolerance":
        return "number tolerance"
    if passed.kind == "ties":
        return "order of rows with equal sort keys"
    return _rest(yes, no, verdicts, row)


def _rest(yes: str, no: str, verdicts: Mapping[str, Sequence[Verdict]], row: int) -> str:
    """The reason if the kind of mismatch alone does not tell it."""
    removed, kept = (verdicts[way][row].ex for way in WAYS[:2])
    outcome = verdicts[no][row].outcome
    if outcome != "ok":
        return f"the unchanged text does not run: {outcome}"
    by_items = [way for way in (yes, no) if _MODE_OF[way].compares_select_items]
    if by_items and any(verdicts[way][row].vacuous for way in WAYS):
        return "both empty, with different select items"
    if WAYS[0] in (yes, no) and removed != kept:
        return "DISTINCT removed"
    if yes in by_items:
        return f"columns that {yes} does not tell apart or does not compare"
    return "different select items" if no in by_items else "values"


def record(verdicts: Mapping[str, Sequence[Verdict]], row: int) -> dict[str, Any]:
    """Whether each way passes the prediction of a row, for JSON; None if the row is unscored."""
    return {
        way: None if verdicts[way][row].outcome == "unscored" else int(verdicts[way][row].ex) for way in WAYS
    }
