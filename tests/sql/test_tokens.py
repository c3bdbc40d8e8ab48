from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.sql.tokens import scan, strip_semicolons, unquote


def kinds(sql: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in scan(sql)]


def test_keywords_beside_a_full_stop_are_names() -> None:
    assert kinds("t.order") == [("name", "t"), ("op", "."), ("name", "order")]


def test_soft_keywords_are_names_away_from_their_partner() -> None:
    assert kinds("left join")[0] == ("keyword", "left")
    assert kinds("left = 1")[0] == ("name", "left")


def test_comments_and_blanks_are_no_tokens() -> None:
    assert kinds("a /* b ' */ -- c\n d") == [("name", "a"), ("name", "d")]


def test_semicolons_inside_literals_are_kept() -> None:
    assert [token.text for token in strip_semicolons(scan("';' ; ;"))] == ["';'"]


@pytest.mark.parametrize(
    ("text", "content"), [("'O''Neil'", "O'Neil"), ('"a""b"', 'a"b'), ("[a b]", "a b"), ("`a``b`", "a`b")]
)
def test_quotes_are_taken_off(text: str, content: str) -> None:
    assert unquote(scan(text)[0]) == content


@given(st.text())
def test_no_character_outside_blanks_and_comments_is_lost(text: str) -> None:
    tokens = scan(text)
    assert [token.start for token in tokens] == sorted({token.start for token in tokens})
    if not any(mark in text for mark in ("--", "/*")):
        end = 0
        for token in tokens:
            assert text[end : token.start].strip() == ""
            end = token.start + 1 if token.kind == "op" else token.start + len(token.text)
            if token.kind == "op":
                end = token.start + max(1, _written(text, token.start))


def _written(text: str, start: int) -> int:
    """Length of the operator that is written at `start`."""
    longest = ("<=>", "->>", "! =", "> =", "< =", "<>", "!=", "<=", ">=", "==", "||", "<<", ">>", "::", "->")
    return next((len(op) for op in longest if text.startswith(op, start)), 1)


@pytest.mark.parametrize(
    "text", ["'" * 50_001, '"' + "a" * 100_000, "/*" * 50_000, "[" * 50_000, "((" * 50_000]
)
def test_unclosed_text_of_100_kb_is_scanned_in_one_pass(text: str) -> None:
    assert sum(len(token.text) for token in scan(text)) <= len(text)
