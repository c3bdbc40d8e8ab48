"""The interface through which the pipeline accesses databases, and its usual implementation."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from nshot.types import CellMatch, Demonstration, Example, Question, Schema


class Databases(Protocol):
    """Schemas, files and cell values of the databases that questions and examples name."""

    def schema(self, db_id: str) -> Schema:
        """Schema of the database that is asked. Raises DatabaseNotFoundError."""
        ...

    def path(self, db_id: str) -> Path | str | None:
        """The SQLite file or SQLAlchemy URL that SQL runs on; None if there is only a schema."""
        ...

    def matches(self, question: Question) -> tuple[CellMatch, ...]:
        """Cell values named in the question; () where there are none to look up."""
        ...

    def demonstration(self, example: Example) -> Demonstration:
        """The example with the schema of its own database. Raises DatabaseNotFoundError."""
        ...


class ValueLookup(Protocol):
    def matches(self, question: str) -> tuple[CellMatch, ...]: ...


class SchemaSource(Protocol):
    def schema(self, db_id: str) -> Schema: ...


class CatalogLike(SchemaSource, Protocol):
    def path(self, db_id: str) -> Path | str | None: ...

    def values(self, db_id: str) -> ValueLookup: ...


class CatalogDatabases:
    """Uses a catalog of databases, and the index for the schemas of its examples."""

    def __init__(
        self,
        catalog: CatalogLike,
        examples: SchemaSource | None = None,
        *,
        show_values: bool = False,
    ) -> None:
        """Creates the access to the sources.

        Args:
            catalog: The databases of the questions.
            examples: The schemas of the pool's databases (an index); by default the catalog.
            show_values: Look up cell values for examples too, if the catalog has their database.
        """
        self._catalog = catalog
        self._examples = examples if examples is not None else catalog
        self._show_values = show_values

    def schema(self, db_id: str) -> Schema:
        return self._catalog.schema(db_id)

    def path(self, db_id: str) -> Path | str | None:
        return self._catalog.path(db_id)

    def matches(self, question: Question) -> tuple[CellMatch, ...]:
        return self._catalog.values(question.db_id).matches(question.text)

    def demonstration(self, example: Example) -> Demonstration:
        schema = self._examples.schema(example.db_id)
        if not self._show_values or self._catalog.path(example.db_id) is None:
            return Demonstration(example, schema)
        return Demonstration(example, schema, self._catalog.values(example.db_id).matches(example.question))
