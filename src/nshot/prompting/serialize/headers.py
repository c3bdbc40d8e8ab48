"""The headers of a template file: comments at its top that declare what it is made for."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, cast, get_args

from nshot.artifacts import parse_json
from nshot.errors import TemplateError
from nshot.prompting.config import ExampleContext
from nshot.types import Context

_HEADER = re.compile(r"\{#-?\s*(stop|context|example-context):\s*(.*?)\s*-?#\}", re.DOTALL)


class Headers(NamedTuple):
    """The declarations in a template's headers."""

    stop: tuple[str, ...]
    """Strings at which the answer ends."""
    context: Context | None
    """The schema serialization that the template is made for."""
    example_context: ExampleContext | None
    """The part of their schema that its examples should show."""


def read_headers(name: str, source: str) -> Headers:
    """The headers of the template of that name.

    Raises:
        TemplateError: A header has an invalid value.
    """
    found = dict(_HEADER.findall(source))
    for header, kinds in (("context", Context), ("example-context", ExampleContext)):
        value, known = found.get(header), get_args(kinds)
        if value is not None and value not in known:
            raise TemplateError(
                f"template {name}: unknown {header} {value!r} in its header; use one of {', '.join(known)}"
            )
    try:
        stop: Any = parse_json(found.get("stop", "[]"))
    except ValueError as error:
        raise TemplateError(_bad_stop(name)) from error
    if not isinstance(stop, list) or not all(isinstance(one, str) and one for one in stop):
        raise TemplateError(_bad_stop(name))
    context, example_context = found.get("context"), found.get("example-context")
    return Headers(
        tuple(stop), cast("Context | None", context), cast("ExampleContext | None", example_context)
    )


def _bad_stop(name: str) -> str:
    return (
        f'template {name}: the header {{# stop: ... #}} must hold a JSON list of strings, such as ["\\n###"]'
    )
