"""Evaluation: verdicts on predictions, retrieval measures, statistics, and the report of a
comparison.

`Evaluator` judges SQL as Spider's two official programs do, or in nshot's own strict mode
(`spider/`, `execution/`). `mistakes/` classifies what differs in a wrong answer. `measures/` rates
retrieved examples without a model. `statistics/` gives intervals and tests, as `scores`.
`comparison` holds the results of an experiment, and `report/` writes them.

This package reads predictions and never makes them. It knows nothing of indexes, strategies,
prompts or models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.eval.answers import as_column, make_answer, rate_verdicts
    from nshot.eval.comparison import Answer, Case, Comparison, Run
    from nshot.eval.confidence import THRESHOLDS, AnswerCounts, ConfidenceReport, rate_confidence
    from nshot.eval.confidence.abstentions import JudgedAnswers, judge_answers
    from nshot.eval.config import EvalConfig, ModeName
    from nshot.eval.disagreement import (
        Disagreement,
        count_disagreements,
        disagreements,
        judge_all_ways,
        record,
    )
    from nshot.eval.evaluator import Evaluator
    from nshot.eval.files import PredictedAnswer, read_answers, read_gold, read_predicted
    from nshot.eval.measures import SCOREBOARD, Measure, RetrievalJudge, lower_is_better
    from nshot.eval.official_layout import ETYPES
    from nshot.eval.report import check_folder, to_json, write_comparison
    from nshot.eval.report.one_run import report_run
    from nshot.eval.report.wording import heading, probability, split_measure
    from nshot.eval.scores import ALL, Contrast, Correlation, Estimate, Score, System
    from nshot.eval.statistics import Sample, contrasts, mcnemar, pearson, spearman, wilson
    from nshot.eval.summary import Summary, summarise
    from nshot.eval.verdict_json import verdict_record

_HOMES = {
    "ALL": "scores",
    "Answer": "comparison",
    "AnswerCounts": "confidence",
    "Case": "comparison",
    "Comparison": "comparison",
    "ConfidenceReport": "confidence",
    "Contrast": "scores",
    "Correlation": "scores",
    "Disagreement": "disagreement",
    "ETYPES": "official_layout",
    "Estimate": "scores",
    "EvalConfig": "config",
    "Evaluator": "evaluator",
    "JudgedAnswers": "confidence.abstentions",
    "Measure": "measures",
    "ModeName": "config",
    "PredictedAnswer": "files",
    "RetrievalJudge": "measures",
    "Run": "comparison",
    "SCOREBOARD": "measures",
    "Sample": "statistics",
    "Score": "scores",
    "Summary": "summary",
    "System": "scores",
    "THRESHOLDS": "confidence",
    "as_column": "answers",
    "check_folder": "report",
    "contrasts": "statistics",
    "count_disagreements": "disagreement",
    "disagreements": "disagreement",
    "heading": "report.wording",
    "judge_all_ways": "disagreement",
    "judge_answers": "confidence.abstentions",
    "lower_is_better": "measures",
    "make_answer": "answers",
    "mcnemar": "statistics",
    "pearson": "statistics",
    "probability": "report.wording",
    "rate_confidence": "confidence",
    "rate_verdicts": "answers",
    "read_answers": "files",
    "read_gold": "files",
    "read_predicted": "files",
    "record": "disagreement",
    "report_run": "report.one_run",
    "spearman": "statistics",
    "split_measure": "report.wording",
    "summarise": "summary",
    "to_json": "report",
    "verdict_record": "verdict_json",
    "wilson": "statistics",
    "write_comparison": "report",
}

__all__ = [
    "ALL",
    "ETYPES",
    "SCOREBOARD",
    "THRESHOLDS",
    "Answer",
    "AnswerCounts",
    "Case",
    "Comparison",
    "ConfidenceReport",
    "Contrast",
    "Correlation",
    "Disagreement",
    "Estimate",
    "EvalConfig",
    "Evaluator",
    "JudgedAnswers",
    "Measure",
    "ModeName",
    "PredictedAnswer",
    "RetrievalJudge",
    "Run",
    "Sample",
    "Score",
    "Summary",
    "System",
    "as_column",
    "check_folder",
    "contrasts",
    "count_disagreements",
    "disagreements",
    "heading",
    "judge_all_ways",
    "judge_answers",
    "lower_is_better",
    "make_answer",
    "mcnemar",
    "pearson",
    "probability",
    "rate_confidence",
    "rate_verdicts",
    "read_answers",
    "read_gold",
    "read_predicted",
    "record",
    "report_run",
    "spearman",
    "split_measure",
    "summarise",
    "to_json",
    "verdict_record",
    "wilson",
    "write_comparison",
]

__getattr__ = find_lazily(__name__, _HOMES)
