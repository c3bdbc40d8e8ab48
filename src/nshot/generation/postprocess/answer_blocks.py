"""The parts of a completion that may hold the SQL: JSON, tags, fences; the most likely first.

Models dress an answer in many ways: `{"SQL": "..."}`, `<sql>...</sql>`, a fence after a rejected
draft, the transcript of an agent. This module undresses it; it does not look at the SQL itself.
"""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

_THOUGHT_END = re.compile(
    r"</(?:think|thinking|thought|thoughts|reasoning|analysis|scratchpad|reflection)>|\[/THINK\]"
    r"|<\|channel\|>final<\|message\|>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|#39|nbsp);")
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_FENCE = re.compile(
    r"(?P<mark>```|~~~|(?:(?<![\s\S])|(?<=\n)|(?<==)|(?<== ))(?:\'\'\'|\"\"\"))"
    r"[ \t]*(?P<word>[\w+-]*)[ \t]*\r?\n?(?P<text>.*?)(?:(?P=mark)|\Z)",
    re.DOTALL,
)
"""Python's long quotes count where a line or a value begins."""
LANGUAGES = frozenset(
    "sql sqlite sqlite3 mysql mariadb postgres postgresql psql pgsql plpgsql plsql oracle tsql mssql duckdb "
    "bigquery snowflake".split()
)
"""Names of SQL with which a fence, or an answer that lost its fence, begins."""
_FENCE_LANGUAGES = LANGUAGES | {"", "select", "with", "text"}
_JSON_LANGUAGES = frozenset(("json", "jsonc", "json5", "python"))
_TAG = re.compile(
    r"<(?P<tag>sql|sqlite|query|sql[_-]?query|final[_-]?sql|final[_-]?query|final[_-]?answer|final|answer"
    r"|response|output|result|code|pre)(?:\s[^<>]*)?>(?P<text>.*?)(?:</(?P=tag)\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_BRACKETS = re.compile(
    r"\[(?P<tag>SQL|QUERY|ANSWER|FINAL)\](?P<text>(?:(?!\[(?P=tag)\]).)*?)\[/(?P=tag)\]", re.DOTALL
)
_BOXED = re.compile(r"\\boxed\{(?:\\text\w*\{)?(?P<text>(?:(?!\\boxed).)*?)\}+[\s$]*\Z", re.DOTALL)
_FINAL = re.compile(
    r"^[ \t#>*_-]*(?:the\s+)?(?:final|corrected|revised|fixed)\s+"
    r"(?:answer|sql|query|sql\s+query|statement|version)\b[^\n:：]{0,40}[:：]"
    r"|^[ \t#>*_-]*final[ \t*_]*[:：]"
    r"|最[终終][^\n:：]{0,20}[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_REJECTED = re.compile(
    r"\b(?:final\w*|correct(?:ed|ion|ing)|revis\w+|fix(?:ed|ing)?|wrong|mistake\w*|incorrect|invalid|error"
    r"|fail\w*|draft|oops|sorry|apolog\w+|i\s+meant|there\s+(?:is|are)\s+no|no\s+such|does\s*n[o']t\s+(?:exist|work)|actually|wait|should\s+(?:be|have)|rewrit\w+"
    r"|improved|updated|corregid\w+|definitiv\w*|correg\w+|corrig\w+|erreur|endgültig\w*|korrigiert\w*"
    r"|korrekt\w*|fehler\w*)\b"
    r"|最[终終]|修正|改正|更正|错误|不存在|草稿|正しく",
    re.IGNORECASE,
)
"""Words between two answers by which a model takes the first one back."""
_EXPLORES = re.compile(
    r"\bsqlite_(?:master|schema)\b|\binformation_schema\b|\A\s*(?:pragma|describe|show)\b", re.IGNORECASE
)
"""A query for the schema, as agents send before the one for the answer."""
_NEXT_EXAMPLE = re.compile(
    r"^[ \t#>*_-]*(?:(?:question|example|input|user|human|schema|q)\b|问题)[^\n]{0,40}[:：]|^###",
    re.IGNORECASE | re.MULTILINE,
)
_KEYS: Sequence[str] = (
    "sql",
    "sqlquery",
    "finalsql",
    "correctedsql",
    "generatedsql",
    "sqlstatement",
    "statement",
    "query",
    "finalquery",
    "finalanswer",
    "answer",
    "response",
    "result",
    "output",
    "code",
)
"""Keys of a JSON answer, in lower case without other characters than letters, the most telling
first.
"""
_JSON_START = re.compile(r"^[ \t]*[\[{]|\{(?=\s*[\"'])", re.MULTILINE)
_MOST = 40
_LONGEST_LITERAL = 20_000


def find_blocks(text: str) -> Iterator[str]:
    """Yields the parts of a completion that may hold the SQL, the most likely first; the whole
    comes last.
    """
    text = _unescape(after_thoughts(text))
    finals = list(_FINAL.finditer(text))
    if finals:
        yield from _find_dressed(text[finals[-1].end() :])
        yield text[finals[-1].end() :]
    yield from _find_dressed(text)
    yield text


def _unescape(text: str) -> str:
    """The text with HTML's `&gt;` and its like undone, if one stands outside of quotes."""
    if _ENTITY.search(text) is None or _ENTITY.search(_QUOTED.sub("", text)) is None:
        return text
    return html.unescape(text)


def after_thoughts(text: str) -> str:
    """What a completion has after its last chain of thought; all of it, if there is none."""
    ends = [match.end() for match in _THOUGHT_END.finditer(text)]
    return text[ends[-1] :] if ends else text


def _find_dressed(text: str) -> Iterator[str]:
    """The contents of JSON, tags and fences."""
    yield from _json_values(text)
    for pattern in (_TAG, _BRACKETS):
        yield from _in_order(text, list(islice(pattern.finditer(text), _MOST)))
    yield from (match["text"] for match in _BOXED.finditer(text))
    fences = list(islice(_FENCE.finditer(text), _MOST))
    for match in fences:
        if match["word"].lower() in _JSON_LANGUAGES:
            yield from _json_values(match["text"])
    yield from _in_order(text, [match for match in fences if match["word"].lower() in _FENCE_LANGUAGES])


def _in_order(text: str, matches: Sequence[re.Match[str]]) -> Iterator[str]:
    """The contents, the one that is meant first.

    That is the first, unless the words before a later one say that what came before is no good.
    Where the model invents a next question, everything after it belongs to that.
    """
    if not matches:
        return
    meant = find_meant([text[one.end() : two.start()] for one, two in pairwise(matches)])
    while meant + 1 < len(matches) and _EXPLORES.search(matches[meant]["text"]):
        meant += 1
    for match in (matches[meant], *matches):
        yield _content(match)


def find_meant(between: Sequence[str]) -> int:
    """Which of several answers is meant, by the words between each and the next one.

    >>> find_meant(["; That is wrong:", "; Another way:"])
    1
    """
    meant = 0
    for at, words in enumerate(between, start=1):
        if _NEXT_EXAMPLE.search(words):
            break
        if _REJECTED.search(words):
            meant = at
    return meant


def _content(match: re.Match[str]) -> str:
    found = match["text"]
    word = match.groupdict().get("word") or ""
    if word.lower() in ("select", "with"):
        return f"{word} {found}"
    cdata = re.fullmatch(r"\s*<!\[CDATA\[(.*?)\]\]>\s*", found, re.DOTALL)
    return cdata[1] if cdata else found


def _json_values(text: str) -> Iterator[str]:
    """The texts under telling keys of a JSON value that begins a line, or stands in one."""
    starts = [match.start() for match in islice(_JSON_START.finditer(text), 3)]
    for start in starts:
        value = _read_value(text[start:].lstrip())
        found = [one for key in _KEYS for one in _under(value, key)]
        if found:
            yield from found
            return


def _read_value(text: str) -> Any:
    """The JSON value, or the Python literal, that the text begins with; None if there is none."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        pass
    if text[:1] != "{" or len(text) > _LONGEST_LITERAL:
        return None
    try:
        return ast.literal_eval(text[: text.rfind("}") + 1])
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _is_lines(value: Any) -> bool:
    """Whether a list holds the lines of one statement, and not several statements."""
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        return False
    starts = [one for one in value if str(one).lstrip().lower().startswith(("select", "with"))]
    return len(starts) <= 1


def _under(value: Any, key: str, depth: int = 0) -> Iterator[str]:
    """Texts under a key, however it is written, in a value of a few levels."""
    if depth > 4:
        return
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, str):
                if one.lstrip()[:1] == "{" and (inner := _read_value(one.lstrip())) is not None:
                    yield from _under(inner, key, depth + 1)  # arguments of a tool call
                elif re.sub(r"[^a-z]", "", str(name).lower()) == key:
                    yield one
            else:
                if _is_lines(one) and re.sub(r"[^a-z]", "", str(name).lower()) == key:
                    yield "\n".join(one)
                yield from _under(one, key, depth + 1)
    elif isinstance(value, list):
        for one in value[:_MOST]:
            yield from _under(one, key, depth + 1)
