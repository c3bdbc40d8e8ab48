"""The rules about one table, with their weights."""

from __future__ import annotations

from typing import Final

from nshot.training.data.written.aggregates import ask_top, ask_whole_table, compute, group_rows, sort_rows
from nshot.training.data.written.conditions import (
    ask_category,
    ask_flag,
    ask_missing,
    compare_columns,
    compare_number,
    match_text,
)
from nshot.training.data.written.dates import (
    ask_before_or_after,
    ask_newest,
    count_each_year,
    count_in_month,
    count_in_year,
    list_in_year,
)
from nshot.training.data.written.rule import Rule

RULES: Final[tuple[tuple[Rule, int], ...]] = (
    (count_in_year, 4),
    (list_in_year, 3),
    (count_in_month, 2),
    (count_each_year, 2),
    (ask_before_or_after, 2),
    (ask_newest, 1),
    (compare_columns, 2),
    (ask_missing, 3),
    (sort_rows, 4),
    (ask_top, 4),
    (match_text, 3),
    (compute, 3),
    (compare_number, 4),
    (ask_category, 4),
    (ask_flag, 2),
    (group_rows, 4),
    (ask_whole_table, 2),
)
"""Rules about one table, with their weights."""
