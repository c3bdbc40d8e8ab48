"""Reads thousands of broken inputs: each must be read or refused in a sentence, and soon.

    python -m tests.fuzz.fuzz [--inputs 26000] [--seed 0] [--only TEXT] [--keep DIR]

Inputs are made from good ones by seeded changes of texts, JSON, bytes and encodings. Prints for
each reader how many inputs were read, refused, ended in an error that is none of nshot's, or hung.
With `--keep`, the inputs of the last two kinds are kept. Exit status 1 if there are any.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import signal
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from nshot.errors import NshotError

from .mutations import change
from .targets import Target, open_targets

SECONDS = 20
"""Of the processor, after which reading an input counts as a hang."""
WAIT = 180
"""The same by the clock, for what waits without end; a busy machine is slow."""


class Found(NamedTuple):
    """What became of one input."""

    target: str
    outcome: str
    """`read`, `refused`, `traceback` or `hang`."""
    data: bytes
    error: str = ""


class HangError(Exception):
    """An input took too long."""


def main() -> None:
    """Prints the counts, also of a run that is interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=26_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="Only readers whose name contains this text.")
    parser.add_argument("--keep", type=Path, help="Folder for the inputs that failed.")
    options = parser.parse_args()
    faulthandler.enable()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    counts: dict[str, Counter[str]] = {}
    shown: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_targets(Path(folder)) as targets,
        suppress(KeyboardInterrupt),
    ):
        chosen = [target for target in targets if options.only in target.name]
        for number, found in enumerate(run(chosen, Path(folder), options.inputs, options.seed)):
            counts.setdefault(found.target, Counter())[found.outcome] += 1
            if found.outcome not in ("read", "refused"):
                shown[f"{found.target}: {found.error.strip().splitlines()[-1][:160]}"] += 1
                if options.keep:
                    _keep(options.keep, number, found)
    raise SystemExit(_print_counts(counts, shown))


def _keep(folder: Path, number: int, found: Found) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number}.input").write_bytes(found.data)
    text = f"{found.target}\n{found.error}"
    (folder / f"{number}.txt").write_text(text, encoding="utf-8", errors="replace")


def _print_counts(counts: dict[str, Counter[str]], shown: Counter[str]) -> bool:
    """Prints what became of the inputs; whether some of them failed."""
    total = sum(counts.values(), Counter[str]())
    for name, count in {**dict(sorted(counts.items())), "all": total}.items():
        print(f"{name:26}", ", ".join(f"{count[one]} {one}" for one in sorted(count)))
    for text, times in shown.most_common(40):
        print(f"{times:6} {text}")
    return bool(total["traceback"] or total["hang"])


def run(targets: Sequence[Target], folder: Path, inputs: int, seed: int) -> Iterator[Found]:
    """What became of each input; the same for the same seed.

    Args:
        targets: What reads them.
        folder: For the files.
        inputs: How many.
        seed: Of the changes.
    """
    dice = random.Random(seed)
    weights = [target.share for target in targets]
    for _ in range(inputs):
        (target,) = dice.choices(targets, weights)
        data = change(dice.choice(target.seeds), dice, target.seeds)
        path = folder / f"input{target.ending}"
        path.write_bytes(data)
        outcome, error = _read(target, path)
        yield Found(target.name, outcome, data, error)


def _read(target: Target, path: Path) -> tuple[str, str]:
    try:
        with _limited(), warnings.catch_warnings():
            warnings.simplefilter("error")
            target.read(path)
    except NshotError as error:
        str(error)
        return "refused", ""
    except HangError:
        return "hang", traceback.format_exc()
    except Exception:  # noqa: BLE001 (any error is what is looked for)
        return "traceback", traceback.format_exc()
    return "read", ""


@contextmanager
def _limited() -> Iterator[None]:
    def stop(number: int, frame: Any) -> None:
        del number, frame
        raise HangError

    timers = {signal.ITIMER_PROF: (signal.SIGPROF, SECONDS), signal.ITIMER_REAL: (signal.SIGALRM, WAIT)}
    before = {sign: signal.signal(sign, stop) for sign, _ in timers.values()}
    for timer, (_, seconds) in timers.items():
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)
        for sign, handler in before.items():
            signal.signal(sign, handler)


if __name__ == "__main__":
    main()
