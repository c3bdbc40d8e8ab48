"""The run.json beside a predictions file: the settings and versions with which it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nshot.artifacts.atomic import write_text
from nshot.artifacts.json_text import parse_json
from nshot.errors import DataError, explain
from nshot.redaction import redact_all
from nshot.types import Question

FORMAT = 1
_PACKAGES = (
    "torch",
    "transformers",
    "peft",
    "bitsandbytes",
    "sqlglot",
    "faiss-cpu",
    "bm25s",
    "sentence-transformers",
    "gguf",
    "llama-cpp-python",
)


def run_path(predictions: Path) -> Path:
    """Path of the description of a predictions file's run: `out.jsonl` -> `out.run.json`."""
    return predictions.with_name(predictions.stem + ".run.json")


def questions_sha256(questions: Sequence[Question]) -> str:
    """Hex digest of ids, texts, databases and hints, in order; gold SQL is not part of it."""
    digest = hashlib.sha256()
    for question in questions:
        row = [question.id, question.text, question.db_id, question.evidence]
        digest.update(json.dumps(row, ensure_ascii=True).encode() + b"\n")
    return digest.hexdigest()


def describe(config: Mapping[str, object], questions: Sequence[Question], seed: int) -> dict[str, Any]:
    """Everything that decides the predictions; a run is resumed only if all of it is the same."""
    plain: dict[str, Any] = redact_all(json.loads(json.dumps(dict(config), default=str, sort_keys=True)))
    return {
        "format": FORMAT,
        "config": plain,
        "seed": seed,
        "questions": count_and_hash(questions),
    }


def count_and_hash(questions: Sequence[Question]) -> dict[str, Any]:
    """What a run's description says of its questions."""
    return {"count": len(questions), "sha256": questions_sha256(questions)}


def surroundings() -> dict[str, Any]:
    """Time, versions and git commit (None outside a git checkout)."""
    import platform

    from nshot import __version__

    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"nshot": __version__, "python": platform.python_version(), **_versions()},
        "commit": _commit(),
    }


def read_run(
    path: Path, of: str = "the predictions beside it", cure: str = "start again with `overwrite`"
) -> dict[str, Any]:
    """The content of a run.json.

    Args:
        path: The file.
        of: What it describes, for the error.
        cure: What the user should do if the file cannot be read.

    Raises:
        DataError: It is missing or not what this module writes.
    """
    try:
        found = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read ({explain(error)}), so it is unknown what {of} were made with; {cure}"
        ) from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise DataError(f"{path} has a format that this version does not read; {cure}")
    return found


def write_run(path: Path, content: Mapping[str, Any]) -> None:
    """Write the file atomically."""
    write_text(path, json.dumps(redact_all(content), indent=2, sort_keys=True) + "\n")


def differences(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> list[str]:
    """One phrase for each setting that differs, dotted name first.

    >>> differences({"seed": 1, "config": {"k": 3}}, {"seed": 1, "config": {"k": 5}})
    ['config.k was 3, is 5']
    """
    found = []
    for key in sorted({*before, *now}):
        old, new = before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += differences(old, new, f"{prefix}{key}.")
        elif old != new:
            found.append(f"{prefix}{key} was {json.dumps(old)}, is {json.dumps(new)}")
    return found


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _commit() -> str | None:
    import shutil
    import subprocess

    git = shutil.which("git")
    if git is None:
        return None
    here = Path(__file__).resolve().parent
    done = subprocess.run(
        [git, "-C", str(here), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout.strip() or None if done.returncode == 0 else None
