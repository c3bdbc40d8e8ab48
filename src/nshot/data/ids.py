"""Ids of examples whose file gives them none.

They come from the content of a row, so that rows of two files differ although the files bear one
name, and a row keeps its id when others are put before it. The rows of Spider and of the sample,
which never change, have the file's name and their number (`train_spider-17`), by which results name
them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from nshot.data.shipped import sample_dir
from nshot.data.spider.names import is_spider
from nshot.types import Example

_DIGITS: Final = 10
"""Hexadecimal digits of the hash."""


def make_ids(examples: Sequence[Example], numbers: Sequence[int], file: Path) -> tuple[Example, ...]:
    """The examples, each with an id.

    Args:
        examples: Those of one file; the id is empty where the file gives none.
        numbers: Their rows, from 0.
        file: The file.

    >>> make_ids([Example("", "How many?", "SELECT 1", "shop")], [0], Path("pairs.csv"))[0].id
    'pairs-9f1fe92ac5'
    """
    taken = {one.id for one in examples}
    by_number = file.parent == sample_dir() or is_spider(one.db_id for one in examples)
    made = []
    for one, number in zip(examples, numbers, strict=True):
        if not one.id:
            one = replace(one, id=free_id(f"{file.stem}-{number if by_number else _digest(one)}", taken))
            taken.add(one.id)
        made.append(one)
    return tuple(made)


def free_id(id_: str, taken: Collection[str]) -> str:
    """The id, with a number after it if it is taken.

    >>> free_id("a", {"a", "a-2"})
    'a-3'
    """
    number = 2
    free = id_
    while free in taken:
        free, number = f"{id_}-{number}", number + 1
    return free


def _digest(example: Example) -> str:
    content = json.dumps([example.db_id, example.question, example.sql])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
