"""Loads a Llama folder for OpenVINO; what was compiled is kept and read again in a second."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nshot.artifacts import cache_folder, replacing
from nshot.generation.llama.forward import LINEAR, read_plain_config, rotations
from nshot.generation.openvino.forward import OpenVinoForward
from nshot.generation.openvino.graph import GraphSizes, build_graph
from nshot.models import open_weights

LAYOUT = 2
"""Of the graph; another number makes what was kept useless."""
MOST_KEPT = 4
"""Compiled models; the one that was not used for the longest time is removed."""
MOST_KERNELS = 64
"""Kernels that OpenVINO, and oneDNN inside of it, keep for shapes of before. Their own limits are
5,000 and 1,024: batches of many sizes would take gigabytes, some MB a shape.
"""
GROUP = 64
"""Numbers of a row that are rounded to 8 bits with one factor. A group that divides every width is
fast.
"""


def is_installed() -> bool:
    """Whether OpenVINO is there."""
    from importlib.util import find_spec

    return find_spec("openvino") is not None


def load_openvino(folder: Path, adapter: Path | None) -> OpenVinoForward | None:
    """The model of a folder with an adapter merged; None if it is no plain Llama.

    Args:
        folder: As transformers writes it.
        adapter: As peft writes it; None: no adapter.
    """
    if not (is_installed() and (folder / "config.json").is_file()):
        return None
    try:
        if (found := read_plain_config(folder)) is None:
            return None
        config, ends = found
        compiled = _load_compiled(config, folder, adapter)
    except Exception:  # noqa: BLE001 whatever is wrong with the files, transformers says it in its words
        return None
    if compiled is None:
        return None

    def load_lanes(count: int) -> list[OpenVinoForward]:
        apart = _load_compiled(config, folder, adapter, lanes=count)
        return [OpenVinoForward(apart, config, ends) for _ in range(count)]

    return OpenVinoForward(compiled, config, ends, load_lanes)


def _load_compiled(config: Any, folder: Path, adapter: Path | None, lanes: int = 1) -> Any:
    """The compiled model, from the cache if it is there; None if the weights are of another kind.

    Args:
        config: Of transformers.
        folder: As in `load_openvino`.
        adapter: As in `load_openvino`.
        lanes: Requests that run at the same time; they divide the threads among them.
    """
    import numpy as np
    import torch

    os.environ.setdefault(
        "ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(MOST_KERNELS)
    )  # read once, when it is loaded
    from openvino import Core, Tensor

    core = Core()
    how = {
        "NUM_STREAMS": lanes,
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "INFERENCE_PRECISION_HINT": "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUP,
        "ENABLE_CPU_PINNING": False,
        "CPU_RUNTIME_CACHE_CAPACITY": MOST_KERNELS,
    }
    kept = cache_folder() / "models" / f"openvino-{_key(core, folder, adapter)}.blob"
    if kept.is_file():
        with contextlib.suppress(Exception):  # damaged, or of another version: it is made again
            read: Any = core.import_model(Tensor(np.memmap(kept, dtype=np.uint8, mode="r")), "CPU", how)
            os.utime(kept)
            return read
    graph = _make_graph(config, folder, adapter)
    if graph is None:
        return None
    compiled: Any = core.compile_model(graph, "CPU", how)
    with contextlib.suppress(OSError):  # a cache that cannot be written only costs time
        _keep(kept, compiled)
    return compiled


def _make_graph(config: Any, folder: Path, adapter: Path | None) -> Any:
    import torch

    cos, sin = (one[:, 0].numpy() for one in rotations(config, torch.float32))
    heads = int(config.num_attention_heads)
    sizes = GraphSizes(
        hidden=int(config.hidden_size),
        layers=int(config.num_hidden_layers),
        heads=heads,
        key_heads=int(config.num_key_value_heads),
        width=int(getattr(config, "head_dim", None) or config.hidden_size // heads),
        epsilon=float(config.rms_norm_eps),
    )
    with open_weights(folder, adapter, LINEAR) as weights:
        if weights is None:
            return None
        apart = "lm_head.weight" in weights and not config.tie_word_embeddings

        def read(name: str) -> Any:
            if name == "lm_head.weight" and not apart:
                name = "model.embed_tokens.weight"
            return weights.read(name, torch.float32).numpy()

        return build_graph(sizes, read, cos, sin)


def _key(core: Any, folder: Path, adapter: Path | None) -> str:
    """Names what was compiled: the files, how, and for which processor."""
    from openvino import get_version

    made = [str(LAYOUT), str(GROUP), get_version(), str(core.get_property("CPU", "FULL_DEVICE_NAME"))]
    made += [f"{file.name} {stat.st_size} {stat.st_mtime_ns}" for file, stat in _files(folder)]
    made.append(str(folder.resolve()))
    for file, _ in _files(adapter) if adapter is not None else ():
        with file.open("rb") as stream:
            made.append(f"{file.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}")
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()[:16]


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The files that decide about weights, in order."""
    for file in sorted(folder.iterdir()):
        if file.suffix == ".safetensors" or file.name in ("config.json", "adapter_config.json"):
            yield file, file.stat()


def _keep(path: Path, compiled: Any) -> None:
    """Writes a compiled model beside others, of which the oldest go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as work:
        work.write_bytes(compiled.export_model().getvalue())
    others = sorted(path.parent.glob("openvino-*.blob"), key=lambda one: one.stat().st_mtime)
    for old in others[:-MOST_KEPT]:
        old.unlink(missing_ok=True)
