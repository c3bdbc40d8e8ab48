"""A profile (nshot.toml) sets options of the pipeline; the command line wins."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.cli.command import load_command
from nshot.cli.options.derive import PROFILE
from nshot.cli.profile import Profile, list_profile_options, read_profile
from nshot.errors import OptionError
from nshot.index import read_manifest

from .conftest import Result, Run
from .model_server import FakeModel

QUESTION = "Which products cost more than 3?"


@pytest.fixture
def profile(tmp_path: Path, own_index: Path, shop: Path, model: FakeModel) -> Path:
    """A profile beside the user's own database and index, whose paths it names as seen from
    itself."""
    path = tmp_path / "nshot.toml"
    path.write_text(
        f'model = "{model.url}"\nindex = "{own_index.relative_to(tmp_path)}"\n'
        f'db = "{shop.relative_to(tmp_path)}"\nstrategy = "keyword"\nshots = 1\nreuse = false\n'
    )
    return path


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another working folder."""
    (tmp_path / "else" / "where").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "else" / "where")
    return tmp_path / "else" / "where"


@pytest.fixture
def named(run: Run, profile: Path, elsewhere: Path) -> Callable[..., Result]:
    """`nshot --profile FILE` from another folder."""
    return lambda *arguments: run("--profile", profile, *arguments)


def test_ask_needs_only_the_question(named: Callable[..., Result], model: FakeModel) -> None:
    result = named("ask", QUESTION, "--json")
    assert result.status == 0, result.err
    (request,) = model.requests
    assert "price" in str(request)  # a column of the shop
    assert str(request).count("SELECT name FROM product WHERE price > 5") == 1  # of the index, by keyword


def test_prompt_and_predict_take_it_too(
    named: Callable[..., Result], elsewhere: Path, model: FakeModel
) -> None:
    shown = named("prompt", QUESTION, "--json").json
    assert shown["demonstrations"] == ["s-2"]
    assert [one["id"] for one in named("retrieve", QUESTION, "--json", "-k", 1).json["candidates"]] == ["s-2"]
    file = elsewhere / "questions.json"
    file.write_text(json.dumps([{"question": QUESTION, "db_id": "shop"}]))
    result = named(
        "predict", "--questions", file, "--databases", elsewhere / ".." / ".." / "databases",
        "--out", elsewhere / "out.jsonl",
    )  # fmt: skip
    assert result.status == 0, result.err
    (line,) = (elsewhere / "out.jsonl").read_text().splitlines()
    assert json.loads(line)["sql"] == "SELECT 1"
    assert len(model.requests) == 1


def test_the_commands_of_an_index_take_that_of_the_profile(
    named: Callable[..., Result], own_index: Path, model: FakeModel
) -> None:
    assert named("index", "info", "--json").json["count"] == 4
    assert "all as written" in named("index", "verify").out
    removed = named("index", "remove", "s-1")
    assert (removed.status, read_manifest(own_index).count) == (0, 3)
    assert named("index", "remove", own_index).mistake.startswith("error: no id is given")
    assert "not in the index: s-1" in named("index", "remove", own_index, "s-1").mistake


def test_an_index_that_nothing_names_is_an_error_with_its_cure(run: Run, elsewhere: Path) -> None:
    result = run("index", "info")
    assert result.status == 2
    assert 'index = "runs/own"' in result.err


def test_an_option_that_may_be_repeated_takes_the_one_value_of_the_profile(
    named: Callable[..., Result], elsewhere: Path
) -> None:
    (elsewhere / "pairs.csv").write_text("question,sql\nHow many products?,SELECT count(*) FROM product\n")
    mistake = named(
        "adapt", "--model", "embedded", "--pairs", elsewhere / "pairs.csv", "--out", "out"
    ).mistake
    assert "too few to tune a model on" in mistake


def test_the_command_line_wins(named: Callable[..., Result]) -> None:
    assert named("prompt", QUESTION, "--json", "--shots", 2).json["demonstrations"] == ["s-1", "s-2"]
    assert named("prompt", QUESTION, "--json", "--db", "garden", "--shots", 0).status == 1  # no such file


def test_the_profile_of_the_working_folder_is_read_unasked(
    run: Run, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(profile.parent)
    assert run("prompt", QUESTION, "--json").json["demonstrations"] == ["s-2"]


def test_each_value_is_shown_with_its_source(named: Callable[..., Result], profile: Path) -> None:
    result = named("config", "show", "--json", "--shots", 2)
    shown = {name: tuple(one.values()) for name, one in result.json.items()}
    assert shown["shots"] == (2, "command line")
    assert shown["strategy"] == ("keyword", str(profile))
    assert shown["index"] == (str(profile.parent / "own-index"), str(profile))
    assert shown["execute"] == (True, "default")
    table = named("config", "show")
    assert f"profile: {profile}" in table.err
    assert "command line" not in table.out


def test_a_value_of_the_models_own_settings_is_shown_as_such(run: Run, elsewhere: Path) -> None:
    shown = run("config", "show", "--json", "--beams", 9).json
    assert shown["beams"] == {"value": 9, "from": "command line"}
    assert shown["joins"] == {"value": "keys", "from": "model (nshot.json)"}
    assert shown["schema_tokens"] == {"value": None, "from": "default"}  # the file has no such key
    assert shown["own_shots"] == {"value": 1, "from": "model (nshot.json)"}
    assert shown["candidates"] == {"value": 8, "from": "model (confidence.json)"}
    assert shown["strategy"] == {"value": "own-first", "from": "default"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('strateg = "keyword"', "strateg is not an option of a profile; did you mean strategy?"),
        ("trained_shots = 3", "trained_shots is not an option of a profile"),
        ("zzz = 1", "it may set: abstain_below, adapter"),
        ("[model]\nname = 1", "model must be a single value, got the table [model]"),
        ("shots = ", "is not TOML"),
        ("shots = " + "9" * 5_000, "is not TOML"),
        ("shots = 0x" + "f" * 5_000, "at most 64 bits"),
        ("shots = " + "[" * 5_000, "is not TOML"),
    ],
)
def test_a_key_that_no_profile_has_is_refused(
    run: Run, elsewhere: Path, shop: Path, text: str, message: str
) -> None:
    (elsewhere / "nshot.toml").write_text(text)
    result = run("prompt", QUESTION, "--db", shop, "--shots", 0, "--model", "none")
    assert message in result.mistake


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shots = true", "shots must be a whole number, got True"),
        ("shots = 2.5", "shots must be a whole number, got 2.5"),
        ("shots = [1]", "shots must be a whole number, got [1]"),
        ("constrain = 2", "constrain must be true or false, got 2"),
        ("vote = 'yes'", "vote must be true or false, got 'yes'"),
        ("index = 5", "index must be a path, got 5"),
        ("model = ['a']", "model must be text, got ['a']"),
        ("db = 3", "db must be text, got 3"),
        ("functions = 'count'", "functions must be a list, got 'count'"),
        ("strategy = 'best'", "unknown strategy 'best'"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(run: Run, elsewhere: Path, text: str, message: str) -> None:
    (elsewhere / "nshot.toml").write_text(text)
    assert message in run("config", "show").mistake


def test_help_is_shown_whatever_the_profile_holds(run: Run, elsewhere: Path) -> None:
    (elsewhere / "nshot.toml").write_text("no such = thing")
    assert "--index" in run("ask", "--help").out
    assert "--beams" in run("ask", "--help-all").out


def test_a_switch_on_the_command_line_replaces_that_of_the_profile(run: Run, elsewhere: Path) -> None:
    (elsewhere / "nshot.toml").write_text("vote = true\ncandidates = 3\n")
    shown = run("config", "show", "--json", "--execute-guided").json
    assert shown["choose"] == {"value": "guided", "from": "command line"}
    assert shown["candidates"] == {"value": 3, "from": "nshot.toml"}


def test_an_error_about_a_value_of_the_profile_names_the_file(run: Run, elsewhere: Path) -> None:
    (elsewhere / "nshot.toml").write_text('beams = 8\nmethod = "greedy"\n')
    mistake = run("config", "show").mistake
    assert "--beams has no effect" in mistake
    assert "(beams is set in nshot.toml)" in mistake


@pytest.mark.parametrize(
    ("profile", "typed"),
    [
        ("beams = 8", "--method greedy"),
        ("candidates = 4\nvote = true", "--candidates 1"),
        ('strategy = "skeleton"\nfirst_pass = "a.sql"', "--strategy hybrid"),
        ('dtype = "float32"\nadapter = "here"', "--model http://localhost:1/v1"),
        ('model = "http://localhost:1/v1"\nserver_model = "large"', "--model embedded"),
    ],
)
def test_a_value_of_the_profile_that_the_command_line_makes_idle_is_dropped(
    run: Run, elsewhere: Path, profile: str, typed: str
) -> None:
    (elsewhere / "nshot.toml").write_text(profile + "\n")
    found = run("config", "show", "--json", *typed.split())
    assert found.status == 0, found.err
    name = profile.split("\n")[-1].split(" = ")[0]
    assert name == "vote" or found.json[name]["from"] != "nshot.toml"


def test_a_value_that_is_typed_must_have_an_effect(run: Run, elsewhere: Path) -> None:
    (elsewhere / "nshot.toml").write_text('method = "greedy"\n')
    assert "--beams has no effect" in run("config", "show", "--beams", "8").mistake


def test_the_database_of_a_profile_is_shown(named: Callable[..., Result], profile: Path, shop: Path) -> None:
    shown = named("config", "show", "--json").json
    assert shown["db"] == {"value": str(shop), "from": str(profile)}


def test_a_value_that_another_option_decides_is_not_shown_as_the_models(run: Run, elsewhere: Path) -> None:
    shown = run("config", "show", "--json", "--form", "written").json
    assert shown["constrain"] == {"value": False, "from": "default"}


def test_a_profile_that_is_named_must_be_there(run: Run, tmp_path: Path) -> None:
    assert "profile" in run("--profile", tmp_path / "none.toml", "config", "show").mistake


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "nshot.toml"
    path.write_text('index = "not-yet"\nadapter = "/other/lora"\ndb = "shop"\nmodel = "org/model"\n')
    assert read_profile(path).values == {
        "index": tmp_path / "not-yet", "adapter": Path("/other/lora"), "db": "shop", "model": "org/model"
    }  # fmt: skip
    path.write_text('index = "sample"\n')
    assert read_profile(path).values == {"index": Path("sample")}


def test_an_encoder_in_a_folder_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()
    path = tmp_path / "nshot.toml"
    path.write_text('encoder = "encoder"\n')
    assert read_profile(path).values == {"encoder": str(tmp_path / "encoder")}
    path.write_text('encoder = "org/encoder"\n')
    assert read_profile(path).values == {"encoder": "org/encoder"}


def test_switches_are_set_by_their_names(run: Run, elsewhere: Path, shop: Path) -> None:
    (elsewhere / "nshot.toml").write_text("vote = true\ncandidates = 3\nstop = [';;', '--']\n")
    shown = run("config", "show", "--json").json
    assert (shown["choose"]["value"], shown["stop"]["value"]) == ("vote", [";;", "--"])
    (elsewhere / "nshot.toml").write_text('choose = "vote"\n')
    mistake = run("config", "show").mistake
    assert "choose is not an option of a profile; did you mean execute_guided or vote?" in mistake


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("train.data:train_data", "shots"),
        ("train.data:train_data", "context"),
        ("train.export:export", "dtype"),
        ("judging.eval:evaluate", "timeout"),
    ],
)
def test_another_option_of_the_same_name_is_not_meant(place: str, name: str) -> None:
    options = getattr(load_command("any", f"nshot.cli.commands.{place}").callback, PROFILE)
    assert name in options
    assert name in list_profile_options()
    profile = Profile(Path("nshot.toml"), {name: "2", "databases": "dbs"})
    assert profile.values_for(options) == ({"databases": "dbs"} if "databases" in options else {})


def test_a_comparison_takes_its_model_from_the_command_line_alone() -> None:
    options = getattr(load_command("compare", "nshot.cli.commands.judging.compare:compare").callback, PROFILE)
    profile = Profile(Path("nshot.toml"), {"model": "embedded", "beams": 2, "timeout": 3, "index": "own"})
    assert profile.values_for(options) == {"index": "own"}


def test_a_profile_may_set_what_the_pipeline_has() -> None:
    known = list_profile_options()
    assert {"model", "index", "strategy", "shots", "vote", "execute_guided"} <= set(known)
    assert "choose" not in known
    assert "seed" in known


def test_an_unreadable_profile_is_an_error_of_the_user(tmp_path: Path) -> None:
    path = tmp_path / "nshot.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match="is not TOML"):
        read_profile(path)
