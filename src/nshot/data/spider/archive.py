"""Unpack a zip file that may be malicious or damaged."""

from __future__ import annotations

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nshot.artifacts import Progress, stay_silent
from nshot.errors import DataError

_CHUNK = 1 << 20
_SKIPPED = ("__MACOSX", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Limits for an archive."""

    files: int = 50_000
    bytes: int = 16 << 30
    """Unpacked size of all files together."""


LIMITS = ArchiveLimits()
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, NotImplementedError, RuntimeError, OverflowError, ValueError,
)  # fmt: skip
"""What Python's module raises for archives that are damaged, or packed in a way that it does not
know.
"""


def unpack(
    archive: Path, folder: Path, *, limits: ArchiveLimits = LIMITS, progress: Progress = stay_silent
) -> list[Path]:
    """Unpack the archive into a new `folder`, which is removed if anything fails; return the paths
    of the files.

    The checksum (CRC) of every file is verified. Sizes are counted while writing, not taken from
    the archive. macOS's `__MACOSX` and Finder files are skipped.

    Raises:
        DataError: The file is not a zip file, is damaged or encrypted, exceeds the limits, or
            contains a path outside of the folder, a symbolic link or another special file.
    """
    if folder.exists():
        raise DataError(f"{folder} is there already; unpack into a new folder")
    try:
        folder.mkdir(parents=True)
        with zipfile.ZipFile(archive) as opened:
            members = safe_members(opened, archive, limits)
            return _write(opened, members, folder, limits, progress)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, _BROKEN):
            raise DataError(
                f"{archive} is not a valid zip file ({error}); delete it and download it again"
            ) from error
        if isinstance(error, OSError):
            raise DataError(
                f"cannot unpack {archive}: {error}; check the folder and its free space"
            ) from error
        raise


def safe_members(
    opened: zipfile.ZipFile, archive: Path, limits: ArchiveLimits
) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """The archive's files by their path inside the folder.

    Raises:
        DataError: One of them must not be unpacked.
    """
    members: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for info in opened.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if any(part in _SKIPPED for part in path.parts):
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        if path.is_absolute() or ".." in path.parts or ":" in str(path) or not path.parts:
            raise DataError(
                f"{archive} holds a path that leaves the folder: {info.filename!r}; it is not safe; "
                "fetch it from its source again"
            )
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise DataError(
                f"{archive} holds a link or special file: {info.filename!r}; it is not safe; "
                "fetch it from its source again"
            )
        if info.flag_bits & 1:
            raise DataError(f"{archive} is encrypted; unpack it yourself and give the folder")
        if not info.is_dir():
            members[path] = info
    declared = sum(info.file_size for info in members.values())
    if len(members) > limits.files or declared > limits.bytes:
        raise DataError(
            f"{archive} would unpack to {len(members)} files of {declared} bytes; "
            f"allowed are {limits.files} files of {limits.bytes} bytes; unpack it "
            "yourself and give the folder"
        )
    return members


def _write(
    opened: zipfile.ZipFile,
    members: dict[PurePosixPath, zipfile.ZipInfo],
    folder: Path,
    limits: ArchiveLimits,
    progress: Progress,
) -> list[Path]:
    total = sum(info.file_size for info in members.values())
    done = 0
    files = []
    for path, info in members.items():
        target = folder.joinpath(*path.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(info) as source, target.open("wb") as sink:
            while chunk := source.read(_CHUNK):
                done += len(chunk)
                if done > min(limits.bytes, total):
                    raise DataError(
                        f"{opened.filename} holds more bytes than it declares; it is not safe; "
                        "fetch it from its source again"
                    )
                sink.write(chunk)
                progress(done, total)
        files.append(target)
    return files
