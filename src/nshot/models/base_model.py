"""Load a base model: find it, choose dtype and device, and translate errors."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from nshot.errors import EngineError
from nshot.models.embedded_model import EMBEDDED, EMBEDDED_BASE
from nshot.models.gguf import EMBEDDED_NAME, find_embedded_file, unpack_gguf


class BaseModel(NamedTuple):
    """A model without an adapter."""

    model: Any
    """The model, of transformers."""
    tokenizer: Any
    name: str
    """The name in messages."""


def load_base(
    source: str,
    *,
    dtype: str,
    device: str,
    quantization: Any = None,
    allow_download: bool = False,
) -> BaseModel:
    """Load a model with transformers; a model that is on this machine is never requested from the
    hub.

    Args:
        source: `embedded`, a folder, a .gguf file or a hub id.
        dtype: Name of a torch dtype, as returned by `pick_dtype`.
        device: A device, as returned by `pick_device`.
        quantization: A configuration of bitsandbytes, such as `nf4_config`; None for unquantised
            weights.
        allow_download: Download a model that is not on this machine.

    Raises:
        EngineError: There is no such model, it is damaged, or it does not fit the device.
    """
    import torch

    folder, name = resolve(source)
    options: dict[str, Any] = {"dtype": getattr(torch, dtype), "device_map": {"": device}}
    if quantization is not None:
        options["quantization_config"] = quantization
    try:
        return BaseModel(*_from_pretrained(folder, local_files_only=True, **options), name)
    except unloadable() as error:
        if Path(folder).is_dir():
            raise EngineError(
                f"model {source!r} cannot be loaded: {first_line(error)}; check the folder"
            ) from error
        if not allow_download:
            raise EngineError(explain_missing(source)) from error
    try:
        return BaseModel(*_from_pretrained(folder, local_files_only=False, **options), name)
    except unloadable() as error:
        raise EngineError(
            f"model {source!r} could not be downloaded: {first_line(error)}; "
            "check its name and the connection"
        ) from error


def explain_missing(model: str) -> str:
    """The message for a model that is not on this machine."""
    return (
        f"model {model!r} is neither a folder nor in the local hub cache; name a folder or a .gguf "
        "file, or allow the download (`allow_download`); a model behind a server is `model` "
        f"http://HOST/v1 `server_model` {model}"
    )


def nf4_config(compute: str, *, double: bool = False, storage: str = "uint8") -> Any:
    """The configuration of bitsandbytes that quantises weights to nf4 (QLoRA,
    https://arxiv.org/abs/2305.14314).

    Args:
        compute: Name of the torch dtype for computation.
        double: Quantise the scales of the blocks, too.
        storage: Name of the torch dtype that stores the packed weights.
    """
    import torch
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=double,
        bnb_4bit_compute_dtype=getattr(torch, compute),
        bnb_4bit_quant_storage=getattr(torch, storage),
    )


def _from_pretrained(folder: str, *, local_files_only: bool, **options: Any) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=local_files_only)
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=local_files_only, **options)
    return model, tokenizer


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a Llama's folder, as AutoTokenizer of transformers returns it.

    Where the file names the general class, AutoTokenizer is not asked: it imports the classes of
    the model, which takes nearly two seconds.

    Raises:
        OSError: A file is missing.
        ValueError: transformers cannot read it.
    """
    from transformers import PreTrainedTokenizerFast

    try:
        named = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        named = {}
    plain = isinstance(named, dict) and named.get("tokenizer_class") == PreTrainedTokenizerFast.__name__
    if plain and "auto_map" not in named:
        return PreTrainedTokenizerFast.from_pretrained(str(folder), local_files_only=True)
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Context manager that disables transformers' progress bars."""
    from transformers.utils import logging

    was_on = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            logging.enable_progress_bar()


def resolve(source: str) -> tuple[str, str]:
    """The name by which transformers finds the model, without adapters, and its name in
    messages."""
    if source in (EMBEDDED, EMBEDDED_BASE):
        return str(unpack_gguf(find_embedded_file())), EMBEDDED_NAME
    if source.endswith(".gguf"):
        return str(unpack_gguf(Path(source))), Path(source).stem
    return source, Path(source).name if Path(source).is_dir() else source


def pick_device(device: str) -> str:
    """A device of this machine; `auto` is the fastest.

    Raises:
        EngineError: There is no such device.
    """
    import torch

    if device != "auto":
        try:
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError) as error:  # the latter where torch was built without it
            raise EngineError(
                f"no device {device!r} on this machine: {first_line(error)}; try auto"
            ) from error
        return device
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def pick_dtype(dtype: str, device: str) -> str:
    """The name of a torch dtype; `auto` depends only on the hardware, so it is the same each
    time."""
    if dtype != "auto":
        return dtype
    return "bfloat16" if device != "cpu" or native_bfloat16() else "float32"


def native_bfloat16() -> bool:
    """Whether this processor has bfloat16 multiplication; without it, bfloat16 is slower than
    float32.
    """
    import torch

    found = torch.cpu.get_capabilities()
    return bool(found.get("amx_bf16") or found.get("avx512_bf16"))


def unloadable(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What transformers and peft raise for models that are not there, are damaged, or do not fit a
    device.
    """
    from safetensors import SafetensorError

    return (OSError, ValueError, RuntimeError, SafetensorError, *more)


def first_line(error: Exception) -> str:
    """The first line of the message, without its full stop, so that more can be appended."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
