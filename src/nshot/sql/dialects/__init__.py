"""Translate SQL of one dialect into that of a database.

`translate` resolves the names of a statement (`resolve`), and rewrites what the other engine would
reject or read in another way: groups (`grouping`), comparisons of values of different types
(`comparisons`), and functions (`functions`). sqlglot writes the result.

This package knows nothing of connections, prompts or models.
"""

from __future__ import annotations

from nshot.sql.dialects.translate import translate

__all__ = ["translate"]
