"""The interface of a store of examples, whether a folder, LanceDB or Milvus keeps them.

A store receives values (a filter, a vector or terms, a number) and returns rows with scores. Each
store applies the filter in its own way: the folder builds a boolean mask, a database a WHERE
clause.

A **row** is the number by which a store identifies an entry; rows rise in the order in which
entries were added. The folder's rows are 0 to n - 1; a database may leave gaps. Ties go to the
lower row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from nshot.arrays import Float32Array
from nshot.index.encoder import Encoder
from nshot.index.entries import Entry, Hits, RowArray
from nshot.index.filter import Filter
from nshot.index.manifest import EncoderInfo, Manifest

Field = Literal["question", "masked"]
"""A text of an entry that can be searched."""
FIELDS: tuple[Field, ...] = ("question", "masked")


VectorField = Literal["question", "masked", "content"]
"""What the vectors of an entry were made from. `content`: the question, by a second encoder that
follows what a question is about (`ExampleStore.content`)."""


class Facets(NamedTuple):
    """The values that a filter may name."""

    db_ids: frozenset[str]
    difficulties: frozenset[str]
    tags: frozenset[str]


class ExampleSearch(Protocol):
    """The searches. Each returns fewer than k entries only if fewer pass the filter."""

    def search_vectors(
        self, field: VectorField, vectors: Float32Array, k: int, filters: Sequence[Filter]
    ) -> list[Hits]:
        """For each vector, the k nearest entries that pass its filter.

        Args:
            field: The vectors that are compared.
            vectors: (m, dim) float32 unit vectors.
            k: Entries to return for each vector, at least 1.
            filters: m filters, one per vector.

        Returns:
            m rankings by cosine; cosines equal to 6 decimals are a tie.
        """

    def search_terms(self, field: Field, terms: Sequence[str], k: int, only: Filter) -> Hits:
        """The k entries with the highest BM25 score that pass the filter.

        An entry that shares no term scores 0. Scores equal to 9 decimals are a tie. Document
        frequencies are those of the whole store, not of the entries that pass the filter.
        """

    def rows(self, only: Filter) -> RowArray:
        """(m,) int64: all rows that pass the filter, in ascending order."""


class ExampleStore(ExampleSearch, Protocol):
    """A store of examples, opened for reading."""

    def __len__(self) -> int:
        """The number of entries."""

    @property
    def encoder(self) -> EncoderInfo | None:
        """The encoder of its vectors; None for a store without vectors."""

    @property
    def content(self) -> EncoderInfo | None:
        """The encoder of its content vectors; None for a store without them."""

    @property
    def same_db(self) -> str:
        """`never` or `allow`: whether a question may be shown examples of its own database; `mixed`
        if that differs between entries.
        """

    @property
    def schemas(self) -> Mapping[str, Any]:
        """The schemas of the pool's databases as JSON, by db_id."""

    @property
    def entries(self) -> Sequence[Entry]:
        """All entries in the order of rows. The leak rule reads them once if questions are
        measured.
        """

    @property
    def facets(self) -> Facets:
        """All databases, difficulties and tags of its entries."""

    def fetch(self, rows: Sequence[int]) -> list[Entry]:
        """The entries of these rows, in the order given."""

    def embeddings(self, field: VectorField, rows: Sequence[int]) -> Float32Array:
        """(len(rows), dim) float32 unit vectors of these rows, in the order given."""

    def check_encoder(self, encoder: Encoder) -> None:
        """Check that the store can be searched with vectors of `encoder`.

        Raises:
            IndexFolderError: The store has no vectors.
            EncoderMismatchError: Its vectors come from another encoder, or another version of it.
        """


class StoredExamples(ExampleStore, Protocol):
    """A store that the folder of an index names."""

    path: Path
    """The folder."""

    @property
    def manifest(self) -> Manifest:
        """What the index was built from, and what it holds."""

    def verify(self) -> None:
        """Verify that all parts are there and belong together.

        Raises:
            IndexFolderError: They do not.
        """

    def close(self) -> None:
        """Close its files."""
