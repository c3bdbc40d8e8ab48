"""Predictions and gold in, verdicts out; retrieval measures, statistics, and the report of a comparison.

`Evaluator` judges SQL by Spider's two official programs or by the stricter mode of our own
(`spider/`, `execution/`); `measures/` says how good retrieved examples are without any model;
`statistics/` says how sure we are; `Comparison` holds what an experiment found, and `report/` writes it.

Reads predictions and never makes them: knows nothing of indexes, strategies, prompts or models.
"""

from __future__ import annotations
