"""The folder of a comparison: `results.json` for programs, `report.md` and `report.html` for people."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from nshot.errors import DataError
from nshot.eval.comparison import Comparison
from nshot.eval.report.html import to_html
from nshot.eval.report.markdown import to_markdown
from nshot.eval.report.results_json import dump, to_json


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write `results.json`, `report.md` and `report.html` into the folder, which is made if needed.

    Everything is drawn before anything is replaced, so the three files are of one comparison, whole, or
    stay as they were.

    Raises:
        DataError: A case has more or fewer answers than there are runs, or the folder cannot be written.
    """
    for case in comparison.cases:
        if len(case.answers) != len(comparison.runs):
            raise DataError(
                f"question {case.id!r}: expected {len(comparison.runs)} answers, one a run, "
                f"got {len(case.answers)}"
            )
    files: dict[str, Iterable[str]] = {
        "report.md": (to_markdown(comparison),),
        "report.html": (to_html(comparison),),
        "results.json": dump(to_json(comparison)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be made: {error}; choose another folder") from error
    work = {name: folder / f".{name}.{os.getpid()}" for name in files}
    try:
        for name, pieces in files.items():
            _write(work[name], pieces)
        for name, file in work.items():
            file.replace(folder / name)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error}; choose another folder") from error
    finally:
        for file in work.values():
            file.unlink(missing_ok=True)


def _write(path: Path, pieces: Iterable[str]) -> None:
    # a half of a surrogate pair, which a model may write, is no UTF-8: shown as a question mark
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.writelines(pieces)
