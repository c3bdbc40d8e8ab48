"""More questions from solved ones: values exchanged and clauses varied, question and SQL in step.

Each rule changes exactly one thing that is named once in the question and once in the SQL. Where it
is not certain that both mean the same thing, a rule makes nothing. All SQL runs and finds rows.
"""

from __future__ import annotations

from nshot.training.data.multiplied.multiply import multiply_questions

__all__ = ["multiply_questions"]
