"""The pairs after some events, without any file."""

from __future__ import annotations

import pytest

from nshot.pairs import Pair
from nshot.pairs.event import Kind, PairEvent, make_event
from nshot.pairs.table import PairTable, paginate

ONE = Pair("1", "How many songs?", "SELECT count(*) FROM song", "shop", "ada", "t1")
TWO = Pair("2", "Which clubs are there?", "SELECT name FROM club", "shop", "ada", "t2")


def table(*events: PairEvent) -> PairTable:
    made = PairTable()
    for event in events:
        made.apply(event)
    return made


def event(kind: Kind, pair_id: str, **fields: str) -> PairEvent:
    return make_event(kind, Pair(pair_id, "", "", "", **fields))  # type: ignore[arg-type]


def test_pairs_are_active_in_the_order_in_which_they_were_saved() -> None:
    found = table(make_event("add", TWO), make_event("add", ONE))
    assert found.list_active() == (TWO, ONE)
    assert found.find_pairs("", "", None) == [ONE, TWO]
    assert found.find_pairs("shop", "CLUB", "active") == [TWO]


def test_what_was_retracted_or_replaced_is_withdrawn() -> None:
    new = Pair("3", ONE.question, "SELECT 1", "shop")
    found = table(
        make_event("add", ONE),
        make_event("add", TWO),
        make_event("supersede", new, replaces="1"),
        event("retract", "2"),
    )
    assert found.list_active() == (new,)
    assert found.list_withdrawn() == (ONE, TWO)
    assert found.find_same_question("how many  SONGS ?", "shop") == [new]


def test_a_pair_is_set_aside_and_restored_with_fingerprint_and_reason() -> None:
    aside = event("set_aside", "1", fingerprint="f2", reason="no such column")
    found = table(make_event("add", ONE), aside)
    assert (found.pairs["1"].state, found.pairs["1"].reason) == ("set_aside", "no such column")
    assert found.list_active() == ()
    assert [pair.id for pair in found.list_runnable()] == ["1"]
    found.apply(event("restore", "1", fingerprint="f3"))
    back = found.pairs["1"]
    assert (back.state, back.fingerprint, back.reason) == ("active", "f3", "")


def test_a_rejected_pair_is_never_run_again() -> None:
    found = table(make_event("reject", ONE))
    assert found.list_active() == ()
    assert found.list_runnable("shop") == []
    assert [pair.state for pair in found.list_withdrawn()] == ["rejected"]


@pytest.mark.parametrize(("offset", "limit", "ids"), [(0, 0, "12"), (0, 1, "1"), (1, 5, "2"), (2, 1, "")])
def test_a_page_counts_all_pairs(offset: int, limit: int, ids: str) -> None:
    page = paginate([ONE, TWO], offset, limit)
    assert ("".join(pair.id for pair in page.pairs), page.total) == (ids, 2)
