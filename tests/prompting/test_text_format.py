from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.prompting import PLAIN


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("SELECT", 2), ("a_b", 3), ("x\n\ny", 4), ("  ", 0), ("é", 3), ("都市", 7)]
)
def test_the_estimate_follows_its_rule(text: str, tokens: int) -> None:
    assert PLAIN.count_tokens(text) == tokens


@given(st.text(), st.text())
def test_more_text_is_never_fewer_tokens(text: str, more: str) -> None:
    assert PLAIN.count_tokens(text + more) >= PLAIN.count_tokens(text)


def test_there_is_no_chat_template() -> None:
    assert PLAIN.chat("hello") is None
