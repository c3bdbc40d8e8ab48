"""What happens to pairs: one event per line of the journal, with a checksum."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from nshot.errors import DataError
from nshot.pairs.pair import Pair, State

Kind = Literal["add", "supersede", "reject", "retract", "set_aside", "restore"]
"""`add`: a new pair. `supersede`: a new pair in place of an older one. `reject`: a person said that
the SQL is wrong. `retract`: the pair is gone. `set_aside`: its SQL does not run on the changed
schema. `restore`: it runs on the schema of this fingerprint, and the pair is active."""
WITH_CONTENT = ("add", "supersede", "reject")
NO_CONTENT = {"question": "", "sql": "", "db_id": ""}
"""What the lines of the other events leave out."""
STATES: dict[Kind, State] = {"reject": "rejected", "set_aside": "set_aside"}
"""The state of a pair after an event; `active` after the others."""
HEADER = {"nshot_pairs": 1}
"""First line of a journal; the number is raised whenever an older nshot could misread a newer one.
"""
_CHECKED = re.compile(rb'(.*), "sum": "([0-9a-f]{16})"\}\n', re.DOTALL)


@dataclass(frozen=True, slots=True)
class PairEvent:
    """One line of a journal."""

    event: Kind
    pair: Pair
    """The pair as it is after the event. Events without content (`WITH_CONTENT`) have its id, time,
    author, fingerprint and reason alone."""
    replaces: str = ""
    """Of `supersede`: the id of the older pair."""

    @property
    def id(self) -> str:
        """Of the pair."""
        return self.pair.id


def make_event(kind: Kind, pair: Pair, replaces: str = "") -> PairEvent:
    """The event that brings a pair into the state which its kind stands for."""
    return PairEvent(kind, replace(pair, state=STATES.get(kind, "active")), replaces)


def header_line() -> bytes:
    """The first line of a journal."""
    return _line(HEADER)


def event_line(event: PairEvent) -> bytes:
    """The line of an event; empty fields are left out, and the state, which the kind of event
    decides.
    """
    pair = event.pair
    # Who did what and when comes first: people read these lines, too.
    first = {"event": event.event, "id": pair.id, "time": pair.time, "author": pair.author}
    record = first | asdict(pair) | {"replaces": event.replaces}
    return _line({name: value for name, value in record.items() if value and name != "state"})


def read_line(line: bytes, where: str) -> dict[str, Any]:
    """The record of a line that is whole.

    Raises:
        DataError: The line is not as it was written.
    """
    found = _CHECKED.fullmatch(line)
    if found is None or _sum(found[1] + b"}") != found[2].decode():
        raise DataError(
            f"{where} is damaged: the line is not as it was written; restore the file from a copy, or delete "
            "that line, and check the file: nshot pairs verify"
        )
    record: dict[str, Any] = json.loads(found[1] + b"}")
    return record


def to_event(record: dict[str, Any], where: str) -> PairEvent:
    """The event of a record.

    Raises:
        DataError: A newer nshot wrote it.
    """
    fields = {**NO_CONTENT, **record}
    kind, replaces = fields.pop("event", None), fields.pop("replaces", "")
    try:
        pair = Pair(**fields)
    except TypeError as error:
        raise DataError(f"{where} holds what this nshot does not know ({error}); upgrade nshot") from error
    if kind not in get_args(Kind):
        raise DataError(f"{where} holds an event {kind!r}, which this nshot does not know; upgrade nshot")
    return make_event(kind, pair, replaces)


def _line(record: dict[str, Any]) -> bytes:
    body = json.dumps(record, ensure_ascii=False).encode()
    return body[:-1] + f', "sum": "{_sum(body)}"}}\n'.encode()


def _sum(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
