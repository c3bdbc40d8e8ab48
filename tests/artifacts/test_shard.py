"""Parts of a run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.artifacts import Shard
from nshot.errors import OptionError


@given(count=st.integers(0, 50), of=st.integers(1, 60))
def test_all_parts_together_are_the_whole_in_its_order(count: int, of: int) -> None:
    parts = [list(Shard(part, of).cut(range(count))) for part in range(1, of + 1)]
    assert [item for part in parts for item in part] == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("text", ["0/4", "5/4", "4", "a/b", "1/0", "-1/4", "1/4/2", "", "1.0/4", "¹/4"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="write it as 2/4"):
        Shard.parse(text)


def test_it_is_written_as_it_is_read() -> None:
    assert str(Shard.parse(" 2/4 ")) == "2/4"
