"""A whole training on a tiny base: it learns, it resumes, it writes an encoder that an index
takes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nshot.data import Catalog
from nshot.errors import DataError, EncoderMismatchError, EngineError, OptionError
from nshot.index.encoder import SentenceTransformerEncoder
from nshot.models.adapter import silence_peft
from nshot.retrieval import IndexConfig, RetrievalConfig, Retriever, build_index
from nshot.training.encoder import EncoderTrainConfig, Epoch, train_encoder
from nshot.training.encoder.history import best_of
from nshot.types import Example, Question


@pytest.fixture(scope="module")
def config(tiny_base: Path) -> EncoderTrainConfig:
    """Seconds on one core."""
    return EncoderTrainConfig(
        base=str(tiny_base),
        epochs=3,
        patience=3,
        holdout=2,
        rank=4,
        layers=2,
        learning_rate=0.02,
        batch=6,
        memory=24,
        threads=1,
    )


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, pool: tuple[Example, ...], config: EncoderTrainConfig
) -> tuple[Path, list[Epoch]]:
    """A folder and the passes that led to it."""
    out = tmp_path_factory.mktemp("trained") / "encoder"
    history: list[Epoch] = []
    train_encoder(pool, Catalog(), out, config, tell=history.append)
    return out, history


def weights(folder: Path) -> bytes:
    return (folder / "adapter_model.safetensors").read_bytes()


def stop_after(passes: int, error: BaseException) -> Callable[[Epoch], None]:
    """Raises in the middle of the training, as a kill or Ctrl-C would."""

    def tell(epoch: Epoch) -> None:
        if epoch.number == passes:
            raise error

    return tell


def test_the_loss_falls_and_the_held_out_databases_are_evaluated(trained: tuple[Path, list[Epoch]]) -> None:
    _, history = trained
    assert [epoch.number for epoch in history] == [0, 1, 2, 3]
    assert history[3].loss < history[1].loss
    assert best_of(history).number > 0
    assert all(0 <= share <= 1 for epoch in history for share in (epoch.question, epoch.masked) if share)


def test_the_folder_says_what_it_was_made_of(
    trained: tuple[Path, list[Epoch]], config: EncoderTrainConfig
) -> None:
    out, history = trained
    run = json.loads((out / "run.json").read_text())
    assert run["config"]["seed"] == config.seed
    assert len(run["held_out"]) == 2
    assert run["base_fingerprint"] == SentenceTransformerEncoder(config.base).fingerprint()
    assert len(run["history"]) == len(history)
    assert all(name in (out / "README.md").read_text() for name in run["held_out"])
    assert not (out / "checkpoint.pt").exists()


def test_an_index_takes_the_folder(
    trained: tuple[Path, list[Epoch]], pool: tuple[Example, ...], tmp_path: Path
) -> None:
    build_index(tmp_path / "i", pool, Catalog(), IndexConfig("never", encoder=str(trained[0])))
    retriever = Retriever(tmp_path / "i", RetrievalConfig("vector"))
    (found,) = retriever.retrieve([Question("How many ships are there?", "ship")], 3)
    assert len(found) == 3


def test_the_merged_encoder_gives_what_the_adapter_gives(trained: tuple[Path, list[Epoch]]) -> None:
    from peft import PeftModel

    out, _ = trained
    texts = ["How many ships are there?", "Show wine names sorted by age."]
    encoder = SentenceTransformerEncoder(str(out))
    merged = encoder.encode(texts)
    assert not [
        name for name, _ in encoder.model().named_modules() if "lora" in name
    ]  # no slower than the base
    base = json.loads((out / "encoder.json").read_text())["base"]
    whole = SentenceTransformerEncoder(base).model()
    before = whole.encode(texts, normalize_embeddings=True)
    with silence_peft():
        whole[0].auto_model = PeftModel.from_pretrained(whole[0].auto_model, str(out)).eval()
    np.testing.assert_allclose(merged, whole.encode(texts, normalize_embeddings=True), atol=1e-5)
    assert np.abs(merged - before).max() > 1e-3


@pytest.mark.parametrize("passes", [0, 1, 2])
def test_a_killed_and_resumed_run_ends_with_the_same_weights(
    trained: tuple[Path, list[Epoch]],
    pool: tuple[Example, ...],
    config: EncoderTrainConfig,
    tmp_path: Path,
    passes: int,
) -> None:
    out = tmp_path / "encoder"
    with pytest.raises(RuntimeError, match="killed"):
        train_encoder(pool, Catalog(), out, config, tell=stop_after(passes, RuntimeError("killed")))
    assert (out / "checkpoint.pt").is_file()
    with pytest.raises(EngineError, match="cannot load"):
        SentenceTransformerEncoder(str(out)).encode(["a"])
    train_encoder(pool, Catalog(), out, config)
    assert weights(out) == weights(trained[0])


def test_ctrl_c_keeps_the_best_so_far(
    pool: tuple[Example, ...], config: EncoderTrainConfig, tmp_path: Path
) -> None:
    out = tmp_path / "encoder"
    best = train_encoder(pool, Catalog(), out, config, tell=stop_after(1, KeyboardInterrupt()))
    assert best.number in (0, 1)
    assert SentenceTransformerEncoder(str(out)).encode(["How many ships?"]).shape == (1, 32)
    assert len(json.loads((out / "run.json").read_text())["history"]) == 2


def test_no_pass_begins_after_the_minutes_are_over(
    pool: tuple[Example, ...], config: EncoderTrainConfig, tmp_path: Path
) -> None:
    history: list[Epoch] = []
    short = replace(config, minutes=1e-9)
    train_encoder(pool, Catalog(), tmp_path / "encoder", short, tell=history.append)
    assert [epoch.number for epoch in history] == [0]


def test_an_unfinished_run_of_other_settings_is_not_taken_up(
    pool: tuple[Example, ...], config: EncoderTrainConfig, tmp_path: Path
) -> None:
    out = tmp_path / "encoder"
    with pytest.raises(RuntimeError, match="killed"):
        train_encoder(pool, Catalog(), out, config, tell=stop_after(0, RuntimeError("killed")))
    with pytest.raises(DataError, match=r"config.seed was 0, is 1.*`overwrite`"):
        train_encoder(pool, Catalog(), out, replace(config, seed=1))
    train_encoder(pool, Catalog(), out, replace(config, seed=1, epochs=1), overwrite=True)
    assert json.loads((out / "run.json").read_text())["config"]["seed"] == 1


def test_a_trained_encoder_is_not_overwritten_without_the_option(
    trained: tuple[Path, list[Epoch]], pool: tuple[Example, ...], config: EncoderTrainConfig
) -> None:
    before = weights(trained[0])
    with pytest.raises(DataError, match="`overwrite`"):
        train_encoder(pool, Catalog(), trained[0], config)
    assert weights(trained[0]) == before


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_with_other_files_is_not_changed(
    pool: tuple[Example, ...], config: EncoderTrainConfig, tmp_path: Path, overwrite: bool
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="has other files"):
        train_encoder(pool, Catalog(), tmp_path, config, overwrite=overwrite)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_more_layers_than_there_are_is_refused(
    pool: tuple[Example, ...], config: EncoderTrainConfig, tmp_path: Path
) -> None:
    with pytest.raises(OptionError, match=r"`layers` must be from 1 to 2"):
        train_encoder(pool, Catalog(), tmp_path / "encoder", replace(config, layers=3))


def test_another_base_than_the_one_trained_on_is_refused(
    trained: tuple[Path, list[Epoch]], tmp_path: Path
) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(trained[0], copy)
    info = json.loads((copy / "encoder.json").read_text())
    (copy / "encoder.json").write_text(json.dumps(info | {"base_fingerprint": "0" * 64}))
    encoder = SentenceTransformerEncoder(str(copy))
    with pytest.raises(EncoderMismatchError, match="install the same base"):
        encoder.fingerprint()
    with pytest.raises(EncoderMismatchError, match="install the same base"):
        encoder.encode(["a"])


def test_a_kill_while_the_first_checkpoint_is_written_leaves_a_folder_that_is_taken(
    trained: tuple[Path, list[Epoch]], pool: tuple[Example, ...], config: EncoderTrainConfig, tmp_path: Path
) -> None:
    (tmp_path / ".checkpoint.pt.4711").write_bytes(b"half")
    train_encoder(pool, Catalog(), tmp_path, config)
    assert weights(tmp_path) == weights(trained[0])
    assert not list(tmp_path.glob(".checkpoint*"))


def test_a_training_begins_without_a_word_of_other_libraries(tiny_base: Path) -> None:
    code = (
        "import sys; from nshot.training.encoder import EncoderTrainConfig; "
        "from nshot.training.encoder.trainable_encoder import TrainableEncoder; "
        "TrainableEncoder(EncoderTrainConfig(base=sys.argv[1], layers=2))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tiny_base)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_base_named_from_here_is_found_from_elsewhere(
    tiny_base: Path, pool: tuple[Example, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_base.parent)
    config = EncoderTrainConfig(
        base=tiny_base.name, layers=1, rank=2, epochs=1, batch=8, holdout=2, threads=1
    )
    train_encoder(pool, Catalog(), tmp_path / "out", config)
    monkeypatch.chdir(tmp_path)
    assert SentenceTransformerEncoder(str(tmp_path / "out")).encode(["How many?"]).shape == (1, 32)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("encoder.json", "README.md"), "encoder.json was not written by nshot"),
        (("checkpoint.pt", "README.md"), "was not written by nshot"),
        (("encoder.json", "thesis.tex"), "has other files, too"),
    ],
)
def test_overwrite_removes_nothing_that_nshot_did_not_write(
    pool: tuple[Example, ...],
    config: EncoderTrainConfig,
    tmp_path: Path,
    names: tuple[str, ...],
    message: str,
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in names:
        (out / name).write_text("years of work")
    with pytest.raises(DataError, match=message):
        train_encoder(pool, Catalog(), out, config, overwrite=True)
    assert {path.name: path.read_text() for path in out.iterdir()} == dict.fromkeys(names, "years of work")
