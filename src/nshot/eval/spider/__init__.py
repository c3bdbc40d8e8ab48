"""Spider's exact set match and hardness, as its two official programs judge.

`SpiderJudge` compares a prediction with its gold clause by clause; values are not compared. What it
reads is what Spider's own parser reads, which is less than SQLite does.

Runs no SQL and knows nothing of execution; the schema is all it reads from a database.
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
