"""A plain file of pairs as an index, kept in the cache until the file or its databases change."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nshot.errors import FileMissingError, OptionError, PoolError
from nshot.types import Problem

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.pipeline.config import ExampleConfig

SHOWN_PROBLEMS = 5
"""Rows of a file of pairs that a warning lists, at most."""


def index_pair_file(
    examples: ExampleConfig,
    catalog: Catalog,
    db_id: str | None = None,
    note: Callable[[str], None] | None = None,
) -> ExampleConfig:
    """The config with the index over its file of pairs in place of the file; unchanged without such
    a file.

    Args:
        examples: Its `pairs` may be a journal, which stays, or a plain file.
        catalog: The databases of the rows.
        db_id: The database of rows that name none.
        note: Gets a message about rows to check when the index is built; by default a warning.

    Raises:
        OptionError: An index is named, too.
        FileMissingError: There is no such file.
        PoolError: It has no row that can be used.
    """
    if examples.pairs is None or examples.has_journal:
        return examples
    if examples.index is not None:
        raise OptionError(
            f"{examples.pairs} is a plain file of pairs, which takes the place of an index: give either "
            "`pairs` or `index`; a journal goes with an index (nshot pairs import)",
            option="index",
        )
    return replace(examples, pairs=None, index=_index_of(examples.pairs, catalog, db_id, note or _warn))


def _index_of(pairs: Path, catalog: Catalog, db_id: str | None, note: Callable[[str], None]) -> Path:
    from nshot import __version__
    from nshot.artifacts import cache_folder
    from nshot.data import read_pool
    from nshot.retrieval import IndexConfig, build_index

    if not pairs.is_file():
        cure = "give a CSV, JSON, JSONL or Parquet file, or a journal (.jsonl)"
        raise FileMissingError("file of pairs", pairs, cure)
    report = read_pool(str(pairs), catalog=catalog, db_id=db_id)
    if not report.examples:
        raise PoolError(
            f"{pairs} holds no pair that can be used; correct the rows that are listed above", report.problems
        )
    schemas = [catalog.find_schema(one) for one in sorted({one.db_id for one in report.examples})]
    key = hashlib.sha256(repr((__version__, db_id, schemas)).encode() + pairs.read_bytes())
    folder = cache_folder() / f"pairs-{key.hexdigest()[:16]}"
    if not (folder / "manifest.json").is_file():
        if problems := [*report.problems, *report.notes]:
            note(_list_rows(pairs, problems))
        build_index(folder, report.examples, catalog, IndexConfig("allow"))
    return folder


def _list_rows(pairs: Path, problems: Sequence[Problem]) -> str:
    """The rows that are left out, or whose SQL the database rejects."""
    lines = "\n".join(f"  {problem}" for problem in problems[:SHOWN_PROBLEMS])
    more = f"\n  and {len(problems) - SHOWN_PROBLEMS} more" if len(problems) > SHOWN_PROBLEMS else ""
    return f"{pairs}: check {len(problems)} rows:\n{lines}{more}"


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=5)
