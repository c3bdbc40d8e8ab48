"""Joins the prediction files of a run's parts to the file that one run writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nshot.artifacts import (
    CHECKSUM,
    Shard,
    check_replaceable,
    differences,
    hold_file,
    read_run,
    replacing,
    run_path,
    seal,
    write_run,
)
from nshot.errors import DataError
from nshot.pipeline.predictions.fingerprint import list_changed
from nshot.pipeline.predictions.prediction_file import IS_PREDICTIONS, IS_RUN, SHARD, read_predictions

MANY = 5
"""Names that an error lists at most."""
_OF_A_PART = ("sessions", "databases", "questions", SHARD)
"""Keys of a description that may differ between the parts of a run."""


class _Part(NamedTuple):
    path: Path
    shard: Shard
    run: Mapping[str, Any]

    @property
    def whole(self) -> Mapping[str, Any]:
        """What all parts of a run have in common."""
        common = {key: value for key, value in self.run.items() if key not in _OF_A_PART}
        return {**common, "questions": self.run[SHARD]["questions"], "parts": self.shard.of}


def merge_predictions(out: Path, parts: Sequence[Path], *, overwrite: bool = False) -> int:
    """Join the files of all parts, in any order.

    The joined file is the one that a run without parts writes, apart from `seconds` and the
    checksums over them; `predict` takes it for such a run.

    Args:
        out: The joined file; the description of the run is written beside it.
        parts: What `predict` with `shard` wrote, one file for each part.
        overwrite: Replace predictions that are in `out`.

    Returns:
        The number of predictions.

    Raises:
        DataError: A part is missing, twice there, incomplete, damaged or of another run; or `out`
            has predictions or something else.
    """
    found = _in_order([_read_part(path) for path in parts])
    beside = run_path(out)
    with hold_file(out, "another file"):
        if out.exists() and not overwrite:
            raise DataError(f"{out} exists already; choose another file, or replace it with `overwrite`")
        check_replaceable(out, IS_PREDICTIONS)
        check_replaceable(beside, IS_RUN)
        with replacing(out) as work:
            count = _write(work, found)
        write_run(beside, _describe(found))
    return count


def _read_part(path: Path) -> _Part:
    run = read_run(run_path(path))
    said = run.get(SHARD)
    if said is None:
        raise DataError(
            f"{path} is no part of a run: it was written without `shard`; give the files of all parts"
        )
    return _Part(path, Shard(said["part"], said["of"]), run)


def _in_order(parts: Sequence[_Part]) -> list[_Part]:
    """The parts by their number.

    Raises:
        DataError: They are not all parts of one run.
    """
    first = parts[0]
    for part in parts[1:]:
        if changed := differences(first.whole, part.whole):
            raise DataError(
                f"{part.path} is of another run than {first.path}: {'; '.join(changed)}; give the files of "
                "one run"
            )
    by_number: dict[int, _Part] = {}
    for part in parts:
        other = by_number.setdefault(part.shard.part, part)
        if other is not part:
            raise DataError(f"{other.path} and {part.path} are both part {part.shard}; give each part once")
    numbers = range(1, first.shard.of + 1)
    missing = [str(Shard(number, first.shard.of)) for number in numbers if number not in by_number]
    if missing:
        named = ", ".join(missing[:MANY]) + (" ..." if len(missing) > MANY else "")
        raise DataError(
            f"{len(missing)} of {first.shard.of} parts are missing: {named}; give their files, too"
        )
    _check_databases(parts)
    return [by_number[number] for number in sorted(by_number)]


def _check_databases(parts: Sequence[_Part]) -> None:
    seen: dict[str, str] = {}
    for part in parts:
        own = part.run.get("databases", {})
        if changed := list_changed(seen, own):
            named = ", ".join(changed[:MANY]) + (" ..." if len(changed) > MANY else "")
            raise DataError(
                f"{part.path} was made with another schema or content of {named} than the parts before it; "
                "run those that are out of date again"
            )
        seen.update(own)


def _write(work: Path, parts: Sequence[_Part]) -> int:
    """Write the lines of all parts, numbered anew; how many they are."""
    count = 0
    with work.open("wb") as stream:
        for part in parts:
            before, expected = count, part.run["questions"]["count"]
            for line in read_predictions(part.path, tolerant=True):
                record = {key: value for key, value in line.record.items() if key != CHECKSUM}
                text = json.dumps(seal({**record, "index": count}), ensure_ascii=False) + "\n"
                stream.write(text.encode("utf-8", "backslashreplace"))
                count += 1
            if count - before != expected:
                raise DataError(
                    f"{part.path} has {count - before} of {expected} predictions; run `predict` again for "
                    f"part {part.shard}"
                )
    return count


def _describe(parts: Sequence[_Part]) -> dict[str, Any]:
    whole = {key: value for key, value in parts[0].whole.items() if key != "parts"}
    databases = dict(item for part in parts for item in part.run.get("databases", {}).items())
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + part.run["questions"]["count"])
    sessions = [
        {**session, "from": start + session["from"]}
        for part, start in zip(parts, starts, strict=False)
        for session in part.run.get("sessions", ())
    ]
    return {**whole, "databases": dict(sorted(databases.items())), "sessions": sessions}
