"""Grids of runs: which strategy, which number of shots, with which model, and how sure are we.

The only place that sees both what makes predictions and what judges them. Holds no measure, no
statistic and no page of its own: it runs the grid, keeps what was computed, and hands it to `nshot.eval`.
Knows nothing of how a measure is taken or drawn.
"""

from __future__ import annotations
