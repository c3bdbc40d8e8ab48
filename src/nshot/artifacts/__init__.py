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
    from nshot.artifacts.checksum import CHECKSUM, check_seal, file_sha256, seal
    from nshot.artifacts.json_text import parse_json
    from nshot.artifacts.lock import hold_file, hold_lock
    from nshot.artifacts.ownership import (
        Recognise,
        check_new_folder,
        check_not_read,
        check_replaceable,
        is_same_file,
        parse_object,
        recognise_lines,
        recognise_none,
        recognise_object,
        replacing_own,
    )
    from nshot.artifacts.progress import Advance, Progress, StartStage, start_silently, stay_silent
    from nshot.artifacts.run_metadata import (
        count_and_hash,
        describe,
        differences,
        questions_sha256,
        read_run,
        run_path,
        surroundings,
        write_run,
    )
    from nshot.artifacts.shard import Shard
    from nshot.artifacts.text_file import decode_text, read_text
    from nshot.artifacts.toml_text import parse_toml

_HOMES = {
    "CHECKSUM": "checksum",
    "Advance": "progress",
    "Progress": "progress",
    "Recognise": "ownership",
    "Shard": "shard",
    "StartStage": "progress",
    "cache_folder": "cache",
    "check_new_folder": "ownership",
    "count_and_hash": "run_metadata",
    "check_not_read": "ownership",
    "check_replaceable": "ownership",
    "check_seal": "checksum",
    "decode_text": "text_file",
    "describe": "run_metadata",
    "differences": "run_metadata",
    "file_sha256": "checksum",
    "hold_file": "lock",
    "is_same_file": "ownership",
    "make_folder": "atomic",
    "hold_lock": "lock",
    "parse_json": "json_text",
    "parse_object": "ownership",
    "parse_toml": "toml_text",
    "put_in_place": "atomic",
    "questions_sha256": "run_metadata",
    "read_run": "run_metadata",
    "read_text": "text_file",
    "recognise_lines": "ownership",
    "recognise_none": "ownership",
    "recognise_object": "ownership",
    "replacing": "atomic",
    "replacing_folder": "atomic",
    "replacing_own": "ownership",
    "run_path": "run_metadata",
    "scratch_folder": "atomic",
    "seal": "checksum",
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
    "CHECKSUM",
    "Advance",
    "Progress",
    "Recognise",
    "Shard",
    "StartStage",
    "cache_folder",
    "check_new_folder",
    "check_not_read",
    "check_replaceable",
    "check_seal",
    "count_and_hash",
    "decode_text",
    "describe",
    "differences",
    "file_sha256",
    "hold_file",
    "hold_lock",
    "is_same_file",
    "make_folder",
    "parse_json",
    "parse_object",
    "parse_toml",
    "put_in_place",
    "questions_sha256",
    "read_run",
    "read_text",
    "recognise_lines",
    "recognise_none",
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
