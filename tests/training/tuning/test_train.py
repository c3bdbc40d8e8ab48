"""A whole training of a tiny model: it learns, it is killed and goes on with the same numbers."""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nshot.data import Catalog, read_pool, sample_dir
from nshot.errors import DataError
from nshot.retrieval import IndexConfig, build_index
from nshot.training.tuning.loop import checkpoint, loop
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.train import Watch, resume, train


def losses(out: Path) -> list[tuple[str, str]]:
    with (out / "history.csv").open() as file:
        return [(line["step"], line["loss"]) for line in csv.DictReader(file)]


def evaluations(out: Path) -> list[tuple[str, str]]:
    with (out / "evaluations.csv").open() as file:
        return [(line["step"], line["loss"]) for line in csv.DictReader(file)]


def weights(folder: Path) -> bytes:
    return (folder / "adapter_model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, table: dict[str, Any]) -> Path:
    """The folder of a training that ran through."""
    out = tmp_path_factory.mktemp("unbroken") / "run"
    train(make_recipe(table), out)
    return out


def test_the_loss_falls_on_the_rows_and_on_the_held_out_databases(unbroken: Path) -> None:
    steps, seen = losses(unbroken), evaluations(unbroken)
    assert [step for step, _ in steps] == [str(number) for number in range(1, 13)]
    assert float(steps[-1][1]) < 0.8 * float(steps[0][1])
    assert [step for step, _ in seen] == ["0", "4", "8", "12"]
    assert float(seen[-1][1]) < 0.8 * float(seen[0][1])


def test_the_run_says_what_it_was_made_of_and_why_the_best_is_the_best(unbroken: Path) -> None:
    run = json.loads((unbroken / "run.json").read_text())
    assert run["recipe"]["lora"]["rank"] == 4
    assert len(run["data"]["held_out"]) == 1
    assert run["data"]["rows"] == 32
    assert run["parameters"]["trainable"] < run["parameters"]["frozen"]
    assert run["versions"]["torch"]
    assert run["best"]["step"] == 12
    assert run["best"]["why"].startswith("the lower loss")


def test_peft_loads_what_was_kept(unbroken: Path, tiny_llama: Path) -> None:
    from nshot.generation import load_engine

    assert load_engine(tiny_llama, adapter=unbroken / "best", dtype="float32").name
    assert sorted(path.name for path in (unbroken / "evaluations").iterdir()) == [
        "step-000008",
        "step-000012",
    ]
    assert weights(unbroken / "best") == weights(unbroken / "last")


KILLED = """
import json, os, signal, sys
from pathlib import Path
from nshot.training.tuning.loop.history import StepRecord
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.train import Watch, train
def tell(event):
    if isinstance(event, StepRecord) and event.step == 7:
        os.kill(os.getpid(), signal.SIGKILL)
train(make_recipe(json.loads(sys.argv[1])), Path(sys.argv[2]), Watch(tell))
"""


def test_a_killed_training_goes_on_with_the_same_losses(
    tmp_path: Path, table: dict[str, Any], unbroken: Path
) -> None:
    out = tmp_path / "run"
    done = subprocess.run([sys.executable, "-c", KILLED, json.dumps(table), str(out)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(losses(out)) == 7
    assert resume(out).ending == "finished"
    assert losses(out) == losses(unbroken)
    assert evaluations(out) == evaluations(unbroken)
    for folder in ("best", "last"):
        assert weights(out / folder) == weights(unbroken / folder)


@pytest.mark.parametrize("which", [0, 1], ids=["of the base", "of step 4"])
def test_a_kill_right_after_an_evaluation_neither_loses_nor_repeats_it(
    tmp_path: Path, table: dict[str, Any], unbroken: Path, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    calls = itertools.count()
    keep = checkpoint.keep_evaluation

    def killed(*arguments: Any) -> None:
        if next(calls) == which:
            raise SystemExit
        keep(*arguments)

    out = tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "keep_evaluation", killed)
        with pytest.raises(SystemExit):
            train(make_recipe(table), out)
    assert resume(out).ending == "finished"
    assert evaluations(out) == evaluations(unbroken)
    assert losses(out) == losses(unbroken)
    assert sorted(path.name for path in (out / "evaluations").iterdir()) == ["step-000008", "step-000012"]


STOPPED = """
import faulthandler, json, signal, sys
from pathlib import Path
from tests.signals import interrupt
from nshot.training.tuning.loop.history import StepRecord
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.train import Watch, train
faulthandler.enable()
for number in (signal.SIGINT, signal.SIGTERM):
    before = signal.getsignal(number)
    def tell(event):
        if isinstance(event, StepRecord) and event.step == 5:
            interrupt(number)
    outcome = train(make_recipe(json.loads(sys.argv[1])), Path(sys.argv[2], number.name), Watch(tell))
    assert (outcome.ending, outcome.state.step) == ("stopped", 5), outcome
    assert signal.getsignal(number) is before
"""


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory, table: dict[str, Any], repo: Path) -> Path:
    """The folders of two trainings that a signal stopped, in a process of their own."""
    folder = tmp_path_factory.mktemp("stopped")
    rare = {**table, "save": {"every_minutes": 1000.0, "keep": 2}}
    done = subprocess.run(
        [sys.executable, "-c", STOPPED, json.dumps(rare), str(folder)],
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-3000:])
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_training_is_saved_and_goes_on(
    stopped: Path, unbroken: Path, number: signal.Signals
) -> None:
    out = stopped / number.name
    assert len(losses(out)) == 5
    assert json.loads((out / "run.json").read_text())["ending"] == "stopped"
    assert resume(out).ending == "finished"
    assert losses(out) == losses(unbroken)


def test_a_folder_is_never_overwritten(tmp_path: Path, table: dict[str, Any], unbroken: Path) -> None:
    with pytest.raises(DataError, match="nshot train resume"):
        train(make_recipe(table), unbroken)
    (tmp_path / "mine.txt").touch()
    with pytest.raises(DataError, match="has other files"):
        train(make_recipe(table), tmp_path)
    with pytest.raises(DataError, match="no training"):
        resume(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"format": 1}',
            "does not describe a training: its recipe or its data is missing; start a new",
        ),
        ("{", r"run\.json cannot be read \(.*; start a new training in another folder"),
    ],
)
def test_a_damaged_record_is_reported(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(DataError, match=message):
        resume(tmp_path)


def test_another_dtype_than_before_is_reported(tmp_path: Path, table: dict[str, Any], unbroken: Path) -> None:
    notes: list[str] = []
    out = tmp_path / "run"
    shutil.copytree(unbroken, out)
    run = json.loads((out / "run.json").read_text())
    assert run["parameters"]["dtype"] == "float32"
    run["parameters"]["dtype"] = "bfloat16"
    (out / "run.json").write_text(json.dumps(run))
    resume(out, watch=Watch(note=notes.append))
    assert notes == ["the training began in bfloat16 and continues in float32, the dtype of this machine"]


def test_a_damaged_state_is_reported_in_a_line(tmp_path: Path, table: dict[str, Any], unbroken: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(unbroken, out)
    (out / "last" / "state.pt").write_bytes(b"no state")
    with pytest.raises(DataError, match=r"state\.pt is damaged .*can be used as they are") as message:
        resume(out)
    assert "\n" not in str(message.value)


def test_changed_data_is_refused_on_resume(tmp_path: Path, table: dict[str, Any], rows_file: Path) -> None:
    copy = tmp_path / "rows.jsonl"
    copy.write_text(rows_file.read_text())
    changed = {**table, "data": {"files": [str(copy)], "holdout": 1}}
    changed["optim"] = {**table["optim"], "epochs": 0.25}
    train(make_recipe(changed), tmp_path / "run")
    copy.write_text("\n".join(rows_file.read_text().splitlines()[:-1]))
    with pytest.raises(DataError, match=r"data of .* has changed: "):
        resume(tmp_path / "run")


@pytest.mark.parametrize("changed", ["index", "column"])
def test_another_index_or_schema_is_refused_on_resume(
    tmp_path: Path, table: dict[str, Any], changed: str
) -> None:
    pool = read_pool("sample").examples
    names = list(dict.fromkeys(one.db_id for one in pool))[:3]
    some = [one for one in pool if one.db_id in names]
    records = [
        {"id": one.id, "question": one.question, "sql": one.sql, "db_id": one.db_id, "evidence": ""}
        for one in some
    ]
    file, index, databases = tmp_path / "pool.jsonl", tmp_path / "index", tmp_path / "database"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    build_index(index, some, Catalog.sample(), IndexConfig(encoder="none"))
    shutil.copytree(sample_dir() / "database", databases)
    data = {"pool": [str(file)], "index": str(index), "databases": str(databases), "shots": "0..2"}
    data |= {"strategies": ["keyword"]}
    optim = table["optim"] | {"epochs": 0.01}
    train(make_recipe({**table, "data": data, "optim": optim, "select": {}}), tmp_path / "run")
    assert resume(tmp_path / "run").ending == "finished"
    if changed == "index":
        build_index(index, some[:-1], Catalog.sample(), IndexConfig(encoder="none"))
    else:
        with closing(sqlite3.connect(next(databases.glob(f"{names[0]}/*.sqlite")))) as connection:
            connection.execute("CREATE TABLE more (another TEXT)")
    message = "index was" if changed == "index" else "schemas_sha256 was"
    with pytest.raises(DataError, match=message):
        resume(tmp_path / "run")


def test_a_training_goes_on_without_the_adapter_that_it_started_from(
    tmp_path: Path, table: dict[str, Any], unbroken: Path
) -> None:
    start = tmp_path / "start"
    shutil.copytree(unbroken / "best", start)
    begun = {
        **table,
        "lora": {**table["lora"], "start": str(start)},
        "optim": {**table["optim"], "epochs": 1},
    }
    for name in ("whole", "broken"):
        train(make_recipe(begun), tmp_path / name)
    shutil.rmtree(start)
    assert resume(tmp_path / "broken").ending == "finished"
    assert weights(tmp_path / "broken" / "last") == weights(tmp_path / "whole" / "last")
    run = json.loads((tmp_path / "broken" / "run.json").read_text())
    assert run["recipe"]["lora"]["start"] == str(start)
    before = losses(tmp_path / "broken")
    (tmp_path / "broken" / "last" / "state.pt").unlink()
    with pytest.raises(DataError, match=r"state\.pt is missing, so the training in .* cannot be resumed"):
        resume(tmp_path / "broken")
    assert losses(tmp_path / "broken") == before


def test_minutes_end_the_training_and_count_over_runs(
    tmp_path: Path, table: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    optim = {key: value for key, value in table["optim"].items() if key != "epochs"} | {"minutes": 1}
    out = tmp_path / "run"
    first = train(make_recipe({**table, "optim": optim, "select": {"rows": 4}}), out)
    with (out / "history.csv").open() as file:
        rates = [float(line["learning_rate"]) for line in csv.DictReader(file)]
    assert 60 <= first.state.seconds <= 70
    assert len(rates) > 10
    assert rates[-1] < 0.05 * max(rates)
    again = resume(out, minutes=1.5)
    assert again.state.step > first.state.step
    assert 90 <= again.state.seconds <= 100
    assert resume(out).state.step == again.state.step


def test_early_stopping_ends_the_training(tmp_path: Path, table: dict[str, Any]) -> None:
    hot = {**table["optim"], "learning_rate": 30.0, "epochs": 50, "clip": 1e9}
    select = {"every_steps": 1, "rows": 4, "patience": 2}
    outcome = train(make_recipe({**table, "optim": hot, "select": select}), tmp_path / "run")
    assert outcome.ending == "patience"
    best = outcome.best
    assert best is not None
    assert outcome.state.step == best.step + 2
    again = resume(tmp_path / "run")
    assert (again.ending, again.state.step) == ("patience", outcome.state.step)
