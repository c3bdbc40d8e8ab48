from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.errors import DataError
from nshot.pairs import Journal, Pair, is_journal
from nshot.pairs.event import PairEvent, event_line, header_line, read_line, to_event


def added(question: str) -> PairEvent:
    pair = Pair(question[:4], question, "SELECT 1", "shop", "ada", "2026-11-30T00:00:00+00:00")
    return PairEvent("add", pair)


def append(journal: Journal, *events: PairEvent) -> None:
    with journal.writing():
        journal.read()
        journal.append(events)


def test_what_is_appended_is_read_by_others_once(journal_file: Path) -> None:
    writer, reader = Journal(journal_file), Journal(journal_file)
    assert reader.read() == (False, [])
    append(writer, added("one"), added("two"))
    assert reader.read() == (False, [added("one"), added("two")])
    append(writer, added("three"))
    assert reader.read() == (False, [added("three")])
    assert reader.read() == (False, [])
    assert writer.read() == (False, [])


@given(st.binary(min_size=0, max_size=200).map(lambda raw: raw.replace(b"\n", b"")))
def test_a_torn_last_line_is_passed_over_and_cut_by_the_next_writer(tmp_path_factory, torn: bytes) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("torn") / "pairs.jsonl"
    append(Journal(path), added("one"))
    with path.open("ab") as stream:
        stream.write(torn)
    assert Journal(path).read().events == [added("one")]
    append(Journal(path), added("two"))
    assert path.read_bytes() == header_line() + event_line(added("one")) + event_line(added("two"))


@pytest.mark.parametrize("kept", range(0, len(header_line()) + len(event_line(added("one"))), 7))
def test_a_first_line_cut_anywhere_leaves_a_journal(journal_file: Path, kept: int) -> None:
    whole = header_line() + event_line(added("one"))
    journal_file.parent.mkdir()
    journal_file.write_bytes(whole[:kept])
    assert is_journal(journal_file)
    assert Journal(journal_file).read().events == []
    append(Journal(journal_file), added("two"))
    assert Journal(journal_file).read().events == [added("two")]


def test_a_line_of_nul_bytes_that_a_power_cut_left_is_cut(journal_file: Path) -> None:
    append(Journal(journal_file), added("one"))
    with journal_file.open("ab") as stream:
        stream.write(b"\0" * 40 + b"\n")
    assert Journal(journal_file).read().events == [added("one")]
    append(Journal(journal_file), added("two"))
    assert Journal(journal_file).read().events == [added("one"), added("two")]


def test_a_changed_line_is_an_error_that_names_it(journal_file: Path) -> None:
    append(Journal(journal_file), added("one"), added("two"))
    text = journal_file.read_text().replace('"SELECT 1", "db_id": "shop"', '"SELECT 2", "db_id": "shop"', 1)
    journal_file.write_text(text)
    with pytest.raises(DataError, match=r"pairs.jsonl:2 is damaged"):
        Journal(journal_file).read()


def test_a_plain_file_of_pairs_is_no_journal(journal_file: Path) -> None:
    journal_file.parent.mkdir()
    journal_file.write_text('{"question": "q", "sql": "SELECT 1", "db_id": "shop"}\n')
    assert not is_journal(journal_file)
    with pytest.raises(DataError, match="nshot pairs import"):
        Journal(journal_file).read()


def test_a_newer_format_is_refused(journal_file: Path) -> None:
    from nshot.pairs.event import _line

    journal_file.parent.mkdir()
    journal_file.write_bytes(_line({"nshot_pairs": 2}))
    with pytest.raises(DataError, match="format 2"):
        Journal(journal_file).read()
    journal_file.write_bytes(header_line() + _line({"event": "bless", "id": "a", "time": ""}))
    with pytest.raises(DataError, match="bless"):
        Journal(journal_file).read()


@pytest.mark.parametrize("other", [[], ["one"], ["one", "four", "five"]])
def test_a_file_that_was_replaced_is_read_anew(journal_file: Path, other: list[str]) -> None:
    reader = Journal(journal_file)
    append(Journal(journal_file), added("one"), added("two"))
    reader.read()
    journal_file.unlink()
    if other:
        append(Journal(journal_file), *map(added, other))
    assert reader.read() == (True, list(map(added, other)))


def test_a_full_disk_adds_nothing(journal_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(Journal(journal_file), added("one"))
    before = journal_file.read_bytes()
    write = os.write

    def some(descriptor: int, data: bytes) -> int:
        if len(data) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:50])

    monkeypatch.setattr(os, "write", some)
    with pytest.raises(OSError, match="No space"):
        append(Journal(journal_file), added("two"))
    monkeypatch.undo()
    assert journal_file.read_bytes() == before
    append(Journal(journal_file), added("three"))
    assert Journal(journal_file).read().events == [added("one"), added("three")]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_a_line(text: str) -> None:
    event = PairEvent("add", Pair("id", text or "q", text, "shop", text, "now"))
    line = event_line(event)
    assert line.count(b"\n") == 1
    assert to_event(read_line(line, "here"), "here") == event
