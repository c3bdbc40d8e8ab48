"""Examples in a collection of Milvus: many readers and writers of many machines.

`http://HOST:19530` is a server; the path of a `.db` file is Milvus Lite, which runs in this process
and is for one process at a time.

Milvus has no transactions. Each `append` marks its records with a batch, and at last writes one
record that says that the batch is whole, into the collection `<name>_notes`. Readers leave out
records of other batches. A reader sees what was there when it first looked; a record that is
removed later is gone for it, too.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np

from nshot.arrays import Float32Array
from nshot.errors import IndexFolderError, MissingExtraError, PoolError
from nshot.index.example_store import VectorField
from nshot.index.filter import Filter
from nshot.index.tables.records import number_of
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
from nshot.redaction import conceal, conceal_url

PASSWORD = "NSHOT_STORE_PASSWORD"  # noqa: S105 - the name of a variable
LONGEST = 65_535
"""Bytes of a text that Milvus keeps."""
SHORT_TEXT = 1_024
PAGE = 1_000
"""Records read or written at a time."""
PART = 15_000
"""Characters of a schema in one record."""
TIMEOUT = 10.0
"""Seconds to wait for a server that does not answer."""
WORDS = Spelling(lambda text: json.dumps(text, ensure_ascii=False), "[", "]", "==")


class MilvusTable:
    """A collection of examples, and beside it one of schemas and whole batches."""

    most = 16_384

    def __init__(self, url: str, name: str) -> None:
        """
        Raises:
            MissingExtraError: pymilvus is not installed.
            IndexFolderError: The server cannot be reached, or the collection is not there.
        """
        self._client, self._url, self.name, self._notes = _connect(url), url, name, f"{name}_notes"
        if not self._client.has_collection(name) or not self._client.has_collection(self._notes):
            raise IndexFolderError(
                f"there is no collection {name} in Milvus at {url}; was the index built again? build it again"
            )
        self._client.load_collection(name)
        self._client.load_collection(self._notes)

    @classmethod
    def create(cls, url: str, name: str, layout: TableLayout) -> MilvusTable:
        """Make an empty collection; errors as those of the constructor."""
        client = _connect(url)
        from pymilvus import DataType

        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(KEY, DataType.INT64, is_primary=True)
        for column in ("batch", *TEXTS, *PACKED):
            length = LONGEST if column in ("entry", *PACKED) else SHORT_TEXT
            schema.add_field(column, DataType.VARCHAR, max_length=length)
        for column in NUMBERS:
            schema.add_field(column, DataType.INT64)
        dims = {vector_column(field): dim for field, dim in layout.dims.items()} or {"no_vector": 2}
        index = client.prepare_index_params()
        for column, dim in dims.items():
            schema.add_field(column, DataType.FLOAT_VECTOR, dim=dim)
            if layout.vectors == "hnsw":
                graph = {"M": 32, "efConstruction": 200}
                index.add_index(column, index_type="HNSW", metric_type="IP", params=graph)
            else:
                index.add_index(column, index_type="FLAT", metric_type="IP")
        _create(client, name, schema, index)
        _create_notes(client, f"{name}_notes")
        return cls(url, name)

    def scan(self, columns: Sequence[str]) -> Columns:
        """All records of whole batches, with their KEY."""
        whole = {name for name, _ in self._read_notes("batch")}
        wanted = [KEY, "batch", *columns]
        found: dict[str, list[Any]] = {name: [] for name in wanted}
        for record in self._pages(self.name, wanted):
            if record["batch"] in whole:
                for name in wanted:
                    found[name].append(record[name])
        return {name: _decode(name, values) for name, values in found.items()}

    def _pages(self, collection: str, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        pages = self._client.query_iterator(
            collection, batch_size=PAGE, filter="", output_fields=list(columns), consistency_level="Strong"
        )
        try:
            while page := pages.next():
                yield from page
        finally:
            pages.close()

    def take(self, keys: Sequence[int], column: str) -> Sequence[Any]:
        """The values of a column for these keys, in the order given."""
        found: dict[int, Any] = {}
        for some in _parts(sorted(set(keys)), PAGE):
            records = self._client.get(self.name, ids=list(some), output_fields=[KEY, column])
            found.update((record[KEY], record[column]) for record in records)
        if len(found) != len(set(keys)):
            raise IndexFolderError(
                f"records of the collection {self.name} were removed while it was open; open it again"
            )
        return _decode(column, [found[key] for key in keys])

    def nearest(self, field: VectorField, vectors: Float32Array, k: int, only: Filter) -> list[Found]:
        """For each vector the k nearest records; exact unless a graph was asked for."""
        column = vector_column(field)
        found = self._client.search(
            self.name,
            data=list(np.ascontiguousarray(vectors, dtype=np.float32)),
            anns_field=column,
            limit=k,
            filter=condition(only, WORDS),
            output_fields=[column],
            search_params={"metric_type": "IP", "params": {"ef": max(128, 2 * k)}},
            consistency_level="Strong",
        )
        dim = vectors.shape[1]
        return [
            Found(
                np.array([hit[KEY] for hit in hits], dtype=np.int64),
                np.array([hit["entity"][column] for hit in hits], dtype=np.float32).reshape(-1, dim),
            )
            for hits in found
        ]

    def dims(self) -> dict[VectorField, int]:
        """The dimension of each vector column."""
        fields = self._client.describe_collection(self.name)["fields"]
        known = {field["name"]: field.get("params", {}).get("dim", 0) for field in fields}
        names = [(field, vector_column(field)) for field in VECTOR_FIELDS]
        return {field: int(known[name]) for field, name in names if name in known}

    def schemas(self) -> dict[str, str]:
        """The schemas of databases as JSON texts, by db_id."""
        return dict(self._read_notes("schema"))

    def _read_notes(self, kind: str) -> list[tuple[str, str]]:
        parts: dict[str, dict[int, str]] = {}
        for record in self._pages(self._notes, ["kind", "name", "part", "text"]):
            if record["kind"] == kind:
                parts.setdefault(record["name"], {})[record["part"]] = record["text"]
        return [(name, "".join(some[part] for part in sorted(some))) for name, some in parts.items()]

    def another(self) -> MilvusTable:
        """This table itself: it has no moment that it keeps to."""
        return self

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Milvus needs no lock: of two writers of the same id, the last one's record stays."""
        yield

    def refresh(self) -> None:
        """Every read sees what others have written."""

    def append(self, columns: Mapping[str, Any], schemas: Mapping[str, str]) -> None:
        """Add records; they count when the batch is whole."""
        batch = uuid.uuid4().hex
        ids = columns["id"]
        ready = {name: _encode(name, values, ids) for name, values in columns.items()}
        ready |= {KEY: [number_of(one) for one in ids], "batch": [batch] * len(ids)}
        if not any(name.endswith("_vector") for name in ready):
            ready["no_vector"] = [[0.0, 0.0]] * len(ids)
        for db_id, text in schemas.items():
            parts = [text[at : at + PART] for at in range(0, len(text), PART)] or [""]
            self._note("schema", db_id, parts)
        for some in _parts(range(len(ids)), PAGE):
            records = [{name: values[at] for name, values in ready.items()} for at in some]
            self._client.upsert(self.name, records)
        self._note("batch", batch, [str(len(ids))])

    def _note(self, kind: str, name: str, parts: Sequence[str]) -> None:
        records = [
            {
                KEY: number_of(json.dumps([kind, name, part])),
                "kind": kind,
                "name": name,
                "part": part,
                "text": text,
                "no_vector": [0.0, 0.0],
            }
            for part, text in enumerate(parts)
        ]
        self._client.upsert(self._notes, records)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove the records with these ids."""
        for some in _parts(ids, PAGE):
            self._client.delete(self.name, ids=[number_of(one) for one in some])

    def finish(self, layout: TableLayout) -> None:  # noqa: ARG002 - its graph is there already
        """Put what was written where it lasts."""
        self._client.flush(self.name)
        self._client.flush(self._notes)

    def drop(self) -> None:
        """Remove both collections."""
        for name in (self.name, self._notes):
            self._client.drop_collection(name)


def _parts(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (values[at : at + size] for at in range(0, len(values), size))


def _create(client: Any, name: str, schema: Any, index: Any) -> None:
    client.create_collection(
        name, schema=schema, index_params=index, num_shards=1, consistency_level="Strong"
    )


def _create_notes(client: Any, name: str) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(KEY, DataType.INT64, is_primary=True)
    schema.add_field("kind", DataType.VARCHAR, max_length=32)
    schema.add_field("name", DataType.VARCHAR, max_length=SHORT_TEXT)
    schema.add_field("part", DataType.INT64)
    schema.add_field("text", DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("no_vector", DataType.FLOAT_VECTOR, dim=2)  # Milvus wants one
    index = client.prepare_index_params()
    index.add_index("no_vector", index_type="FLAT", metric_type="IP")
    _create(client, name, schema, index)


def _connect(url: str) -> Any:
    """A client of a server or of a file.

    Raises:
        MissingExtraError: A package is not installed.
        IndexFolderError: Nothing answers there, the password is wrong, or another process has the
            file.
    """
    try:
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # Milvus Lite's server complains of many pings
        from pymilvus import MilvusClient
        from pymilvus.exceptions import MilvusException

        if "://" not in url:
            import milvus_lite  # noqa: F401 - pymilvus names another package in its error
    except ImportError as error:
        raise MissingExtraError("Milvus", "milvus") from error
    for name in logging.root.manager.loggerDict:
        if name.startswith("pymilvus"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    if "://" not in url:  # it tells on its own server that this has no time stamps
        logging.getLogger("grpc._server").setLevel(logging.CRITICAL)
    address, login = _split_login(url)
    try:
        return MilvusClient(uri=address, timeout=TIMEOUT, **login)
    except (MilvusException, OSError, ValueError, RuntimeError) as error:
        if "://" not in url:
            raise IndexFolderError(
                f"Milvus Lite cannot open {url}: it is for one process at a time; end the other one, use a "
                "server for many, or name another file"
            ) from error
        problem = str(getattr(error, "message", error)).splitlines()[:1]
        raise IndexFolderError(
            f"Milvus at {url} cannot be used ({': '.join(problem)}); check `store_url`, that the server "
            f"runs, and the password in {PASSWORD}"
        ) from error


def _split_login(url: str) -> tuple[str, dict[str, str]]:
    """The address without a login, and the login; the password may be in the environment.

    >>> _split_login("http://me:pa%40ss@host:19530")
    ('http://host:19530', {'user': 'me', 'password': 'pa@ss'})
    """
    if "://" not in url:
        return url, {}
    conceal_url(url)
    parts = urlsplit(url)
    password = unquote(parts.password or "") or os.environ.get(PASSWORD, "")
    if password:
        conceal(password)
    host = parts.netloc.rpartition("@")[2]
    login = {"user": unquote(parts.username or "root"), "password": password} if password else {}
    return parts._replace(netloc=host).geturl(), login


def _encode(name: str, values: Any, ids: Sequence[str]) -> Any:
    """The values of a column as Milvus keeps them.

    Raises:
        PoolError: One is too long.
    """
    if name in PACKED:
        values = [base64.b64encode(one).decode() for one in values]
    if name in (*TEXTS, *PACKED):
        most = LONGEST if name in ("entry", *PACKED) else SHORT_TEXT
        long = [ids[at] for at, one in enumerate(values) if len(one.encode()) > most]
        if long:
            raise PoolError(
                f"too long for Milvus, which keeps {most} bytes of a text: the {name} of "
                f"{', '.join(long[:5])}; shorten them, or use another store"
            )
    return values


def _decode(name: str, values: list[Any]) -> Sequence[Any]:
    if name in PACKED:
        return [base64.b64decode(one) for one in values]
    return values
