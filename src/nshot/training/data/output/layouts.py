"""The columns of a row in a file: common ones, and those of three layouts for different
trainers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from nshot.errors import DataError
from nshot.training.data.row import SftRow

COMMON: Final = (
    "id", "db_id", "sql", "form", "context", "strategy", "shots", "demonstrations", "repeat", "dropped",
    "sha256", "prompt_tokens", "response_tokens",
)  # fmt: skip
"""Fields of `SftRow` that are columns of every layout."""
DESCRIBED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "prompt and response in one",
        "prompt_chars": "characters of the text that are the prompt",
        "prompt": "what the model reads, byte for byte as at inference",
        "completion": "what it should write; no end token",
        "messages": "two turns, user and assistant: role and content",
        "id": "of the question in its pool",
        "db_id": "its database",
        "sql": "the gold SQL as the pool has it",
        "form": "how the response is written",
        "context": "which part of the schema the prompt shows",
        "strategy": "how the demonstrations were found; empty for a row that asked for none",
        "shots": "demonstrations in the prompt",
        "demonstrations": "their ids, in the order shown",
        "repeat": "0 for the first row of a question, 1 for the next ...",
        "dropped": "demonstrations, tables and columns that the budget left out",
        "sha256": "of the prompt, chat template included",
        "prompt_tokens": "chat template included",
        "response_tokens": "what the response adds to these",
    }
)
"""Description of each column."""


class RowLayout(NamedTuple):
    """A layout: its own columns, and functions that write and read them."""

    columns: tuple[str, ...]
    write: Callable[[SftRow], dict[str, Any]]
    read: Callable[[Mapping[str, Any]], tuple[str, str]]
    """Returns prompt and response of a record."""


def _text(row: SftRow) -> dict[str, Any]:
    return {"text": row.prompt + row.response, "prompt_chars": len(row.prompt)}


def _split(record: Mapping[str, Any]) -> tuple[str, str]:
    text, chars = record["text"], int(record["prompt_chars"])
    return text[:chars], text[chars:]


def _pair(row: SftRow) -> dict[str, Any]:
    return {"prompt": row.prompt, "completion": row.response}


def _of_pair(record: Mapping[str, Any]) -> tuple[str, str]:
    return record["prompt"], record["completion"]


def _turns(row: SftRow) -> dict[str, Any]:
    turns = (("user", row.content or row.prompt), ("assistant", row.response))
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def _of_turns(record: Mapping[str, Any]) -> tuple[str, str]:
    user, assistant = record["messages"]
    return user["content"], assistant["content"]


LAYOUTS: Final[Mapping[str, RowLayout]] = MappingProxyType(
    {
        "prompt-completion": RowLayout(("prompt", "completion"), _pair, _of_pair),
        "text": RowLayout(("text", "prompt_chars"), _text, _split),
        "messages": RowLayout(("messages",), _turns, _of_turns),
    }
)
"""The layouts by name."""


def to_record(row: SftRow, layout: str) -> dict[str, Any]:
    """The columns of a row."""
    common = {name: getattr(row, name) for name in COMMON}
    return {**LAYOUTS[layout].write(row), **common, "demonstrations": list(row.demonstrations)}


def from_record(record: Mapping[str, Any], where: str, *, exact: bool) -> SftRow:
    """The row of a record in any layout.

    Raises:
        DataError: The record is not a row, or, if `exact`, its prompt has another hash.
    """
    for layout in LAYOUTS.values():
        if set(layout.columns) <= set(record):
            try:
                prompt, response = layout.read(record)
                common = {name: record[name] for name in COMMON}
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f"{where}: not a row of fine-tuning data: {error!r}; write the rows again"
                ) from error
            if exact and hashlib.sha256(prompt.encode()).hexdigest() != record["sha256"]:
                raise DataError(
                    f"{where}: the prompt does not match its sha256: it was changed, or it is a turn of a "
                    "chat without its template; write the rows with `layout` prompt-completion"
                )
            common["demonstrations"] = tuple(record["demonstrations"])
            return SftRow(prompt, response, **common)
    known = "; ".join(f"{name}: {', '.join(layout.columns)}" for name, layout in LAYOUTS.items())
    raise DataError(
        f"{where}: not a row of fine-tuning data; expected the columns of one layout ({known}), "
        f"got {', '.join(record) or 'none'}"
    )
