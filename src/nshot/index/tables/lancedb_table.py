"""Examples in a folder of LanceDB: many readers and many writers of one machine.

A reader sees the version that was there when it opened the table. A writer holds a lock in the
folder for the short time of its own write, and each write is one commit.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nshot.arrays import Float32Array
from nshot.errors import IndexFolderError, IndexLockedError, MissingExtraError
from nshot.index.example_store import VectorField
from nshot.index.filter import Filter
from nshot.index.tables.table import (
    KEY,
    NUMBERS,
    PACKED,
    TEXTS,
    VECTOR_FIELDS,
    Columns,
    Found,
    Spelling,
    TableLayout,
    condition,
    vector_column,
)

LOCK = ".nshot.lock"
WAIT = 600.0
"""Seconds that a writer waits for another one."""
ROW = "_rowid"
SMALLEST_GRAPH = 1_000
"""Records below which no graph is made: LanceDB cannot train one from few."""
SQL = Spelling(lambda text: "'" + text.replace("'", "''") + "'", "(", ")", "=")


class LanceTable:
    """A table of examples, and beside it one of schemas (`<name>_schemas`)."""

    most = 1 << 30

    def __init__(self, url: str, name: str) -> None:
        """
        Raises:
            MissingExtraError: LanceDB is not installed.
            IndexFolderError: The table is not there.
        """
        self._db, self._url, self.name = _connect(url), url, name
        try:
            self._table = self._db.open_table(name)
            self._schemas = self._db.open_table(f"{name}_schemas")
        except (ValueError, FileNotFoundError, RuntimeError) as error:
            raise IndexFolderError(
                f"there is no table {name} in the LanceDB folder {url}; was the index built again or the "
                "folder moved? build it again"
            ) from error
        self._pin()

    @classmethod
    def create(cls, url: str, name: str, layout: TableLayout) -> LanceTable:
        """Make an empty table.

        Raises:
            MissingExtraError: LanceDB is not installed.
            IndexFolderError: The folder cannot be written to, or is a file.
        """
        import pyarrow as pa

        db = _connect(url, make=True)
        fields = [(column, pa.string()) for column in TEXTS]
        fields += [(column, pa.int64()) for column in NUMBERS]
        fields += [(column, pa.binary()) for column in PACKED]
        fields += [(vector_column(field), pa.list_(pa.float32(), dim)) for field, dim in layout.dims.items()]
        db.create_table(name, schema=pa.schema(fields))
        db.create_table(
            f"{name}_schemas", schema=pa.schema([("db_id", pa.string()), ("schema", pa.string())])
        )
        return cls(url, name)

    def _pin(self) -> None:
        """Keep to the newest version of the table."""
        self._table.checkout_latest()
        self._count = self._table.count_rows()
        self._table.checkout(self._table.version)

    def scan(self, columns: Sequence[str]) -> Columns:
        """All records, with their KEY."""
        query = self._table.search().with_row_id(True).select(list(columns)).limit(max(1, self._count))
        return _read(query.to_arrow())

    def take(self, keys: Sequence[int], column: str) -> Sequence[Any]:
        """The values of a column for these keys, in the order given."""
        unique = sorted(set(keys))
        table = self._table.take_row_ids(unique).select([column]).with_row_id().to_arrow()
        found = _read(table)
        place = {key: at for at, key in enumerate(np.asarray(found[KEY]).tolist())}
        if len(place) != len(unique):
            raise IndexFolderError(f"records of the table {self.name} in {self._url} are gone; open it again")
        order = [place[key] for key in keys]
        return [found[column][at] for at in order]

    def nearest(self, field: VectorField, vectors: Float32Array, k: int, only: Filter) -> list[Found]:
        """For each vector the k nearest records; exact unless a graph was asked for."""
        column, where = vector_column(field), condition(only, SQL)
        return [self._nearest(column, vector, k, where) for vector in vectors]

    def _nearest(self, column: str, vector: Float32Array, k: int, where: str) -> Found:
        query = self._table.search(vector, vector_column_name=column).distance_type("dot")
        query = query.select([column, "_distance"]).with_row_id(True).limit(k).nprobes(32).refine_factor(4)
        if where:
            query = query.where(where, prefilter=True)
        found = _read(query.to_arrow())
        return Found(np.asarray(found[KEY], dtype=np.int64), np.asarray(found[column], dtype=np.float32))

    def dims(self) -> dict[VectorField, int]:
        """The dimension of each vector column."""
        types = {field.name: field.type for field in self._table.schema}
        names = [(field, vector_column(field)) for field in VECTOR_FIELDS]
        return {field: types[name].list_size for field, name in names if name in types}

    def schemas(self) -> dict[str, str]:
        """The schemas of databases as JSON texts, by db_id."""
        found = self._schemas.search().limit(max(1, self._schemas.count_rows())).to_arrow().to_pydict()
        pairs = zip(found["db_id"], found["schema"], strict=True)
        return dict(reversed(list(pairs)))  # the first one of a database stays

    def another(self) -> LanceTable:
        """The same table, opened again."""
        return LanceTable(self._url, self.name)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Inside, no other process writes to the tables of this folder.

        Raises:
            IndexLockedError: Another one does not come to an end.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(Path(self._url) / LOCK)
        try:
            lock.acquire(timeout=WAIT)
        except Timeout as error:
            raise IndexLockedError(f"another process is writing to {self._url}; try again later") from error
        try:
            yield
        finally:
            lock.release()

    def refresh(self) -> None:
        """See what others have written."""
        self._schemas.checkout_latest()
        self._pin()

    def append(self, columns: Mapping[str, Any], schemas: Mapping[str, str]) -> None:
        """Add records in one commit."""
        import pyarrow as pa

        if schemas:
            new = {"db_id": list(schemas), "schema": list(schemas.values())}
            self._schemas.add(pa.table(new, schema=self._schemas.schema))
        self._table.checkout_latest()
        schema = self._table.schema
        arrays = [_array(columns[field.name], field.type) for field in schema]
        self._table.add(pa.Table.from_arrays(arrays, schema=schema))
        self._pin()

    def delete(self, ids: Sequence[str]) -> None:
        """Remove the records with these ids in one commit."""
        self._table.checkout_latest()
        self._table.delete(f"id IN ({', '.join(map(SQL.quote, ids))})")
        self._pin()

    def finish(self, layout: TableLayout) -> None:
        """Put small files together, and make the graphs of a large table that shall have them."""
        self._table.checkout_latest()
        self._table.optimize()
        if layout.vectors == "hnsw" and self._table.count_rows() >= SMALLEST_GRAPH:
            from lancedb.index import HnswSq

            for field in layout.dims:
                self._table.create_index(vector_column(field), config=HnswSq(distance_type="dot"))
        self._pin()

    def drop(self) -> None:
        """Remove both tables."""
        for name in (self.name, f"{self.name}_schemas"):
            self._db.drop_table(name, ignore_missing=True)


def _connect(url: str, make: bool = False) -> Any:
    os.environ.setdefault("LANCEDB_LOG", "error")  # it warns that a new table did not exist before
    try:
        import lancedb
    except ImportError as error:
        raise MissingExtraError("LanceDB", "lancedb") from error
    logging.getLogger("lancedb").setLevel(logging.ERROR)
    # Forked processes of nshot run SQL, and use no store.
    warnings.filterwarnings("ignore", message="lancedb fork support", category=RuntimeWarning)
    place = Path(url)
    if not make and not place.is_dir():
        raise IndexFolderError(f"there is no LanceDB folder {url}; build the index, or mount the folder")
    try:
        place.mkdir(parents=True, exist_ok=True)
        return lancedb.connect(url)
    except (OSError, ValueError, RuntimeError) as error:
        raise IndexFolderError(f"LanceDB cannot use {url} ({error}); name another folder") from error


def _read(table: Any) -> dict[str, Any]:
    """The columns of an Arrow table; vectors as one matrix, the row's id as KEY."""
    import pyarrow as pa

    found: dict[str, Any] = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if pa.types.is_fixed_size_list(column.type):
            dim = column.type.list_size
            found[name] = column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), dim)
        elif pa.types.is_integer(column.type):
            found[KEY if name == ROW else name] = column.to_numpy(zero_copy_only=False).astype(np.int64)
        else:
            found[name] = column.to_pylist()
    return found


def _array(values: Any, kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_fixed_size_list(kind):
        flat = pa.array(np.ascontiguousarray(values, dtype=np.float32).ravel(), pa.float32())
        return pa.FixedSizeListArray.from_arrays(flat, kind.list_size)
    return pa.array(values, kind)
