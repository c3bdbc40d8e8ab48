"""Opens a store of examples by its place. The commands and the other rooms open stores here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nshot.index import folder
from nshot.index.manifest import Manifest
from nshot.index.store import ExampleIndex

if TYPE_CHECKING:
    from nshot.index.example_store import StoredExamples
    from nshot.index.tables.table_store import TableStore


def open_store(place: Path) -> StoredExamples:
    """The store of an index folder, opened for reading; its parts are loaded when they are used.

    The manifest of the folder tells whether the folder itself keeps the examples, or LanceDB or
    Milvus does.

    Args:
        place: The folder of an index.

    Raises:
        IndexFolderError: There is no index, it is damaged or of another version, or its store
            cannot be reached.
        MissingExtraError: The package of its store is not installed.
    """
    table = find_table(place)  # its length would be read by `or`, and an empty one taken for none
    return ExampleIndex(place) if table is None else table


def find_table(place: Path) -> TableStore | None:
    """The store of an index folder whose examples LanceDB or Milvus keeps; None for a folder of
    files. Errors as those of `open_store`.
    """
    manifest = folder.read_manifest(place)
    if manifest.store is None:
        return None
    from nshot.index.tables.places import open_table_store

    return open_table_store(place, manifest)


def read_manifest(place: Path) -> Manifest:
    """The manifest of an index; of one in LanceDB or Milvus with what it holds now. Errors as those
    of `open_store`.
    """
    table = find_table(place)
    return folder.read_manifest(place) if table is None else table.manifest
