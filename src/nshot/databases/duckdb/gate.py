"""Check a statement for DuckDB by the syntax tree of DuckDB's own parser; runs in the child
process.

`json_serialize_sql` gives the tree, so no second parser can read the text in another way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

_QUERIES: Final = frozenset(("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"))
_TABLE_FUNCTIONS: Final = frozenset(
    """generate_series range unnest repeat json_each json_tree duckdb_tables duckdb_views duckdb_columns
    duckdb_constraints duckdb_schemas duckdb_types duckdb_databases""".split()
)
"""Functions in FROM that read no file, run no text and change nothing."""
HARMLESS: Final = frozenset(("random", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "error"))
"""Functions that DuckDB counts among those with side effects, and that have none outside of their
result.
"""


class Refused(Exception):
    """The statement is not allowed; the message is the subject of the reason."""


class NotParsed(Exception):
    """DuckDB cannot parse the text."""


def check_tree(text: str, side_effects: frozenset[str]) -> None:
    """Nothing, if the statement may run.

    Args:
        text: What `json_serialize_sql` returned.
        side_effects: Names of functions that do more than compute a value.

    Raises:
        Refused: It is not one query, or it calls a function that is not allowed.
        NotParsed: The text is not SQL.
    """
    try:
        tree = json.loads(text)
    except RecursionError as error:
        raise NotParsed("nested too deeply") from error
    if tree["error"]:
        message = str(tree.get("error_message") or tree.get("error_type"))
        if tree.get("error_type") == "not implemented":
            raise Refused("a statement that is not a query")
        raise NotParsed(message)
    if len(tree["statements"]) != 1:
        raise Refused("more than one statement" if tree["statements"] else "a text without a statement")
    for node in _walk(tree["statements"][0]):
        if reason := _find_forbidden(node, side_effects):
            raise Refused(reason)


def _walk(tree: Any) -> Iterator[dict[str, Any]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack += node.values()
        elif isinstance(node, list):
            stack += node


def _find_forbidden(node: dict[str, Any], side_effects: frozenset[str]) -> str:
    """The reason why a node of the tree is not allowed; empty if it is."""
    kind = str(node.get("type", ""))
    if kind.endswith("_NODE") and kind not in _QUERIES:
        return kind.removesuffix("_NODE").removesuffix("_QUERY")
    if kind == "SHOW_REF":
        return "DESCRIBE, SHOW or SUMMARIZE"
    if kind == "TABLE_FUNCTION":
        name = _name(node["function"])
        return "" if name in _TABLE_FUNCTIONS else f"function {name} in FROM"
    if node.get("class") == "FUNCTION":
        name = _name(node)
        if name in side_effects:
            return f"function {name}"
    return ""


def _name(function: dict[str, Any]) -> str:
    return str(function.get("function_name", "")).lower()
