"""Files beside results: atomic writes, locks, run metadata, the cache folder; and progress reports.

This package does not know what the files mean: no SQL, no questions, no models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.artifacts.atomic import (
        put_in_place,
        replacing,
        replacing_folder,
        sync,
        work_prefix,
        write_bytes,
        write_text,
    )
    from nshot.artifacts.cache import cache_folder
    from nshot.artifacts.json_text import parse_json
    from nshot.artifacts.lock import hold_file
    from nshot.artifacts.progress import Advance, Progress, StartStage, start_silently, stay_silent
    from nshot.artifacts.run_metadata import (
        describe,
        differences,
        questions_sha256,
        read_run,
        run_path,
        surroundings,
        write_run,
    )

_HOMES = {
    "Advance": "progress",
    "Progress": "progress",
    "StartStage": "progress",
    "cache_folder": "cache",
    "describe": "run_metadata",
    "differences": "run_metadata",
    "hold_file": "lock",
    "parse_json": "json_text",
    "put_in_place": "atomic",
    "questions_sha256": "run_metadata",
    "read_run": "run_metadata",
    "replacing": "atomic",
    "replacing_folder": "atomic",
    "run_path": "run_metadata",
    "start_silently": "progress",
    "stay_silent": "progress",
    "surroundings": "run_metadata",
    "sync": "atomic",
    "work_prefix": "atomic",
    "write_bytes": "atomic",
    "write_run": "run_metadata",
    "write_text": "atomic",
}

__all__ = [
    "Advance",
    "Progress",
    "StartStage",
    "cache_folder",
    "describe",
    "differences",
    "hold_file",
    "parse_json",
    "put_in_place",
    "questions_sha256",
    "read_run",
    "replacing",
    "replacing_folder",
    "run_path",
    "start_silently",
    "stay_silent",
    "surroundings",
    "sync",
    "work_prefix",
    "write_bytes",
    "write_run",
    "write_text",
]

__getattr__ = find_lazily(__name__, _HOMES)
