"""The address of a server, taken apart: where it is, and what it is asked with."""

from __future__ import annotations

import base64
import os
from typing import NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from nshot.errors import OptionError
from nshot.redaction import KEY_VARIABLES, clean_key, conceal, conceal_url

_WANTED = "give an address like http://localhost:8000/v1"
_LABEL, _NAME = 63, 253
"""Longest part of a host name, and longest host name, in characters (RFC 1035)."""


class ServerAddress(NamedTuple):
    """A URL such as `http://user:password@host:8000/v1?api-version=1`, in parts that are safe to
    show.
    """

    base: str
    """Scheme, host, port and path, with a slash at the end: no user, no password, no query."""
    host: str
    auth: tuple[str, str] | None
    """User and password for HTTP's basic authentication."""
    query: tuple[tuple[str, str], ...]
    """Parameters that every request carries."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """The parts of a URL; its secrets are masked in messages from now on.

        Raises:
            OptionError: It has no host, or its host or port is invalid.
        """
        conceal_url(url)
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise OptionError(f"{url!r} is not an address ({error}); {_WANTED}", option="model") from error
        if not host:
            raise OptionError(f"{url!r} names no host; {_WANTED}", option="model")
        _check_host(url, host)
        shown = f"[{host}]" if ":" in host else host
        base = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
        auth = None
        if parts.username is not None or parts.password is not None:
            auth = (unquote(parts.username or ""), unquote(parts.password or ""))
            conceal(base64.b64encode(":".join(auth).encode()).decode())
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        base = f"{base}{parts.path.rstrip('/')}/"
        _check_url(base)
        return cls(base, host, auth, query)


def _check_url(base: str) -> None:
    import httpx

    try:
        httpx.URL(base)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise OptionError(f"{base!r} is not an address ({error}); {_WANTED}", option="model") from error


def read_key() -> str:
    """The API key of the environment, without blanks, line ends and quotes around it; empty: there
    is none.

    Raises:
        OptionError: It holds a character that an HTTP header cannot carry.
    """
    for name in KEY_VARIABLES:
        key = clean_key(os.environ.get(name, ""))
        if not key:
            continue
        wrong = next((at for at, one in enumerate(key) if not "!" <= one <= "~"), None)
        if wrong is not None:
            raise OptionError(
                f"the key in {name} holds a character that a key cannot have (U+{ord(key[wrong]):04X}, "
                f"character {wrong + 1} of {len(key)}); copy the key again, and set {name}"
            )
        return key
    return ""


def _check_host(url: str, host: str) -> None:
    labels = [] if ":" in host else host.rstrip(".").split(".")
    if len(host) > _NAME or any(not label or len(label) > _LABEL for label in labels):
        shown = host if len(host) <= _LABEL else f"{host[:40]}..."
        raise OptionError(
            f"{shown!r} is not the name of a host: its parts have 1 to {_LABEL} "
            "characters, and all of it at most "
            f"{_NAME}; check the address",
            option="model",
        )
    if any(one.isspace() or ord(one) < 32 for one in url.strip()):
        raise OptionError(f"{url!r} holds a blank; write %20, or check the address", option="model")
