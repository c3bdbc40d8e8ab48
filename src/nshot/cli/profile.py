"""The profile: a TOML file of options, so that daily commands are short.

`nshot.toml` of the working folder is read if it is there; `nshot --profile FILE COMMAND` names another one.
A profile holds options of the pipeline by their names (`model`, `index`, `databases`, `strategy` ...) and
the database that is asked (`db`). The command line wins over it. Paths are relative to the file.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from nshot.errors import FileMissingError, OptionError

FILE = Path("nshot.toml")
_META = "nshot profile"


class Profile(NamedTuple):
    """Options of a file."""

    path: Path | None
    """None where there is no profile."""
    values: dict[str, Any]

    def values_for(self, names: Collection[str]) -> dict[str, Any]:
        """The values of these options, as a command reads them."""
        return {name: value for name, value in self.values.items() if name in names}


def profile_of(ctx: Any) -> Profile:
    """The profile of a run of nshot, read once.

    Args:
        ctx: Of the command line.

    Raises:
        FileMissingError: The file that is named is not there.
        OptionError: It is not TOML, or sets something that no profile has.
    """
    root = ctx.find_root()
    if _META not in root.meta:
        named = root.params.get("profile")
        path = Path(named) if named else (FILE if FILE.is_file() else None)
        root.meta[_META] = Profile(None, {}) if path is None else read_profile(path)
    found: Profile = root.meta[_META]
    return found


def read_profile(path: Path) -> Profile:
    """The profile in a file; see `profile_of`."""
    if not path.is_file():
        raise FileMissingError("profile", path, "name a TOML file, or leave --profile out")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OptionError(f"{path} is not TOML: {error}") from error
    known = known_options()
    return Profile(path, {name: _value(path, name, value, known) for name, value in table.items()})


def known_options() -> dict[str, Any]:
    """The options that a profile may set, with their types."""
    from nshot.options import leaves
    from nshot.pipeline import PipelineConfig

    return {"db": str} | {one.name: one.type for one in leaves(PipelineConfig)}


def _value(path: Path, name: str, value: Any, known: dict[str, Any]) -> Any:
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.5)
        cure = f"did you mean {near[0]}?" if near else f"it may set: {', '.join(sorted(known))}"
        raise OptionError(f"{path}: {name} is no option of a profile; {cure}")
    if isinstance(value, dict):
        raise OptionError(f"{path}: {name} must be a value, got a table")
    is_path = known[name] == Path or Path in getattr(known[name], "__args__", ())
    if isinstance(value, str) and ((is_path and value != "sample") or name in ("db", "model")):
        return _from_folder(path.parent, value)
    return value


def _from_folder(folder: Path, value: str) -> str:
    """A path as seen from the working folder; what is no file or folder there stays as it is.

    >>> _from_folder(Path("."), "http://localhost:8000/v1")
    'http://localhost:8000/v1'
    """
    place = folder / Path(value).expanduser()
    return str(place) if "://" not in value and place.exists() else value
