"""The profile: a TOML file of options that keeps daily commands short.

`nshot.toml` in the working folder is read if it exists; `nshot --profile FILE COMMAND` names
another file. A profile contains options of the pipeline by name (`model`, `index`, `databases`,
`strategy` ...) and the database to query (`db`). Options on the command line take precedence. Paths
are relative to the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_origin

from nshot.artifacts import parse_toml
from nshot.cli.options.derive import flag
from nshot.errors import FileMissingError, OptionError
from nshot.option_types import convert_value
from nshot.options import choices

if TYPE_CHECKING:
    from nshot.options import OptionField

FILE = Path("nshot.toml")
MAY_BE_PATHS = ("db", "model", "encoder")
"""Options that may be a file or folder; they are relative to the profile if such a file exists
there.
"""
_META = "nshot profile"


class Profile(NamedTuple):
    """The options of a profile file."""

    path: Path | None
    """None if there is no profile."""
    values: dict[str, Any]

    def values_for(self, options: Mapping[str, OptionField], more: Collection[str] = ()) -> dict[str, Any]:
        """The values for a command.

        Args:
            options: The command's options by parameter name. An option that only shares the name of
                a pipeline option, such as the `shots` of fine-tuning data, gets no value.
            more: Further parameters that take a value.
        """
        if not self.values:
            return {}
        known = list_profile_options()
        # A class of options that extends the pipeline's has the pipeline's options, too.
        own = {
            name for name, one in options.items() if name in known and issubclass(one.kind, known[name].kind)
        }
        return {
            name: _spell_for_click(value) for name, value in self.values.items() if name in own.union(more)
        }

    def without_rivals(self, arguments: Collection[str]) -> Profile:
        """Drop the switches that another switch of the same option on the command line replaces.

        Args:
            arguments: Of the command line.
        """
        known = list_profile_options()
        typed = {known[name].name for name in known if known[name].info.switches and flag(name) in arguments}
        values = {
            n: value for n, value in self.values.items() if n not in known or known[n].name not in typed
        }
        return Profile(self.path, values)


def profile_of(ctx: Any) -> Profile:
    """The profile of this run of nshot; the file is read once.

    Args:
        ctx: The context of the command line.

    Raises:
        FileMissingError: The named file does not exist.
        OptionError: It is not TOML, or sets something that a profile cannot set.
    """
    root = ctx.find_root()
    if _META not in root.meta:
        named = root.params.get("profile")
        path = Path(named) if named else (FILE if FILE.is_file() else None)
        root.meta[_META] = Profile(None, {}) if path is None else read_profile(path)
    found: Profile = root.meta[_META]
    return found


def read_profile(path: Path) -> Profile:
    """Read the profile in a file; see `profile_of`."""
    if not path.is_file():
        raise FileMissingError("profile", path, "name a TOML file, or leave --profile out")
    try:
        table = parse_toml(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise OptionError(f"{path} is not TOML: {error}; correct it") from error
    known = list_profile_options()
    return Profile(path, {name: _value(path, name, value, known) for name, value in table.items()})


def list_profile_options() -> dict[str, OptionField]:
    """The options of the pipeline by parameter name, which a profile may set in addition to
    `db`."""
    from nshot.cli.options.derive import OptionGroup
    from nshot.options import list_options
    from nshot.pipeline import PipelineConfig

    return dict(OptionGroup(PipelineConfig, True, list_options(PipelineConfig), {}).parameters())


def _value(path: Path, name: str, value: Any, known: Mapping[str, OptionField]) -> Any:
    names = ("db", *known)
    if name not in names:
        switches = [switch for switch, one in known.items() if one.name == name]
        near = switches or difflib.get_close_matches(name, names, 1)
        cure = f"did you mean {' or '.join(near)}?" if near else f"it may set: {', '.join(sorted(names))}"
        raise OptionError(f"{path}: {name} is not an option of a profile; {cure}")
    if isinstance(value, dict) and name == "notes":
        return path  # the profile itself is the file of notes
    if isinstance(value, dict):
        raise OptionError(f"{path}: {name} must be a single value, got the table [{name}]")
    value = convert_value(_type_of(name, known), value, f"{path}: {name}")
    if name in MAY_BE_PATHS:
        return _from_folder(path.parent, value)
    is_path = isinstance(value, Path) and value != Path("sample")
    return path.parent / _expand(value) if is_path else value


def _type_of(name: str, known: Mapping[str, OptionField]) -> Any:
    """The type of a key; literals are checked later, by the config class."""
    if name == "db":
        return str
    one = known[name]
    if one.info.switches:
        return bool
    return str if choices(one.type) and get_origin(one.type) is not tuple else one.type


def _spell_for_click(value: Any) -> Any:
    """The value in a form that the command line accepts."""
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def _from_folder(folder: Path, value: str) -> str:
    """A path relative to the working folder; unchanged if there is no such file or folder.

    >>> _from_folder(Path("."), "http://localhost:8000/v1")
    'http://localhost:8000/v1'
    """
    try:
        place = folder / _expand(Path(value))
        return str(place) if "://" not in value and place.exists() else value
    except OSError:  # too long for a path
        return value


def _expand(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # ~ of a user that there is not
        return path
