"""Settings of an export and of its check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args

from nshot.errors import OptionError, UnknownNameError
from nshot.options import check_least, option

Target = Literal["merged", "gguf", "adapter"]
Which = Literal["best", "last"]
FLOATS = ("float32", "bfloat16", "float16")
DTYPES: dict[Target, tuple[str, ...]] = {
    "merged": FLOATS,
    "gguf": (*FLOATS, "q8_0"),
    "adapter": FLOATS,
}
"""The dtypes of each kind of export."""
DEFAULTS: dict[Target, str | None] = {"merged": "bfloat16", "gguf": "float16", "adapter": None}
FOUR_BITS = ("nf4", "fp4", "int4", "4bit", "4-bit")


@dataclass(frozen=True)
class ExportConfig:
    """Settings of one export, checked on construction."""

    PANEL: ClassVar = "Export"

    to: Target = option()
    """merged (base and adapter as one model), gguf (that for llama.cpp), or adapter (alone)."""
    dtype: str | None = option(None, common=True)
    """Precision of what is written: float32, bfloat16, float16; for gguf also q8_0. By default
    merged bfloat16, gguf float16, and an adapter keeps its own."""
    probe: Path | None = option(None)
    """Rows of fine-tuning data whose prompts are answered before and after. By default held-out
    rows of the training if they are on this machine, else the sample's questions."""
    probes: int = option(32)
    """Maximum number of questions that are answered before and after."""
    agree: float = option(0.9)
    """Minimum share of answers that must stay the same."""
    converter: str | None = option(None)
    """llama.cpp's convert_hf_to_gguf.py, for gguf. By default the one on
    the PATH, else nshot's own writer."""
    max_new_tokens: int = option(160, hidden=True)
    """Longest answer to a probe, tokens."""

    def __post_init__(self) -> None:
        if self.to not in get_args(Target):
            raise UnknownNameError("kind of export", self.to, get_args(Target))
        if self.dtype in FOUR_BITS:
            raise OptionError(
                f"an adapter cannot be merged into 4-bit weights ({self.dtype}): rounding would remove most "
                f"of what it learnt; choose one of: {', '.join(DTYPES[self.to])}"
            )
        if self.dtype is not None and self.dtype not in DTYPES[self.to]:
            raise UnknownNameError(f"dtype for {self.to}", self.dtype, DTYPES[self.to])
        check_least("probes", self.probes)
        if not 0 <= self.agree <= 1:
            raise OptionError(f"`agree` must be from 0 to 1, got {self.agree}", option="agree")
        if self.converter is not None and self.to != "gguf":
            raise OptionError(f"a converter has no effect on an export to {self.to}; leave it out")

    @property
    def numbers(self) -> str | None:
        """The dtype that is given, else the default of the format."""
        return self.dtype or DEFAULTS[self.to]
