"""Groups of command line options written once, as dataclasses, and shared by several commands."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, get_type_hints


def bundled(command: Callable[..., None]) -> Callable[..., None]:
    """The command with each parameter whose type is a dataclass spread into one option a field.

    In its help, what must be given comes first, then the command's own options, then the bundles.

    A field is declared as Typer declares a parameter: `name: Annotated[type, typer.Option(...)] = default`.
    The command itself still gets one object of each class.
    """
    hints = get_type_hints(command, include_extras=True)
    bundles = {name: hint for name, hint in hints.items() if hasattr(hint, "__dataclass_fields__")}
    parameters = [
        parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(command).parameters.items()
        if name not in bundles
    ]
    for bundle in bundles.values():
        parameters += _spread(bundle)

    @functools.wraps(command)
    def spread(**values: Any) -> None:
        made = {
            name: bundle(**{field.name: values.pop(field.name) for field in fields(bundle)})
            for name, bundle in bundles.items()
        }
        command(**values, **made)

    parameters.sort(key=lambda p: p.default is not inspect.Parameter.empty)
    order = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    spread.__signature__ = inspect.Signature(order)  # type: ignore[attr-defined]
    spread.__annotations__ = {p.name: p.annotation for p in order}
    del spread.__wrapped__
    return spread


def _spread(bundle: Any) -> list[inspect.Parameter]:
    """One parameter a field; those of the class itself before the inherited ones."""
    hints = get_type_hints(bundle, include_extras=True)
    own = sorted(fields(bundle), key=lambda field: field.name not in inspect.get_annotations(bundle))
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in own
    ]
