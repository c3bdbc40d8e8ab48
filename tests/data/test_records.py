from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.data.records import read_records
from nshot.errors import DataError

Write = Callable[[str, str], Path]


def test_lines_are_those_of_the_file_although_fields_span_several(write: Write) -> None:
    table = read_records(write("a.csv", 'q,s\n"one\ntwo",1\n\nthree,3\nfour\nfive,5,5\n"six\r\nsix",6\n'))
    assert [(record.line, record.fields["q"]) for record in table.records] == [
        (2, "one\ntwo"),
        (5, "three"),
        (8, "six\r\nsix"),
    ]
    assert [(problem.line, problem.reason) for problem in table.problems] == [
        (6, "expected 2 fields, got 1"),
        (7, "expected 2 fields, got 3"),
    ]
    assert table.rows == 5


def test_rows_after_a_broken_quote_still_count(write: Write) -> None:
    table = read_records(write("a.csv", 'q,s\n"a"b,1\nc,2\n"d,3\n'))
    assert [record.fields for record in table.records] == [{"q": "c", "s": "2"}]
    assert [problem.line for problem in table.problems] == [2, 4]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_read_off_the_header(write: Write, delimiter: str) -> None:
    table = read_records(
        write("a.csv", f"\ufeffq{delimiter}s\nx, y; z{delimiter}1\n".replace("x, y; z", "x"))
    )
    assert (table.columns, table.records[0].fields) == (("q", "s"), {"q": "x", "s": "1"})


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(write: Write, end: str) -> None:
    table = read_records(write("a.csv", end.join(["q,s", "a,1", "b,2"])))
    assert [record.fields["q"] for record in table.records] == ["a", "b"]


def test_a_field_of_a_megabyte_is_read(write: Write) -> None:
    long = "word " * 200_000
    assert read_records(write("a.csv", f"q,s\n{long},1\n")).records[0].fields["q"] == long


def test_json_lines_are_numbered_and_broken_ones_listed(write: Write) -> None:
    table = read_records(write("a.jsonl", '{"q": "a\\nb"}\n\n{"q": \n[1]\n{"q": "c\u2028d"}'))
    assert [(record.line, record.fields["q"]) for record in table.records] == [(1, "a\nb"), (5, "c\u2028d")]
    assert [problem.line for problem in table.problems] == [3, 4]


def test_a_json_array_counts_records(write: Write) -> None:
    table = read_records(write("a.json", '\ufeff[{"q": "a"}, null, {"s": 1}]'))
    assert table.columns == ("q", "s")
    assert [record.line for record in table.records] == [1, 3]
    assert str(table.problems[0]) == "a.json:2: expected a JSON object, got null"


def test_parquet_is_read(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"q": ["a", None], "s": [1, 2]}), tmp_path / "a.parquet")
    table = read_records(tmp_path / "a.parquet")
    assert [record.fields for record in table.records] == [{"q": "a", "s": 1}, {"q": None, "s": 2}]
    assert [record.line for record in table.records] == [1, 2]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "is empty"),
        ("a.json", "", "is not JSON"),
        ("a.json", '{"q": 1}\n{"q": 2', r"\.jsonl"),
        ("a.json", '{"a": [{"q": 1}], "b": [{"q": 2}]}', "expected a JSON array of objects, got an object"),
        ("a.json", "[" * 100_000, "is not JSON"),
        ("a.json", '{"q": 1}', "expected a JSON array of objects, got an object"),
        ("a.xlsx", "x", r"ending in .*\.parquet, got '\.xlsx'"),
        ("a.parquet", "x", "cannot be read as Parquet"),
    ],
)
def test_files_that_cannot_be_used_are_refused_whole(
    write: Write, name: str, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_records(write(name, text))


def test_another_encoding_is_named_as_the_trouble(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("q,s\nHöchst,1\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"not UTF-8 \(byte 5, line 2\)"):
        read_records(tmp_path / "a.csv")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"not found: .*gone\.csv"):
        read_records(tmp_path / "gone.csv")


@pytest.mark.parametrize("hint", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;", "\nsep=;"])
def test_the_line_of_a_spreadsheet_names_the_delimiter(write: Write, hint: str) -> None:
    table = read_records(write("a.csv", f"{hint}\nq;a,b,c;s\nx;y;z\n"))
    assert table.records[0].fields == {"q": "x", "a,b,c": "y", "s": "z"}
    assert table.records[0].line == hint.count("\n") + 3


@pytest.mark.parametrize(("hint", "delimiter"), [("\\t", "\t"), ("\t", "\t"), ("^", "^"), ("~", "~")])
def test_any_delimiter_can_be_named(write: Write, hint: str, delimiter: str) -> None:
    table = read_records(write("a.csv", f"sep={hint}\nq{delimiter}s\nx{delimiter}1\n"))
    assert table.records[0].fields == {"q": "x", "s": "1"}


def test_blank_lines_and_cells_that_spreadsheets_append_are_no_rows_and_no_columns(write: Write) -> None:
    table = read_records(write("a.csv", "\n;;;\n q ;s;;\nx;1;;\n;;;\ny;2\n"))
    assert (table.columns, table.problems) == (("q", "s"), [])
    assert [record.fields for record in table.records] == [{"q": "x", "s": "1"}, {"q": "y", "s": "2"}]


ROWS = "".join(f"How many of kind {n}?,SELECT count(*) FROM t{n},shop\n" for n in range(97))


@pytest.mark.parametrize(
    "end",
    [
        'Which are ""new""?,SELECT 1,shop\n',
        'Which are "new"?,SELECT 1,shop\n',
        'Which are new",SELECT 1,shop\n',
        '"Which, then?",SELECT 1,shop\n',
        "",
    ],
)
def test_a_stray_quote_costs_its_own_line_only(write: Write, end: str) -> None:
    text = f'q,s,d\n"How many,SELECT count(*) FROM t,shop\n{ROWS}{end}'
    table = read_records(write("a.csv", text))
    assert len(table.records) == 97 + bool(end)
    assert [problem.line for problem in table.problems] == [2]
    assert "a quote opens here and ends only in line" in table.problems[0].reason


def test_a_stray_quote_before_one_row_is_noticed_too(write: Write) -> None:
    table = read_records(write("a.csv", 'q,s,d\n"How many,SELECT 1,shop\nWhich",SELECT 2,shop\n'))
    assert [record.fields["s"] for record in table.records] == ["SELECT 2"]
    assert [problem.line for problem in table.problems] == [2]


@pytest.mark.parametrize("sql", ["SELECT a, b\nFROM x, y", "SELECT a\nFROM x\nWHERE\n  a = 1\n  AND b = 2"])
def test_sql_on_several_lines_is_one_row(write: Write, sql: str) -> None:
    table = read_records(write("a.csv", f'q,s,d\nWho?,"{sql}",shop\n'))
    assert ([record.fields["s"] for record in table.records], table.problems) == ([sql], [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_names_the_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes("q,s\nHöchst,1\n".encode(encoding))
    assert read_records(tmp_path / "a.csv").records[0].fields == {"q": "Höchst", "s": "1"}


@pytest.mark.parametrize(
    "text",
    [
        '[["q", "s"], ["a", 1], ["b", 2]]',
        '{"q": ["a", "b"], "s": [1, 2]}',
        '{"q": {"0": "a", "1": "b"}, "s": {"0": 1, "1": 2}}',
        '{"0": {"q": "a", "s": 1}, "1": {"q": "b", "s": 2}}',
        '{"columns": ["q", "s"], "index": [0, 1], "data": [["a", 1], ["b", 2]]}',
        '{"schema": {"fields": []}, "data": [{"q": "a", "s": 1}, {"q": "b", "s": 2}]}',
        '{"rows": [{"row_idx": 0, "row": {"q": "a", "s": 1}}, {"row_idx": 1, "row": {"q": "b", "s": 2}}]}',
        '{"q": "a", "s": 1}\n{"q": "b",\n "s": 2}',
    ],
)
def test_every_layout_of_json_tables_is_read(write: Write, text: str) -> None:
    rows = [{"q": "a", "s": 1}, {"q": "b", "s": 2}]
    assert [record.fields for record in read_records(write("a.json", text)).records] == rows


def test_an_array_in_a_file_of_json_lines_is_read(write: Write) -> None:
    table = read_records(write("a.jsonl", '[\n {"q": "a"},\n {"q": "b"}\n]\n'))
    assert ([record.fields["q"] for record in table.records], table.problems) == (["a", "b"], [])


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_doubled_key_is_a_problem_of_its_row(write: Write, name: str) -> None:
    text = '{"q": "a", "s": 1, "q": "b"}'
    table = read_records(write(name, f"[{text}]" if name == "a.json" else text))
    assert [problem.reason for problem in table.problems] == ["the key 'q' occurs twice"]


def test_json_that_is_nested_too_deeply_is_a_problem_of_its_line(write: Write) -> None:
    table = read_records(write("a.jsonl", '{"q": "a"}\n{"q": ' + "[" * 100_000 + "\n"))
    assert [(problem.line, problem.reason) for problem in table.problems] == [
        (2, "not JSON: it is nested too deeply")
    ]


def test_a_first_line_that_names_a_wrong_delimiter_is_passed_over(write: Write) -> None:
    assert read_records(write("a.csv", "sep=;\nq,s\nx,1\n")).records[0].fields == {"q": "x", "s": "1"}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_seen(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("q,s\r\nWie viele Städte?,1\r\n".encode(encoding))
    assert read_records(file).records[0].fields == {"q": "Wie viele Städte?", "s": "1"}
