"""Spider from the archive to a folder."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from nshot.artifacts import Progress, put_in_place, stay_silent
from nshot.data.spider.archive import LIMITS, ArchiveLimits, unpack
from nshot.data.spider.fetch import fetch
from nshot.data.spider.layout import EXPECTED, SPIDER_URL, check_files, find_root
from nshot.errors import DataError, FileMissingError

ARCHIVE = "spider.zip"


@dataclass(frozen=True, slots=True)
class DownloadReport:
    """What is in the folder now."""

    folder: Path
    archive: Path
    files: int
    """Files unpacked."""
    known: dict[str, str]
    """Official file -> official, differs or missing."""
    missing: tuple[str, ...]
    """Parts of the official layout that the archive did not hold."""


def download(
    url: str | Path = SPIDER_URL,
    out: str | Path = "data/raw",
    *,
    fetching: Progress = stay_silent,
    unpacking: Progress = stay_silent,
    limits: ArchiveLimits = LIMITS,
    retries: int = 5,
    timeout: float = 30.0,
) -> DownloadReport:
    """Spider's files in `out`, fetched, checked and unpacked.

    The archive is kept as `out/spider.zip`: a call that was stopped resumes, a whole archive is not fetched
    again. It is unpacked aside and moved into place file by file of its first level, replacing what bears
    the same name; a folder around everything (`spider_data/`) is taken off.

    Args:
        url: `http(s)://`, `file://` or a path to the zip file.
        fetching: told the bytes fetched and in all.
        unpacking: told the bytes unpacked and in all.
        limits: how much the archive may hold.
        retries: attempts in a row that may bring nothing.
        timeout: seconds without a byte after which the line counts as broken.

    Raises:
        DataError: it cannot be fetched, is no sound zip file, must not be trusted, or is not Spider.
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".download.lock", timeout=0)
    try:
        with lock:
            archive = local_file(url) or fetch(
                str(url), folder / ARCHIVE, progress=fetching, retries=retries, timeout=timeout
            )
            _check_zip(archive, folder)
            files = _install(archive, folder, limits, unpacking)
    except Timeout as error:
        raise DataError(
            f"another download into {folder} is running; wait for it, or choose another `out`"
        ) from error
    missing = tuple(name for name in EXPECTED if not (folder / name).exists())
    return DownloadReport(folder, archive, files, check_files(folder), missing)


def local_file(url: str | Path) -> Path | None:
    """The file meant by a path or a `file://` URL; None for a URL of another kind.

    Raises:
        FileMissingError: there is no such file.
    """
    parts = urlsplit(str(url))
    if parts.scheme in ("http", "https"):
        return None
    path = Path(unquote(parts.path)) if parts.scheme == "file" else Path(url)
    if not path.is_file():
        raise FileMissingError(
            "archive", path, "give the path of a zip file, or an address that starts with https://"
        )
    return path


def _check_zip(archive: Path, folder: Path) -> None:
    if zipfile.is_zipfile(archive):
        return
    own = archive == folder / ARCHIVE
    if own:
        archive.unlink()
    raise DataError(f"{archive} is no zip file" + ("; it was removed, run the command again" if own else ""))


def _install(archive: Path, folder: Path, limits: ArchiveLimits, progress: Progress) -> int:
    aside = folder / ".unpacking"
    try:
        files = unpack(archive, aside, limits=limits, progress=progress)
        for entry in sorted(find_root(aside).iterdir()):
            put_in_place(entry, folder / entry.name)
        return len(files)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
