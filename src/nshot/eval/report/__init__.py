"""The report of a comparison: writes `results.json`, `report.md` and `report.html` from a
`Comparison`.

It computes nothing: numbers come from elsewhere and are only formatted and drawn here. The page is
one file that needs no network; its charts are SVG text made by the functions in `charts/`. This
package knows nothing of how a run is made or judged.
"""

from __future__ import annotations

from nshot.eval.report.results_json import from_json, read_comparison, to_json
from nshot.eval.report.write import check_folder, write_comparison

__all__ = ["check_folder", "from_json", "read_comparison", "to_json", "write_comparison"]
