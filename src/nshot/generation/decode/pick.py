"""The type of functions that pick the next token of each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

Pick = Callable[["torch.Tensor", Sequence[int]], "torch.Tensor"]
"""(rows, vocabulary) logits and the rows' numbers -> (rows,) token ids."""
