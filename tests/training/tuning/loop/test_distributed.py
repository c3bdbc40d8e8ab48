"""Two processes train as one does: the same losses and the same adapter, copied or sharded (gloo,
CPU).
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nshot.training.tuning.dataset.rows import TokenRow
from nshot.training.tuning.loop.distributed import Distributed
from nshot.training.tuning.packing.packs import LabelledPack, make_pack
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.train import train

RUN = """
import json, sys
from pathlib import Path
from nshot.training.tuning.loop.distributed import Distributed
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.train import train
class Telling(Distributed):
    def shard_model(self, model):
        super().shard_model(model)
        kind = type(model.get_base_model().model.layers[0].mlp.up_proj.base_layer.weight)
        sys.stdout.write(kind.__name__ + "\\n")  # one write: both processes share the pipe
import nshot.training.tuning.train as module
module.join = lambda found=module.join(): Telling(found.rank, found.size, found.device)
train(make_recipe(json.loads(sys.argv[1])), Path(sys.argv[2]))
"""
FSDP = {
    "ACCELERATE_USE_FSDP": "true",
    "FSDP_VERSION": "2",
    "FSDP_RESHARD_AFTER_FORWARD": "true",
    "FSDP_OFFLOAD_PARAMS": "false",
}


def batch(tokens: int) -> LabelledPack:
    return LabelledPack(make_pack([TokenRow(tuple(range(tokens)), (1,), "db", "")]), frozenset({"db"}))


def test_every_pack_has_one_process_and_all_have_equally_many() -> None:
    batches = [batch(tokens) for tokens in (5, 60, 20, 30, 10)]
    shares = [Distributed(rank, 2).shard(batches) for rank in (0, 1)]
    assert sorted(share.number for own in shares for share in own if share.counts) == [0, 1, 2, 3, 4]
    assert len(shares[0]) == len(shares[1])
    loads = [sum(share.batch.pack.tokens for share in own if share.counts) for own in shares]
    assert max(loads) <= 70


def test_a_process_alone_has_all_packs_in_their_order() -> None:
    assert [share.number for share in Distributed().shard([batch(5), batch(9)])] == [0, 1]


def curve(out: Path, name: str) -> list[float]:
    with (out / name).open() as file:
        return [float(line["loss"]) for line in csv.DictReader(file)]


@pytest.fixture(scope="module")
def short(table: dict[str, Any]) -> dict[str, Any]:
    """Two epochs, 3 packs in most steps: two processes cannot have equally many."""
    optim = {**table["optim"], "epochs": 2, "rows_per_step": 12}
    return {**table, "optim": optim, "select": {"every_steps": 3, "rows": 8}}


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, short: dict[str, Any]) -> Path:
    """The folder of the training that one process did."""
    out = tmp_path_factory.mktemp("one") / "run"
    train(make_recipe(short), out)
    return out


def launch_two(
    script: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What two processes of a script did, started by accelerate."""
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    launch += ["--main_process_port", "0"]
    return subprocess.run(
        [*launch, str(script), *arguments],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.parametrize("sharded", [False, True], ids=["copies", "shards"])
def test_two_processes_train_as_one(tmp_path: Path, short: dict[str, Any], one: Path, sharded: bool) -> None:
    import torch
    from safetensors.torch import load_file

    script, out = tmp_path / "run.py", tmp_path / "run"
    script.write_text(RUN)
    done = launch_two(script, json.dumps(short), str(out), env=FSDP if sharded else {})
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == ["DTensor" if sharded else "Parameter"] * 2
    for name in ("history.csv", "evaluations.csv"):
        assert curve(out, name) == pytest.approx(curve(one, name), abs=1e-4)
    found, wanted = (load_file(place / "last" / "adapter_model.safetensors") for place in (out, one))
    assert found.keys() == wanted.keys()
    assert all(torch.allclose(found[key], wanted[key], atol=1e-4) for key in wanted)


LEAVE = """
import sys
import torch.distributed as dist
from nshot.training.tuning.loop.distributed import join
try:
    with join() as distributed:
        assert distributed.gather(distributed.rank) == [0, 1]
        if sys.argv[1] == "interrupt":
            raise KeyboardInterrupt
        if sys.argv[1] == "error" and distributed.rank == 1:
            raise ZeroDivisionError
except (KeyboardInterrupt, ZeroDivisionError) as error:
    sys.stdout.write(type(error).__name__ + "\\n")
assert not dist.is_initialized()
"""


@pytest.mark.parametrize(
    ("ending", "said"),
    [("done", []), ("interrupt", ["KeyboardInterrupt"] * 2), ("error", ["ZeroDivisionError"])],
)
def test_the_group_of_processes_is_left_however_the_work_ends(
    tmp_path: Path, ending: str, said: list[str]
) -> None:
    script = tmp_path / "leave.py"
    script.write_text(LEAVE)
    done = launch_two(script, ending)
    if ending != "error":  # the process that goes on may miss the other one, and says so
        assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == said
    assert "terminate called" not in done.stderr
