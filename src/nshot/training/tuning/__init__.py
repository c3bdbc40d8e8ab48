"""Tuning a language model to write SQL: an adapter (LoRA, QLoRA) over rows that `training.data`
renders.

Rows whose prompts have the same beginning are computed together (`packing`). `train` writes a
folder whose `best/` and `last/` are adapters for `--adapter`; `resume` continues it. Knows nothing
of `eval`: the judge of answers is an argument.
"""

from __future__ import annotations
