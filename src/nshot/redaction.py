"""Keys and passwords are masked in every text that people or files get to see.

Two layers. `redact` masks what looks like a secret by its place: the password of a URL, a query
parameter such as `api_key`, a Bearer token. `conceal` remembers a value that is one wherever it
stands, for example in the body of a server's error. The API keys of the environment are known
without being remembered.

Errors, notes, run.json and reprs go through here. Results do not: a cell of a database stays as it
is.

It knows nothing of servers and databases: it is handed texts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

KEY_VARIABLES = ("NSHOT_API_KEY", "OPENAI_API_KEY")
"""Environment variables for the API key; the first one that is set is sent."""
MASK = "***"
PLACEHOLDER = ":PASSWORD"
"""What our own texts write for the password of a URL; it is shown."""
_TELLING_NAME = "key|token|secret|pass|pwd|auth|cred|sig|jwt|sas|bearer|session"
_USERINFO = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://?|\b(?:https?|postgres(?:ql)?|mysql|mariadb)(?:\+\w+)?//?)"
    r"(?P<user>[^\s:/@?#'\"]*)(?P<password>:[^\s'\"]*)?@(?=[^\s@])"
)
_QUERY = re.compile(
    rf"(?P<name>[?&;#](?:[\w.%~-]*(?:{_TELLING_NAME})[\w.%~-]*|code|pw)=)[^&;#\s'\"<>]+", re.IGNORECASE
)
_DSN = re.compile(r"(?P<name>\b(?:password|passwd|pwd)\s?=\s?)(?!')[^\s&;,'\"]+", re.IGNORECASE)
_BEARER = re.compile(r"(?P<name>\bBearer\s+)(?=\S*\d)[\w.~+/=-]{6,}")
_JSON = re.compile(
    rf"(?P<name>([\"'])[\w-]*(?:{_TELLING_NAME})[\w-]*\2\s*:\s*([\"']))(?:(?!\3).)+", re.IGNORECASE
)
_LONG, _SHORT = 8, 4
"""Characters from which a value is masked wherever it stands; with another character than letters,
fewer do. A shorter one, such as the key `none` for a server that needs none, is an everyday
word."""
_concealed: set[str] = set()


def redact(text: str) -> str:
    """The text with `***` in place of every key and password.

    >>> redact("no database at postgresql://me:hunter2@host/shop")
    'no database at postgresql://me:***@host/shop'
    >>> redact('{"api_key": "abc", "seed": 1}')
    '{"api_key": "***", "seed": 1}'
    >>> redact("http://user:pw@host/v1?api_key=abc&api-version=2")
    'http://***@host/v1?api_key=***&api-version=2'
    >>> redact("no folder http:/user:pw@host")
    'no folder http:/***@host'
    """
    if "/" in text and "@" in text:  # a path made of a URL has one slash, a slip no colon
        text = _USERINFO.sub(_mask_userinfo, text)
    if "=" in text:
        text = _DSN.sub(rf"\g<name>{MASK}", _QUERY.sub(rf"\g<name>{MASK}", text))
    if ":" in text:
        text = _JSON.sub(rf"\g<name>{MASK}", text)
    if "Bearer" in text:
        text = _BEARER.sub(rf"\g<name>{MASK}", text)
    for secret in sorted((*_concealed, *_keys()), key=len, reverse=True):
        if secret in text:
            text = _whole_words(secret).sub(MASK, text)
    return text


def redact_all(value: Any) -> Any:
    """A value as JSON holds it, with `redact` applied to every text in it, keys of mappings too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact_all(key): redact_all(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [redact_all(one) for one in value]
    return value


def conceal(secret: str) -> None:
    """Remembers a secret: from now on `redact` masks it wherever it stands, percent-encoded too.

    Words of everyday length (`none`, `test`) are not remembered, as they would garble every
    message.
    """
    for form in {secret, unquote(secret), quote(secret, safe=""), quote(secret)}:
        if _is_telling(form):
            _concealed.add(form)


def conceal_url(url: str) -> None:
    """Remembers the password and the secret query parameters of a URL; any other text is left
    alone.
    """
    if "://" not in url:
        return
    # a password may hold a slash or a blank, although a URL's must not
    user, _, password = url.partition("://")[2].rpartition("@")[0].partition(":")
    if re.search(r"[\s/?#@]", user):  # the @ stands elsewhere
        user, password = "", ""
    is_web = url.lower().startswith("http")
    secrets, places = [password, *([user] if is_web else [])], set() if is_web else {user}
    with suppress(ValueError):
        parts = urlsplit(url)
        places |= {parts.hostname or "", parts.scheme, *parts.path.split("/")}
        secrets += [value for name, value in parse_qsl(parts.query) if _is_secret_name(name)]
        secrets += _taken_for_host(password, parts.netloc.rpartition("@")[2])
    if "@" in password:  # whole, or masking the rest first would leave the beginning
        secrets.append(f"{password}@{url.rpartition('@')[2].partition('/')[0]}")
    for secret in secrets:
        if secret not in places:
            conceal(secret)


def _taken_for_host(password: str, host: str) -> list[str]:
    """What a driver calls the host if an `@` in the password is not written as %40: the rest and
    the host.

    >>> _taken_for_host("pa@ss", "db:5432")
    ['ss@db:5432', 'ss@db']
    """
    rests = [password[at + 1 :] for at, letter in enumerate(password) if letter == "@"]
    return [f"{rest}@{name}" for rest in rests for name in (host, host.rpartition(":")[0]) if name]


def _is_secret_name(name: str) -> bool:
    return re.search(rf"{_TELLING_NAME}|^code$|^pw$", name, re.IGNORECASE) is not None


def _is_telling(text: str) -> bool:
    return len(text) >= (_SHORT if re.search(r"[^A-Za-z]", text) else _LONG)


def _mask_userinfo(match: re.Match[str]) -> str:
    if match["password"] == PLACEHOLDER:
        return match[0]
    if match["password"] is None and not match["scheme"].lower().startswith("http"):
        return match[0]
    if match["scheme"].lower().startswith("http"):
        return f"{match['scheme']}{MASK}@"
    return f"{match['scheme']}{match['user']}:{MASK}@"


def _keys() -> list[str]:
    """The API keys of the environment, as they are set and as they are sent."""
    found = []
    for name in KEY_VARIABLES:
        value = os.environ.get(name, "")
        found += [one for one in {value, clean_key(value)} if _is_telling(one)]
    return found


def clean_key(value: str) -> str:
    """A key without the blanks, line ends and quotes that a `.env` file may leave around it.

    >>> clean_key(' "sk-123"\\r\\n')
    'sk-123'
    """
    value = value.strip().strip("\ufeff").strip()
    while len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1].strip()
    return value


def _whole_words(secret: str) -> re.Pattern[str]:
    """Finds the secret, but not inside a longer word if it is short."""
    pattern = re.escape(secret)
    if len(secret) < _LONG:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return re.compile(pattern)
