"""`nshot train encoder`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from nshot.cli.options.derive import derive_options
from nshot.cli.options.pool import PoolOptions
from nshot.cli.output.console import progress, say, write
from nshot.options import option
from nshot.pipeline import DatabasesOrOne
from nshot.training import EncoderTrainConfig

if TYPE_CHECKING:
    from nshot.training import Epoch


@dataclass(frozen=True)
class EncoderFiles:
    """The folder of a tuned encoder."""

    EXPLICIT: ClassVar = True

    out: Path = option()
    """Output folder, for --encoder. An unfinished training in it continues."""
    overwrite: bool = option(False, only_on=True)
    """Start again and discard what is in `out`."""


@derive_options
def encoder(
    wanted: EncoderFiles,
    pool: PoolOptions,
    databases: DatabasesOrOne,
    config: EncoderTrainConfig,
) -> None:
    """Tune the encoder so that questions with one SQL skeleton are close together; Ctrl-C keeps the
    best so far.
    """
    from nshot.training import train_encoder

    examples = pool.examples(databases)
    with progress() as report:
        best = train_encoder(
            examples,
            pool.catalog(databases),
            wanted.out,
            config,
            overwrite=wanted.overwrite,
            report=report,
            tell=_tell,
        )
    write(f"{wanted.out}: pass {best.number} was the best, {_shares(best)}\n")


def _tell(epoch: Epoch) -> None:
    what = f"pass {epoch.number}: loss {epoch.loss:.3f}" if epoch.number else "the base"
    say(f"{what}, {_shares(epoch)}, {epoch.seconds / 60:.1f} min")


def _shares(epoch: Epoch) -> str:
    """The shares of held-out questions with their skeleton in the first 3, as text."""
    fields = {"question": epoch.question, "masked": epoch.masked}
    shares = ", ".join(f"{name} {share:.3f}" for name, share in fields.items() if share is not None)
    return f"held-out match@3 {shares}"
