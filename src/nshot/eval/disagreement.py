"""Where the ways of judging an execution disagree, and why."""

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
"""What is held against each other."""


class Disagreement(NamedTuple):
    """One question on which two ways differ."""

    row: int
    yes: str
    """The way that passes the prediction."""
    no: str
    why: str


def configs(config: EvalConfig) -> dict[str, EvalConfig]:
    """The modes, official twice, with the limits of `config`, and its options where it is of their mode.

    Gold that only another mode can run is no error: its row is left out there.
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
    """Judge the same predictions in each of WAYS.

    Args:
        judged: What `evaluator` says of them; not judged again.
    """
    return {
        way: judged if config == evaluator.config else evaluator.with_config(config).judge(questions, sqls)
        for way, config in configs(evaluator.config).items()
    }


def disagreements(verdicts: Mapping[str, Sequence[Verdict]]) -> list[Disagreement]:
    """Every question on which a pair of PAIRS differs, unscored ones left out, in their order.

    Args:
        verdicts: For each of WAYS the verdicts on the same questions.
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
    """(passes, fails, why, questions), the pairs in their order and in each the most frequent first."""
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
    """What is left when the kind of mismatch alone does not tell."""
    removed, kept = (verdicts[way][row].ex for way in WAYS[:2])
    outcome = verdicts[no][row].outcome
    if outcome != "ok":
        return f"the text does not run as it is: {outcome}"
    by_items = [way for way in (yes, no) if _MODE_OF[way].compares_select_items]
    if by_items and any(verdicts[way][row].vacuous for way in WAYS):
        return "both empty, with other select items"
    if WAYS[0] in (yes, no) and removed != kept:
        return "DISTINCT removed"
    if yes in by_items:
        return f"columns that {yes} does not tell apart or does not compare"
    return "other select items" if no in by_items else "values"


def record(verdicts: Mapping[str, Sequence[Verdict]], row: int) -> dict[str, Any]:
    """Whether each way passes the prediction of a row, for JSON; None where it is unscored."""
    return {
        way: None if verdicts[way][row].outcome == "unscored" else int(verdicts[way][row].ex) for way in WAYS
    }
