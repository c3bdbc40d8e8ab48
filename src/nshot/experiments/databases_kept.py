"""What the databases were like when completions were kept: a comparison that goes on tells what
changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from nshot.artifacts import parse_json, recognise_object, replacing_own
from nshot.pipeline import list_changed

FILE = "databases.json"
KIND = "nshot comparison databases"


def update_fingerprints(folder: Path, now: Mapping[str, str]) -> list[str]:
    """Keeps the fingerprints of databases in a comparison's folder; returns the db_ids that have
    changed.

    Raises:
        DataError: The file there is not nshot's.
    """
    path = folder / FILE
    try:
        found = parse_json(path.read_bytes())
        before = dict(found["databases"]) if found["kind"] == KIND else {}
    except (OSError, ValueError, KeyError, TypeError):
        before = {}
    with replacing_own(path, recognise_object(lambda one: one.get("kind") == KIND)) as work:
        content = {"kind": KIND, "databases": {**before, **now}}
        work.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return list_changed(before, now)
