"""Parts of a run that several machines share: contiguous and of nearly equal size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from nshot.errors import OptionError

T = TypeVar("T")
_WRITTEN = re.compile(r"([1-9]\d{0,8})/([1-9]\d{0,8})", re.ASCII)


class Shard(NamedTuple):
    """One part of several, written as 2/4: the second of four."""

    part: int
    """From 1 to `of`."""
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """
        Raises:
            OptionError: The text is not of this form.

        >>> Shard.parse("2/4")
        Shard(part=2, of=4)
        """
        found = _WRITTEN.fullmatch(text.strip())
        shard = cls(int(found[1]), int(found[2])) if found else None
        if shard is None or shard.part > shard.of:
            raise OptionError(
                f"a `shard` is a part of all parts, from 1/4 to 4/4, got {text!r}; write it as 2/4"
            )
        return shard

    def cut(self, items: Sequence[T]) -> Sequence[T]:
        """The items of this part; those of all parts, in their order, are all items.

        >>> [list(Shard(part, 3).cut(range(8))) for part in (1, 2, 3)]
        [[0, 1], [2, 3, 4], [5, 6, 7]]
        """
        count = len(items)
        return items[count * (self.part - 1) // self.of : count * self.part // self.of]

    def __str__(self) -> str:
        return f"{self.part}/{self.of}"
