"""The normal form of a query, by a small reader of SELECT.

It works on nested tokens (`nest`), clause by clause, without a full grammar. For anything it does
not support it raises `Unread`, and `normalise` falls back to normalising token by token. Queries
that differ only in aliases, optional words or needless prefixes have the same normal form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from nshot.sql.expression import Unread, column_name, condition, expression, name_text, word
from nshot.sql.nest import Group, Node, is_select, keyword, split, symbol
from nshot.sql.scope import LabelScope, Outputs
from nshot.sql.tokens import Token, unquote
from nshot.types import Schema

_SET_WORDS: Final = frozenset(("union", "intersect", "except"))
_CLAUSES: Final = frozenset(
    ("select", "from", "where", "group", "having", "window", "order", "limit", "offset")
)
_NO_OUTPUTS: Final[Outputs] = {}
_JOIN_WORDS: Final = frozenset(("join", "left", "right", "full", "inner", "outer", "cross", "natural", ","))
# Left out, because they do not change the result of a join; left, right, full and natural stay.
_SILENT: Final = frozenset((",", "inner", "outer", "cross", "join"))


@dataclass(slots=True)
class _Item:
    """One entry of a select list."""

    nodes: list[Node]
    alias: str = ""


@dataclass(slots=True)
class _Arm:
    """One SELECT between set operations."""

    clauses: dict[str, list[Node]]
    scope: LabelScope
    items: list[_Item] = field(default_factory=list)
    distinct: str = ""

    def alias(self, name: str) -> _Item | None:
        return next((item for item in self.items if item.alias == name), None)


def query_text(nodes: list[Node], schema: Schema | None) -> str:
    """The normal form of a whole statement.

    Raises:
        Unread: It is not a query that this reader supports.
    """
    return _subquery(nodes, LabelScope(schema=schema))


def _subquery(nodes: list[Node], around: LabelScope) -> str:
    return _query(nodes, replace(around, subquery=_subquery))[0]


def _query(nodes: list[Node], around: LabelScope, *, derived: bool = False) -> tuple[str, Outputs]:
    """Normal form of a query and, for a derived table, the new names of its columns."""
    # Texts of arms and set operations in turn; the last word is that of the sentinel below.
    parts: list[str] = []
    if nodes and keyword(nodes[0]) == "with":
        nodes, around, head = _with(nodes, around)
        parts.append(head)
    outputs: Outputs = {}
    arms: list[_Arm] = []
    arm: list[Node] = []
    # A set operation at the end closes the last arm like the others, and is dropped again.
    for node in [*nodes, Token("keyword", "union", -1)]:
        if keyword(node) not in _SET_WORDS:
            # ALL directly after a set operation belongs to it, not to the arm that follows.
            if not arm and keyword(node) == "all" and arms:
                parts[-1] += " all"
            else:
                arm.append(node)
            continue
        text, names = _arm(arm, around, arms, derived=derived)
        # Columns of a set operation have the names of its first arm.
        outputs = outputs if arms[1:] else names
        parts += [text, keyword(node)]
        arm = []
    return " ".join(parts[:-1]), outputs


def _with(nodes: list[Node], around: LabelScope) -> tuple[list[Node], LabelScope, str]:
    """The query after WITH, a scope that knows the names of WITH, and the text of WITH itself."""
    start = next((i for i, node in enumerate(nodes) if keyword(node) in ("select", "values")), 0)
    if not start:
        raise Unread
    recursive = isinstance(nodes[1], Token) and nodes[1].text == "recursive" and len(nodes) > 2
    ctes = dict(around.ctes)
    texts = []
    for part in split(nodes[2 if recursive else 1 : start], (",",)):
        if len(part) < 3 or not isinstance(part[0], Token) or not isinstance(part[-1], Group):
            raise Unread
        name, label = unquote(part[0]).lower(), f"_w{len(ctes) + 1}"
        listed = (
            [word(node) for node in part[1].nodes if isinstance(node, Token) and node.text != ","]
            if (isinstance(part[1], Group))
            else []
        )
        # Registered before its body is read, because a recursive name refers to itself in there.
        columns = {column: f"_c{i}" for i, column in enumerate(listed, start=1)}
        ctes[name] = (label, columns)
        inner = replace(around, ctes=dict(ctes), sources=list(around.sources))
        body, outputs = _query(part[-1].nodes, inner, derived=not listed)
        # Listed column names hide those of the body's select items.
        ctes[name] = (label, columns or outputs)
        head = f"{label} ( {' , '.join(columns.values())} )" if columns else label
        texts.append(f"{head} as ( {body} )")
    opening = "with recursive " if recursive else "with "
    return nodes[start:], replace(around, ctes=ctes), opening + " , ".join(texts)


def _arm(nodes: list[Node], around: LabelScope, arms: list[_Arm], *, derived: bool) -> tuple[str, Outputs]:
    """Normal form of one SELECT or VALUES; a SELECT is appended to `arms`."""
    if len(nodes) == 1 and isinstance(nodes[0], Group) and is_select(nodes[0]):
        inner = nodes[0].nodes
        # Brackets around an arm mean something only with ORDER BY, LIMIT, WITH or a set operation inside.
        if any(keyword(node) in ("order", "limit", "with", *_SET_WORDS) for node in inner):
            text, names = _query(inner, around, derived=derived)
            arms.append(_Arm({}, around))
            return f"( {text} )", names
        return _arm(inner, around, arms, derived=derived)
    if nodes and keyword(nodes[0]) == "values":
        arms.append(_Arm({}, around))
        return expression(nodes, around), {}
    # FROM first: all other clauses need its sources, whatever their order in the text.
    arm = _Arm(_clauses(nodes), LabelScope(around, around.schema, around.ctes, subquery=_subquery))
    arms.append(arm)
    source_text = _from(arm.clauses.get("from", []), arm.scope)
    arm.items = _items(arm)
    first = len(arms) == 1
    outputs = _outputs(arm.items) if derived and first else {}
    texts = {"select": _select(arm, outputs)}
    for name, clause in arm.clauses.items():
        if name not in ("select", "from"):
            texts[name] = _clause(name, clause, arm, arms)
    # Labels of sources last: only now is it known whether an inner SELECT refers to one by name.
    if "from" in arm.clauses:
        texts["from"] = source_text.format_map(_Labels(arm.scope))
    return " ".join(texts[name] for name in arm.clauses), outputs


class _Labels(dict[str, str]):
    """The label that replaces each source's placeholder in the text of FROM."""

    def __init__(self, scope: LabelScope) -> None:
        # A single source needs no label, as its columns are written without a prefix.
        many = len(scope.sources) > 1
        super().__init__({s.label: f" as {s.label}" if many or s.used else "" for s in scope.sources})


def _clauses(nodes: list[Node]) -> dict[str, list[Node]]:
    clauses: dict[str, list[Node]] = {}
    current: list[Node] | None = None
    for node in nodes:
        name = keyword(node)
        if name in _CLAUSES:
            if name in clauses:
                raise Unread
            current = clauses[name] = []
        elif current is None:
            raise Unread
        elif name != "by" or current:  # BY of GROUP BY and ORDER BY, not a word within the clause
            current.append(node)
    if "select" not in clauses or not clauses["select"]:
        raise Unread
    return clauses


def _items(arm: _Arm) -> list[_Item]:
    nodes = arm.clauses["select"]
    if keyword(nodes[0]) in ("distinct", "all"):
        arm.distinct, nodes = keyword(nodes[0]), nodes[1:]
    items = []
    for part in split(nodes, (",",)):
        if not part:
            raise Unread
        body, alias = _cut_alias(part)
        # "name AS name" and "t.name AS name" rename nothing.
        if alias and len(body) in (1, 3) and isinstance(body[-1], Token) and column_name(body) == alias:
            alias = ""
        items.append(_Item(body, alias))
    return items


def _cut_alias(nodes: list[Node]) -> tuple[list[Node], str]:
    """The nodes without the alias at their end, and the alias in lower case."""
    last = nodes[-1]
    if len(nodes) < 2 or not isinstance(last, Token):
        return nodes, ""
    before = nodes[-2]
    if keyword(before) == "as" and last.kind in ("name", "quoted", "string"):
        return nodes[:-2], unquote(last).lower()
    # Without AS, a name is an alias only after an operand: in "a + b" the last name is an operand itself.
    operand = isinstance(before, Group) or before.kind in ("name", "quoted", "number", "string")
    if operand and last.kind in ("name", "quoted"):
        return nodes[:-1], unquote(last).lower()
    return nodes, ""


def _outputs(items: list[_Item]) -> Outputs:
    return {item.alias: f"_c{i}" for i, item in enumerate(items, start=1) if item.alias}


def _select(arm: _Arm, outputs: Outputs) -> str:
    texts = []
    for item in arm.items:
        text = expression(item.nodes, arm.scope)
        texts.append(f"{text} as {outputs[item.alias]}" if item.alias in outputs else text)
    return " ".join(["select", *([arm.distinct] if arm.distinct == "distinct" else []), " , ".join(texts)])


def _clause(name: str, nodes: list[Node], arm: _Arm, arms: list[_Arm]) -> str:
    # Aliases of select items are replaced in HAVING; in WHERE a name is read as a column.
    if name in ("where", "having"):
        aliases = {item.alias: item for item in arm.items if item.alias} if name == "having" else {}
        return f"{name} {condition(_replace(nodes, aliases), arm.scope)}"
    if name not in ("group", "order"):
        return f"{name} {expression(nodes, arm.scope)}"
    # The first arm's aliases win: they name the result of a set operation.
    aliases = {item.alias: item for some in reversed(arms) for item in some.items if item.alias}
    # ORDER BY after a set operation sees the result's columns, so no table can give a prefix to a name.
    compound = name == "order" and len(arms) > 1
    scope = replace(arm.scope, schema=None) if compound else arm.scope
    parts = []
    for part in split(nodes, (",",)):
        # ASC is the default. A term that is an alias, perhaps with DESC or COLLATE, becomes its expression.
        kept = [node for node in part if keyword(node) != "asc"]
        if kept and column_name(kept[:1]) in aliases and (len(kept) == 1 or keyword(kept[1])):
            kept = [*aliases[column_name(kept[:1])].nodes, *kept[1:]]
        else:
            kept = _replace(kept, aliases)
        parts.append(expression(kept, scope))
    return f"{name} by {' , '.join(parts)}"


def _replace(nodes: list[Node], aliases: Mapping[str, _Item]) -> list[Node]:
    """`nodes` with aliases replaced by the expressions of their select items."""
    if not aliases:
        return nodes
    out: list[Node] = []
    for i, node in enumerate(nodes):
        # A sub-query has aliases of its own.
        if isinstance(node, Group):
            inner = node.nodes if is_select(node) else _replace(node.nodes, aliases)
            out.append(Group(inner, node.case))
            continue
        # Next to a full stop a name is a prefix or a prefixed column, never an alias of a select item.
        beside = (i > 0 and symbol(nodes[i - 1]) == ".") or (
            i + 1 < len(nodes) and symbol(nodes[i + 1]) == "."
        )
        item = None if beside else aliases.get(column_name([node]))
        if item is None:
            out.append(node)
        # A name, a number or one function call binds as tightly as the alias did; the rest needs brackets.
        elif len(item.nodes) == 1 or (len(item.nodes) == 2 and isinstance(item.nodes[1], Group)):
            out += item.nodes
        else:
            out.append(Group(item.nodes))
    return out


def _from(nodes: list[Node], scope: LabelScope) -> str:
    """The text of FROM with a placeholder for each source's label; fills the scope."""
    # ON may name sources to the right, so conditions are written when the scope has all of them.
    conditions: list[tuple[int, list[Node]]] = []
    parts = ["from"]
    i = 0
    while i < len(nodes):
        joins: list[str] = []
        while i < len(nodes) and (keyword(nodes[i]) or symbol(nodes[i])) in _JOIN_WORDS:
            joins.append(keyword(nodes[i]) or symbol(nodes[i]))
            i += 1
        if scope.sources:
            if not joins:
                raise Unread
            # A comma, CROSS JOIN and INNER JOIN are all written "join".
            parts.append(" ".join([*(word for word in joins if word not in _SILENT), "join"]))
        i, text = _source(nodes, i, scope)
        parts.append(text)
        start = i
        while i < len(nodes) and (keyword(nodes[i]) or symbol(nodes[i])) not in _JOIN_WORDS:
            i += 1
        if i > start:
            conditions.append((len(parts), nodes[start:i]))
            parts.append("")
    for place, joined in conditions:
        parts[place] = _on(joined, scope)
    return " ".join(parts)


def _source(nodes: list[Node], i: int, scope: LabelScope) -> tuple[int, str]:
    """The position after one source with its alias, and its text."""
    if i >= len(nodes):
        raise Unread
    first = nodes[i]
    name, i = "", i + 1
    outputs: Outputs = {}
    if isinstance(first, Group):
        if not is_select(first):
            raise Unread
        body, outputs = _query(first.nodes, _outside(scope), derived=True)
        text = f"( {_escape(body)} )"
    else:
        if first.kind not in ("name", "quoted", "function"):
            raise Unread
        name = unquote(first).lower()
        label, outputs = scope.ctes.get(name, (name, _NO_OUTPUTS))
        text = _escape(name_text(label))
        # A name of several parts (schema.table) is no table of WITH, whose outputs do not apply.
        while i + 1 < len(nodes) and symbol(nodes[i]) == "." and isinstance(nodes[i + 1], Token):
            name = _identifier(nodes[i + 1])
            text, outputs, i = f"{text} . {_escape(name_text(name))}", _NO_OUTPUTS, i + 2
        if first.kind == "function" and i < len(nodes) and isinstance(nodes[i], Group):
            text, i = f"{text} {_escape(expression([nodes[i]], scope))}", i + 1
    alias, i = _alias(nodes, i)
    source = scope.add(alias, name, outputs)
    # The label's placeholder: `_arm` fills it in, which is why braces in the text itself are doubled.
    return i, f"{text}{{{source.label}}}"


def _identifier(node: Node) -> str:
    if not isinstance(node, Token) or node.kind not in ("name", "quoted", "function"):
        raise Unread
    return unquote(node).lower()


def _outside(scope: LabelScope) -> LabelScope:
    """What a sub-query in FROM sees: the outer scopes, not its neighbours."""
    return LabelScope(scope.parent, scope.schema, scope.ctes, subquery=_subquery)


def _escape(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _alias(nodes: list[Node], i: int) -> tuple[str, int]:
    if i < len(nodes) and keyword(nodes[i]) == "as":
        i += 1
        if i >= len(nodes) or not isinstance(nodes[i], Token):
            raise Unread
        kinds = frozenset(("name", "quoted", "string"))
    else:
        kinds = frozenset(("name", "quoted"))
    node = nodes[i] if i < len(nodes) else None
    if isinstance(node, Token) and node.kind in kinds:
        return unquote(node).lower(), i + 1
    return "", i


def _on(nodes: list[Node], scope: LabelScope) -> str:
    if keyword(nodes[0]) == "on":
        return _escape(f"on {condition(nodes[1:], scope)}")
    if keyword(nodes[0]) == "using" and len(nodes) == 2 and isinstance(nodes[1], Group):
        names = [word(node) for node in nodes[1].nodes if isinstance(node, Token)]
        return _escape(f"using ( {' '.join(names)} )")
    raise Unread
