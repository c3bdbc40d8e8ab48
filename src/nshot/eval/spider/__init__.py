"""Spider's exact set match and hardness, as computed by its two official programs.

`SpiderJudge` compares a prediction with its gold SQL clause by clause; values are not compared. It
reads exactly the SQL that Spider's own parser reads, which is less than SQLite accepts.

This package executes no SQL; from a database it reads only the schema.
"""

from __future__ import annotations

from nshot.eval.spider.components import COMPONENTS
from nshot.eval.spider.errors import SpiderParseError
from nshot.eval.spider.judge import ExactMatch, SpiderJudge, suite_text
from nshot.eval.spider.parse import parse_statement
from nshot.eval.spider.schema import SpiderSchema, foreign_key_classes
from nshot.eval.spider.statement import SpiderStatement

__all__ = [
    "COMPONENTS",
    "ExactMatch",
    "SpiderJudge",
    "SpiderParseError",
    "SpiderSchema",
    "SpiderStatement",
    "foreign_key_classes",
    "parse_statement",
    "suite_text",
]
