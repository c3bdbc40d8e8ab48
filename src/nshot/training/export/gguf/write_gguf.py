"""Writes GGUF files of Llama-like models with byte-level vocabularies.

The layout is llama.cpp's (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), the names are
those of the package `gguf`. Tensors pass one by one, so memory holds the largest of them and not
the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.errors import EngineError
from nshot.training.export.gguf.hyperparameters import CURE, Hyperparameters, read_hyperparameters
from nshot.training.export.gguf.vocabulary import read_vocabulary

if TYPE_CHECKING:
    import numpy as np

BLOCK = 32
"""Number of q8_0 weights that share a scale."""


class Tensor(NamedTuple):
    """A tensor for the file, before it is read."""

    name: str
    shape: tuple[int, ...]
    source: Path | None
    """The safetensors file with the tensor; None: the factors of the rotary frequencies."""
    key: str
    """The tensor's name in that file."""


def write_gguf(folder: Path, file: Path, dtype: str, name: str) -> None:
    """Writes the model in a folder of transformers as a GGUF file.

    Args:
        folder: Folder with config.json, tokenizer.json and safetensors.
        file: The file to write.
        dtype: float32, float16, bfloat16 or q8_0; vectors stay float32.
        name: Name of the model, for people.

    Raises:
        EngineError: The model or its tokenizer is of an unknown kind.
    """
    from gguf import GGUFWriter

    sizes, vocabulary = read_hyperparameters(folder), read_vocabulary(folder)
    tensors = list(_tensors(folder, sizes))
    writer = GGUFWriter(file, "llama")
    writer.add_name(name)
    writer.add_file_type(_file_type(dtype))
    sizes.write(writer)
    vocabulary.write(writer, sizes.vocabulary)
    for tensor in tensors:
        _add_info(writer, tensor, dtype)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in tensors:
        writer.write_tensor_data(_encode(_numbers(tensor, sizes), _kind(tensor.shape, dtype)))
    writer.close()


def _tensors(folder: Path, sizes: Hyperparameters) -> Iterator[Tensor]:
    from gguf import MODEL_ARCH, get_tensor_name_map
    from safetensors import safe_open

    names = get_tensor_name_map(MODEL_ARCH.LLAMA, sizes.layers)
    if sizes.rope_factors is not None:
        yield Tensor("rope_freqs.weight", (len(sizes.rope_factors),), None, "")
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as opened:
            for key in opened.keys():  # noqa: SIM118 (not a dict)
                if key.endswith("rotary_emb.inv_freq"):
                    continue
                name = names.get_name(key, try_suffixes=(".weight", ".bias"))
                if name is None:
                    raise EngineError(f"{key} is not a tensor of a Llama-like model; {CURE}")
                yield Tensor(name, tuple(opened.get_slice(key).get_shape()), path, key)


def _numbers(tensor: Tensor, sizes: Hyperparameters) -> np.ndarray[Any, Any]:
    """The tensor's values as float32, in llama.cpp's order."""
    import numpy as np
    from safetensors import safe_open

    if tensor.source is None:
        return np.array(sizes.rope_factors, dtype=np.float32)
    with safe_open(tensor.source, framework="pt") as opened:
        found: np.ndarray[Any, Any] = opened.get_tensor(tensor.key).float().numpy()
    for part, heads in (("attn_q.", sizes.heads), ("attn_k.", sizes.key_heads)):
        if part in tensor.name:
            return interleave(found, heads)
    return found


def interleave(weights: np.ndarray[Any, Any], heads: int) -> np.ndarray[Any, Any]:
    """The rows of each head in llama.cpp's order, where the two of a rotary pair are neighbours.

    In transformers' order the first halves of all pairs come before the second halves.

    >>> import numpy as np
    >>> interleave(np.arange(8), 2).tolist()
    [0, 2, 1, 3, 4, 6, 5, 7]
    """
    split = weights.reshape(heads, 2, len(weights) // heads // 2, *weights.shape[1:])
    return split.swapaxes(1, 2).reshape(weights.shape)


def _kind(shape: tuple[int, ...], dtype: str) -> Any:
    """The storage type of one tensor."""
    from gguf import GGMLQuantizationType as Kind

    if len(shape) == 1:
        return Kind.F32
    if dtype == "q8_0":
        return Kind.Q8_0 if shape[-1] % BLOCK == 0 else Kind.F16
    return {"float32": Kind.F32, "float16": Kind.F16, "bfloat16": Kind.BF16}[dtype]


def _add_info(writer: Any, tensor: Tensor, dtype: str) -> None:
    import numpy as np
    from gguf.quants import quant_shape_to_byte_shape

    kind = _kind(tensor.shape, dtype)
    stored = _storage_dtype(kind)
    shape = quant_shape_to_byte_shape(tensor.shape, kind) if stored == np.uint8 else tensor.shape
    size = int(np.prod(shape)) * np.dtype(stored).itemsize
    writer.add_tensor_info(tensor.name, shape, np.dtype(stored), size, raw_dtype=kind)


def _storage_dtype(kind: Any) -> Any:
    import numpy as np

    return {"F32": np.float32, "F16": np.float16}.get(kind.name, np.uint8)


def _encode(numbers: np.ndarray[Any, Any], kind: Any) -> np.ndarray[Any, Any]:
    import numpy as np
    from gguf.quants import quantize

    if kind.name in ("F32", "F16"):
        return np.ascontiguousarray(numbers.astype(_storage_dtype(kind)))
    return np.ascontiguousarray(quantize(np.ascontiguousarray(numbers), kind)).view(np.uint8)


def _file_type(dtype: str) -> Any:
    from gguf import LlamaFileType as Type

    kinds = {"float32": Type.ALL_F32, "float16": Type.MOSTLY_F16, "bfloat16": Type.MOSTLY_BF16}
    return kinds.get(dtype, Type.MOSTLY_Q8_0)
