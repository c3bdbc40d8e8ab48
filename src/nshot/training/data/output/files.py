"""Reads and writes files of rows: JSONL and Parquet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from nshot.data import read_records
from nshot.errors import DataError
from nshot.training.data.output.layouts import COMMON, LAYOUTS, from_record, to_record
from nshot.training.data.row import SftRow

FORMATS: Final = ("jsonl", "parquet")
NUMBERS: Final = frozenset(("shots", "repeat", "dropped", "prompt_tokens", "response_tokens", "prompt_chars"))


def write_rows(path: Path, rows: Sequence[SftRow], layout: str) -> None:
    """Writes the rows in the format of the path's ending, one of `FORMATS`."""
    records = [to_record(row, layout) for row in rows]
    if path.suffix == ".parquet":
        from pyarrow import Table, parquet

        parquet.write_table(Table.from_pylist(records, schema=_schema(layout)), path, compression="zstd")
        return
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def read_rows(path: Path, *, exact: bool = True) -> list[SftRow]:
    """The rows of a file that `nshot train data` wrote, in any layout.

    Args:
        path: A .jsonl or .parquet file.
        exact: Check that every prompt has the hash of its row. Rows in the layout `messages` do
            not, as they have no chat template.

    Raises:
        FileMissingError: The file does not exist.
        DataError: It has other content, or a prompt with another hash.
    """
    table = read_records(path)
    if table.problems:
        raise DataError(f"{table.problems[0]}; write the rows again")
    return [from_record(record.fields, f"{path}:{record.line}", exact=exact) for record in table.records]


def _schema(layout: str) -> Any:
    import pyarrow as pa

    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    kinds = {"messages": pa.list_(turn), "demonstrations": pa.list_(pa.string())}
    kinds |= dict.fromkeys(NUMBERS, pa.int32())
    return pa.schema([(name, kinds.get(name, pa.string())) for name in (*LAYOUTS[layout].columns, *COMMON)])
