"""The conditions of a statement, one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlglot import exp

from nshot.eval.mistakes.writing import Writer


@dataclass(slots=True)
class Conditions:
    """WHERE, HAVING and ON of all SELECTs, without equalities of two columns, which count as
    joins."""

    masked: Counter[str] = field(default_factory=Counter)
    """Conditions with `?` for each value."""
    values: dict[str, Counter[tuple[str, ...]]] = field(default_factory=dict)
    """The values of each masked condition, sorted."""
    nested: Counter[str] = field(default_factory=Counter)
    """Masked conditions that contain a sub-query."""
    ors: int = 0


def conditions(tree: exp.Expr, write: Writer) -> Conditions:
    """The conditions of all SELECTs; BETWEEN is read as two comparisons, IN with a list as ORs."""
    found = Conditions()
    stack = [clause.this for clause in tree.find_all(exp.Where, exp.Having)]
    stack += [join.args["on"] for join in tree.find_all(exp.Join) if join.args.get("on")]
    while stack:
        node = stack.pop()
        if isinstance(node, exp.Paren):
            stack.append(node.this)
        elif isinstance(node, exp.And | exp.Or):
            found.ors += isinstance(node, exp.Or)
            stack += [node.this, node.expression]
        elif isinstance(node, exp.In) and _has_list(node):
            found.ors += len(node.expressions) - 1
            for value in node.expressions:
                _note(found, write, exp.EQ.key, (node.this, value))
        elif isinstance(node, exp.Between):
            _note(found, write, exp.GTE.key, (node.this, node.args["low"]))
            _note(found, write, exp.LTE.key, (node.this, node.args["high"]))
        elif not isinstance(node, exp.Boolean) and not _is_join(node):
            _note(found, write, "", (node,))
    return found


def _has_list(node: exp.In) -> bool:
    values = node.expressions
    return bool(values) and all(isinstance(value, exp.Literal) for value in values)


def _is_join(node: exp.Expr) -> bool:
    return (
        isinstance(node, exp.EQ)
        and isinstance(node.this, exp.Column)
        and isinstance(node.expression, exp.Column)
    )


def _note(found: Conditions, write: Writer, operator: str, sides: tuple[exp.Expr, ...]) -> None:
    write.values.clear()
    texts = [write(side, mask=True) for side in sides]
    if operator == exp.EQ.key:
        texts.sort()
    text = f"{operator}({', '.join(texts)})" if operator else texts[0]
    (found.nested if "(select)" in text else found.masked)[text] += 1
    found.values.setdefault(text, Counter())[tuple(sorted(write.values))] += 1
