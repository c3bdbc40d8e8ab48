"""Rows a second of training: nshot's packs against TRL's SFTTrainer, same rows, model and machine,
one run.

    pip install trl
    python benchmarks/model/training.py    # rows of the bundled sample
    python benchmarks/model/training.py --rows runs/sft/train.jsonl --count 128 --rounds 3

Run it alone on the machine. Whole databases of the rows are taken, as an epoch has them, until
there are `--count` rows. Each contender trains a new LoRA adapter (rank 32, all linear layers) over
the embedded base, in bfloat16 and over nf4, with AdamW and a step every 32 rows; the contenders
take turns, and the median of the rounds counts. TRL has its own settings (batches of 8, loss on the
completion) but for gradient checkpointing, which is off in its favour, and the length, which is not
cut. First, all must give the same loss on the same rows: one that does not is told and not
compared.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nshot.data import Catalog, read_pool
from nshot.generation.engines.loading import load_reading
from nshot.models.adapter import silence_peft
from nshot.models.base_model import quiet
from nshot.prompting import PromptConfig
from nshot.training.data import SftConfig, SftRow, make_rows, read_rows
from nshot.training.tuning.dataset.rows import TokenRow, tokenise
from nshot.training.tuning.loop.optimiser import MasterWeights
from nshot.training.tuning.model import load, load_frozen
from nshot.training.tuning.packing.packed import pack_loss, prepare
from nshot.training.tuning.packing.packs import LabelledPack, make_steps
from nshot.training.tuning.recipe.recipe import LoraPart, ModelPart, OptimPart, QuantisePart, Recipe
from nshot.types import Question

STEP = 32
"""Rows of a step of the optimiser."""
BATCH = 8
"""Rows that TRL computes at once: its own setting."""
SAME = 1e-2
"""Largest relative difference of the loss."""
LORA = LoraPart(rank=32, alpha=64)
OPTIM = OptimPart(learning_rate=1e-4, epochs=1, rows_per_step=STEP)


class Contender(NamedTuple):
    """One way to train."""

    name: str
    loss: Callable[[], tuple[float, int]]
    """Mean loss over the counted tokens before training, and how many there are."""
    train: Callable[[], None]
    """Once over all rows."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=Path, help="of `nshot train data`; default: the sample's")
    parser.add_argument("--count", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quantise", choices=("none", "nf4", "both"), default="both")
    parser.add_argument("--threads", type=int, default=0, help="0: as PyTorch chooses")
    options = parser.parse_args()
    try:
        import trl
    except ImportError:
        sys.exit("TRL is not installed; run: pip install trl")
    import datasets
    import torch

    datasets.disable_progress_bars()
    if options.threads:
        torch.set_num_threads(options.threads)
    rows = drawn(read_rows(options.rows) if options.rows else sample_rows(), options.count)
    text: Any = load_reading("embedded-base", chat="off").text
    tokens = tokenise(rows, text, 4096).rows
    length = statistics.mean(len(row.prompt) + len(row.response) for row in tokens)
    print(
        f"{len(tokens)} rows of {len({row.db_id for row in rows})} databases, {length:.0f} tokens on average"
    )
    print(f"TRL {trl.__version__}, torch {torch.__version__}, {torch.get_num_threads()} threads")
    kinds = ("none", "nf4") if options.quantise == "both" else (options.quantise,)
    for kind in kinds:
        print("\nLoRA over bfloat16" if kind == "none" else "\nLoRA over nf4 (QLoRA)")
        compare(contenders(kind, rows, tokens), len(tokens), options.rounds)


def compare(found: Sequence[Contender], rows: int, rounds: int) -> None:
    """Checks the losses, measures by turns, prints rows a second and ratios to the best of TRL."""
    expected, counted = found[0].loss()
    fair = []
    for contender in found:
        loss, number = contender.loss()
        off = abs(loss - expected) / expected
        verdict = "compared" if off <= SAME and number == counted else "NOT COMPARED: another loss"
        print(f"{contender.name:32} loss {loss:.4f} over {number} tokens, {verdict}")
        if verdict == "compared":
            fair.append(contender)
    speeds: dict[str, list[float]] = {contender.name: [] for contender in fair}
    for _ in range(rounds):
        for contender in fair:
            start = time.perf_counter()
            contender.train()
            speeds[contender.name].append(rows / (time.perf_counter() - start))
    medians = {name: statistics.median(some) for name, some in speeds.items()}
    best = max((speed for name, speed in medians.items() if name.startswith("TRL")), default=None)
    for name, speed in medians.items():
        span = f"{min(speeds[name]):.2f} to {max(speeds[name]):.2f}"
        ratio = f", {speed / best:.2f} times the best of TRL" if best else ""
        print(f"{name:32} {speed:6.2f} rows/s ({span}){ratio}")


def contenders(kind: Any, rows: Sequence[SftRow], tokens: Sequence[TokenRow]) -> list[Contender]:
    """nshot first: its loss is the one that the others must have."""
    keeps: tuple[Any, ...] = ("unpacked", "packed") if kind == "nf4" else ("packed",)
    ours = [packs(QuantisePart(kind, keep=keep), tokens) for keep in keeps]
    return [*ours, sft_trainer(kind, rows, packing=False), sft_trainer(kind, rows, packing=True)]


def packs(quantise: QuantisePart, tokens: Sequence[TokenRow]) -> Contender:
    """nshot's own training, step by step as its loop does it."""
    recipe = Recipe(model=model_part(), quantise=quantise, lora=LORA, optim=OPTIM)
    tuned = load(recipe)
    prepare(tuned.model)
    optimiser = MasterWeights(tuned.parameters, OPTIM)
    sizes = {"rows_per_pack": OPTIM.rows_per_pack, "tokens_per_pack": OPTIM.tokens_per_pack}
    steps = make_steps(tokens, **sizes, rows_per_step=STEP, seed=0, epoch=0)

    def counted(batches: Sequence[LabelledPack]) -> int:
        return sum(sum(batch.pack.counted) for batch in batches)

    def loss() -> tuple[float, int]:
        import torch

        with torch.no_grad():
            total = sum(float(pack_loss(tuned.model, batch.pack)) for step in steps for batch in step)
        number = sum(counted(step) for step in steps)
        return total / number, number

    def train() -> None:
        tuned.model.train()
        for step in steps:
            for batch in step:
                (pack_loss(tuned.model, batch.pack) / counted(step)).backward()  # type: ignore[no-untyped-call]
                optimiser.collect()
            optimiser.gradients()
            optimiser.step(OPTIM.learning_rate)

    kept = f", {quantise.keep}" if quantise.kind == "nf4" else ""
    return Contender(f"nshot{kept}", loss, train)


def sft_trainer(kind: Any, rows: Sequence[SftRow], *, packing: bool) -> Contender:
    """TRL's trainer over the same base and a LoRA of the same shape."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    with quiet(), silence_peft():
        base, tokenizer, _ = load_frozen(model_part(), QuantisePart(kind, keep="packed"))
    data = Dataset.from_list([{"prompt": row.prompt, "completion": row.response} for row in rows])
    longest = max(len(tokenizer(row.prompt + row.response)["input_ids"]) + 1 for row in rows)
    config = SFTConfig(
        output_dir=str(Path(tempfile.gettempdir()) / "nshot-benchmark"),  # nothing is saved there
        per_device_train_batch_size=BATCH,
        gradient_accumulation_steps=STEP // BATCH,
        num_train_epochs=1,
        learning_rate=OPTIM.learning_rate,
        gradient_checkpointing=False,
        bf16=True,
        packing=packing,
        max_length=max(1024, longest) if packing else None,
        use_cpu=not _has_gpu(),
        dataloader_pin_memory=False,
        save_strategy="no",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )
    lora = LoraConfig(
        task_type="CAUSAL_LM", r=LORA.rank, lora_alpha=LORA.alpha, target_modules=list(LORA.targets)
    )
    with quiet(), silence_peft():
        trainer: Any = SFTTrainer(
            base, config, train_dataset=data, processing_class=tokenizer, peft_config=lora
        )

    trainer.remove_callback(PrinterCallback)

    def loss() -> tuple[float, int]:
        import torch

        total, number = 0.0, 0
        trainer.model.eval()
        with torch.no_grad():
            for batch in trainer.get_train_dataloader():
                labels = batch["labels"]
                some = int((labels[:, 1:] != -100).sum())
                with torch.autocast(labels.device.type, torch.bfloat16):
                    inputs = {key: value for key, value in batch.items() if key != "labels"}
                    logits = trainer.model(**inputs, use_cache=False).logits[:, :-1].float()
                total += float(
                    torch.nn.functional.cross_entropy(
                        logits.flatten(0, 1), labels[:, 1:].flatten(), reduction="sum"
                    )
                )
                number += some
        return total / number, number

    def train() -> None:
        with silence_peft():
            trainer.train()

    return Contender(f"TRL SFTTrainer{', packing' * packing}", loss, train)


def model_part() -> ModelPart:
    """The embedded base in bfloat16, for both."""
    return ModelPart("embedded", dtype="bfloat16", chat="off")


def sample_rows() -> list[SftRow]:
    """The sample's pool as the embedded model is trained: compact prompts without examples."""
    settings = SftConfig(prompt=PromptConfig(form="from-first", show_values=True))
    solved = read_pool("sample").examples
    questions = [Question(one.question, one.db_id, one.id, one.sql) for one in solved]
    return make_rows(
        questions, Catalog.sample(), settings, text=load_reading("embedded-base", chat="off").text
    )


def drawn(rows: Sequence[SftRow], count: int) -> list[SftRow]:
    """Rows of whole databases in a seeded order, the last one cut."""
    databases = sorted({row.db_id for row in rows})
    order = {name: at for at, name in enumerate(random.Random(0).sample(databases, len(databases)))}
    return sorted(rows, key=lambda row: order[row.db_id])[:count]


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=FutureWarning)
    main()
