"""The rows of a training: read or rendered, held out by whole databases, as tokens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nshot.errors import DataError, FileMissingError
from nshot.generation.text_format import TokenizerFormat
from nshot.training.encoder.material import draw_databases
from nshot.training.tuning.recipe import DataPart, Recipe
from nshot.training.tuning.rows import TokenRow, tokenise


class Row(NamedTuple):
    """A row of a file of training data."""

    prompt: str
    response: str
    id: str
    db_id: str


class Material:
    """Rows to learn from, the same in every epoch, and rows held out."""

    def __init__(
        self, rows: Sequence[TokenRow], held_out: Sequence[TokenRow], description: dict[str, Any]
    ) -> None:
        self._rows = rows
        self.held_out = held_out
        self.description = description

    def epoch(self, number: int) -> Sequence[TokenRow]:
        """The rows of an epoch."""
        del number
        return self._rows


def make_material(recipe: Recipe, text: TokenizerFormat) -> Material:
    """The rows that a recipe names.

    Raises:
        DataError: A file is missing or is not training data, or nothing is left to learn from.
    """
    rows = [row for name in recipe.data.files for row in read_rows(Path(name))]
    held = _held_databases(recipe.data, rows)
    longest = recipe.optim.tokens_per_pack
    learnt = tokenise([row for row in rows if row.db_id not in held], text, longest)
    held_out = tokenise([row for row in rows if row.db_id in held], text, longest)
    if not learnt.rows:
        raise DataError("no row is left to learn from: name data.files, raise optim.tokens_per_pack")
    description = {
        "sha256": _hash(rows),
        "rows": len(learnt.rows),
        "held_out_rows": len(held_out.rows),
        "held_out": sorted(held),
        "too_long": len(learnt.too_long) + len(held_out.too_long),
    }
    return Material(learnt.rows, held_out.rows, description)


def read_rows(path: Path) -> list[Row]:
    """The rows of a JSONL file with prompt, response, id and db_id.

    Raises:
        FileMissingError: It is not there.
        DataError: A line is something else.
    """
    if not path.is_file():
        raise FileMissingError("training data", path)
    found = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                record = json.loads(line)
                found.append(Row(*(str(record[name]) for name in Row._fields)))
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    f"{path}:{number}: expected prompt, response, id and db_id: {error}"
                ) from error
    return found


def _held_databases(part: DataPart, rows: Sequence[Row]) -> frozenset[str]:
    if isinstance(part.holdout, tuple):
        known = {row.db_id for row in rows}
        unknown = [name for name in part.holdout if name not in known]
        if unknown:
            raise DataError(f"data.holdout names databases that no row is of: {', '.join(unknown)}")
        return frozenset(part.holdout)
    if not part.holdout:
        return frozenset()
    return draw_databases([row.db_id for row in rows], part.holdout, part.holdout_seed)


def _hash(rows: Sequence[Row]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row).encode() + b"\n")
    return digest.hexdigest()
