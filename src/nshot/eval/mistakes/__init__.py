"""Error analysis: what in a wrong prediction differs from its gold.

`mistakes` names the classes of one prediction, `CLASSES` lists them in order; docs/measures.md says what
each of them means.

Knows nothing of verdicts: that the prediction is wrong is given, and how it ran.
"""

from __future__ import annotations

from nshot.eval.mistakes.classes import CLASSES, OTHER
from nshot.eval.mistakes.classify import mistakes

__all__ = ["CLASSES", "OTHER", "mistakes"]
