"""Where a table is: the store and its URL, as the manifest of an index folder names them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from nshot import __version__
from nshot.artifacts import write_text
from nshot.errors import OptionError, PoolError, UnknownNameError
from nshot.index.example_store import VectorField
from nshot.index.folder import MANIFEST, read_manifest, remove_files
from nshot.index.manifest import Manifest, StoreInfo
from nshot.index.store import Content
from nshot.index.tables.records import columns_of, schema_texts, vectors_of
from nshot.index.tables.table import ExampleTable, TableLayout
from nshot.index.tables.table_store import TableStore
from nshot.index.vectors.faiss_vectors import EXACT_LIMIT
from nshot.options import option
from nshot.redaction import conceal_url

STORES = ("folder", "lancedb", "milvus")


@dataclass(frozen=True)
class StoreConfig:
    """Where the examples of an index are kept; checked on construction."""

    PANEL: ClassVar = "Index"

    store: str = option("folder")
    """What keeps the examples: folder (files in the index folder), lancedb (a folder that many
    processes write to) or milvus (a server)."""
    store_url: str = option("")
    """Where it is: a folder for lancedb, http://HOST:19530 or a .db file for milvus."""

    def __post_init__(self) -> None:
        if self.store not in STORES:
            raise UnknownNameError("store", self.store, STORES, option="store")
        if self.store == "folder" and self.store_url:
            raise OptionError("`store_url` is for lancedb and milvus; give `store` too", option="store_url")
        if self.store != "folder" and not self.store_url:
            raise OptionError(
                f"`store` {self.store} needs a place; give `store_url`: a folder for lancedb, "
                "http://HOST:19530 or a .db file for milvus",
                option="store_url",
            )
        if self.store == "lancedb" and "://" in self.store_url:
            raise OptionError(
                "`store_url` of lancedb must be a folder; give one of this machine, or use `store` milvus",
                option="store_url",
            )
        conceal_url(self.store_url)

    def info(self) -> StoreInfo:
        """What the manifest says; a folder or file by its full path, a server without password."""
        if "://" not in self.store_url:
            return StoreInfo(self.store, str(Path(self.store_url).expanduser().resolve()))
        scheme, _, rest = self.store_url.partition("://")
        login, at, host = rest.rpartition("@")
        return StoreInfo(self.store, f"{scheme}://{login.partition(':')[0]}{at}{host}")


class TableBuild:
    """Fills a new table in chunks. Nobody sees it before `finish` has written the manifest.

    Used as a context manager, it removes the table if something fails.
    """

    def __init__(self, path: Path, config: StoreConfig, kind: str = "auto", size: int = 0) -> None:
        """
        Args:
            path: The folder of the manifest; call inside `lock_for_writing`.
            config: The store.
            kind: Kind of vector search: flat, hnsw or auto.
            size: Number of examples that will come.
        """
        self._path, self._config, self._asked = path, config, kind
        self._kind = "flat" if kind == "flat" or (kind == "auto" and size <= EXACT_LIMIT) else "hnsw"
        self._table: ExampleTable | None = None
        self._layout = TableLayout({}, self._kind)
        self._first: Content | None = None
        self._name = f"nshot_{uuid.uuid4().hex[:12]}"
        self._count = 0

    def __enter__(self) -> TableBuild:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None and self._table is not None:
            self._table.drop()

    def add(self, content: Content, content_dim: int = 0) -> None:
        """Write the next chunk.

        Args:
            content: Its examples follow those of the chunks before.
            content_dim: Dimension of content vectors, for a pool that may get some later.
        """
        if self._table is None:
            dims: dict[VectorField, int] = {name: some.shape[1] for name, some in content.vectors.items()}
            if dims and content_dim:
                dims["content"] = content_dim
            self._layout = TableLayout(dims, self._kind)
            self._table = make_table(self._config, self._name, self._layout)
            self._first = content
        _append(self._table, self._layout.dims, content, self._count)
        self._count += len(content.entries)

    def finish(self) -> Manifest:
        """Write the manifest, and remove the table or the files that it named before."""
        first, table = self._first, self._table
        if first is None or table is None:
            raise PoolError("the pool has no example that can be used; give another file")
        table.finish(self._layout)
        old = _old_table(self._path)
        made = Manifest(
            nshot=__version__,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            data=self._name,
            count=self._count,
            pool_sha256="0" * 64,
            same_db=first.same_db,
            encoder=first.encoder,
            content=first.content,
            bm25=first.bm25,
            vectors=self._kind if self._layout.dims else "none",
            vectors_asked=self._asked,
            store=self._config.info(),
        )
        made = replace(made, pool_sha256=TableStore(self._path, made, table).manifest.pool_sha256)
        write_text(self._path / MANIFEST, made.to_json())
        remove_files(self._path)
        if old is not None:
            old.drop()
        return TableStore(self._path, made, table).manifest


def make_table(config: StoreConfig, name: str, layout: TableLayout) -> ExampleTable:
    """An empty table in a store."""
    info = config.info()
    if config.store == "lancedb":
        from nshot.index.tables.lancedb_table import LanceTable

        return LanceTable.create(info.url, name, layout)
    from nshot.index.tables.milvus_table import MilvusTable

    return MilvusTable.create(config.store_url if "://" in config.store_url else info.url, name, layout)


def open_table_store(path: Path, manifest: Manifest) -> TableStore:
    """The store that a manifest names.

    Raises:
        MissingExtraError: The engine's package is not installed.
        IndexFolderError: The store cannot be reached, or the table is not there.
    """
    info = manifest.store
    if info is None:
        raise ValueError("the manifest names no store")
    if info.kind == "lancedb":
        from nshot.index.tables.lancedb_table import LanceTable

        return TableStore(path, manifest, LanceTable(info.url, manifest.data))
    from nshot.index.tables.milvus_table import MilvusTable

    return TableStore(path, manifest, MilvusTable(info.url, manifest.data))


def append_to_table(store: TableStore, content: Content, dims: Mapping[VectorField, int]) -> TableStore:
    """Add the examples of a content to a table; other processes may do so at the same time.

    Args:
        store: The store, open.
        content: Entries, tokens, vectors and schemas of the new examples.
        dims: The vector columns of the table.

    Returns:
        The store as it is now.

    Raises:
        PoolError: An id is there already; nothing was added.
    """
    table = store.table.another()
    with table.lock():
        table.refresh()
        columns = table.scan(["id", "stamp"])
        check_new_ids([entry.example.id for entry in content.entries], columns["id"])
        _append(table, dims, content, 1 + max(columns["stamp"], default=-1))
        return store.over(table)


def delete_from_table(store: TableStore, ids: Sequence[str]) -> TableStore:
    """Remove examples by id.

    Raises:
        PoolError: An id is not in the table, or no example would be left; nothing was removed.
    """
    table = store.table.another()
    with table.lock():
        table.refresh()
        fresh = store.over(table)
        unknown = sorted(one for one in set(ids) if not len(fresh.find("id", [one])))
        if unknown:
            raise PoolError(
                f"not in the index: {', '.join(unknown[:5])} ({len(unknown)} of {len(set(ids))} ids); take "
                "ids from nshot retrieve --json"
            )
        if len(set(ids)) == len(fresh):
            raise PoolError("this would remove every example; delete the folder instead")
        table.delete(sorted(set(ids)))
        return store.over(table)


def check_new_ids(ids: Sequence[str], there: Sequence[str]) -> None:
    """Check that no id occurs twice.

    Raises:
        PoolError: One does.
    """
    known = set(there)
    twice = [one for one, count in Counter(ids).items() if count > 1 or one in known]
    if twice:
        raise PoolError(
            f"every example needs its own id; these occur twice: {', '.join(twice[:5])} "
            f"({len(twice)} in all); give the pool an id column, or remove the old ones first"
        )


def _append(table: ExampleTable, dims: Mapping[VectorField, int], content: Content, first: int) -> None:
    vectors = vectors_of(content, dims)
    table.append(columns_of(replace(content, vectors=vectors), first), schema_texts(content, table.schemas()))


def _old_table(path: Path) -> ExampleTable | None:
    """The table that the folder's manifest names so far, if it can be reached."""
    from nshot.errors import NshotError

    try:
        return open_table_store(path, read_manifest(path)).table
    except (NshotError, ValueError):
        return None
