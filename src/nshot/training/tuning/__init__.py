"""Tuning a language model to write SQL: an adapter (LoRA, QLoRA) over rows that `training.data` renders.

Rows whose prompts begin alike are computed together (`packed`). `train` makes a folder whose `best/`
and `last/` are adapters for `--adapter`; `resume` goes on from it. Knows nothing of evaluation: who
judges answers is an argument.
"""

from __future__ import annotations
