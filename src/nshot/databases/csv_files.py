"""CSV files as people have them, for DuckDB: encodings, Excel's first line, years, `NA`."""

from __future__ import annotations

import codecs
import csv
import glob
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from nshot.artifacts import read_text
from nshot.sql import quote_name

READ_CSV: Final = "read_csv"
"""DuckDB's function for CSV files."""
_HINT: Final = re.compile(r"\"?sep=(.|\\t)\"?[,;\t|]*\s*", re.IGNORECASE)
"""Excel's own first line, which names the delimiter."""
_LONGEST_HINT: Final = 100
_HEAD: Final = 65_536
"""What is read of a file to see its first rows."""
_YEAR: Final = re.compile(r"\s*(?:1[89]|20|21)\d\d\s*")
_CSV_OPTIONS: Final = ", null_padding=true, parallel=false, sample_size=-1"
"""All rows decide about a column's type: one `n/a` far down makes it text. And a row that is too
short or too long is a row; without these options, DuckDB may pass over it, and the header.
"""
_NOTHING: Final = ("", "NA", "N/A", "#N/A", "NAN", "NULL", "NONE", "-", "?", ".")
"""What stands for no value in a column of numbers, in capitals."""


def read_table(reader: Any, function: str, options: str, file: Path) -> Any:
    """The rows of a file, as a cursor of DuckDB.

    A CSV column of numbers with `NA`, `n/a` or the like is one of numbers, and these are NULL: as
    text, `amount > 5` would compare letters.

    Args:
        reader: A connection of DuckDB.
        function: DuckDB's function that reads the file.
        options: Its further options, each with a comma before it.
        file: The file.
    """
    source, name = f"{function}(?{options})", [glob.escape(str(file))]
    if function != READ_CSV:
        return reader.execute(f"SELECT * FROM {source}", name)  # noqa: S608
    reader.execute(f"CREATE OR REPLACE TEMP TABLE loaded AS SELECT * FROM {source}", name)  # noqa: S608
    columns = reader.execute("SELECT * FROM loaded LIMIT 0").description
    shown = ", ".join(_column(reader, quote_name(column), str(kind)) for column, kind, *_ in columns)
    return reader.execute(f"SELECT {shown} FROM loaded")  # noqa: S608


def _column(reader: Any, name: str, kind: str) -> str:
    """The column in a SELECT: as numbers, if all texts but those for no value are numbers."""
    if kind != "VARCHAR":
        return name
    marks = ", ".join(map(_quote, _NOTHING))
    is_number = f"TRY_CAST({name} AS DOUBLE) IS NOT NULL AND NOT regexp_matches({name}, '^[-+]?0[0-9]')"
    reader.execute(
        f"SELECT count(*) FILTER ({is_number}), "  # noqa: S608
        f"count(*) FILTER (NOT coalesce({is_number}, false) AND upper(trim({name})) NOT IN ({marks})), "
        f"count(*) FILTER ({is_number} AND TRY_CAST({name} AS BIGINT) IS DISTINCT FROM TRY_CAST({name} AS "
        "DOUBLE)) FROM loaded"
    )
    numbers, others, fractions = reader.fetchone()
    if not numbers or others:
        return name
    return f"TRY_CAST({name} AS {'DOUBLE' if fractions else 'BIGINT'}) AS {name}"


@contextmanager
def as_utf8(file: Path, function: str) -> Iterator[tuple[Path, str]]:
    """The file as DuckDB reads it, and further options of DuckDB's function.

    Only a CSV file in UTF-16 or UTF-32, or with Excel's first line, is copied.

    Raises:
        DataError: It is a CSV file in an encoding that it does not name.
    """
    if function != READ_CSV:
        yield file, ""
        return
    with file.open("rb") as opened:
        head = opened.read(_HEAD)
    first = head.partition(b"\n")[0][:_LONGEST_HINT]
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if not first.startswith(marks) and b"sep=" not in first.lower() and b"\0" not in first:
        yield file, _CSV_OPTIONS + _header_option(head.decode("utf-8-sig", "replace"))
        return
    text = read_text(file)
    first_line, _, rest = text.partition("\n")
    hint = _HINT.fullmatch(first_line)
    is_true = hint is not None and hint[1].replace("\\t", "\t") in rest.partition("\n")[0]
    delimiter = f", delim={_quote(hint[1])}" if hint is not None and is_true else ""
    delimiter += _header_option((text if hint is None else rest)[:_HEAD])
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "table.csv"
        copy.write_text(text if hint is None else rest, encoding="utf-8", newline="")
        yield copy, _CSV_OPTIONS + delimiter


def _header_option(head: str) -> str:
    """An option for DuckDB if the first row names columns by years: DuckDB takes it for data.

    >>> _header_option("city,2024,2025\\nBern,1,2\\n")
    ', header=true'
    >>> _header_option("Bern,2024\\nRom,2025\\n")
    ''
    """
    delimiter = max(",;\t|", key=head.lstrip().partition("\n")[0].count)
    lines = (line for line in io.StringIO(head) if line.strip())
    rows = list(islice(csv.reader(lines, delimiter=delimiter), 2))
    if len(rows) < 2:
        return ""
    first, second = rows
    years = [at for at, cell in enumerate(first) if _YEAR.fullmatch(cell)]
    names = [cell.strip() for at, cell in enumerate(first) if at not in years]
    is_named = any(names) and len(set(names)) == len(names) and not any(map(_is_number, names))
    is_header = years and is_named and any(not _YEAR.fullmatch(cell) for cell in _pick(second, years))
    return ", header=true" if is_header else ""


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.,]+", text) is not None


def _pick(cells: Sequence[str], at: Sequence[int]) -> list[str]:
    return [cells[one] for one in at if one < len(cells)]


def _quote(text: str) -> str:
    """A delimiter as a text of SQL; `\\t` is a tab.

    >>> _quote("'")
    "''''"
    """
    return "'" + text.replace("'", "''").replace("\\t", "\t") + "'"
