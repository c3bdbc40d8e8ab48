"""Parameters of requests that a server does not take: left out or renamed, and remembered.

OpenAI's reasoning models refuse `max_tokens`, `temperature` and `stop`, other servers refuse `seed`
or `logprobs`. Their errors name the parameter. So no list of models is needed: what a server
refuses by name is not sent to it again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final

from nshot.generation.engines.server.http_body import read_json

_LOG = logging.getLogger(__name__)
OPTIONAL: Final = (
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "temperature",
    "top_p",
    "stop",
    "seed",
    "n",
    "logprobs",
)
"""Parameters that an answer can do without: stop strings are cut here, and missing candidates asked
for.
"""
_SUCCESSOR: Final = {"max_tokens": "max_completion_tokens"}
_EVERYDAY: Final = ("n", "stop", "seed")
"""Names that are also words: they count only in quotes, or next to a word such as "parameter"."""
_REFUSAL = re.compile(
    r"unsupported|not\W+(?:be\W+)?support|n't\W+support|not\W+compatible|unrecogni[sz]ed|unknown|unexpected"
    r"|not\W+permitted|not\W+allowed|forbidden|only\W+the\W+default|deprecated|cannot\W+both"
    r"|only\W+(?:be\W+set|supports?)|must\W+be\W+(?:at\W+most\W+)?1\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\buse\W{1,3}(?P<name>max_\w+)\W{1,3}instead", re.IGNORECASE)


class ServerParameters:
    """What one server refused so far. Used by several threads."""

    def __init__(self, host: str, extra: Mapping[str, Any] | None = None) -> None:
        """
        Args:
            host: The server, for messages.
            extra: Parameters for every request, whatever the server says of them; None leaves one
                out.
        """
        self._host, self._extra = host, dict(extra or {})
        self._renamed: dict[str, str | None] = {}
        self._lock = Lock()

    def apply(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body as this server takes it, with the extra parameters over it."""
        found: dict[str, Any] = {}
        for name, value in body.items():
            while name in self._renamed and name not in self._extra:
                name = self._renamed[name] or ""
            if name:
                found[name] = value
        if "max_completion_tokens" in self._extra:
            found.pop("max_tokens", None)
        found |= self._extra
        return {name: value for name, value in found.items() if value is not None}

    def learn(self, sent: Mapping[str, Any], error: str) -> bool:
        """Remembers the parameters that an error refuses. Whether there are any: then ask again.

        Args:
            sent: The body that was refused.
            error: The text of the answer.
        """
        message, parameter = _read_error(error)
        own = [name for name in OPTIONAL if name in sent and name not in self._extra]
        named = [name for name in own if parameter.rpartition(".")[2] == name and _REFUSAL.search(message)]
        named = named or [name for name in own if _refuses(message, name)]
        instead = _INSTEAD.search(message)
        named = [name for name in named if instead is None or name != instead["name"]]
        for name in named:
            self._remember(name, instead["name"] if instead and name.startswith("max_") else None)
        return bool(named)

    def _remember(self, name: str, successor: str | None) -> None:
        with self._lock:
            if name in self._renamed:
                return
            successor = successor or _SUCCESSOR.get(name)
            if successor in self._renamed:
                successor = None
            self._renamed[name] = successor
        what = f"{successor} is sent instead" if successor else "it is left out"
        _LOG.warning("%s does not take the parameter %s: %s from now on", self._host, name, what)


def _read_error(text: str) -> tuple[str, str]:
    """The message of an error, and the parameter that it names; the whole text if it is no JSON."""
    try:
        error = read_json(text)
    except ValueError:
        return text, ""
    error = error[0] if isinstance(error, list) and error else error
    error = error.get("error", error) if isinstance(error, dict) else error
    if not isinstance(error, dict):
        return text, ""
    message, parameter = error.get("message"), error.get("param")
    code = error.get("code")
    told = message if isinstance(message, str) else text
    return f"{told} ({code})", parameter if isinstance(parameter, str) else ""


def _refuses(message: str, name: str) -> bool:
    if not _REFUSAL.search(message):
        return False
    quoted = rf"[\"'`\[]{name}[\"'`\]:]"
    beside = rf"\b(?:parameter|argument|field|property|option|input)s?\b[^.\n]{{0,40}}[\s:]{name}\b"
    before = rf"\b{name}\b[\"'`]?\s+(?:parameter|argument|field|property|option|is\s+not|does\s+not)"
    plain = "" if name in _EVERYDAY else rf"|\b{name}\b"
    return re.search(f"{quoted}|{beside}|{before}{plain}", message, re.IGNORECASE) is not None
