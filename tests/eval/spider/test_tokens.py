"""Tokens: the specified examples, and nltk itself as the oracle where it is installed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.eval.conftest import PublishedSystem
from tests.eval.spider.conftest import statements

from nshot.eval.spider import SpiderParseError
from nshot.eval.spider.tokens import tokenise

BLOCKS = "\n".join(statements("tokens.txt")[1:]).strip().split("\n\n")
PIECES = [
    *"aXnot012 .,:;()<>[]{}*-!?@#$%&`_~^/|\\\t\n“‘„«»”’‒–—―éſıİΣΩ٣\u00a0\u3000",
    *("cannot", "wanna", "Gimme", "gİmme", "gonna ", "GOTTA", "lemme", "..", "--", "``", "```", ",,"),
]


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_specified_tokens_come_out(block: str) -> None:
    text, tokens = block.split("\n")
    words = [
        word if word.startswith('"') else re.sub(r"_string\d+_", "_PH_", word) for word in tokenise(text)
    ]
    assert words == tokens.split("  ")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("age > = 20", ["age", ">=", "20"]),
        ("a.x!=b.y", ["a.x", "!", "=b.y"]),
        ("a ! = b", ["a", "!=", "b"]),
        ("a > = = b", ["a", ">=", "=", "b"]),
        ("a == b", ["a", "==", "b"]),
        ("x <> 'A'", ["x", "<", ">", '"A"']),
        ("count(DISTINCT a),b", ["count", "(", "distinct", "a", ")", ",", "b"]),
        ("T1.*", ["t1.", "*"]),
        ("a*b / a+b", ["a", "*", "b", "/", "a+b"]),
        ("t1.id -1", ["t1.id", "-1"]),
        ("a,,b , 1 ,2", ["a", ",", ",b", ",", "1", ",2"]),
        ("LIMIT 1;", ["limit", "1", ";"]),
        ("= ''", ["=", '""']),
        ("", []),
        ("wanna", ["wan", "na"]),
    ],
)
def test_words_are_cut_as_in_prose(text: str, tokens: list[str]) -> None:
    assert tokenise(text) == tokens


def test_a_name_in_quotes_on_both_sides_of_a_stop_is_one_opaque_word() -> None:
    (word,) = tokenise('"T1"."name"')
    assert '"' not in word


def test_text_that_looks_like_a_cut_out_string_stays_itself() -> None:
    assert tokenise("_string1_ = 'a' _stringg1_") == ["_string1_", "=", '"a"', "_stringg1_"]


def test_an_apostrophe_within_a_string_makes_the_count_odd() -> None:
    with pytest.raises(SpiderParseError, match="3"):
        tokenise('name = "O\'Neil"')


@pytest.fixture(scope="session")
def nltk_words() -> Any:
    return pytest.importorskip("nltk.tokenize").NLTKWordTokenizer().tokenize


def without_quotes(sql: str) -> str:
    """`sql` without what nltk treats otherwise: quotes, and `=`, which it leaves glued as it does
    `~`.
    """
    return re.sub(r"[\"']", "_", sql).replace("=", "~").strip()


@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_words_are_those_of_nltk(nltk_words: Any, text: str) -> None:
    assert tokenise(text) == [word.lower() for word in nltk_words(text)]


@pytest.mark.spider
def test_words_of_spider_are_those_of_nltk(nltk_words: Any, predictions: tuple[PublishedSystem, ...]) -> None:
    texts = {without_quotes(sql) for system in predictions for sql, _ in system.gold}
    texts |= {without_quotes(sql) for system in predictions[::3] for sql in system.predicted}
    differing = [text for text in texts if tokenise(text) != [word.lower() for word in nltk_words(text)]]
    assert len(texts) > 1000
    assert differing == []
