"""Files beside results: atomic writes, locks, run metadata, the cache folder; and progress reports.

This package does not know what the files mean: no SQL, no questions, no models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.artifacts.atomic import (
        make_folder,
        put_in_place,
        replacing,
        replacing_folder,
        scratch_folder,
        sync,
        work_prefix,
        write_bytes,
        write_text,
    )
    from nshot.artifacts.cache import cache_folder
    from nshot.artifacts.checksum import check_seal, seal
    from nshot.artifacts.json_text import parse_json
    from nshot.artifacts.lock import hold_file, make_lock
    from nshot.artifacts.ownership import (
        check_not_read,
        check_replaceable,
        recognise_lines,
        recognise_object,
        replacing_own,
    )
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
    "scratch_folder": "atomic",
    "seal": "checksum",
    "check_seal": "checksum",
    "make_lock": "lock",
    "make_folder": "atomic",
    "replacing_own": "ownership",
    "recognise_object": "ownership",
    "recognise_lines": "ownership",
    "check_replaceable": "ownership",
    "check_not_read": "ownership",
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
    "check_not_read",
    "check_replaceable",
    "check_seal",
    "describe",
    "differences",
    "hold_file",
    "make_folder",
    "make_lock",
    "parse_json",
    "put_in_place",
    "questions_sha256",
    "read_run",
    "recognise_lines",
    "recognise_object",
    "replacing",
    "replacing_folder",
    "replacing_own",
    "run_path",
    "scratch_folder",
    "seal",
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
