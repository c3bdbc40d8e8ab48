"""Error analysis: how a wrong prediction differs from its gold SQL.

`mistakes` returns the classes of one prediction, and `CLASSES` lists them in order;
docs/measures.md explains each of them.

This package does not decide whether a prediction is wrong, or how it ran; both are given.
"""

from __future__ import annotations

from nshot.eval.mistakes.classes import CLASSES, OTHER
from nshot.eval.mistakes.classify import mistakes

__all__ = ["CLASSES", "OTHER", "mistakes"]
