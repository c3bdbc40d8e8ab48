"""`nshot eval`: judge predictions against gold."""

from __future__ import annotations

import time
from collections import Counter

from nshot.cli.options.derive import derive_options
from nshot.cli.options.judging import JudgingOptions
from nshot.cli.output.console import bar, say
from nshot.errors import DataError
from nshot.eval import EvalConfig
from nshot.pipeline import DatabasesOrOne


@derive_options
def evaluate(
    asked: JudgingOptions,
    databases: DatabasesOrOne,
    config: EvalConfig,
) -> None:
    """Judge predicted SQL against gold: exact match and execution accuracy, by hardness.

    Exit status 1 if no gold could be run, so that nothing was judged. Predictions of which none
    could be run are judged, with 0 %: exit status 0 and a note with the reason.
    """
    from nshot.cli.output import verdicts as show
    from nshot.data import sample_dir
    from nshot.eval import Evaluator, check_folder, judge_answers, read_answers

    asked.check_files()
    if asked.report is not None:
        check_folder(asked.report)
    started = time.monotonic()
    questions = asked.read_gold()
    answers = read_answers(asked.predictions, questions)
    evaluator = Evaluator(databases.databases or sample_dir(), databases.tables, config, databases.one())
    with bar("judging") as progress:
        judged = judge_answers(evaluator, questions, answers, progress)
        compared = None
        if asked.compare_modes:
            sqls = [answer.sql for answer in answers]
            compared = show.compare_modes(evaluator, questions, sqls, judged.verdicts)
    show.remark(evaluator)
    if asked.report is not None:
        show.write_report(asked.report, asked.predictions.name, evaluator, questions, judged)
    show.publish(evaluator, judged, compared, asked, seconds=time.monotonic() - started)
    outcomes = {verdict.outcome for verdict in judged.verdicts}
    if outcomes == {"unscored"}:
        raise DataError(
            f"none of the {len(questions)} questions could be judged, as their gold gave no result; "
            "check `gold` and `databases`"
        )
    if outcomes.isdisjoint(("ok", "unscored", "abstained")):
        reason, count = Counter(verdict.reason for verdict in judged.verdicts).most_common(1)[0]
        say(f"note: no prediction could be run; {count} of {len(questions)}: {reason}")
