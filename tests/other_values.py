"""Another value for any option, made of its type: what the walks over all options set."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from nshot.options import OptionField, choices


def another_value(one: OptionField, than: Any = ...) -> Any:
    """A value of the option's type that is not `than`, by default not its default.

    Raises:
        ValueError: The type has no value that could be made up.
    """
    than = one.default if than is ... else than
    if words := choices(one.type):
        return next(word for word in words if word != than)
    return _of(_plain(one.type), than)


def _plain(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    return hint


def _of(kind: Any, than: Any) -> Any:
    if kind is bool:
        return not than
    if kind is int:
        return 7 if than != 7 else 8
    if kind is float:
        return 0.25 if than != 0.25 else 0.5
    if kind is str:
        return "another"
    if kind is Path:
        return Path("another")
    if get_origin(kind) is tuple:
        return (_of(get_args(kind)[0], None),)
    raise ValueError(f"no value of {kind}")
