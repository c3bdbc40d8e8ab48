"""What retrieval needs of a store of examples, whatever keeps them: a folder, LanceDB, Milvus.

A store is handed values (a filter, a vector or terms, a number) and gives rows with scores. How it
applies the filter is its own affair: the folder makes a mask of it, a database a WHERE clause.

A **row** is the number by which a store knows an entry, rising in the order in which entries were
added. The folder's rows are 0 to n - 1; a database may leave gaps. Ties go to the lower row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from nshot.arrays import Float32Array
from nshot.index.encoder import Encoder
from nshot.index.entries import Entry, Hits, RowArray
from nshot.index.filter import Filter
from nshot.index.manifest import EncoderInfo

Field = Literal["question", "masked"]
"""A text of an entry that can be searched."""
FIELDS: tuple[Field, ...] = ("question", "masked")


class Facets(NamedTuple):
    """The values that a filter may name."""

    db_ids: frozenset[str]
    difficulties: frozenset[str]
    tags: frozenset[str]


class ExampleSearch(Protocol):
    """The searches. Every one gives fewer than k only where fewer pass the filter."""

    def search_vectors(
        self, field: Field, vectors: Float32Array, k: int, filters: Sequence[Filter]
    ) -> list[Hits]:
        """For each vector the k nearest entries that pass its filter.

        Args:
            field: The text whose vectors are compared.
            vectors: (m, dim) float32 unit vectors.
            k: How many at most, at least 1.
            filters: m, one a vector.

        Returns:
            m rankings by cosine; cosines equal to 6 decimals are a tie.
        """

    def search_terms(self, field: Field, terms: Sequence[str], k: int, only: Filter) -> Hits:
        """The k entries with the highest BM25 score that pass the filter; without a shared term it is 0.

        Scores equal to 9 decimals are a tie. The statistics are those of the whole store, not of what passes.
        """

    def rows(self, only: Filter) -> RowArray:
        """(m,) int64: all rows that pass the filter, rising."""


class ExampleStore(ExampleSearch, Protocol):
    """A store of examples, opened for reading."""

    def __len__(self) -> int:
        """The number of entries."""

    @property
    def encoder(self) -> EncoderInfo | None:
        """The encoder of its vectors; None for a store without vectors."""

    @property
    def same_db(self) -> str:
        """`never` or `allow`: may an example of the question's own database be shown?"""

    @property
    def schemas(self) -> Mapping[str, Any]:
        """JSON of the schemas of the pool's databases, by db_id."""

    @property
    def entries(self) -> Sequence[Entry]:
        """Every entry, in the order of rows. The leak rule of measured questions reads them once."""

    @property
    def facets(self) -> Facets:
        """All databases, difficulties and tags of its entries."""

    def fetch(self, rows: Sequence[int]) -> list[Entry]:
        """The entries of these rows, in the order given."""

    def embeddings(self, field: Field, rows: Sequence[int]) -> Float32Array:
        """(len(rows), dim) float32 unit vectors of these rows, in the order given."""

    def check_encoder(self, encoder: Encoder) -> None:
        """Make sure that it can be searched with the vectors of `encoder`.

        Raises:
            IndexFolderError: It has no vectors.
            EncoderMismatchError: They come from another encoder, or another version of it.
        """
