"""Reads recipe files (TOML) into a `Recipe`; errors name unknown keys and values of the wrong
type."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

from nshot.artifacts import parse_toml
from nshot.errors import FileMissingError, OptionError
from nshot.option_types import convert_value
from nshot.options import find_inline
from nshot.training.tuning.recipe.recipe import Recipe, Shape

EITHER = (("optim.epochs", "optim.minutes"), ("select.every_steps", "select.every_minutes"))
"""Pairs of keys of which `--set` of one removes the other."""


def read_recipe(path: Path, changes: Sequence[str] = ()) -> Recipe:
    """The recipe of a file.

    Args:
        path: A TOML file.
        changes: Changes of the form `section.key=value`, which replace values of the file.

    Raises:
        FileMissingError: There is no such file.
        OptionError: It is not TOML, or has an unknown key or a wrong value.
    """
    if not path.is_file():
        if path.is_dir():
            raise OptionError(f"{path} is a folder; give a TOML file, such as those in configs/")
        raise FileMissingError("recipe", path, "begin with a recipe of configs/ in the repository")
    try:
        table = parse_toml(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise OptionError(f"{path} is not TOML: {error}; correct it") from error
    if not table:
        raise OptionError(f"{path} is empty; begin with a recipe of configs/ in the repository")
    for change in changes:
        _put(table, change)
    return make_recipe(table)


def make_recipe(table: Mapping[str, Any]) -> Recipe:
    """The recipe of a table, as TOML or JSON gives it.

    Raises:
        OptionError: As in `read_recipe`.
    """
    made = _section(Recipe, table, "")
    assert isinstance(made, Recipe)
    return made


def _put(table: dict[str, Any], change: str) -> None:
    name, sign, text = change.partition("=")
    if not sign or not name.strip():
        raise OptionError(f"`set` takes section.key=value, such as optim.learning_rate=1e-4, got {change!r}")
    try:
        value = parse_toml(f"value = {text}")["value"]
    except ValueError:
        value = text.strip()
    *sections, key = name.strip().split(".")
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise OptionError(f"`set` {change}: {section} is a value, not a section; give section.key=value")
    table[key] = value
    for one, other in (*EITHER, *(pair[::-1] for pair in EITHER)):
        if name.strip() == one:
            table.pop(other.rpartition(".")[2], None)


def to_table(recipe: Recipe) -> dict[str, Any]:
    """The recipe as sections and keys: what `make_recipe` reads."""
    return {
        field.name: _keys(value) if is_dataclass(value) else value
        for field in fields(recipe)
        for value in (getattr(recipe, field.name),)
    }


def _keys(section: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(section):
        value = getattr(section, field.name)
        if (held := find_inline(field)) is not None:
            found |= {key: getattr(value, name) for name, key in held.names.items()}
        else:
            found[field.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Shape):
        return asdict(value)
    return str(value) if isinstance(value, Path) else value


def _section(kind: Any, table: Any, name: str) -> Any:
    if not isinstance(table, Mapping):
        raise OptionError(f"recipe: [{name}] must be a section, got {table!r}")
    hints, inner = get_type_hints(kind), _inner_keys(kind)
    known = [*(field.name for field in fields(kind) if find_inline(field) is None), *inner]
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.5)
            cure = f"did you mean {near[0]}?" if near else f"it has: {', '.join(known)}"
            raise OptionError(f"recipe: {_key_name(name, key)} is unknown; {cure}")
    values: dict[str, Any] = {}
    held: dict[str, dict[str, Any]] = {}
    for key, value in table.items():
        if key in inner:
            holder, inside, hint = inner[key]
            held.setdefault(holder, {})[inside] = _value(hint, value, _key_name(name, key))
        else:
            values[key] = _value(hints[key], value, _key_name(name, key))
    for field in fields(kind):
        if field.name in held:
            values[field.name] = _make_inline(field, held[field.name], name)
    try:
        return kind(**values)
    except TypeError as error:
        missing = [f.name for f in fields(kind) if f.name not in values and _must(f)]
        raise OptionError(f"recipe: [{name}] lacks {', '.join(missing)}; add what is missing") from error


def _inner_keys(kind: Any) -> dict[str, tuple[str, str, Any]]:
    """Keys of a section that are options of a config inside it: the field, the option's field, its
    type.
    """
    found: dict[str, tuple[str, str, Any]] = {}
    for field in fields(kind):
        if (held := find_inline(field)) is not None:
            hints = get_type_hints(type(field.default))
            found |= {key: (field.name, name, hints[name]) for name, key in held.names.items()}
    return found


def _make_inline(field: Any, values: Mapping[str, Any], section: str) -> Any:
    try:
        return replace(field.default, **values)
    except OptionError as error:
        raise OptionError(f"[{section}] {error}", option=error.option) from error


def _must(one: Any) -> bool:
    from dataclasses import MISSING

    return one.default is MISSING and one.default_factory is MISSING


def _value(kind: Any, value: Any, name: str) -> Any:
    """The value in the type of its field; a section becomes an object of its class."""
    if is_dataclass(kind):
        return _section(kind, value, name)
    if value == "" and kind == Path | None:
        return None
    return convert_value(kind, value, f"recipe: {name}", lambda inner, table, _: _section(inner, table, name))


def _key_name(section: str, key: str) -> str:
    return f"{section}.{key}" if section else key
