"""Options as keys of a section of a file, such as a recipe."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from nshot.options.given import list_options

INLINE = "nshot inline"
"""Key of an `Inline` in a field's metadata."""


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
