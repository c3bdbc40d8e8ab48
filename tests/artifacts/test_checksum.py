"""Checksums of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nshot.artifacts import file_sha256


def test_the_checksum_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0two\n" * 100_000)
    assert file_sha256(tmp_path / "a.bin") == hashlib.sha256(b"\0two\n" * 100_000).hexdigest()
