"""BM25 over token lists, with two engines that give the same ranking.

`bm25s`, the default, precomputes a sparse matrix of term scores; `rank-bm25` computes the scores
for each query. Both return float64 scores of the same variant, and ranking.py breaks ties. Only
variants that both engines can compute are offered (their BM25L differ):

- `lucene`: idf = ln(1 + (N - df + 0.5) / (df + 0.5)); tf without the constant factor k1 + 1
- `atire`:  idf = ln(N / df)
- `bm25+`:  idf = ln((N + 1) / df), and a lower bound of 1 for the tf of long documents

Source: Kamphuis et al., "Which BM25 Do You Mean?", https://doi.org/10.1007/978-3-030-45442-5_4
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from nshot.errors import OptionError, UnknownNameError
from nshot.index.entries import Scores
from nshot.options import option

VARIANTS = ("lucene", "atire", "bm25+")
Tokens = Sequence[str]


@dataclass(frozen=True)
class BM25Config:
    """Parameters of BM25; checked on construction."""

    PANEL: ClassVar = "Index"

    engine: str = option("bm25s", name="bm25")
    """Engine of keyword search: bm25s or rank-bm25; the ranking is the same."""
    variant: str = option("lucene")
    """BM25 formula of keyword search: lucene, atire or bm25+."""
    k1: float = option(1.5, hidden=True)
    """Saturation of the term frequency, >= 0."""
    b: float = option(0.75, hidden=True)
    """Normalisation by document length, 0 (none) to 1 (full)."""

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise UnknownNameError("BM25 engine", self.engine, tuple(ENGINES))
        if self.variant not in VARIANTS:
            raise UnknownNameError("BM25 variant", self.variant, VARIANTS)
        if self.k1 < 0 or not 0 <= self.b <= 1:
            raise OptionError(
                f"BM25's k1 must be at least 0 and its b from 0 to 1, got k1={self.k1}, b={self.b}"
            )


def weigh_term(variant: str, k1: float, documents: int, holders: int) -> float:
    """What a term counts that `holders` of all documents hold, for scores computed from counts;
    with the factor k1 + 1 where the variant has it.
    """
    if variant == "lucene":
        return math.log1p((documents - holders + 0.5) / (holders + 0.5))
    return (k1 + 1) * math.log(documents / holders if variant == "atire" else (documents + 1) / holders)


class BM25(Protocol):
    """Scores of all documents for one query."""

    def scores(self, tokens: Tokens) -> Scores:
        """(n,) float64, higher is better; 0 for a document that shares no token with the query.

        A token that occurs twice in the query counts twice. The constant that bm25+ adds to every
        document is subtracted.
        """

    def to_bytes(self) -> bytes:
        """Serialise the engine for `from_bytes`."""


class Bm25s:
    """BM25 scores read from the sparse matrix that the bm25s package builds, in CSC format.

    The package is imported only to build the matrix, because importing it takes longer than a
    search.
    """

    def __init__(self, arrays: dict[str, Any], vocabulary: dict[str, int]) -> None:
        self._data, self._indices, self._starts = arrays["data"], arrays["indices"], arrays["indptr"]
        self._n = int(arrays["n"])
        self._vocabulary = vocabulary

    @classmethod
    def build(cls, documents: Sequence[Tokens], config: BM25Config) -> Bm25s:
        """Index the documents; row i is document i."""
        import bm25s

        vocabulary: dict[str, int] = {}
        # Both engines index an empty document as the single token "".
        ids = [
            [vocabulary.setdefault(t, len(vocabulary)) for t in document or [""]] for document in documents
        ]
        model = bm25s.BM25(k1=config.k1, b=config.b, delta=1.0, method=config.variant, dtype="float64")
        model.index((ids, vocabulary), create_empty_token=False, show_progress=False)
        arrays = {name: model.scores[name] for name in ("data", "indices", "indptr")}
        arrays["n"] = np.int64(len(ids))
        return cls(arrays, vocabulary)

    @classmethod
    def from_bytes(cls, data: bytes) -> Bm25s:
        """Load the engine that `to_bytes` serialised."""
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        words = json.loads(arrays.pop("vocabulary").tobytes())
        return cls(arrays, {word: row for row, word in enumerate(words)})

    def to_bytes(self) -> bytes:
        """The matrix as an .npz file; the vocabulary is a JSON list in column order."""
        words = json.dumps(list(self._vocabulary), ensure_ascii=False).encode()
        file = io.BytesIO()
        np.savez(
            file,
            data=self._data,
            indices=self._indices,
            indptr=self._starts,
            n=np.int64(self._n),
            vocabulary=np.frombuffer(words, dtype=np.uint8),
        )
        return file.getvalue()

    def scores(self, tokens: Tokens) -> Scores:
        """(n,) float64 BM25 scores of all documents."""
        columns = [column for token in tokens if (column := self._vocabulary.get(token)) is not None]
        if not columns:
            return np.zeros(self._n)
        # CSC: column j holds the documents indices[starts[j]:starts[j+1]] and their scores. A query's
        # score is the sum over its columns, which bincount adds up by document.
        spans = [slice(self._starts[column], self._starts[column + 1]) for column in columns]
        rows = np.concatenate([self._indices[span] for span in spans])
        weights = np.concatenate([self._data[span] for span in spans])
        total: Scores = np.bincount(rows, weights, minlength=self._n).astype(np.float64, copy=False)
        return total


class RankBm25:
    """The rank-bm25 package, with the idf formulas that it lacks added."""

    def __init__(self, documents: Sequence[Tokens], config: BM25Config) -> None:
        self._documents = [list(document) or [""] for document in documents]
        self._config = config
        self._model = _rank_bm25_class(config.variant)(self._documents, k1=config.k1, b=config.b)

    @classmethod
    def build(cls, documents: Sequence[Tokens], config: BM25Config) -> RankBm25:
        """Index the documents; row i is document i."""
        return cls(documents, config)

    @classmethod
    def from_bytes(cls, data: bytes) -> RankBm25:
        """Load the engine that `to_bytes` serialised."""
        stored = json.loads(data)
        return cls(stored["documents"], BM25Config(**stored["config"]))

    def to_bytes(self) -> bytes:
        """The parameters and the tokens as JSON."""
        stored = {"config": asdict(self._config), "documents": self._documents}
        return json.dumps(stored, ensure_ascii=False).encode()

    def scores(self, tokens: Tokens) -> Scores:
        """(n,) float64 BM25 scores of all documents."""
        scores = np.asarray(self._model.get_scores(list(tokens)), dtype=np.float64)
        # rank-bm25 keeps the factor k1 + 1 that Lucene's formula leaves out, and its bm25+ adds
        # idf * delta even to documents without the token; both are undone here.
        if self._config.variant == "lucene":
            return scores / (self._config.k1 + 1)
        if self._config.variant == "bm25+":
            scores -= sum(self._model.idf.get(token, 0.0) for token in tokens) * self._model.delta
        return scores


def _rank_bm25_class(variant: str) -> Any:
    import rank_bm25

    class Okapi(rank_bm25.BM25Okapi):  # type: ignore[misc]
        def _calc_idf(self, nd: dict[str, int]) -> None:
            n = self.corpus_size
            lucene = variant == "lucene"
            self.idf = {
                word: math.log1p((n - df + 0.5) / (df + 0.5)) if lucene else math.log(n / df)
                for word, df in nd.items()
            }

    return rank_bm25.BM25Plus if variant == "bm25+" else Okapi


ENGINES: dict[str, type[Bm25s] | type[RankBm25]] = {"bm25s": Bm25s, "rank-bm25": RankBm25}
