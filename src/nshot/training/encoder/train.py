"""Trains an encoder on a pool, and writes its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nshot.artifacts import StartStage, check_replaceable, make_folder, recognise_object, start_silently
from nshot.data import Catalog
from nshot.errors import DataError, OptionError
from nshot.index import SentenceTransformerEncoder, pool_hash
from nshot.models import PEFT_CONFIG, WEIGHTS
from nshot.models.adapter import FILE as INFO
from nshot.retrieval import default_same_db, make_entries
from nshot.training.encoder import checkpoint
from nshot.training.encoder.config import EncoderTrainConfig
from nshot.training.encoder.contrast_data import ContrastData, make_contrast_data
from nshot.training.encoder.folder import CARD, RUN, write_folder
from nshot.training.encoder.history import Epoch, best_of
from nshot.training.encoder.loop import EncoderTrainer
from nshot.training.encoder.trainable_encoder import TrainableEncoder
from nshot.types import Example

Tell = Callable[[Epoch], None]
"""Called after every pass; pass 0 is the untrained base."""
OWN = (WEIGHTS, PEFT_CONFIG, RUN, CARD, checkpoint.FILE)
"""The files of an encoder's folder beside its description."""
WITHOUT_EFFECT = ("minutes",)
"""Fields that may differ in a resumed run, as they change no weight."""


def train_encoder(
    pool: Sequence[Example],
    catalog: Catalog,
    out: Path,
    config: EncoderTrainConfig | None = None,
    *,
    overwrite: bool = False,
    report: StartStage = start_silently,
    tell: Tell = lambda _: None,
) -> Epoch:
    """Trains an adapter on the pool and writes it to `out`, a folder for `--encoder`.

    A run that was killed is resumed after its last complete pass, and ends with the same weights.
    Ctrl-C (KeyboardInterrupt) ends it with the best pass so far.

    Args:
        pool: Solved questions.
        catalog: Their databases, whose names and values are masked in questions.
        out: A folder that is empty, does not exist yet, or has an unfinished run.
        config: The settings of the training.
        overwrite: Replace the encoder or the unfinished run in `out`.
        report: Shows the progress of the stages.
        tell: Called with the results of each pass.

    Returns:
        The pass whose weights were written.

    Raises:
        DataError: `out` has other files, or an unfinished run with other settings.
        PoolError: The pool is too small to train on, or to hold databases out.
        OptionError: An option does not fit the pool or the base.
    """
    import torch

    config = config or EncoderTrainConfig()
    _check_folder(out, overwrite)
    entries = make_entries(pool, catalog, report)
    across = default_same_db(example.db_id for example in pool) == "never"
    contrast_data = make_contrast_data(entries, config.holdout, config.seed, across)
    description = _describe(config, pool, contrast_data)
    make_folder(out)
    with _threads(config.threads or torch.get_num_threads()):
        trainer = _trainer(config, contrast_data, out, description, report)
        _run(trainer, out, description, config, report, tell)
    best = best_of(trainer.state.history)
    write_folder(out, trainer.trainable, trainer.state, description, config, [e.example for e in entries])
    checkpoint.discard(out)
    return best


def _trainer(
    config: EncoderTrainConfig,
    contrast_data: ContrastData,
    out: Path,
    description: dict[str, Any],
    report: StartStage,
) -> EncoderTrainer:
    state = checkpoint.load(out, description)
    trainer = EncoderTrainer(TrainableEncoder(config), contrast_data, config)
    trainer.freeze(report("frozen layers", trainer.texts))
    if state is not None:
        trainer.resume(state)
    return trainer


def _run(
    trainer: EncoderTrainer,
    out: Path,
    description: dict[str, Any],
    config: EncoderTrainConfig,
    report: StartStage,
    tell: Tell,
) -> None:
    begun = trainer.state.history[-1].seconds if trainer.state.history else 0.0
    progress = report("training", trainer.steps * config.epochs)
    progress(trainer.steps * max(0, len(trainer.state.history) - 1))
    try:
        for epoch in trainer.passes(progress):
            checkpoint.save(out, trainer.state, description)
            tell(epoch)
            if config.minutes is not None and epoch.seconds - begun >= 60 * config.minutes:
                return
    except KeyboardInterrupt:
        if not trainer.state.history:
            raise


def _describe(
    config: EncoderTrainConfig, pool: Sequence[Example], contrast_data: ContrastData
) -> dict[str, Any]:
    """The settings and the data that decide the weights."""
    return {
        "config": {key: value for key, value in asdict(config).items() if key not in WITHOUT_EFFECT},
        "base_fingerprint": SentenceTransformerEncoder(config.base).fingerprint(),
        "pool": {
            "sha256": pool_hash(pool),
            "training": len(contrast_data.training),
            "validation": len(contrast_data.validation),
        },
        "across_databases": contrast_data.across,
        "held_out": list(contrast_data.held_out),
    }


def _check_folder(out: Path, overwrite: bool) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise OptionError(f"`out` must be a folder, but {out} is a file; give another path")
    unfinished, finished = ((out / name).is_file() for name in (checkpoint.FILE, INFO))
    if overwrite and (unfinished or finished):
        _check_own(out)
        for name in (INFO, *OWN):  # the description first: what is left behind by a kill is no encoder
            (out / name).unlink(missing_ok=True)
    elif finished:
        raise DataError(f"{out} has a trained encoder; use `overwrite` to replace it, or give another folder")
    elif not unfinished and any(not path.name.startswith(checkpoint.UNFINISHED) for path in out.iterdir()):
        raise DataError(f"{out} has other files; give a folder that is empty or does not exist yet")


def _check_own(out: Path) -> None:
    """Refuses a folder that holds anything but an encoder or an unfinished training of nshot.

    Raises:
        DataError: It says what.
    """
    names = {entry.name for entry in out.iterdir() if not entry.name.startswith(checkpoint.UNFINISHED)}
    strangers = sorted(names - {INFO, *OWN})
    if strangers:
        raise DataError(f"{out} has other files, too ({', '.join(strangers[:3])}); give another folder")
    check_replaceable(out / INFO, recognise_object(lambda found: "base_fingerprint" in found))
    check_replaceable(out / RUN, recognise_object(lambda found: "base_fingerprint" in found))
    check_replaceable(out / CARD, lambda path: b"nshot train encoder" in path.read_bytes())
    check_replaceable(out / checkpoint.FILE, checkpoint.is_checkpoint)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
