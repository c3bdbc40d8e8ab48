from __future__ import annotations

import json
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.errors import DataError, FileMissingError
from nshot.index import ExampleIndex
from nshot.training.data import SftRow, make_rows, read_rows, write_rows
from nshot.types import Question

from ..conftest import keyword, shots


@pytest.fixture
def rows(catalog: Catalog, questions: list[Question], index: ExampleIndex) -> list[SftRow]:
    config = keyword(shots=shots(0, 2), template="n-shot")
    return make_rows(questions[:12], catalog, config, index=index)


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("layout", ["prompt-completion", "text", "messages"])
def test_rows_read_back_as_they_were(layout: str, ending: str, rows: list[SftRow], tmp_path: Path) -> None:
    odd = rows[0]._replace(response="SELECT 'Ö\u2028 \"x\"\t'")
    file = tmp_path / f"train.{ending}"
    write_rows(file, [odd, *rows[1:]], layout)
    assert read_rows(file) == [odd, *rows[1:]]


def test_rows_that_show_nothing_fit_the_columns_of_others(rows: list[SftRow], tmp_path: Path) -> None:
    from pyarrow import parquet

    some, none = ([row for row in rows if bool(row.shots) is shown] for shown in (True, False))
    assert some
    assert none
    for name, part in (("some", some), ("none", none)):
        write_rows(tmp_path / f"{name}.parquet", part, "messages")
    schemas = [parquet.read_schema(tmp_path / f"{name}.parquet") for name in ("some", "none")]
    assert schemas[0] == schemas[1]


def columns(file: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(file.read_text("utf-8").splitlines()[0])
    return found


def test_each_layout_has_the_columns_that_trainers_look_for(rows: list[SftRow], tmp_path: Path) -> None:
    file, row = tmp_path / "train.jsonl", rows[0]
    write_rows(file, rows, "prompt-completion")
    assert (columns(file)["prompt"], columns(file)["completion"]) == (row.prompt, row.response)
    write_rows(file, rows, "text")
    assert columns(file)["text"] == row.prompt + row.response
    assert {"prompt", "completion", "messages"}.isdisjoint(columns(file))
    write_rows(file, rows, "messages")
    assert columns(file)["messages"] == [
        {"role": "user", "content": row.prompt},
        {"role": "assistant", "content": row.response},
    ]
    assert {"prompt", "completion", "text"}.isdisjoint(columns(file))


def test_turns_hold_no_chat_template_and_are_not_taken_for_the_prompt(
    rows: list[SftRow], tmp_path: Path
) -> None:
    chat = [row._replace(prompt=f"<user>{row.prompt}<end>", content=row.prompt, sha256="0") for row in rows]
    write_rows(tmp_path / "train.jsonl", chat, "messages")
    assert "<user>" not in (tmp_path / "train.jsonl").read_text("utf-8")
    with pytest.raises(DataError, match="chat without its template; write the rows with `layout`"):
        read_rows(tmp_path / "train.jsonl")
    assert len(read_rows(tmp_path / "train.jsonl", exact=False)) == len(rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prompt": "another"}, ":2: the prompt does not match its sha256"),
        ({"sql": None}, ":2: not a row of fine-tuning data"),
        ({"completion": None}, "expected the columns of one layout"),
    ],
)
def test_a_changed_file_is_refused_with_the_line(
    change: dict[str, object], message: str, rows: list[SftRow], tmp_path: Path
) -> None:
    file = tmp_path / "train.jsonl"
    write_rows(file, rows[:3], "prompt-completion")
    lines = file.read_text("utf-8").splitlines()
    record = {**json.loads(lines[1]), **change}
    lines[1] = json.dumps({name: value for name, value in record.items() if value is not None})
    file.write_text("\n".join(lines), "utf-8")
    with pytest.raises(DataError, match=message):
        read_rows(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match=r"train\.jsonl"):
        read_rows(tmp_path / "train.jsonl")
