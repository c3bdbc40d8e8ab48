"""Convert a value from a file or from Python to the type of an option.

This module knows nothing of any particular option, of flags or of files.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from nshot.errors import OptionError

Nested = Callable[[Any, Any, str], Any]
_LARGEST = 1 << 63
_NOUNS = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}


def convert_value(hint: Any, value: Any, label: str, nested: Nested | None = None) -> Any:
    """The value in the type of its option: lists become tuples, texts become paths, 2 becomes 2.0.

    Args:
        hint: The option's type, as its field is annotated.
        value: As a file or a caller gives it.
        label: What the option is called in an error.
        nested: Makes a config class from a table: gets the class, the table and the label.

    Raises:
        OptionError: The value has another type.

    >>> convert_value(tuple[str, ...] | None, ["count", "sum"], "functions")
    ('count', 'sum')
    >>> convert_value(int, "two", "shots")
    Traceback (most recent call last):
    nshot.errors.OptionError: shots must be a whole number, got 'two'
    """
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        raise OptionError(f"{label} must be a number of at most 64 bits, got one of {value.bit_length():,}")
    if nested is not None and is_dataclass(hint):
        return nested(hint, value, label)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _convert_union(args, value, label, nested)
    if origin is Literal:
        if value not in args:
            raise OptionError(f"{label} must be one of {', '.join(map(str, args))}, got {value!r}")
        return value
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise OptionError(f"{label} must be a list, got {value!r}")
        return tuple(convert_value(args[0], one, label, nested) for one in value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise OptionError(f"{label} must be {_NOUNS.get(hint, hint.__name__)}, got {value!r}")
    return value


def _convert_union(kinds: tuple[Any, ...], value: Any, label: str, nested: Nested | None) -> Any:
    if value is None and type(None) in kinds:
        return None
    problems = []
    for kind in kinds:
        if kind is type(None):
            continue
        try:
            return convert_value(kind, value, label, nested)
        except OptionError as error:
            problems.append(error)
            if is_dataclass(kind) and isinstance(value, Mapping):
                raise
    if len(problems) == 1:
        raise problems[0]
    ways = " or ".join(str(problem).partition("must be ")[2].partition(", got")[0] for problem in problems)
    raise OptionError(f"{label} must be {ways}, got {value!r}")
