"""`report.html`: the page."""

from __future__ import annotations

from markupsafe import escape

from nshot.eval.comparison import Comparison


def to_html(comparison: Comparison) -> str:
    """The page, one self-contained file."""
    return f"<!doctype html><title>{escape(comparison.title)}</title>"
