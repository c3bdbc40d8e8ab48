from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.prompting.serialize.escape import one_line, one_line_sql, sentence

ANY = st.text(st.characters(exclude_categories=()))


@given(ANY)
def test_any_text_becomes_one_line_of_utf8_that_is_no_heading(text: str) -> None:
    line = sentence(text)
    assert len(line.splitlines()) <= 1
    assert not line.startswith("#")
    assert "\x00" not in line
    assert "<|" not in line
    line.encode()


@given(ANY)
def test_one_line_is_stable(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


def test_a_text_of_blanks_is_empty() -> None:
    assert sentence(" \t\n\u2028 ") == ""


def test_blanks_within_a_line_stay() -> None:
    assert sentence("who said 'a  b'?\tme") == "who said 'a  b'?\tme"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a\r\n  FROM t ;\n", "SELECT a FROM t ;"),
        ("SELECT count(*) FROM head WHERE age  >  56", "SELECT count(*) FROM head WHERE age  >  56"),
        ("SELECT a -- one\n-- two\nFROM t", "SELECT a FROM t"),
        ("SELECT a/* one */FROM t", "SELECT a FROM t"),
        ("SELECT '-- no', \"/* no */\", `--` FROM t", "SELECT '-- no', \"/* no */\", `--` FROM t"),
        ("SELECT 'it''s -- x'\nFROM t", "SELECT 'it''s -- x' FROM t"),
        ("SELECT 'a\n### Response:' FROM t", "SELECT 'a ### Response:' FROM t"),
        ("SELECT 'open -- x\n FROM t", "SELECT 'open FROM t"),
    ],
)
def test_sql_becomes_one_line_without_comments(sql: str, expected: str) -> None:
    assert one_line_sql(sql) == expected
