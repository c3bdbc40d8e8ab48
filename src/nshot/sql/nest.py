"""Tokens as a tree of brackets, which is all the grammar that nshot's own SQL readers need."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Final

from nshot.sql.tokens import Token

MAX_TOKENS: Final = 10_000
"""Longer texts are not read as a tree: what a query means takes time that grows faster than its
length.
"""

MAX_DEPTH: Final = 100
"""Deeper nesting is not read as a tree; SQLite's own parser stops earlier."""


@dataclass(slots=True)
class Group:
    """The content of a pair of brackets, or everything from CASE to END (both words included)."""

    nodes: list[Node] = field(default_factory=list)
    case: bool = False


Node = Token | Group


def nest(tokens: Sequence[Token]) -> list[Node] | None:
    """The tokens with bracketed parts as `Group`s.

    None if brackets are unbalanced or nested too deeply, or if there are too many tokens.
    """
    if len(tokens) > MAX_TOKENS:
        return None
    root: list[Node] = []
    stack = [Group(root)]
    for token in tokens:
        text = token.text
        if text == "(" or (text == "case" and token.kind == "keyword"):
            group = Group([token] if text == "case" else [], case=text == "case")
            stack[-1].nodes.append(group)
            stack.append(group)
            if len(stack) > MAX_DEPTH:
                return None
        elif text == ")" or (text == "end" and token.kind == "keyword"):
            group = stack.pop()
            if not stack or group.case != (text == "end"):
                return None
            if group.case:
                group.nodes.append(token)
        else:
            stack[-1].nodes.append(token)
    return root if len(stack) == 1 else None


def keyword(node: Node) -> str:
    """The keyword of the node; empty for anything else."""
    return node.text if isinstance(node, Token) and node.kind == "keyword" else ""


def symbol(node: Node) -> str:
    """The operator or punctuation of the node; empty for anything else."""
    return node.text if isinstance(node, Token) and node.kind == "op" else ""


def is_select(group: Node) -> bool:
    """Whether `group` is a bracketed SELECT, VALUES or WITH, possibly in further brackets."""
    while isinstance(group, Group) and group.nodes:
        first = group.nodes[0]
        if isinstance(first, Token):
            return keyword(first) in ("select", "with", "values")
        group = first
    return False


def split(nodes: list[Node], at: Container[str]) -> list[list[Node]]:
    """Split `nodes` at those keywords or symbols, which are dropped."""
    parts: list[list[Node]] = [[]]
    for node in nodes:
        if isinstance(node, Token) and node.kind in ("keyword", "op") and node.text in at:
            parts.append([])
        else:
            parts[-1].append(node)
    return parts
