"""The recipe of one training: the sections of a TOML file as dataclasses that check their
values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nshot.errors import OptionError, UnknownNameError
from nshot.generation import Decoding, EngineConfig, ModelSettings
from nshot.models import ChatMode
from nshot.options import inline, take
from nshot.prompting import PromptConfig, Scope
from nshot.training.tuning.recipe.checks import above, least, share
from nshot.training.tuning.recipe.data import DataPart

Schedule = Literal["cosine", "linear", "constant"]
Kind = Literal["none", "nf4"]
Keep = Literal["packed", "unpacked"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
Init = Literal["default", "gaussian", "pissa", "olora"]
ANSWERING = ("greedy", "beam")
"""Methods for validation questions: none samples, so that two evaluations of a state agree."""
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class Shape:
    """Sizes of a model like Llama, for `--dry-run` without its weights and configuration."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    vocabulary: int
    tied: bool = False
    """Whether the head shares the embedding's matrix."""

    def __post_init__(self) -> None:
        for name in ("layers", "hidden", "intermediate", "heads", "kv_heads", "vocabulary"):
            least("model.shape", name, getattr(self, name), 1)


@dataclass(frozen=True)
class ModelPart:
    """The model that is tuned."""

    source: str = "embedded"
    """`embedded`, a folder, a .gguf file, or a hub id."""
    dtype: Precision = "auto"
    """Precision of base and adapter; auto: bfloat16 if the hardware has it, else float32."""
    device: str = take(EngineConfig, "device")
    chat: ChatMode = take(ModelSettings, "chat")
    allow_download: bool = take(EngineConfig, "allow_download")
    shape: Shape | None = None


@dataclass(frozen=True)
class QuantisePart:
    """Quantisation of the frozen weights (QLoRA, https://arxiv.org/abs/2305.14314)."""

    kind: Kind = "none"
    double: bool = True
    """Whether the scales of the blocks are quantised, too (double quantisation)."""
    compute: Precision = "auto"
    """Precision of the computation; auto: the model's dtype."""
    keep: Keep = "packed"
    """`packed`: 4 bits in memory, unpacked at each use. `unpacked`: rounded once and kept in the
    compute dtype; the same numbers without the memory savings, several times faster on a CPU."""


@dataclass(frozen=True)
class LoraPart:
    """The adapter (https://arxiv.org/abs/2106.09685), as peft makes it."""

    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.0
    targets: tuple[str, ...] = TARGETS
    """Names of linear layers."""
    rslora: bool = False
    """Scale by alpha / sqrt(rank) instead of alpha / rank."""
    dora: bool = False
    """Learn the magnitude of each weight column apart from its direction (DoRA)."""
    init: Init = "default"
    start: str = ""
    """Folder of an adapter of the same shape to start from, or `embedded`, the one that ships;
    empty: a new one is initialised."""

    def __post_init__(self) -> None:
        least("lora", "rank", self.rank, 1)
        above("lora", "alpha", self.alpha)
        share("lora", "dropout", self.dropout)
        if not self.targets:
            raise OptionError("[lora] targets is empty; name at least one layer, such as q_proj")


@dataclass(frozen=True)
class OptimPart:
    """AdamW and its schedule."""

    learning_rate: float = 2e-4
    """Peak of the learning rate."""
    schedule: Schedule = "cosine"
    warmup: float = 0.03
    """Share of the training in which the learning rate rises."""
    floor: float = 0.0
    """Share of the peak at which the learning rate ends; not for `constant`."""
    weight_decay: float = 0.0
    betas: tuple[float, ...] = (0.9, 0.999)
    clip: float = 1.0
    """Largest norm of the gradient."""
    epochs: float | None = None
    """Passes over the data; fractions are allowed (0.5)."""
    minutes: float | None = None
    """Wall-clock time of the training, all runs of a resumed training together. With both `epochs`
    and `minutes`, the training ends at whichever comes first."""
    rows_per_step: int = 32
    """Approximate number of rows in one step of the optimiser, over all processes."""
    rows_per_pack: int = 16
    """Maximum number of rows computed together after one shared prefix."""
    tokens_per_pack: int = 4096
    """Maximum number of tokens computed together; longer rows are left out."""
    recompute: bool = False
    """Gradient checkpointing (https://arxiv.org/abs/1604.06174): keep only each layer's input and
    compute the rest again in the backward pass. Same gradients, a small part of the memory, a third
    more time."""
    seed: int = 0
    threads: int = 0
    """CPU threads; 0: PyTorch's default."""

    def __post_init__(self) -> None:
        above("optim", "learning_rate", self.learning_rate)
        above("optim", "clip", self.clip)
        for name in ("warmup", "floor"):
            share("optim", name, getattr(self, name))
        if len(self.betas) != 2:
            raise OptionError(f"[optim] betas must be two numbers, got {list(self.betas)}")
        for beta in self.betas:
            share("optim", "betas", beta)
        if self.weight_decay < 0:
            raise OptionError(f"[optim] weight_decay must be at least 0, got {self.weight_decay}")
        for name in ("rows_per_step", "rows_per_pack", "tokens_per_pack"):
            least("optim", name, getattr(self, name), 1)
        least("optim", "threads", self.threads, 0)
        if self.epochs is None and self.minutes is None:
            raise OptionError("[optim] needs the length of the training: set epochs, minutes, or both")
        for name in ("epochs", "minutes"):
            if (value := getattr(self, name)) is not None:
                above("optim", name, value)


@dataclass(frozen=True)
class SelectPart:
    """Evaluation on held-out databases, and selection of the best adapter."""

    every_minutes: float | None = None
    """Minutes between two evaluations; either this or `every_steps`; neither: one at the end only.
    """
    every_steps: int | None = None
    rows: int = 256
    """Maximum number of held-out rows whose loss is measured."""
    questions: int = 0
    """Held-out questions that the model answers in each evaluation; 0: the loss alone decides."""
    shots: int = take(ModelSettings, "shots", 0)
    """Examples that the prompts of these questions show."""
    context: Scope = take(PromptConfig, "scope")
    """Part of the schema in these prompts."""
    patience: int = 0
    """Early stopping: evaluations without a better one after which the training ends; 0: never."""
    decoding: Decoding = inline(Decoding(max_new_tokens=160), without=("constrain",))
    """Decoding of these questions, and of all questions afterwards (`nshot.json`). SQL in the form
    from-first is constrained."""

    def __post_init__(self) -> None:
        if self.decoding.method == "sample":
            raise UnknownNameError("select.method", "sample", ANSWERING)
        if self.every_minutes is not None and self.every_steps is not None:
            raise OptionError("[select] has every_minutes and every_steps; remove one of them")
        if self.every_minutes is not None:
            above("select", "every_minutes", self.every_minutes)
        if self.every_steps is not None:
            least("select", "every_steps", self.every_steps, 1)
        least("select", "rows", self.rows, 1)
        for name in ("questions", "shots", "patience"):
            least("select", name, getattr(self, name), 0)


@dataclass(frozen=True)
class SavePart:
    """Checkpoints and adapters on disk."""

    every_minutes: float = 10.0
    keep: int = 3
    """Adapters of earlier evaluations that are kept beside `best` and `last`: those ranked first.
    """

    def __post_init__(self) -> None:
        above("save", "every_minutes", self.every_minutes)
        least("save", "keep", self.keep, 0)


@dataclass(frozen=True)
class Recipe:
    """All settings of a training."""

    model: ModelPart = field(default_factory=ModelPart)
    quantise: QuantisePart = field(default_factory=QuantisePart)
    lora: LoraPart = field(default_factory=LoraPart)
    freeze_layers: int = 0
    """Number of first decoder layers without adapter and gradient."""
    data: DataPart = field(default_factory=lambda: DataPart(pool=("sample",)))
    optim: OptimPart = field(default_factory=lambda: OptimPart(epochs=1.0))
    select: SelectPart = field(default_factory=SelectPart)
    save: SavePart = field(default_factory=SavePart)

    def __post_init__(self) -> None:
        least("", "freeze_layers", self.freeze_layers, 0)
        packed = self.quantise.kind == "nf4" and self.quantise.keep == "packed"
        if packed and self.lora.init in ("pissa", "olora"):
            raise OptionError(
                f"[lora] init = {self.lora.init!r} decomposes the weights, which packed ones do not allow; "
                'set quantise.keep = "unpacked", or another init'
            )
