"""Charts as SVG text: pure functions from numbers to a picture, one file per chart.

Colours are names of CSS classes, so that one drawing works in light mode, in dark mode and in
print. This package knows nothing of comparisons, measures or pages.
"""

from __future__ import annotations
