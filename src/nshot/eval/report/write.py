"""Write the folder of a comparison: `results.json` for programs, `report.md` and `report.html` for
people.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from nshot.artifacts import Recognise, check_replaceable, recognise_object, replacing_own
from nshot.errors import DataError, explain
from nshot.eval.comparison import Comparison
from nshot.eval.report.html import to_html
from nshot.eval.report.markdown import to_markdown
from nshot.eval.report.results_json import KIND, dump, to_json


def _recognise_report(path: Path) -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    return "How to read this" in text and "Scoreboard" in text


RECOGNISE: dict[str, Recognise] = {
    "results.json": recognise_object(lambda found: found.get("kind") == KIND),
    "report.html": _recognise_report,
    "report.md": _recognise_report,
}
"""By file name: whether a file holds what a comparison writes under this name."""


def check_folder(folder: Path) -> None:
    """Refuses a folder in which a comparison would replace files of others: better before it
    begins.

    Raises:
        DataError: It says which file; or the folder is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file; name a folder for the report")
    for name, recognise in RECOGNISE.items():
        check_replaceable(folder / name, recognise)


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write `results.json`, `report.md` and `report.html` into the folder, which is created if
    needed.

    All three are rendered before any file is replaced. The files therefore always belong to the
    same comparison, and each is either complete or unchanged.

    Raises:
        DataError: A case has more or fewer answers than there are runs, or the folder cannot be
            written, or it holds files of others under these names.
    """
    for case in comparison.cases:
        if len(case.answers) != len(comparison.runs):
            raise DataError(
                f"question {case.id!r}: expected {len(comparison.runs)} answers, one a run, "
                f"got {len(case.answers)}"
            )
    files: dict[str, Iterable[str]] = {
        "results.json": dump(to_json(comparison)),
        "report.html": (to_html(comparison),),
        "report.md": (to_markdown(comparison),),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be made: {explain(error)}; choose another folder") from error
    try:
        with ExitStack() as stack:  # the files are replaced when the stack closes, results.json last
            for name, pieces in files.items():
                work = stack.enter_context(replacing_own(folder / name, RECOGNISE[name]))
                _write(work, pieces)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {explain(error)}; choose another folder") from error


def _write(path: Path, pieces: Iterable[str]) -> None:
    # a model may write half of a surrogate pair, which UTF-8 cannot encode; it becomes a question mark
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.writelines(pieces)
