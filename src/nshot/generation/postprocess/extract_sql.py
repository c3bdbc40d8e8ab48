"""Extraction of the SQL from a completion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from nshot.generation.decode.stops import cut
from nshot.generation.postprocess.answer_blocks import LANGUAGES, after_thoughts, find_blocks, find_meant
from nshot.generation.postprocess.statement_end import Statement, scan
from nshot.types import Form, Schema

_START = re.compile(
    r"\bselect\b"
    r"|\bwith\s+(?:recursive\s+)?[\w\"`\[\]]+\s*(?:\([^()]*\)\s*)?as\s*(?:(?:not\s+)?materialized\s*)?\(",
    re.IGNORECASE,
)
_FROM_START = re.compile(_START.pattern + r"|\bfrom\b(?=\s*[\w\"(])", re.IGNORECASE)
_OTHER_START = re.compile(
    r"\b(?:insert\s+(?:or\s+\w+\s+)?into\b|replace\s+into\b|delete\s+from\b"
    r"|update\s+(?:or\s+\w+\s+)?\S+(?:\s+as)?(?:\s+\w+)?\s+set\b"
    r"|(?:attach|detach)\s+(?:database\s+)?['\"\w]|reindex\b(?=\s*(?:;|\w|$))"
    r"|(?:drop|create|alter)\s+(?:temp\w*\s+|unique\s+|virtual\s+)?(?:table|view|index|trigger|database)\b"
    r"|pragma\s+\w|vacuum\b(?=\s*(?:;|into|$))|explain\s+(?:query\s+plan\s+)?select\b)",
    re.IGNORECASE,
)
_MARKS = " \t\r>|｜$*_`\"'(•-–—0123456789.)=“”‘’「」『』《》«»（）【】"
_TAG_END = re.compile(r"[<\[]/?[|｜]?\w[^<>\[\]\n]*\]?\Z")
"""A tag whose end, a mark, is gone."""
MOST_READ = 100_000
"""Characters of a completion that are read, at most: no answer is longer, and a text that a broken
model repeats without end would take minutes."""
_MAX_CANDIDATES = 40
_LEAST_CANDIDATES = 4
_MAX_SCANNED = 1_000_000
"""Characters that are looked at for the ends of all statements of a text together, unless few
statements begin in it: a long text is scanned once for each."""
_INNER = re.compile(r"\b(?:union(?:\s+all)?|intersect|except|as|exists|in|all)\s*\(*\s*\Z", re.IGNORECASE)


def read_sql(completion_text: str, stop: Sequence[str] = (), form: Form = "written") -> str:
    """The first complete SELECT or WITH statement of a completion, without its semicolon; "" if
    none.

    In the form `from-first` a statement may begin with FROM, too.

    Fences, labels, prose around the SQL, and everything after the statement (explanations, further
    statements, the next example that the model invented) are left out; the SQL itself is not
    changed. A statement that is not a query (DELETE ...) is returned only if there is no query; the
    sandbox refuses it. Never raises. The function is idempotent: applied to its result, it returns
    the same.

    Args:
        completion_text: The text that the model wrote.
        stop: Stop strings; the text from the earliest one on is ignored.
        form: The form of the SQL in the prompt; the result is in the same form (see
            `nshot.sql.read_form`).

    >>> read_sql("Sure! Here is the query:\\n```sql\\nSELECT name FROM singer;\\n```\\nIt lists the names.")
    'SELECT name FROM singer'
    >>> read_sql("I cannot answer that.")
    ''
    >>> read_sql("from singer select name where age > 3;", form="from-first")
    'from singer select name where age > 3'
    """
    text, _ = cut(completion_text, stop)
    if len(text) > MOST_READ:
        text = after_thoughts(text)[:MOST_READ]
    if form == "from-first" and (first := _from_first(text)):
        return first
    while (shorter := _read(text)) != text:
        text = shorter
    return text


def answer_sql(completion_text: str, stop: Sequence[str], form: Form, schema: Schema | None) -> str:
    """The SQL of a completion in the schema's dialect, from whatever form the model wrote; "" if
    none.
    """
    from nshot.sql import read_form

    found = read_sql(completion_text, stop, form)
    return read_form(found, schema) if found and form != "written" else found


def _from_first(text: str) -> str:
    """The first statement at a place where SQL is expected, if it begins with FROM and has a
    SELECT.
    """
    for block in find_blocks(text):
        starts = (match.start() for match in _candidates(_FROM_START, block))
        start = next((start for start in starts if _leads(block, start)), None)
        if start is not None and block[start : start + 4].lower() == "from":
            sql = scan(block, start).sql
            if re.search(r"\bselect\b", sql, re.IGNORECASE):
                return sql
    return ""


def _read(text: str) -> str:
    for block in find_blocks(text):
        if sql := _first_statement(block):
            return sql
    return ""


def _first_statement(text: str) -> str:
    """The first statement that parses; if none does, the first one at a place where SQL is
    expected.
    """
    others = [
        scan(text, match.start()) for match in _candidates(_OTHER_START, text) if _leads(text, match.start())
    ]
    strong: list[Statement] = []
    weak: list[Statement] = []
    for match in _candidates(_START, text):
        start = match.start()
        if any(found.start <= start < found.end for found in (*others, *strong)) or _inner(text, start):
            continue
        if _leads(text, start):
            strong.append(scan(text, _with_parentheses(text, start)))
        else:
            weak.append(scan(text, start))
    if len(strong) == 1 and not weak:
        return strong[0].sql
    likely = [statement for statement in weak if re.search(r"\bfrom\b", statement.sql, re.IGNORECASE)]
    likely_first = strong or likely
    meant = _last_corrected(text, likely_first)
    whole = next((statement for statement in likely_first[meant:] if _parses(statement.sql)), None)
    whole = whole or next((statement for statement in likely_first[:meant] if _parses(statement.sql)), None)
    fallback = [*strong, *others]
    chosen = whole or (fallback[0] if fallback else None)
    return chosen.sql if chosen else ""


def _last_corrected(text: str, statements: Sequence[Statement]) -> int:
    """Which statement is meant: the first, unless words before a later one take it back."""
    spans = [(one.start, one.end) for one in statements]
    return find_meant([text[before:after] for (_, before), (after, _) in pairwise(spans)])


def _candidates(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    most = min(_MAX_CANDIDATES, max(_LEAST_CANDIDATES, _MAX_SCANNED // (len(text) or 1)))
    return islice(pattern.finditer(text), most)


def _inner(text: str, start: int) -> bool:
    """Whether this SELECT is inside a statement or a comment, so that no statement begins here."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return "--" in line or _INNER.search(text[max(0, start - 40) : start]) is not None


def _leads(text: str, start: int) -> bool:
    """Whether SQL is expected here: at the beginning of a line, or after a colon, a semicolon, "is"
    or the name of the language.
    """
    line = text[text.rfind("\n", 0, start) + 1 : start].rstrip(_MARKS)
    line = _TAG_END.sub("", line).rstrip(_MARKS)
    if line.lower() in LANGUAGES:
        return True
    return not line or line[-1] in ":：;；。" or line.endswith((" is", "\tis", "是", "为"))


def _with_parentheses(text: str, start: int) -> int:
    """Start of a statement that opens with parentheses, as in `(SELECT ...) UNION (SELECT ...)`."""
    head = text[:start]
    gap = head[len(head.rstrip("( \t\r\n")) :]
    at = start - len(gap) + gap.find("(")
    if "(" not in gap or text[text.rfind("\n", 0, at) + 1 : at].strip():
        return start
    return at if scan(text, at).balanced else start


def _parses(sql: str) -> bool:
    from nshot.errors import SqlParseError
    from nshot.sql.parse import parse

    try:
        parse(sql)
    except (SqlParseError, RecursionError):
        return False
    return True
