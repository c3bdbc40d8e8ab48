"""Batches of questions: a pure function of seed and step, so that a resumed run draws the same
ones.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import NamedTuple

import numpy as np

from nshot.arrays import IntArray
from nshot.index import FIELDS, Field
from nshot.training.encoder.contrast_data import ContrastData

TRIES = 8
"""Draws for a partner of another database before a partner of the same database is accepted."""


class EncoderBatch(NamedTuple):
    """The texts of one step."""

    rows: IntArray
    """(2 b,) rows of the pool: b questions, then the partner of each."""
    fields: tuple[Field, ...]
    """The text that is read of each row."""


class Batches:
    """Batches of every question once in each pass, with a partner whose SQL has the same
    skeleton."""

    def __init__(self, contrast_data: ContrastData, size: int, text: str, seed: int) -> None:
        self._contrast_data = contrast_data
        self._size = min(size, len(contrast_data.training))
        self._text = text
        self._seed = seed
        self._partners: dict[int, list[int]] = defaultdict(list)
        for row in contrast_data.training.tolist():
            self._partners[int(contrast_data.skeletons[row])].append(row)

    @property
    def per_epoch(self) -> int:
        """Steps of a pass; questions that do not fill a last batch are left out until the next
        pass.
        """
        return len(self._contrast_data.training) // self._size

    def epoch(self, number: int) -> list[EncoderBatch]:
        """The batches of a pass, numbered from 0."""
        draw = random.Random(f"{self._seed}/{number}")
        rows = self._contrast_data.training.tolist()
        draw.shuffle(rows)
        return [
            self._batch(rows[step * self._size : (step + 1) * self._size], draw)
            for step in range(self.per_epoch)
        ]

    def _batch(self, rows: list[int], draw: random.Random) -> EncoderBatch:
        both = rows + [self._partner(row, draw) for row in rows]
        fields = tuple(self._field(draw) for _ in both)
        return EncoderBatch(np.array(both, dtype=np.int64), fields)

    def _partner(self, row: int, draw: random.Random) -> int:
        """A row of the same skeleton, if possible of another database; any row if there is none."""
        partners = self._partners[int(self._contrast_data.skeletons[row])]
        found = row
        for _ in range(TRIES):
            found = draw.choice(partners)
            if self._contrast_data.databases[found] != self._contrast_data.databases[row]:
                return found
        return found if found != row else draw.choice(self._contrast_data.training.tolist())

    def _field(self, draw: random.Random) -> Field:
        if self._text == "both":
            return draw.choice(FIELDS)
        return "masked" if self._text == "masked" else "question"
