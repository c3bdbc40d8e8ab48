"""The normal form of expressions and conditions."""

from __future__ import annotations

import re
from typing import Final

from nshot.sql.nest import Group, Node, is_select, keyword, symbol
from nshot.sql.scope import LabelScope
from nshot.sql.tokens import KEYWORDS, Token, unquote

_PLAIN: Final = re.compile(r"[^\W\d][\w$]*\Z")


class Unread(Exception):
    """The text is not a query that this reader supports."""


def word(token: Token) -> str:
    """The spelling of a token in the normal form."""
    kind, text, _ = token
    if kind == "string":
        return "'" + unquote(token).replace("'", "''") + "'"
    if kind in ("name", "quoted", "dquoted"):
        return name_text(unquote(token).lower())
    return _number(text) if kind == "number" else text


def name_text(name: str) -> str:
    """A name without quotes if that is possible, otherwise in backticks."""
    if _PLAIN.match(name) and name not in KEYWORDS:
        return name
    return "`" + name.replace("`", "``") + "`"


def _number(text: str) -> str:
    lowered = text.lower()
    if lowered.startswith("0x"):
        return lowered
    if lowered.isdecimal():
        return lowered.lstrip("0") or "0"
    return repr(float(lowered))


def column_name(nodes: list[Node]) -> str:
    """The lower-cased name of the column, without prefix, if `nodes` are a single column; otherwise
    empty.
    """
    last = nodes[-1]
    if not isinstance(last, Token) or last.kind not in ("name", "quoted"):
        return ""
    if len(nodes) == 1 or (len(nodes) == 3 and symbol(nodes[1]) == "."):
        return unquote(last).lower()
    return ""


def condition(nodes: list[Node], scope: LabelScope) -> str:
    """A condition with the operands of OR, and those of AND within them, sorted by their text."""
    alternatives = []
    for alternative in _operands(nodes, "or"):
        operands = [_predicate(operand, scope) for operand in _operands(alternative, "and")]
        alternatives.append(" and ".join(sorted(operands)))
    return " or ".join(sorted(alternatives))


def _operands(nodes: list[Node], connector: str) -> list[list[Node]]:
    """The parts between the connectors; the AND that belongs to a BETWEEN does not separate."""
    parts: list[list[Node]] = [[]]
    between = False
    for node in nodes:
        found = keyword(node)
        if found == connector and not (between and found == "and"):
            parts.append([])
        else:
            between = found == "between" or (between and found not in ("and", "or"))
            parts[-1].append(node)
    if not all(parts):
        raise Unread
    return parts


def _predicate(nodes: list[Node], scope: LabelScope) -> str:
    """One operand of AND: the two columns of an equation are sorted, brackets are read as a
    condition.
    """
    for i, node in enumerate(nodes):
        if (
            symbol(node) in ("=", "!=")
            and column_name(nodes[:i] or [node])
            and column_name(nodes[i + 1 :] or [node])
        ):
            sides = sorted((expression(nodes[:i], scope), expression(nodes[i + 1 :], scope)))
            return f" {symbol(node)} ".join(sides)
    negated = len(nodes) == 2 and keyword(nodes[0]) == "not"
    last = nodes[-1]
    if (len(nodes) == 1 or negated) and isinstance(last, Group) and not last.case and not is_select(last):
        return ("not " if negated else "") + f"( {condition(last.nodes, scope)} )"
    return expression(nodes, scope)


def expression(nodes: list[Node], scope: LabelScope) -> str:
    """The normal form of an expression, or of several expressions separated by commas."""
    out: list[str] = []
    i = 0
    while i < len(nodes):
        node = nodes[i]
        i += 1
        if isinstance(node, Group):
            out.append(_group(node, scope))
        elif node.kind not in ("name", "quoted"):
            out.append(word(node))
        elif i + 1 < len(nodes) and symbol(nodes[i]) == "." and isinstance(nodes[i + 1], Token):
            text, i = _read_prefixed(node, nodes, i, scope)
            out.append(text)
        elif i > 1 and keyword(nodes[i - 2]) in ("as", "collate"):
            out.append(word(node))
        else:
            out.append(_reference(*scope.bare(unquote(node).lower())))
    return " ".join(out)


def _read_prefixed(node: Token, nodes: list[Node], i: int, scope: LabelScope) -> tuple[str, int]:
    """The text of `node . name` or `node . *`, and the position after it; `i` is at the full
    stop."""
    column = nodes[i + 1]
    if not isinstance(column, Token) or (i + 2 < len(nodes) and symbol(nodes[i + 2]) == "."):
        raise Unread
    prefix = unquote(node).lower()
    if symbol(column) == "*":
        prefix, _ = scope.qualify(prefix, "*")
        return (f"{name_text(prefix)} . *" if prefix else "*"), i + 2
    return _reference(*scope.qualify(prefix, unquote(column).lower())), i + 2


def _reference(prefix: str, column: str) -> str:
    return f"{name_text(prefix)} . {name_text(column)}" if prefix else name_text(column)


def _group(group: Group, scope: LabelScope) -> str:
    if is_select(group):
        return f"( {scope.subquery(group.nodes, scope)} )"
    inner = expression(group.nodes, scope)
    return inner if group.case else f"( {inner} )"
