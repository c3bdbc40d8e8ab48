"""What is exported, and what it must pass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from nshot.errors import OptionError, UnknownNameError

Target = Literal["merged", "gguf", "adapter"]
Which = Literal["best", "last"]
FLOATS = ("float32", "bfloat16", "float16")
DTYPES: dict[Target, tuple[str, ...]] = {
    "merged": FLOATS,
    "gguf": (*FLOATS, "q8_0"),
    "adapter": FLOATS,
}
"""Numbers that each kind of export can hold."""
DEFAULTS: dict[Target, str | None] = {"merged": "bfloat16", "gguf": "float16", "adapter": None}
FOUR_BITS = ("nf4", "fp4", "int4", "4bit", "4-bit")


@dataclass(frozen=True)
class ExportConfig:
    """Settings of one export, checked when made."""

    to: Target
    dtype: str | None = None
    """Of the numbers written, one of DTYPES; None: DEFAULTS, and an adapter keeps its own."""
    probe: Path | None = None
    """Rows of `nshot train data` whose prompts are asked; None: held-out rows of the training where they are
    at hand, else questions of the bundled sample."""
    probes: int = 32
    """Prompts asked at most."""
    agree: float = 0.9
    """Least share of answers that must stay the same."""
    converter: str | None = None
    """llama.cpp's converter, a script or a command; None: looked for, else our own writer. `gguf` only."""
    max_new_tokens: int = 160
    """Of an answer to a probe."""

    def __post_init__(self) -> None:
        if self.to not in get_args(Target):
            raise UnknownNameError("kind of export", self.to, get_args(Target))
        if self.dtype in FOUR_BITS:
            raise OptionError(
                f"an adapter is not merged into weights of 4 bits ({self.dtype}): rounding them anew would "
                f"round most of what it learnt away; choose one of: {', '.join(DTYPES[self.to])}"
            )
        if self.dtype is not None and self.dtype not in DTYPES[self.to]:
            raise UnknownNameError(f"dtype for {self.to}", self.dtype, DTYPES[self.to])
        if self.probes < 1:
            raise OptionError(f"probes must be at least 1, got {self.probes}")
        if not 0 <= self.agree <= 1:
            raise OptionError(f"agree must be in 0..1, got {self.agree}")
        if self.converter is not None and self.to != "gguf":
            raise OptionError(f"a converter makes GGUF files; it has no part in an export to {self.to}")

    @property
    def numbers(self) -> str | None:
        """The dtype with its default."""
        return self.dtype or DEFAULTS[self.to]
