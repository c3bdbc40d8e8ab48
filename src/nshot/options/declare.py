"""The declaration of an option: a field of a frozen config dataclass with its metadata."""

from __future__ import annotations

import dataclasses
import types
from dataclasses import MISSING, dataclass
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

KEY = "nshot option"
"""Key of an option in a field's metadata."""


class Switch(NamedTuple):
    """An option without a value, which sets another option: `--vote` sets `choose` to vote."""

    value: str
    """What it sets."""
    name: str
    """Its own name."""
    doc: str
    """Its help."""


@dataclass(frozen=True)
class OptionInfo:
    """What a field declares of its option, besides name, type, default and docstring."""

    common: bool = False
    """Whether most people need it, so that the short `--help` shows it."""
    name: str = ""
    """The option's name, if it differs from the field's."""
    short: tuple[str, ...] = ()
    """Further spellings on the command line, such as `-n`."""
    of_model: bool = False
    """Whether a model may have its own value, which `nshot.json` stores."""
    recipe: bool = False
    """Whether it is a key of a recipe although models do not store it."""
    needs: tuple[str, tuple[Any, ...]] | None = None
    """Another option, and the values of it with which this option has an effect."""
    switches: tuple[Switch, ...] = ()
    """Options without a value, each of which sets one value of this option; they replace its own
    flag.
    """
    only_on: bool = False
    """Whether the command line can only switch it on: `--json`, without a `--no-json`."""
    affects_predictions: bool = True
    """Whether it can change a prediction: a run that goes on must have the same value."""
    hidden: bool = False
    """Whether it is set only by code, not by users."""

    @property
    def in_recipe(self) -> bool:
        """Whether it is a key of a recipe."""
        return self.of_model or self.recipe


class OptionField(NamedTuple):
    """An option as its field declares it."""

    path: tuple[str, ...]
    """Names of the fields that lead to it, ending with its own: `("decoding", "beams")`."""
    type: Any
    """The field's annotation."""
    default: Any
    """MISSING for a required option."""
    doc: str
    """The field's docstring in one line."""
    info: OptionInfo
    kind: type
    """The class that declares it."""

    @property
    def name(self) -> str:
        """The option's name: `info.name`, else that of the field."""
        return self.info.name or self.path[-1]


def option(default: Any = MISSING, **info: Any) -> Any:
    """A dataclass field that declares an option.

    Args:
        default: Its value if nobody gives one; without it the option must be given.
        **info: Fields of `OptionInfo`.
    """
    return dataclasses.field(default=default, metadata={KEY: OptionInfo(**info)})


def choices(hint: Any) -> tuple[str, ...]:
    """The words that a Literal, perhaps optional or in a tuple, allows; () for any other type.

    >>> choices(Literal["any", "keys"] | None)
    ('any', 'keys')
    """
    if get_origin(hint) is Literal:
        return tuple(str(word) for word in get_args(hint))
    if get_origin(hint) in (Union, types.UnionType, tuple):
        return tuple(word for part in get_args(hint) for word in choices(part))
    return ()
