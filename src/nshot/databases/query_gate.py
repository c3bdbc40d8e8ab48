"""Check the text of a statement for a database server: one query that calls known functions only.

The text is parsed with sqlglot, and the text that is sent to the server is made from the tree that
was checked. So a text that two parsers read differently cannot bypass the check.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from nshot.errors import SqlExecutionError, SqlParseError, SqlRefusedError
from nshot.sql.parse import parse

if TYPE_CHECKING:
    from sqlglot import exp

_TYPED: Final = frozenset("ReadCSV ReadParquet ToFile NetFunc AIClassify AIGenerate AIEmbed AIAgg".split())
"""Functions that sqlglot knows by type and that do more than compute."""


def check_query(
    sql: str, dialect: str, functions: frozenset[str], find_more: Callable[[exp.Expr], str] | None = None
) -> exp.Expr:
    """The tree of the statement, if it may run.

    Args:
        sql: One statement.
        dialect: sqlglot's name of the server's dialect.
        functions: Names of functions that may be called, in lower case. Those that sqlglot knows by
            type may be called, too.
        find_more: Gives the reason why a node of the tree is not allowed in this dialect; empty if
            it is.

    Raises:
        SqlRefusedError: More than one statement, anything but a SELECT, INTO, a locking clause, a
            nested statement that changes data, a parameter or variable, or a function that is not
            on the list.
        SqlExecutionError: The text does not parse.
    """
    from sqlglot import exp

    try:
        tree = parse(sql, dialect=dialect)
    except SqlParseError as error:
        if "expected one SQL statement" in str(error):
            raise SqlRefusedError(f"refused: {error}") from error
        raise SqlExecutionError(str(error)) from error
    if not isinstance(tree, (exp.Query, exp.Values)) or isinstance(tree, exp.Table):
        raise SqlRefusedError(f"refused: {_noun(tree)} is not allowed, only SELECT, WITH or VALUES")
    for node in tree.walk():
        reason = _find_forbidden(node, functions) or (find_more(node) if find_more else "")
        if reason:
            raise SqlRefusedError(f"refused: {reason} is not allowed in a read-only statement")
    return tree


def write_query(tree: exp.Expr, dialect: Any) -> str:
    """The tree as text for the server, without comments.

    Raises:
        SqlExecutionError: It is nested too deeply.
    """
    try:
        return tree.sql(dialect=dialect, comments=False)
    except RecursionError as error:
        raise SqlExecutionError("cannot run SQL: nested too deeply") from error


def _noun(node: exp.Expr) -> str:
    name = node.args.get("this") if node.key == "command" else node.key
    return str(name).upper()


def _find_forbidden(node: exp.Expr, functions: frozenset[str]) -> str:
    """The reason why a node of the tree is not allowed; empty if it is."""
    from sqlglot import exp

    if isinstance(node, (exp.DML, exp.DDL, exp.Command)) and not isinstance(node, exp.Query):
        return _noun(node)
    if isinstance(node, exp.Into):
        return "INTO"
    if isinstance(node, exp.Lock):
        return "a locking clause (FOR UPDATE, FOR SHARE ...)"
    if isinstance(node, (exp.Parameter, exp.SessionParameter, exp.Placeholder)):
        return "a parameter or variable"
    if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)) and node.name.lower() not in functions:
        return f"function {node.name}"
    if isinstance(node, exp.Func) and type(node).__name__ in _TYPED:
        return f"function {node.sql_name()}"
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        return f"function {node.sql()}"
    return ""
