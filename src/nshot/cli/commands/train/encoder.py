"""`nshot train encoder`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nshot.cli.options import DatabaseOptions
from nshot.cli.options.bundle import bundled
from nshot.cli.options.pool import PoolOptions
from nshot.cli.output.console import progress, say, write

if TYPE_CHECKING:
    from nshot.training.encoder import Epoch


@bundled
def encoder(
    pool: PoolOptions,
    out: Annotated[
        Path, typer.Option(help="The encoder's folder, for --encoder; an unfinished run there goes on.")
    ],
    databases: DatabaseOptions,
    text: Annotated[
        str, typer.Option(help="What is read of a question: question (as it is), masked, or both.")
    ] = "both",
    epochs: Annotated[int, typer.Option(help="Passes over the pool at most.")] = 4,
    minutes: Annotated[float | None, typer.Option(help="Begin no further pass after this time.")] = None,
    holdout: Annotated[
        int | None,
        typer.Option(help="Databases held out to choose the best pass. Default: a tenth of them."),
    ] = None,
    rank: Annotated[int, typer.Option(help="Of the low-rank matrices.")] = 16,
    layers: Annotated[int, typer.Option(help="Uppermost layers that are tuned.")] = 3,
    learning_rate: Annotated[float, typer.Option(help="At its height.")] = 3e-3,
    batch: Annotated[int, typer.Option(help="Questions a step.")] = 96,
    seed: Annotated[int, typer.Option(help="Of the databases held out, the batches and the weights.")] = 0,
    threads: Annotated[int, typer.Option(help="CPU threads; 0: as many as there are cores.")] = 0,
    base: Annotated[str, typer.Option(help="The encoder beneath: name or folder.")] = "all-MiniLM-L6-v2",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Start anew, and throw away what --out holds.")
    ] = False,
) -> None:
    """Tune the encoder so that questions of one SQL skeleton are near; Ctrl-C keeps the best so far."""
    from nshot.training.encoder import EncoderTrainConfig, train_encoder

    config = EncoderTrainConfig(
        base=base, text=text, seed=seed, epochs=epochs, minutes=minutes, holdout=holdout, rank=rank,
        layers=layers, learning_rate=learning_rate, batch=batch, threads=threads,
    )  # fmt: skip
    examples = pool.examples(databases)
    with progress() as report:
        best = train_encoder(
            examples, pool.catalog(databases), out, config, overwrite=overwrite, report=report, tell=_tell
        )
    write(f"{out}: pass {best.number} was the best, {_shares(best)}\n")


def _tell(epoch: Epoch) -> None:
    what = f"pass {epoch.number}: loss {epoch.loss:.3f}" if epoch.number else "the base"
    say(f"{what}, {_shares(epoch)}, {epoch.seconds / 60:.1f} min")


def _shares(epoch: Epoch) -> str:
    """Of held-out questions with their skeleton in the first 3."""
    fields = {"question": epoch.question, "masked": epoch.masked}
    shares = ", ".join(f"{name} {share:.3f}" for name, share in fields.items() if share is not None)
    return f"held-out match@3 {shares}"
