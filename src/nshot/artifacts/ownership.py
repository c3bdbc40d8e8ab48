"""Files that nshot did not write are never overwritten. Its own are recognised by content, not by
name.

Two ways lead to "ours". A file whose content says what it is (a manifest, a run.json, lines of
verdicts) is recognised by a test of its content. Of any other file, such as plain SQL, nshot
remembers a hash of what it wrote: as long as nobody has changed the file, it may be written again.

The hashes lie in the cache folder. If that is deleted, files without a mark of their own count as
foreign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nshot.artifacts.atomic import replacing
from nshot.artifacts.cache import cache_folder
from nshot.artifacts.checksum import file_sha256
from nshot.artifacts.json_text import parse_json
from nshot.errors import DataError, explain

Recognise = Callable[[Path], bool]
"""Whether a file's content is of the kind that is about to be written."""
WRITTEN = "written.txt"
"""Hashes of files that were written, one a line, in the cache folder."""
_LONGEST_LINE = 4 << 20


def recognise_none(path: Path) -> bool:
    """Of a kind of file whose content does not say what it is."""
    del path
    return False


def recognise_lines(*keys: str) -> Recognise:
    """Recognises JSONL whose first line is an object with all of these keys."""

    def recognise(path: Path) -> bool:
        with path.open("rb") as file:
            found = parse_object(file.readline(_LONGEST_LINE))
        return found is not None and all(key in found for key in keys)

    return recognise


def recognise_object(accepts: Callable[[Mapping[str, Any]], bool]) -> Recognise:
    """Recognises a file with one JSON object that a test accepts."""

    def recognise(path: Path) -> bool:
        found = parse_object(path.read_bytes())
        return found is not None and accepts(found)

    return recognise


def parse_object(data: bytes) -> dict[str, Any] | None:
    """The JSON object in some bytes; None if they are anything else."""
    try:
        found = parse_json(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def check_replaceable(path: Path, recognise: Recognise = recognise_none) -> None:
    """Refuses a file that somebody else wrote, or changed.

    A file that does not exist or is empty may be written.

    Raises:
        DataError: It is foreign, or no regular file; the message says what to do.
    """
    if not path.exists() and not path.is_symlink():
        return
    if not path.is_file():
        raise DataError(f"{path} exists and is not a file; name another one")
    try:
        ours = not path.stat().st_size or recognise(path) or _was_written(path)
    except OSError as error:
        raise DataError(f"{path} exists and cannot be read ({explain(error)}); name another file") from error
    if not ours:
        raise DataError(
            f"{path} was not written by nshot, or was changed since, and is not replaced; name another file, "
            "or move this one away"
        )


def check_new_folder(out: Path) -> None:
    """Refuses a folder that is not empty, and a file.

    Raises:
        DataError: Something is there already.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise DataError(f"{out} is a file; give a folder that is empty or does not exist yet")
    if any(out.iterdir()):
        raise DataError(f"{out} has other files; give a folder that is empty or does not exist yet")


def check_not_read(out: Path, inputs: Iterable[Path | None], option: str) -> None:
    """Refuses an output that is one of the inputs, by another name or a link too.

    Raises:
        DataError: It would replace what is read.
    """
    for one in inputs:
        if one is not None and is_same_file(out, one):
            raise DataError(f"`{option}` would replace {one}, which is read; name another file")


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same place, whether or not something is there."""
    with suppress(OSError):
        if one.samefile(other):
            return True
    return one.resolve() == other.resolve()


@contextmanager
def replacing_own(path: Path, recognise: Recognise = recognise_none) -> Iterator[Path]:
    """As `replacing`, for a file that may only be replaced if it is ours; it is ours from then on.

    Raises:
        DataError: It is foreign.
    """
    check_replaceable(path, recognise)
    with replacing(path) as work:
        yield work
        digest = file_sha256(work)
    _remember(digest)


def _was_written(path: Path) -> bool:
    with suppress(OSError):
        return file_sha256(path) in (cache_folder() / WRITTEN).read_text(encoding="ascii").split()
    return False


def _remember(digest: str) -> None:
    """Adds to the list; a cache folder that cannot be written only means that the file counts as
    foreign.
    """
    with suppress(OSError):
        cache_folder().mkdir(parents=True, exist_ok=True)
        with (cache_folder() / WRITTEN).open("a", encoding="ascii") as file:
            file.write(f"{digest}\n")
