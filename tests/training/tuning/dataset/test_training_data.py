"""Where rows come from, what is held out of them, and which questions an evaluation answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from nshot.data import Catalog, read_pool, sample_dir
from nshot.errors import DataError, NshotError, OptionError, UnknownNameError
from nshot.models.tokenizer import TokenizerFormat
from nshot.prompting import PromptConfig, load_template
from nshot.training.data import SftConfig, write_data
from nshot.training.data.output.files import read_rows, write_rows
from nshot.training.tuning.dataset.make_training_data import make_training_data
from nshot.training.tuning.dataset.training_data import TrainingData
from nshot.training.tuning.recipe.file import make_recipe
from nshot.types import Question

from ..tiny import row


@pytest.fixture(scope="module")
def text(tiny_llama: Path) -> TokenizerFormat:
    """One token a character."""
    from transformers import AutoTokenizer

    return TokenizerFormat(AutoTokenizer.from_pretrained(tiny_llama), name="tiny")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four questions of each of three databases of the sample; one has a hint, one line is no
    question.
    """
    path = tmp_path_factory.mktemp("pool") / "pool.jsonl"
    whole = read_pool("sample").examples
    names = list(dict.fromkeys(one.db_id for one in whole))[:3]
    some = [one for name in names for one in [one for one in whole if one.db_id == name][:4]]
    records = [
        {"id": one.id, "question": one.question, "sql": one.sql, "db_id": one.db_id, "evidence": ""}
        for one in some
    ]
    records[0]["evidence"] = "a shed is a hut"
    records.append({"id": "bad", "question": "", "sql": "SELECT 1", "db_id": names[0], "evidence": ""})
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def training_data(
    text: TokenizerFormat, notes: list[str] | None = None, **sections: dict[str, Any]
) -> TrainingData:
    recipe = make_recipe({"optim": {"epochs": 1}, **sections})
    heard = notes if notes is not None else []
    return make_training_data(recipe, text, lambda _stage, _steps: lambda _done: None, heard.append)


def spelled(text: TokenizerFormat, made: TrainingData, epoch: int) -> list[str]:
    return [text.tokenizer.decode(one.prompt + one.response) for one in made.epoch(epoch)]


def test_databases_held_out_of_a_pool_are_evaluated_and_never_learnt(
    text: TokenizerFormat, pool: Path
) -> None:
    made = training_data(text, data={"pool": [str(pool)], "holdout": 1}, select={"questions": 3})
    (held,) = made.description["held_out"]
    assert {one.db_id for one in made.held_out} == {held}
    assert held not in {one.db_id for one in made.epoch(0)}
    assert [validation_question.question.db_id for validation_question in made.validation_questions] == [
        held
    ] * 3
    assert all(
        validation_question.question.sql
        and validation_question.prompt.stop
        and validation_question.form == "from-first"
        for validation_question in made.validation_questions
    )
    assert made.description["questions"] == 8


def test_rows_and_held_out_questions_show_so_many_tables(text: TokenizerFormat, pool: Path) -> None:
    optim = {"epochs": 1, "tokens_per_pack": 10_000}
    select = {"questions": 3, "context": "relevant"}
    data = {"pool": [str(pool)], "holdout": 1, "contexts": "relevant", "max_tables": 1}
    made = training_data(text, data=data, optim=optim, select=select)
    assert all(
        len(validation_question.prompt.schema.tables) > 1
        for validation_question in made.validation_questions
        if validation_question.prompt.schema
    )
    for prompt in (
        *(validation_question.prompt.text for validation_question in made.validation_questions),
        *spelled(text, made, 0),
    ):
        assert len(re.findall(r"^\w+\(", prompt, re.MULTILINE)) == 1, prompt


def test_rows_that_cannot_be_used_are_reported_and_hints_are_shown(text: TokenizerFormat, pool: Path) -> None:
    notes: list[str] = []
    made = training_data(
        text, notes, data={"pool": [str(pool)]}, optim={"epochs": 1, "tokens_per_pack": 10_000}
    )
    assert [note.partition(":")[0] for note in notes] == ["left out"]
    assert "pool.jsonl:13" in notes[0]
    assert sum("a shed is a hut" in one for one in spelled(text, made, 0)) == 1


def test_rows_over_the_limit_are_reported(text: TokenizerFormat, pool: Path) -> None:
    notes: list[str] = []
    lengths = sorted(
        len(one.prompt + one.response)
        for one in training_data(
            text, data={"pool": [str(pool)]}, optim={"epochs": 1, "tokens_per_pack": 10_000}
        ).epoch(0)
    )
    limit = {"epochs": 1, "tokens_per_pack": lengths[-2]}
    assert len(training_data(text, notes, data={"pool": [str(pool)]}, optim=limit).epoch(0)) == 11
    assert notes[-1].startswith("left out of epoch 1: 0 rows over the budget, 1 of more than")
    with pytest.raises(DataError, match="no row is left to train on"):
        training_data(text, data={"pool": [str(pool)]}, optim={"epochs": 1, "tokens_per_pack": 20}).epoch(0)


def test_held_out_rows_over_the_limit_are_reported_and_some_must_be_left(
    text: TokenizerFormat, pool: Path
) -> None:
    data = {"pool": [str(pool)], "holdout": 1}
    wide = {"epochs": 1, "tokens_per_pack": 10_000}
    whole = training_data(text, data=data, optim=wide).held_out
    lengths = sorted(len(one.prompt + one.response) for one in whole)
    notes: list[str] = []
    kept = training_data(text, notes, data=data, optim={**wide, "tokens_per_pack": lengths[-1] - 1}).held_out
    left = len(whole) - len(kept)
    assert 0 < left < len(whole)
    assert notes[-1].startswith(f"left out of the held-out rows: {left} of more than")
    with pytest.raises(DataError, match="no held-out row is left to evaluate"):
        training_data(text, data=data, optim={**wide, "tokens_per_pack": lengths[0] - 1})


def test_epochs_are_drawn_anew_or_come_again(text: TokenizerFormat, pool: Path) -> None:
    data = {"pool": [str(pool)], "contexts": "full:1,gold:1"}
    optim = {"epochs": 1, "tokens_per_pack": 10_000}
    anew = [spelled(text, training_data(text, data=data, optim=optim), epoch) for epoch in (0, 1, 2)]
    assert anew[0] != anew[1] != anew[2] != anew[0]
    again = training_data(text, data={**data, "draws": 2}, optim=optim)
    assert [spelled(text, again, epoch) for epoch in (0, 1, 2, 3)] == [*anew[:2], *anew[:2]]


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ({"holdout": 3}, OptionError, "at most 2, got 3"),
        ({"holdout": ["moon"]}, UnknownNameError, "unknown database to hold out 'moon'"),
        ({"shots": 2}, OptionError, "give an index"),
    ],
)
def test_what_a_pool_does_not_have_is_refused(
    text: TokenizerFormat, pool: Path, data: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        training_data(text, data={"pool": [str(pool)], **data})


def test_the_index_of_the_sample_is_called_sample(
    text: TokenizerFormat, pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nshot.retrieval.sample_index.sample_index", lambda: tmp_path / "of-the-sample")
    with pytest.raises(NshotError, match="of-the-sample"):
        training_data(text, data={"pool": [str(pool)], "shots": 2, "index": "sample"})


def test_two_files_with_one_id_are_refused(text: TokenizerFormat, pool: Path) -> None:
    with pytest.raises(OptionError, match="is in another file, too"):
        training_data(text, data={"pool": [str(pool), str(pool)]})


def test_questions_without_a_database_held_out_are_refused(text: TokenizerFormat, pool: Path) -> None:
    with pytest.raises(DataError, match=r"held-out questions, and there are none; set data\.holdout"):
        training_data(text, data={"pool": [str(pool)]}, select={"questions": 5})


def test_files_may_hold_out_by_name_or_bring_held_out_rows(text: TokenizerFormat, tmp_path: Path) -> None:
    rows = [row(number) for number in range(20)]
    whole, train, apart = (str(tmp_path / name) for name in ("all.jsonl", "train.jsonl", "held_out.jsonl"))
    write_rows(Path(whole), rows, "prompt-completion")
    write_rows(Path(train), [one for one in rows if one.db_id != "db1"], "prompt-completion")
    write_rows(Path(apart), [one for one in rows if one.db_id == "db1"], "prompt-completion")
    named = training_data(text, data={"files": [whole], "holdout": ["db1"]})
    brought = training_data(text, data={"files": [train], "held_out_files": [apart]})
    for made in (named, brought):
        assert {one.db_id for one in made.held_out} == {"db1"}
        assert len(made.epoch(0)) == 16
        assert made.epoch(0) == made.epoch(1)
    notes: list[str] = []
    shown = [one._replace(demonstrations=("row-1",)) if one.id == "row-0" else one for one in rows]
    write_rows(Path(whole), shown, "prompt-completion")
    assert len(training_data(text, notes, data={"files": [whole], "holdout": ["db1"]}).epoch(0)) == 15
    assert notes[0].startswith("left out: 1 rows that show examples of the databases held out")
    with pytest.raises(DataError, match="share databases: db1"):
        training_data(text, data={"files": [whole], "held_out_files": [apart]})


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ({"shots": 3}, "held-out rows with context full and 3 shots"),
        ({}, "set data.databases to their folder"),
    ],
)
def test_questions_of_files_need_fitting_rows_and_databases(
    text: TokenizerFormat, rows_file: Path, select: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        training_data(text, data={"files": [str(rows_file)], "holdout": 1}, select={"questions": 2, **select})


def test_questions_of_files_have_their_own_prompts(text: TokenizerFormat, tmp_path: Path) -> None:
    some = read_pool("sample").examples[:2]
    asked = [Question(one.question, one.db_id, one.id, one.sql) for one in some]
    other = next(one for one in read_pool("sample").examples if one.db_id != some[0].db_id)
    asked.append(Question(other.question, other.db_id, other.id, other.sql))
    config = SftConfig(prompt=PromptConfig(form="tidy"))
    write_data(asked, Catalog.sample(), tmp_path / "rows", config)
    file = tmp_path / "rows" / "train.jsonl"
    data = {"files": [str(file)], "holdout": [some[0].db_id], "databases": str(sample_dir())}
    made = training_data(
        text, data=data, select={"questions": 2}, optim={"epochs": 1, "tokens_per_pack": 10_000}
    )
    prompts = {one.id: one.prompt for one in read_rows(file)}
    assert {
        validation_question.question.id: validation_question.prompt.text
        for validation_question in made.validation_questions
    } == {one.id: prompts[one.id] for one in some}
    assert {validation_question.question.sql for validation_question in made.validation_questions} == {
        one.sql for one in some
    }
    assert {validation_question.prompt.stop for validation_question in made.validation_questions} == {
        load_template("compact").stop
    }
    assert {validation_question.form for validation_question in made.validation_questions} == {"tidy"}
