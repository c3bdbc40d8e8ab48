"""Keys and values of prompts' beginnings, kept between calls: questions on one schema begin
alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from nshot.generation.decode.batching import Batch
from nshot.generation.decode.prefixes import common_prefix

if TYPE_CHECKING:
    import torch

PREFIX_BYTES = 256 << 20
"""Memory for prefixes: 11,000 tokens of the embedded model in bfloat16, about 65 schemas."""
LEAST = 64
"""Tokens; a shorter known beginning saves less than the forward pass of the rest costs when it is
apart.
"""

LayerKV = tuple["torch.Tensor", ...]
"""Keys and values of a layer, (1, key heads, tokens, width) each; empty for a layer without any."""


class KnownPrefix(NamedTuple):
    """A beginning of a prompt that was computed before."""

    length: int
    """Number of leading tokens that it has in common with the prompt."""
    layers: Sequence[LayerKV]
    """Of this many tokens or more."""


class PrefixCache:
    """The prefixes that were used last, as many as fit into the bytes allowed. Safe to share by
    threads.
    """

    def __init__(self, most_bytes: int) -> None:
        """
        Args:
            most_bytes: Of keys and values together; 0 keeps nothing.
        """
        self._most_bytes = most_bytes
        self._lock = Lock()
        # From the one that was not used for the longest time to the one used last.
        self._kept: OrderedDict[tuple[int, ...], Sequence[LayerKV]] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Size of all keys and values that are kept."""
        return self._bytes

    def find(self, tokens: Sequence[int]) -> KnownPrefix | None:
        """The longest known beginning of these tokens, if it has at least `LEAST`; it counts as
        used.

        Args:
            tokens: Of a prompt, or of its beginning. The last token is never taken from here: its
                logits have to be computed.
        """
        with self._lock:
            both = ((common_prefix(kept, tokens), kept) for kept in self._kept)
            length, best = max(both, default=(0, ()))
            length = min(length, len(tokens) - 1)
            if length < LEAST:
                return None
            self._kept.move_to_end(best)
            return KnownPrefix(length, self._kept[best])

    def put(self, tokens: Sequence[int], layers: Sequence[LayerKV]) -> None:
        """Keeps a beginning, unless all but `LEAST` of its tokens are known; drops those that no
        longer fit.

        A question has fewer tokens than that, so one prompt is kept for each schema, not one for
        each question. Tokens after the schema do no harm: `find` takes what two prompts have in
        common.

        Args:
            tokens: Of a prompt.
            layers: Its keys and values; they are copied.
        """
        size = sum(part.nbytes for layer in layers for part in layer)
        if len(tokens) < LEAST or size > self._most_bytes:
            return
        with self._lock:
            if any(len(tokens) - common_prefix(kept, tokens) <= LEAST for kept in self._kept):
                return
            self._kept[tuple(tokens)] = [tuple(part.clone() for part in layer) for layer in layers]
            self._bytes += size
            while self._bytes > self._most_bytes:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= sum(part.nbytes for layer in dropped for part in layer)


def use_known(
    batches: Sequence[Batch], prompts: Sequence[Sequence[int]], prefixes: PrefixCache
) -> list[Batch]:
    """The batches, with the prompts apart whose beginning is known: prompts of one beginning
    together.

    A batch that shares a prefix stays as it is: the prefix is computed, or found, once.

    Args:
        batches: Result of `plan`.
        prompts: Token ids.
        prefixes: What is known.
    """
    found: list[Batch] = []
    for batch in batches:
        if batch.prefix:
            found.append(batch)
            continue
        groups: dict[int, list[int]] = {}
        shared: dict[int, int] = {}
        unknown = []
        for row in batch.rows:
            known = prefixes.find(prompts[row])
            if known is None:
                unknown.append(row)
            else:
                group = id(known.layers)
                groups.setdefault(group, []).append(row)
                shared[group] = min(known.length, shared.get(group, known.length))
        found += [Batch(tuple(rows), shared[group]) for group, rows in groups.items()]
        if unknown:
            found.append(Batch(tuple(unknown), 0))
    return found
