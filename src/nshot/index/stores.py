"""Opens a store of examples by its place. The commands and the other rooms open stores here."""

from __future__ import annotations

from pathlib import Path

from nshot.index.store import ExampleIndex


def open_store(place: Path) -> ExampleIndex:
    """The store in an index folder, opened for reading; its parts are loaded when they are used.

    Args:
        place: The folder of an index.

    Raises:
        IndexFolderError: There is no index, or it is damaged or of another version.
    """
    return ExampleIndex(place)
