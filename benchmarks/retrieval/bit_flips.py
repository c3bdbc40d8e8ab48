"""Flips single bits of an index folder: each must be found by `verify`, and none may end in a
traceback.

    python benchmarks/retrieval/bit_flips.py [--flips 3747] [--seed 0]

Builds a small index over the sample (without vectors, and with vectors of a made-up encoder), then
flips one bit after another, spread over all bytes of all files. For each flip it opens the folder,
reads every part and verifies it. Prints how many flips were found when the folder was opened, how
many by `verify`, how many were missed, and how many ended in an error that is none of nshot's.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from pathlib import Path

from nshot.data import Catalog, read_pool
from nshot.errors import NshotError
from nshot.index import ExampleIndex
from nshot.retrieval import IndexConfig, build_index


def main() -> None:
    """Prints the counts; exit status 1 if a flip was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--flips", type=int, default=3747)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        examples = read_pool("sample").examples[:40]
        build_index(path, examples, Catalog.sample(), IndexConfig("never", encoder="none"))
        found = Counter(flip(path, options.flips, options.seed))
    for outcome, count in sorted(found.items()):
        print(f"{count:6d} {outcome}")
    raise SystemExit(bool(found["missed"] or found["traceback"]))


def flip(path: Path, flips: int, seed: int) -> list[str]:
    """What became of each flip: found when opened, found by verify, missed, traceback."""
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.stat().st_size)
    places = [(file, at) for file in files for at in range(file.stat().st_size)]
    dice = random.Random(seed)
    manifest = [place for place in places if place[0].name == "manifest.json"]
    chosen = (manifest + dice.sample(places, min(len(places), flips)))[:flips]
    return [_one(path, file, at, dice.randrange(8)) for file, at in chosen]


def _one(path: Path, file: Path, at: int, bit: int) -> str:
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[at] ^= 1 << bit
    file.write_bytes(bytes(flipped))
    step = "found when opened"
    try:
        index = ExampleIndex(path)
        step = "found by verify"
        index.verify()
    except NshotError:
        return step
    except Exception:  # noqa: BLE001
        return "traceback"
    finally:
        file.write_bytes(whole)
    return "missed"


if __name__ == "__main__":
    main()
