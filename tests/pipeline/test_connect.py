"""A database asked from Python in one call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.model_server import FakeModel, serving

import nshot
from nshot.errors import DatabaseNotFoundError, FileMissingError, OptionError, PoolError, UnknownNameError
from nshot.pipeline import CALIBRATION_FILE, Calibration, ConfidenceWeights

PAIRS = """\
question,sql
How many singers?,SELECT count(*) FROM singer
Who is oldest?,SELECT max(age) FROM singer
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NSHOT_CACHE", str(tmp_path / "cache"))
    with serving() as server:
        server.says = lambda prompt: "SELECT name FROM singer WHERE age > 30 ORDER BY age"
        yield server


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    file = tmp_path / "pairs.csv"
    file.write_text(PAIRS, encoding="utf-8")
    return file


def test_a_file_and_its_pairs_are_asked(concert: Path, pairs: Path, model: FakeModel) -> None:
    connection = nshot.connect(concert, pairs=pairs, model=model.url, strategy="keyword", shots=1)
    answer = connection.ask("How many singers are there?")
    assert answer.sql == "SELECT name FROM singer WHERE age > 30 ORDER BY age"
    assert answer.rows is not None
    assert answer.rows.rows == (("Bo",), ("Cy",))
    assert [one.example.question for one in answer.candidates] == ["How many singers?"]
    assert [table.name for table in connection.schema.tables] == ["singer"]


def test_the_index_of_pairs_is_built_once_and_anew_when_they_change(
    concert: Path, pairs: Path, model: FakeModel, tmp_path: Path
) -> None:
    def folders() -> set[Path]:
        nshot.connect(concert, pairs=pairs, model=model.url, strategy="keyword")
        return set((tmp_path / "cache").glob("pairs-*"))

    first = folders()
    assert folders() == first
    pairs.write_text(PAIRS + "Who is youngest?,SELECT min(age) FROM singer\n", encoding="utf-8")
    assert len(folders() - first) == 1


def test_rows_to_check_are_listed_in_a_warning(concert: Path, pairs: Path, model: FakeModel) -> None:
    pairs.write_text(PAIRS + "Nothing?,\nWhich band?,SELECT name FROM band\n", encoding="utf-8")
    with pytest.warns(UserWarning, match=r"(?s)check 2 rows:.*:4: sql is empty.*:5: .*band") as caught:
        nshot.connect(concert, pairs=pairs, model=model.url, strategy="keyword")
    assert caught[0].filename == __file__


def test_wrong_input_is_named(concert: Path, pairs: Path, model: FakeModel, tmp_path: Path) -> None:
    with pytest.raises(DatabaseNotFoundError, match=r"'nowhere' in the sample; .*`databases` DIR"):
        nshot.connect("nowhere", model=model.url)
    with pytest.raises(FileMissingError, match="file of pairs"):
        nshot.connect(concert, pairs=tmp_path / "none.csv", model=model.url)
    with pytest.raises(UnknownNameError, match="unknown option 'shot'"):
        nshot.connect(concert, shot=3)
    with pytest.raises(OptionError, match="either `pairs` or `index`"):
        nshot.connect(concert, pairs=pairs, index="sample")
    pairs.write_text("question,sql\nHow many?,DROP TABLE singer\n", encoding="utf-8")
    with pytest.raises(PoolError, match="no pair that can be used"):
        nshot.connect(concert, pairs=pairs, model=model.url)
    connection = nshot.connect(concert, model=model.url, shots=0)
    with pytest.raises(OptionError, match="empty"):
        connection.ask("  ")
    with pytest.raises(OptionError, match="must be text, got 3"):
        connection.ask(3)  # type: ignore[arg-type]


def test_a_follow_up_is_asked_with_the_answers_before(concert: Path, model: FakeModel) -> None:
    connection = nshot.connect(concert, model=model.url, shots=0)
    first = connection.ask("Which singers are older than 30?")
    second = connection.ask("How many are there?", history=[first])
    assert second.question.text == "How many singers that are older than 30 are there?"
    assert second.question.tables == ("singer",)
    assert "How many singers that are older than 30 are there?" in model.prompts[-1]
    assert [(one.role, one.content) for one in second.prompt.messages[:2]] == [
        ("user", "Which singers are older than 30?"),
        ("assistant", "SELECT name FROM singer WHERE age > 30 ORDER BY age"),
    ]
    assert connection.understand("How many singers are there?", [first]).text == "How many singers are there?"


def test_an_unsure_answer_is_withheld(concert: Path, model: FakeModel, tmp_path: Path) -> None:
    Calibration(agreement=ConfidenceWeights(0.0, 0.0, 1.0), candidates=3).save(tmp_path / CALIBRATION_FILE)
    connection = nshot.connect(
        concert, model=model.url, shots=0, candidates=3, calibration=tmp_path, abstain_below=0.5
    )
    model.says = lambda prompt: ["SELECT max(age) FROM singer", "SELECT 1", "SELECT 2"]
    unsure = connection.ask("How old is the oldest singer?")
    assert (unsure.sql, unsure.abstained, unsure.rows) == ("", True, None)
    assert unsure.withheld == "SELECT max(age) FROM singer"
    assert unsure.confidence == pytest.approx(1 / 3)
    model.says = lambda prompt: "SELECT max(age) FROM singer"
    sure = connection.ask("How old is the oldest singer?")
    assert not sure.abstained
    assert sure.confidence == pytest.approx(0.99)
    assert sure.rows is not None
    assert sure.rows.rows == ((50,),)
