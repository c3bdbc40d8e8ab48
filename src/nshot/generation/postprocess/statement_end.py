"""Finds the end of a SQL statement that prose or another statement follows."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`\n]+`|\[[^\]\n]{0,200}\]"
    r"|```|###|~~~|<[|｜][^<>|｜\n]{1,40}[|｜]>|</?s>|<(?:start|end)_of_turn>|</[A-Za-z_][\w.-]*\s*>"
    r"|\[/?INST\]|\[/[A-Z]+\]|\\[gG](?!\w)|(?:Observation|Thought):(?=\s)|，(?=[这該该此即其它表返])"
    r"|\n[ \t]*(?:\r?\n[ \t]*)*|[A-Za-z_]\w*|.",
    re.DOTALL,
)
_ODD_BLANK = re.compile(r"[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]|\\[nrt]")
_QUOTED_OR_ODD = re.compile(
    r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]{0,200}\])|" + _ODD_BLANK.pattern
)
_HARD_END = re.compile(
    r"```|~~~|###|<[|｜][^<>|｜\n]{1,40}[|｜]>|</?s>|<(?:start|end)_of_turn>|</[A-Za-z_][\w.-]*\s*>"
    r"|\[/?INST\]|\[/[A-Z]+\]|\\[gG]|(?:Observation|Thought):|，"
    r"|[;；\u037e؛。｡।॥۔։።။។…！？\u2028\u2029]"
)
"""What ends a statement outside of quotes: a semicolon or full stop of any script, a fence, a tag,
an agent's label.
"""
_LABEL_LINE = re.compile(
    r"\s*(?:#{1,6}\s*\w|[*_]{0,2}(?:example|new|input|context|question|response|instruction|explanation|note|output|answer|result"
    r"|results|sql\w*|query|human|user|assistant|ai|bot|schema|q|a|observation|thought|action|final|tool|reason\w*|step)\b[^\n:]{0,40}:(?![\w:])"
    r"|[^\W\da-z_][^\n:：]{0,20}：)",
    re.IGNORECASE,
)
_PROSE_LINE = re.compile(r"\s*(?:[*\-•]\s+|\d+[.)]\s+)?[A-Z][a-z']*,?(?: [\w'`\"(*-]+[,.:;!?)]*){2,}")
_FOREIGN_PROSE_LINE = re.compile(
    r"\s*(?![A-Za-z])[^\W\d_](?:[^\n'\"`]*[，。：；！？、।؟،]|\w*(?: [\w,]+){3,})"
)
"""A line of prose that begins with a letter beyond ASCII."""
_BATCH_END = re.compile(r"\s*(?:GO|/)\s*", re.IGNORECASE)
"""A line that ends a batch in the clients of SQL Server and Oracle."""
_LIST_LINE = re.compile(r"\s*(?:\|(?!\|)|(?:[*\-•]|\d+[.)])\s+(?:select|with)\b)", re.IGNORECASE)
_CONTINUES = frozenset(
    "from where group order having limit offset join inner left right full outer cross natural on using "
    "and or not union intersect except as in is between like asc desc case when then else end all distinct "
    "by set values exists null fetch window over collate escape glob regexp match".split()
)
_INCOMPLETE = frozenset(
    "select distinct from where group order having limit offset join inner left right full outer cross "
    "natural on and or not union intersect except all as in is between like case when then else by with "
    "recursive exists using".split()
)
_CLOSING = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "«": "»", "【": "】", "（": "）"}
_OPERATORS = frozenset(",(=<>!+-*/%|.&~")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement found in a text."""

    text: str
    start: int
    end: int
    """`text[start:end]`, before the clean-up of `sql`."""
    balanced: bool
    """Whether no parenthesis is left open."""

    @property
    def sql(self) -> str:
        sql = self.text[self.start : self.end].strip()
        before = self.text[: self.start].rstrip(" (")[-1:]
        if before == "*":
            sql = re.sub(r"(?:\*\*|(?<=[\w)'\"`\]])\*)\Z", "", sql).rstrip()
        elif before == "|":  # a cell of a table
            sql = re.split(r"\s\|(?:\s|\Z)", sql)[0]
        elif before == "$":
            sql = sql.rstrip("$").rstrip()
        elif before and before in "`\"'" and sql.count(before) % 2:
            sql = sql[: sql.rfind(before)].rstrip()
        elif before in _CLOSING and _CLOSING[before] in sql:
            sql = sql[: sql.rfind(_CLOSING[before])].rstrip()
        if len(sql) > 1 and sql.endswith((".", "．", "!")) and not sql[-2].isdigit():
            sql = sql[:-1].rstrip()
        return plain_blanks(sql).rstrip("; \t\r\n")


def plain_blanks(sql: str) -> str:
    r"""The SQL with plain blanks outside of quotes: no database knows others, nor a written out
    `\n`.

    >>> plain_blanks("SELECT\u00a0a FROM\u3000b WHERE c = 'd\u00a0e'\\n")
    "SELECT a FROM b WHERE c = 'd\xa0e' "
    """
    if _ODD_BLANK.search(sql) is None:
        return sql
    return _QUOTED_OR_ODD.sub(lambda match: match[1] or " ", sql)


def scan(text: str, start: int) -> Statement:
    """The statement that starts at `start`.

    It ends before a semicolon, a parenthesis too many, a fence, a chat piece or `###`; before a
    line that is a label or prose; and before a new line or blank line whose first word cannot
    continue a statement that is already complete. None of these counts inside quotes, comments or
    (for lines) parentheses. A quote that is never closed, or only beyond a blank line, is an
    ordinary character.
    """
    depth, end, position = 0, len(text), start
    last = ""
    with_head = text[start : start + 4].lower() in ("with", "from")
    while position < len(text):
        match = _TOKEN.match(text, position)
        piece = match[0] if match else text[position]
        if len(piece) > 1 and piece[0] in "'\"" and _runs_away(piece):
            piece = piece[0]
        after = position + len(piece)
        if _HARD_END.fullmatch(piece) or (piece == ")" and depth == 0):
            end = position
            break
        if piece[0] == "\n":
            if _line_ends(text, piece, after, depth, last, with_head):
                end = position
                break
        elif not piece.isspace() and not piece.startswith(("--", "/*")):
            depth += (piece == "(") - (piece == ")")
            with_head = with_head and not (depth == 0 and piece.lower() == "select")
            last = piece.lower()
        position = after
    return Statement(text, start, end, depth == 0)


def _runs_away(quoted: str) -> bool:
    return re.search(r"\n\s*\n|\n###|```", quoted) is not None


def _line_ends(text: str, gap: str, at: int, depth: int, last: str, with_head: bool) -> bool:
    """Whether the statement is over at this line break (`gap` holds the break and blank lines after
    it).
    """
    line = text[at : at + 200].split("\n", 1)[0]
    if not line.strip():
        return False
    if _LABEL_LINE.match(line) or _BATCH_END.fullmatch(line):
        return True
    if depth or line.lstrip().startswith(("--", "/*")):
        return False
    if _LIST_LINE.match(line):
        return True
    word = re.match(r"\w*", line.lstrip())
    first = word[0].lower() if word else ""
    if first in ("select", "with"):
        return not (last in _INCOMPLETE or last in _OPERATORS or with_head)
    if first in _CONTINUES and not _PROSE_LINE.match(line):
        return False
    if last in _INCOMPLETE or last in _OPERATORS or line.lstrip()[0] in _OPERATORS or line.lstrip()[0] == ")":
        return False
    prose = _PROSE_LINE.match(line) or _FOREIGN_PROSE_LINE.match(line)
    return gap.count("\n") > 1 or prose is not None
