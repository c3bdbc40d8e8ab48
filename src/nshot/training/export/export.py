"""Exports an adapter as a merged model, a GGUF file or an adapter, and checks that answers stay the
same.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.artifacts import check_new_folder, file_sha256, replacing_folder, surroundings, write_run
from nshot.artifacts.run_metadata import FORMAT
from nshot.errors import DataError, EngineError
from nshot.generation import TransformersEngine
from nshot.models import WEIGHTS, TokenizerFormat, read_gguf
from nshot.training.export.agreement import Agreement, answers, compare
from nshot.training.export.config import ExportConfig
from nshot.training.export.gguf import convert
from nshot.training.export.probes import Probes, make_probes
from nshot.training.export.source import TrainedAdapter
from nshot.training.export.weights import (
    Loaded,
    load_merged,
    load_trained,
    read_weights,
    save_adapter,
    save_merged,
)

if TYPE_CHECKING:
    from nshot.generation import Engine

RECORD = "export.json"


class Exported(NamedTuple):
    """The result of an export."""

    out: Path
    model: Path
    """The path for `--model` or `--adapter`."""
    agreement: Agreement
    origin: str
    """The source of the questions."""
    reader: str
    """The library that ran the exported model: transformers or llama.cpp."""
    note: str
    """A further message for the user; may be empty."""
    in_its_dtype: Agreement | None = None
    """Agreement of a merged 16-bit model that computes in 16 bits, as most programs load it."""


class WrittenModel(NamedTuple):
    """The files in the work folder, before the check."""

    model: Path
    maker: str = ""
    note: str = ""


def export(
    source: TrainedAdapter, out: Path, config: ExportConfig, tell: Callable[[str], None] = lambda _: None
) -> Exported:
    """Writes the folder `out`, which must be empty or not exist yet.

    Args:
        source: The trained adapter.
        out: The folder. Beside the model or adapter it gets `export.json` (how it was made and
            checked) and, if the adapter has them, its model settings, `nshot.json`.
        config: The settings of the export and of its check.
        tell: Called with a message at each stage.

    Raises:
        EngineError: The exported model's answers differ too often from the trained model's, or a
            model cannot be loaded, merged or converted. Nothing is left behind.
        DataError: The folder is not empty, or it is the working directory.
    """
    check_new_folder(out)
    if out.resolve() == Path.cwd():
        raise DataError(f"{out} is the working directory, which cannot be replaced; give a folder inside it")
    if out.suffix == ".gguf":
        raise DataError(
            f"`out` must be a folder, into which the .gguf file is written; give {out.with_suffix('')}"
        )
    read_weights(source.adapter)
    tell("answering questions with the trained model")
    probes, before, name = _answer_as_trained(source, config)
    gc.collect()  # a large model is not in memory twice
    with replacing_folder(out) as work:
        tell(f"writing {config.to}")
        made = _write(source, config, work, name)
        tell("answering questions with the exported model")
        engine, reader = _engine(source, config, made, probes)
        agreement = compare(before, answers(engine, probes.prompts, config.max_new_tokens))
        del engine
        if agreement.share < config.agree:
            raise EngineError(_refusal(agreement, config))
        rounded = _in_its_dtype(source, config, made, probes, before)
        if source.settings is not None:
            source.settings.save(work)
        exported = Exported(
            out, out / made.model.relative_to(work), agreement, probes.origin, reader, made.note, rounded
        )
        write_run(work / RECORD, _record(source, config, name, made, exported))
        for path in work.iterdir():
            path.chmod(0o644)  # safetensors writes for its owner alone
    return exported


def _answer_as_trained(source: TrainedAdapter, config: ExportConfig) -> tuple[Probes, list[str], str]:
    """The questions, the trained model's answers, and the name of its base."""
    loaded = load_trained(source)
    text = TokenizerFormat(loaded.tokenizer, name=loaded.name, chat=source.model.chat)
    engine = _local(source, loaded)
    room = engine.context_length - config.max_new_tokens
    probes = make_probes(source, text, config.probe, config.probes, room)
    return probes, answers(engine, probes.prompts, config.max_new_tokens), loaded.name


def _write(source: TrainedAdapter, config: ExportConfig, work: Path, name: str) -> WrittenModel:
    if config.to == "adapter":
        save_adapter(source, name, work, config.dtype)
        return WrittenModel(work)
    loaded = load_merged(source)
    if config.to == "merged":
        save_merged(loaded, work, str(config.numbers))
        return WrittenModel(work)
    whole, dtype = work / "merged", str(config.numbers)
    save_merged(loaded, whole, "float32")
    del loaded
    gc.collect()
    file = work / f"{name}-nshot-{dtype}.gguf"
    maker, why = convert(whole, file, dtype, f"{name}-nshot", config.converter)
    shutil.rmtree(whole)
    return WrittenModel(file, maker, f"written by nshot itself; llama.cpp's converter: {why}" if why else "")


def _engine(
    source: TrainedAdapter, config: ExportConfig, made: WrittenModel, probes: Probes
) -> tuple[Engine, str]:
    """The engine of the exported model, and its library; transformers computes in float32, as
    before.
    """
    if config.to == "adapter":
        return _local(source, load_trained(source, made.model)), "transformers"
    if config.to == "merged":
        from nshot.generation import load_engine

        return load_engine(made.model, dtype="float32", chat=source.model.chat), "transformers"
    if find_spec("llama_cpp") is not None:
        from nshot.generation import LlamaCppEngine

        longest = max(prompt.tokens for prompt in probes.prompts)
        room = longest + config.max_new_tokens + 8
        return LlamaCppEngine(made.model, chat=source.model.chat, context_length=room), "llama.cpp"
    return _local(source, Loaded(*read_gguf(made.model), made.model.stem)), "transformers"


def _in_its_dtype(
    source: TrainedAdapter, config: ExportConfig, made: WrittenModel, probes: Probes, before: list[str]
) -> Agreement | None:
    """The agreement of the merged model when it computes in the precision that it is written in."""
    if config.to != "merged" or config.numbers == "float32":
        return None
    from nshot.generation import load_engine

    dtype: Any = config.numbers
    engine = load_engine(made.model, dtype=dtype, chat=source.model.chat)
    return compare(before, answers(engine, probes.prompts, config.max_new_tokens))


def _local(source: TrainedAdapter, loaded: Loaded) -> TransformersEngine:
    return TransformersEngine(loaded.model, loaded.tokenizer, name=loaded.name, chat=source.model.chat)


def _refusal(agreement: Agreement, config: ExportConfig) -> str:
    one, other = agreement.first or ("", "")
    return (
        f"the export was removed: only {agreement}; at least {100 * config.agree:g} % must be. "
        f"First difference: {one!r} as trained, {other!r} as exported. Choose a finer `dtype`, or lower "
        "`agree`"
    )


def _record(
    source: TrainedAdapter, config: ExportConfig, name: str, made: WrittenModel, exported: Exported
) -> dict[str, Any]:
    """The content of `export.json`: no path of this machine."""
    agreement, training, own = exported.agreement, source.recipe, exported.in_its_dtype
    rounded = source.quantise.kind == "nf4" and config.to != "adapter"
    return {
        "format": FORMAT,
        "to": config.to,
        "dtype": config.numbers,
        "base": name,
        "base_rounded_to_nf4": rounded,
        "adapter_sha256": file_sha256(source.adapter / WEIGHTS),
        "trained": None if training is None else {"dtype": training.model.dtype, "seed": training.optim.seed},
        "written_by": made.maker or "transformers",
        "agreement": {
            "questions": agreement.asked,
            "same": agreement.same,
            "share": round(agreement.share, 4),
            "bound": config.agree,
            "from": exported.origin,
            "asked_by": exported.reader,
            "same_in_its_dtype": None if own is None else own.same,
        },
        **surroundings(),
    }
