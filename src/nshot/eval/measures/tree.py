"""SQL as a tree with names and literals masked, and the pq-grams of that tree.

N. Augsten, M. Böhlen, J. Gamper, Approximate Matching of Hierarchical Data Using pq-Grams (VLDB
2005), https://www.vldb.org/conf/2005/papers/p301-augsten.pdf. A pq-gram is a node with p - 1
ancestors and q neighbouring children. The similarity of two trees is that of their bags of
pq-grams.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from nshot.errors import SqlError
from nshot.sql import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

P: Final = 2
"""Nodes on the path of a pq-gram: a node and its parent."""
Q: Final = 3
"""Neighbouring children in a pq-gram."""
_FILL: Final = "*"

_UNWRAPPED: Final = frozenset(("paren", "alias", "subquery", "from", "tablealias"))
"""Nodes that may be written or not without changing the structure; their content replaces them."""
_MASKED: Final = {"column": "name", "identifier": "name", "table": "table", "literal": "literal"}
_CHAINED: Final = frozenset(("and", "or"))
_ORDER: Final = (
    "with_ distinct expressions from_ laterals joins this expression where group having order limit offset"
).split()
"""Children are taken in the order of the SQL text, not in that of the parser."""


class TreeNode(NamedTuple):
    label: str
    children: tuple[TreeNode, ...]


def pq_grams(sql: str) -> Counter[tuple[str, ...]] | None:
    """The bag of pq-grams of the masked tree of `sql`; None if sqlglot cannot read it as a
    query."""
    from sqlglot import exp

    bag: Counter[tuple[str, ...]] = Counter()
    try:
        root = parse(sql)
        if not isinstance(root, exp.Query):
            return None
        _collect(mask_tree(root), (_FILL,) * (P - 1), bag)
    except (SqlError, RecursionError):
        return None
    return bag


def mask_tree(node: exp.Expression) -> TreeNode:
    """The tree without names, values, aliases, qualifiers and brackets.

    Labels are sqlglot's node classes in lower case. Joins also carry their side, set operations
    ALL, order keys DESC, unknown functions their name. A chain of ANDs (or of ORs) is one node.
    """
    return _mask(node)[0]


def _mask(node: exp.Expression) -> list[TreeNode]:
    """The masked nodes for `node`: one node, or the content of a node that is left out."""
    key = node.key
    if key in _MASKED and not (key == "table" and node.args.get("joins")):
        if node.args.get("this").__class__.__name__ == "Star":
            return [TreeNode("star", ())]
        return [TreeNode(_MASKED[key], ())]
    if key in _UNWRAPPED:
        return [found for child in _children(node, skip=("alias",)) for found in _mask(child)]
    if key in _CHAINED:
        operands = _chain(node, key)
    else:
        operands = _children(node, skip=("on",) if _joins_all(node) else ())
    return [TreeNode(_label(node), tuple(found for child in operands for found in _mask(child)))]


def _chain(node: exp.Expression, key: str) -> Iterator[exp.Expression]:
    """Operands of a chain of the same connective, from left to right, without recursion."""
    stack = [node]
    while stack:
        top = stack.pop()
        if top.key == key:
            stack += [top.args["expression"], top.args["this"]]
        elif top.key == "paren" and top.args["this"].key == key:
            stack.append(top.args["this"])
        else:
            yield top


def _joins_all(node: exp.Expression) -> bool:
    """Whether the node is a join written without a condition, to which sqlglot adds ON TRUE."""
    on = node.args.get("on") if node.key == "join" else None
    return on is not None and on.key == "boolean"


def _children(node: exp.Expression, skip: tuple[str, ...] = ()) -> Iterator[exp.Expression]:
    from sqlglot import exp

    args = node.args
    known = [name for name in _ORDER if name in args]
    for name in (*known, *sorted(set(args).difference(known))):
        if name in skip:
            continue
        value = args[name]
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expression):
                yield child


def _label(node: exp.Expression) -> str:
    key, args = node.key, node.args
    if key == "join":
        return " ".join(["join", *(str(args[name]).lower() for name in ("method", "side") if args.get(name))])
    if key == "ordered":
        return "desc" if args.get("desc") else "asc"
    if key in ("union", "intersect", "except"):
        return f"{key} all" if args.get("distinct") is False else key
    return node.name.lower() if key == "anonymous" else key


def _collect(node: TreeNode, ancestors: tuple[str, ...], bag: Counter[tuple[str, ...]]) -> None:
    stem = (*ancestors, node.label)
    if not node.children:
        bag[(*stem, *(_FILL,) * Q)] += 1
        return
    fill = [_FILL] * (Q - 1)
    row = [*fill, *(child.label for child in node.children), *fill]
    for start in range(len(row) - Q + 1):
        bag[(*stem, *row[start : start + Q])] += 1
    for child in node.children:
        _collect(child, stem[1:], bag)
