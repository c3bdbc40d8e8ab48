"""Download Spider's archive and unpack it into a folder."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nshot.artifacts import Progress, hold_lock, scratch_folder, stay_silent
from nshot.data.spider.archive import LIMITS, ArchiveLimits, unpack
from nshot.data.spider.fetch import fetch
from nshot.data.spider.installing import install, refuse_own_names
from nshot.data.spider.layout import EXPECTED, SPIDER_URL, check_files, find_root
from nshot.errors import DataError, FileMissingError

ARCHIVE = "spider.zip"


@dataclass(frozen=True, slots=True)
class DownloadReport:
    """What the folder contains after a download."""

    folder: Path
    archive: Path
    files: int
    """Number of unpacked files."""
    known: dict[str, str]
    """Official file -> official, differs or missing."""
    missing: tuple[str, ...]
    """Parts of the official layout that the archive did not contain."""


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
    """Download Spider into `out`, verify it and unpack it.

    The archive is kept as `out/spider.zip`. An interrupted download is resumed, and a complete
    archive is not downloaded again. It is unpacked into a temporary folder, and its top-level files
    and folders are then moved into place, replacing those of the same name. A folder around
    everything (`spider_data/`) is removed.

    Args:
        url: `http(s)://`, `file://` or a path to the zip file.
        out: The folder.
        fetching: Called with the downloaded bytes and the total.
        unpacking: Called with the unpacked bytes and the total.
        limits: Limits for the archive.
        retries: Number of attempts in a row without a single byte after which it gives up.
        timeout: Seconds without a byte after which the connection counts as broken.

    Raises:
        DataError: The archive cannot be downloaded, is not a valid zip file, is unsafe, or is not
            Spider; or the folder holds other files under the names of the archive's.
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    problem = DataError(f"another download into {folder} is running; wait for it, or choose another `out`")
    with hold_lock(folder / ".download.lock", problem):
        archive = local_file(url) or fetch(
            str(url), folder / ARCHIVE, progress=fetching, retries=retries, timeout=timeout
        )
        _check_zip(archive, folder)
        files = _install(archive, folder, limits, unpacking)
    missing = tuple(name for name in EXPECTED if not (folder / name).exists())
    return DownloadReport(folder, archive, files, check_files(folder), missing)


def local_file(url: str | Path) -> Path | None:
    """The file of a path or a `file://` URL; None for another kind of URL.

    Raises:
        FileMissingError: There is no such file.
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
    cure = "; delete it, and run the command again" if archive == folder / ARCHIVE else "; give a zip file"
    raise DataError(f"{archive} is not a zip file{cure}")


def _install(archive: Path, folder: Path, limits: ArchiveLimits, progress: Progress) -> int:
    with scratch_folder(folder, "unpacking") as aside:
        files = unpack(archive, aside, limits=limits, progress=progress)
        entries = sorted(find_root(aside).iterdir())
        refuse_own_names([entry.name for entry in entries], archive)
        install(entries, folder)
        return len(files)
