"""The report of a comparison: a `Comparison` in, `results.json`, `report.md` and `report.html` out.

Computes nothing: every number was found elsewhere and is only worded and drawn here. The page is one file
that needs no network, its charts are SVG text made by the functions beside this one.
Knows nothing of how a run is made or judged.
"""

from __future__ import annotations

from nshot.eval.report.results_json import from_json, read_comparison, to_json
from nshot.eval.report.write import write_comparison

__all__ = ["from_json", "read_comparison", "to_json", "write_comparison"]
