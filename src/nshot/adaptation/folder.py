"""The folder of an adaptation: what `--model DIR` reads, and what a later call continues from.

DIR/adaptation.json           what was asked, what was left out, and the results
DIR/adapted.json, adapter_*   the adapted model: its base, index and adapter
DIR/nshot.json                how it is prompted and decoded
DIR/index/                    all pairs, shown as examples
DIR/report.html, report.md, results.json   the answers to held-out questions
DIR/check/                    the same for the questions on other databases
DIR/training/                 the states of the training
DIR/completions.jsonl         answers that are not computed twice
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from nshot.artifacts import check_new_folder, differences, make_folder, parse_json, replacing, write_text
from nshot.errors import DataError
from nshot.generation import ModelSettings
from nshot.models import PEFT_CONFIG, WEIGHTS, AdaptedFolder

if TYPE_CHECKING:
    from nshot.data import Catalog

FILE = "adaptation.json"
KIND = "nshot adaptation"
INDEX, TRAINING, CHECK, COMPLETIONS = "index", "training", "check", "completions.jsonl"


def open_folder(out: Path, asked: dict[str, Any]) -> bool:
    """Makes the folder of an adaptation, or finds the one that is to go on.

    Args:
        out: The folder.
        asked: What the adaptation is about; one that goes on must have the same.

    Returns:
        Whether an adaptation goes on.

    Raises:
        DataError: The folder holds another adaptation, or other files.
    """
    path = out / FILE
    if path.is_file():
        changed = differences(read_folder(out)["asked"], json.loads(json.dumps(asked)))
        if changed:
            raise DataError(
                f"{out} holds another adaptation: {'; '.join(changed[:3])}; choose another folder"
            )
        return True
    check_new_folder(out)
    make_folder(out)
    write_folder(out, {"asked": asked})
    return False


def read_folder(out: Path) -> dict[str, Any]:
    """The content of an adaptation's `adaptation.json`.

    Raises:
        DataError: It is damaged, or not nshot's.
    """
    path = out / FILE
    try:
        found = parse_json(path.read_text(encoding="utf-8"))
        if found["kind"] == KIND and isinstance(found["asked"], dict):
            return dict(found)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise DataError(f"{path} does not describe an adaptation; choose another folder")


def write_folder(out: Path, content: dict[str, Any]) -> None:
    """Writes `adaptation.json` atomically."""
    whole = {"kind": KIND, "format": 1, **content}
    write_text(out / FILE, json.dumps(whole, indent=2, ensure_ascii=False) + "\n")


def find_state(training: Path) -> Path | None:
    """The folder of the best adapter of a training, else of the newest; None if there is none
    yet."""
    for name in ("best", "last"):
        if (training / name / WEIGHTS).is_file() and (training / name / PEFT_CONFIG).is_file():
            return training / name
    return None


def read_passes(training: Path) -> float:
    """The passes over the data that a training has made; 0 before its first step."""
    path = training / "history.csv"
    if not path.is_file():
        return 0.0
    with path.open(encoding="utf-8", newline="") as file:
        return max((float(line["epoch"]) for line in csv.DictReader(file)), default=0.0)


def write_model(out: Path, state: Path, base: str, settings: ModelSettings) -> None:
    """Makes the folder one that `--model DIR` takes, with the adapter of a state."""
    for name in (PEFT_CONFIG, WEIGHTS):
        with replacing(out / name) as work:
            shutil.copyfile(state / name, work)
    settings.save(out)
    place = Path(base)
    AdaptedFolder(str(place.resolve()) if place.exists() else base, INDEX).write(out)


@contextmanager
def link_databases(catalog: Catalog, db_ids: Iterable[str]) -> Iterator[Path]:
    """A folder in the layout that the evaluator reads, with links to the files of databases."""
    with TemporaryDirectory(prefix="nshot-databases-") as name:
        for db_id in sorted(set(db_ids)):
            source = catalog.path(db_id)
            if isinstance(source, Path):
                place = Path(name) / db_id / f"{db_id}.sqlite"
                place.parent.mkdir()
                place.symlink_to(source.resolve())
        yield Path(name)
