"""The interface through which the pipeline accesses databases, and its usual implementation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from nshot.pipeline.databases.shown_schema import add_notes, choose_tables, read_notes
from nshot.prompting import PromptConfig
from nshot.types import CellMatch, Demonstration, Example, ForeignKey, Question, Schema


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

    def codes(self) -> Mapping[tuple[str, str], tuple[str, ...]]: ...


class SchemaSource(Protocol):
    def schema(self, db_id: str) -> Schema: ...


class CatalogLike(SchemaSource, Protocol):
    def path(self, db_id: str) -> Path | str | None: ...

    def values(self, db_id: str) -> ValueLookup: ...

    def found_keys(self, db_id: str) -> tuple[ForeignKey, ...]: ...


class CatalogDatabases:
    """Uses a catalog of databases, and the index for the schemas of its examples."""

    def __init__(
        self,
        catalog: CatalogLike,
        examples: SchemaSource | None = None,
        *,
        config: PromptConfig | None = None,
    ) -> None:
        """Creates the access to the sources.

        Args:
            catalog: The databases of the questions.
            examples: The schemas of the pool's databases (an index); by default the catalog.
            config: What prompts show. Cell values are looked up for examples too; foreign keys that
                are not declared and codes are added to the schemas of the catalog's databases.
        """
        self._catalog = catalog
        self._examples = examples if examples is not None else catalog
        self._config = config or PromptConfig()
        self._notes = read_notes(self._config.notes) if self._config.notes else {}
        self._schemas: dict[str, tuple[Schema, Schema]] = {}
        self._shown: dict[str, tuple[Schema, Schema]] = {}

    def schema(self, db_id: str) -> Schema:
        whole = self._complete(self._catalog.schema(db_id))
        known = self._shown.get(db_id)
        if known is None or known[0] is not whole:
            known = self._shown[db_id] = (whole, self._show(whole))
        return known[1]

    def path(self, db_id: str) -> Path | str | None:
        return self._catalog.path(db_id)

    def matches(self, question: Question) -> tuple[CellMatch, ...]:
        return self._catalog.values(question.db_id).matches(question.text)

    def demonstration(self, example: Example) -> Demonstration:
        schema = self._complete(self._examples.schema(example.db_id))
        if not self._config.show_values or self._catalog.path(example.db_id) is None:
            return Demonstration(example, schema)
        return Demonstration(example, schema, self._catalog.values(example.db_id).matches(example.question))

    def _show(self, schema: Schema) -> Schema:
        """What people let prompts show of the database that is asked."""
        config = self._config
        schema = choose_tables(schema, config.only_tables, config.exclude_tables, views=config.views)
        return add_notes(schema, self._notes) if self._notes else schema

    def _complete(self, schema: Schema) -> Schema:
        """The schema with what prompts show beside it, made once for each state of the schema."""
        config, db_id = self._config, schema.db_id
        if not (config.found_keys or config.show_codes) or self._catalog.path(db_id) is None:
            return schema
        known = self._schemas.get(db_id)
        if known is None or known[0] is not schema:
            known = self._schemas[db_id] = (schema, self._add(schema))
        return known[1]

    def _add(self, schema: Schema) -> Schema:
        if self._config.found_keys:
            keys = self._catalog.found_keys(schema.db_id)
            schema = replace(schema, foreign_keys=(*schema.foreign_keys, *keys))
        if not self._config.show_codes:
            return schema
        codes = self._catalog.values(schema.db_id).codes()
        tables = [
            table._replace(
                columns=tuple(
                    column._replace(codes=codes.get((table.name, column.name), ()))
                    for column in table.columns
                )
            )
            for table in schema.tables
        ]
        return replace(schema, tables=tuple(tables))
