"""Rows in files: JSONL and Parquet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from nshot.data.records import read_records
from nshot.errors import DataError
from nshot.training.data.output.layouts import COMMON, LAYOUTS, from_record, to_record
from nshot.training.data.row import SftRow

FORMATS: Final = ("jsonl", "parquet")
NUMBERS: Final = frozenset(("shots", "repeat", "dropped", "prompt_tokens", "response_tokens", "prompt_chars"))


def write_rows(path: Path, rows: Sequence[SftRow], layout: str) -> None:
    """Writes the rows; the ending of the path, one of `FORMATS`, says how."""
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
        exact: Every prompt must be the one whose hash the row bears. The turns of a chat are not: they have
            no chat template.

    Raises:
        FileMissingError: It is not there.
        DataError: It holds something else, or a prompt that differs from its hash.
    """
    table = read_records(path)
    if table.problems:
        raise DataError(f"{table.problems[0]}; write the rows anew")
    return [from_record(record.fields, f"{path}:{record.line}", exact=exact) for record in table.records]


def _schema(layout: str) -> Any:
    import pyarrow as pa

    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    kinds = {"messages": pa.list_(turn), "demonstrations": pa.list_(pa.string())}
    kinds |= dict.fromkeys(NUMBERS, pa.int32())
    return pa.schema([(name, kinds.get(name, pa.string())) for name in (*LAYOUTS[layout].columns, *COMMON)])
