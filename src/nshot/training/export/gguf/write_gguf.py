"""GGUF files of models built like Llama, with byte-level vocabularies.

The layout is llama.cpp's (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), the names are those of
the package `gguf`. Tensors pass one by one, so memory holds the largest of them and not the model.
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
"""Numbers of q8_0 that share a scale."""


class Tensor(NamedTuple):
    """One tensor of the file, not yet read."""

    name: str
    shape: tuple[int, ...]
    source: Path | None
    """The file of safetensors that holds it; None: the factors of the rotary frequencies."""
    key: str
    """Its name there."""


def write_gguf(folder: Path, file: Path, dtype: str, name: str) -> None:
    """Writes the model in a folder of transformers as a GGUF file.

    Args:
        folder: config.json, tokenizer.json and safetensors.
        file: Where to.
        dtype: float32, float16, bfloat16 or q8_0; vectors stay float32.
        name: Of the model, for people.

    Raises:
        EngineError: The model or its tokenizer is of another kind.
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
        _announce(writer, tensor, dtype)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in tensors:
        writer.write_tensor_data(_encoded(_numbers(tensor, sizes), _kind(tensor.shape, dtype)))
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
                    raise EngineError(f"{key} has no place in a model of Llama's kind; {CURE}")
                yield Tensor(name, tuple(opened.get_slice(key).get_shape()), path, key)


def _numbers(tensor: Tensor, sizes: Hyperparameters) -> np.ndarray[Any, Any]:
    """float32, in llama.cpp's order."""
    import numpy as np
    from safetensors import safe_open

    if tensor.source is None:
        return np.array(sizes.rope_factors, dtype=np.float32)
    with safe_open(tensor.source, framework="pt") as opened:
        found: np.ndarray[Any, Any] = opened.get_tensor(tensor.key).float().numpy()
    for part, heads in (("attn_q.", sizes.heads), ("attn_k.", sizes.key_heads)):
        if part in tensor.name:
            return interleaved(found, heads)
    return found


def interleaved(weights: np.ndarray[Any, Any], heads: int) -> np.ndarray[Any, Any]:
    """Rows of each head from transformers' order (first halves, then second halves of the pairs that rotate
    together) to llama.cpp's, where the two of a pair are neighbours.

    >>> import numpy as np
    >>> interleaved(np.arange(8), 2).tolist()
    [0, 2, 1, 3, 4, 6, 5, 7]
    """
    split = weights.reshape(heads, 2, len(weights) // heads // 2, *weights.shape[1:])
    return split.swapaxes(1, 2).reshape(weights.shape)


def _kind(shape: tuple[int, ...], dtype: str) -> Any:
    """How one tensor is stored."""
    from gguf import GGMLQuantizationType as Kind

    if len(shape) == 1:
        return Kind.F32
    if dtype == "q8_0":
        return Kind.Q8_0 if shape[-1] % BLOCK == 0 else Kind.F16
    return {"float32": Kind.F32, "float16": Kind.F16, "bfloat16": Kind.BF16}[dtype]


def _announce(writer: Any, tensor: Tensor, dtype: str) -> None:
    import numpy as np
    from gguf.quants import quant_shape_to_byte_shape

    kind = _kind(tensor.shape, dtype)
    stored = _stored(kind)
    shape = quant_shape_to_byte_shape(tensor.shape, kind) if stored == np.uint8 else tensor.shape
    size = int(np.prod(shape)) * np.dtype(stored).itemsize
    writer.add_tensor_info(tensor.name, shape, np.dtype(stored), size, raw_dtype=kind)


def _stored(kind: Any) -> Any:
    import numpy as np

    return {"F32": np.float32, "F16": np.float16}.get(kind.name, np.uint8)


def _encoded(numbers: np.ndarray[Any, Any], kind: Any) -> np.ndarray[Any, Any]:
    import numpy as np
    from gguf.quants import quantize

    if kind.name in ("F32", "F16"):
        return np.ascontiguousarray(numbers.astype(_stored(kind)))
    return np.ascontiguousarray(quantize(np.ascontiguousarray(numbers), kind)).view(np.uint8)


def _file_type(dtype: str) -> Any:
    from gguf import LlamaFileType as Type

    kinds = {"float32": Type.ALL_F32, "float16": Type.MOSTLY_F16, "bfloat16": Type.MOSTLY_BF16}
    return kinds.get(dtype, Type.MOSTLY_Q8_0)
