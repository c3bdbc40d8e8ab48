"""Options as keys of a section of a file, such as a recipe."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import MISSING
from typing import Any, NamedTuple

from nshot.options.declare import OptionField
from nshot.options.given import list_options

INLINE = "nshot inline"
"""Key of an `Inline` in a field's metadata."""
TAKEN = "nshot taken"
"""Key of the option that a field takes, in the field's metadata."""


class Inline(NamedTuple):
    """A config class whose options are keys of the surrounding section of a file."""

    names: Mapping[str, str]
    """Key in the section by name of the field in the class; other fields are no keys."""


def inline(default: Any, *, without: Collection[str] = (), renamed: Mapping[str, str] | None = None) -> Any:
    """A dataclass field with a config of its own, whose options are keys of the section around it.

    Only options that are keys of a recipe are taken (`OptionInfo.in_recipe`).

    Args:
        default: The config.
        without: Fields that are no keys.
        renamed: Other names of keys, by field.
    """
    names = {
        one.path[-1]: (renamed or {}).get(one.path[-1], one.path[-1])
        for one in list_options(type(default))
        if one.info.in_recipe and one.path[-1] not in without
    }
    return dataclasses.field(default=default, metadata={INLINE: Inline(names)})


def find_inline(field: dataclasses.Field[Any]) -> Inline | None:
    """How the field's config stands in a section; None for a plain field."""
    found: Inline | None = field.metadata.get(INLINE)
    return found


def take(kind: type, name: str, default: Any = MISSING) -> Any:
    """A dataclass field that is an option of another class: a key of a file with its type and
    meaning.

    `inline` takes all options of a config; this takes one, where the others have no place in the
    section:

        device: str = take(EngineConfig, "device")

    Args:
        kind: The config class that declares the option.
        name: The option's name.
        default: Its value in the section, if it differs from the option's own.

    Raises:
        KeyError: The class has no such option.
    """
    one = {one.name: one for one in list_options(kind)}[name]
    value = one.default if default is MISSING else default
    return dataclasses.field(default=value, metadata={TAKEN: one})


def find_taken(field: dataclasses.Field[Any]) -> OptionField | None:
    """The option that a field takes; None for a field of its own."""
    found: OptionField | None = field.metadata.get(TAKEN)
    return found
