"""The folder of a trained encoder: weights, description, run.json, model card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nshot.artifacts import surroundings, write_run, write_text
from nshot.index import SentenceTransformerEncoder
from nshot.models import AdapterInfo
from nshot.models.adapter import FILE
from nshot.training.encoder.checkpoint import EncoderState
from nshot.training.encoder.config import EncoderTrainConfig
from nshot.training.encoder.history import Epoch, best_of
from nshot.training.encoder.trainable_encoder import TrainableEncoder
from nshot.types import Example

RUN, CARD = "run.json", "README.md"


def write_folder(
    out: Path,
    trainable: TrainableEncoder,
    state: EncoderState,
    description: Mapping[str, Any],
    config: EncoderTrainConfig,
    pool: Sequence[Example],
) -> None:
    """Writes the best weights of the state. `encoder.json`, which makes the folder an encoder,
    comes last.
    """
    trainable.save(out, state.best)
    run = {**description, **surroundings(), "history": [_record(epoch) for epoch in state.history]}
    write_run(out / RUN, run)
    write_text(out / CARD, _card(config, description, state.history, pool))
    base = SentenceTransformerEncoder(config.base).name  # a folder is found from wherever the encoder is used
    info = AdapterInfo(base, str(description["base_fingerprint"]), config.text)
    write_text(out / FILE, info.to_json())


def _record(epoch: Epoch) -> dict[str, Any]:
    return {**epoch._asdict(), "loss": None if math.isnan(epoch.loss) else epoch.loss}


def _card(
    config: EncoderTrainConfig, description: Mapping[str, Any], history: list[Epoch], pool: Sequence[Example]
) -> str:
    base, best = history[0], best_of(history)
    counts, held_out = description["pool"], description["held_out"]
    databases = len({example.db_id for example in pool})
    rows = "\n".join(
        f"| {field} | {_percent(getattr(base, field))} | {_percent(getattr(best, field))} |"
        for field in ("question", "masked")
        if getattr(base, field) is not None
    )
    return f"""\
---
library_name: peft
base_model: {config.base}
---

# A question encoder whose cosine follows the SQL

A low-rank adapter (rank {config.rank}, the upper {config.layers} layers) over {config.base}, made by
`nshot train encoder`: questions whose SQL has the same skeleton are close together, whatever they are about.
Use it with `nshot index build --encoder DIR`.

- Data: {len(pool)} solved questions of {databases} databases; {counts["training"]} to learn from,
  {counts["validation"]} to validate, of {len(held_out)} databases held out whole: {", ".join(held_out)}.
- Recipe: supervised contrast, text `{config.text}`, seed {config.seed}; pass {best.number} of
  {len(history) - 1} was the best. All settings: `run.json`.
- Held-out questions with an example of their skeleton among the first 3 of the training questions:

| text | base | tuned |
|---|---|---|
{rows}

The adapter carries no text of the data, but was learnt from it: mind the data's licence when you pass it on.
"""


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
