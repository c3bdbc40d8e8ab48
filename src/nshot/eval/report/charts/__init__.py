"""Charts as SVG text: pure functions from numbers to a picture, each in its own file.

Colours are names of CSS classes, so that one drawing serves light, dark and print.
Knows nothing of comparisons, measures or pages.
"""

from __future__ import annotations
