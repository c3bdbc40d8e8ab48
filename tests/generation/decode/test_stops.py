from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from nshot.generation.decode.stops import cut, stream_until


def test_the_earliest_stop_string_counts_whatever_their_order() -> None:
    assert cut("a;b#c", ("#", ";")) == ("a", True)
    assert cut("abc", ("#",)) == ("abc", False)


@settings(deadline=None)
@given(
    st.lists(st.text("ab#\n", max_size=4), max_size=8),
    st.lists(st.text("ab#\n", min_size=1, max_size=3), max_size=3),
)
def test_streamed_pieces_make_the_text_before_the_stop(pieces: list[str], stop: list[str]) -> None:
    growing = ["".join(pieces[: at + 1]) for at in range(len(pieces))]
    assert "".join(stream_until(growing, stop)) == cut("".join(pieces), stop)[0]


def test_nothing_is_asked_for_after_the_stop() -> None:
    def growing() -> Iterator[str]:
        yield "a"
        yield "a;"
        raise AssertionError

    assert list(stream_until(growing(), (";",))) == ["a"]


def test_a_piece_that_may_become_the_stop_is_held_back() -> None:
    shown = stream_until(["a\n", "a\n#", "a\n#b"], ("\n##",))
    assert list(shown) == ["a", "\n#b"]
