"""Writers that are killed, and writers side by side."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.pairs import PairBook

ADDS = """
import sys
from pathlib import Path
from nshot.data import Catalog
from nshot.pairs import PairBook

folder, name = Path(sys.argv[1]), sys.argv[2]
book = PairBook(folder / "kept" / "pairs.jsonl", Catalog(folder))
for at in range(20):
    assert book.add(f"{name} {at}?", f"SELECT {at} FROM product", "shop").outcome == "added"
    assert book.add(f"both {at}?", f"SELECT {at} FROM product", "shop").outcome in ("added", "duplicate")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="writers are forked")
def test_nothing_acknowledged_is_lost_doubled_or_comes_back_under_kill_9(repo: Path) -> None:
    script = repo / "benchmarks" / "pairs" / "crash.py"
    done = subprocess.run(
        [sys.executable, script, "--kills", "30", "--saves", "15", "--writers", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 doubled, 0 lost, 0 came back, 0 not in the index, 0 in the index only" in done.stdout


def test_two_processes_write_one_journal(book: PairBook, catalog: Catalog, tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", ADDS, tmp_path, name]) for name in ("ada", "ben")]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    for one in (book, PairBook(book.path, catalog)):
        one.refresh()
        questions = sorted(pair.question for pair in one.active())
        assert questions == sorted(f"{name} {at}?" for name in ("ada", "ben", "both") for at in range(20))
