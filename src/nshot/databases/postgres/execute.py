"""One statement on PostgreSQL, read-only: a gate on the text, then the server's own limits.

The gate reads the text with sqlglot and lets one SELECT pass whose functions are on a list, or
known to sqlglot by type. The server then runs it in a READ ONLY transaction with a statement
timeout, behind a cursor, and the transaction is rolled back. A read-only transaction alone does not
stop functions with side effects (`pg_terminate_backend`, `dblink`, `pg_read_file`, `setval` ...):
hence the list. For databases that matter, also connect as a role that may only SELECT
(docs/sql.md).
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from nshot.errors import (
    DatabaseNotFoundError,
    DataError,
    MissingExtraError,
    NshotError,
    OptionError,
    SqlExecutionError,
    SqlParseError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)
from nshot.sql.parse import parse
from nshot.types import Rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DBAPIError
    from sqlglot import exp

FUNCTIONS: Final = frozenset(
    """abs acos age any_value array_agg array_append array_cat array_length array_position array_prepend
    array_remove array_replace array_to_json array_to_string array_upper array_lower ascii asin atan atan2 avg
    bit_and bit_length bit_or bool_and bool_or btrim cardinality cast cbrt ceil ceiling char_length
    character_length chr coalesce concat concat_ws corr cos count covar_pop covar_samp cume_dist
    current_date current_time current_timestamp date date_bin date_part date_trunc decode degrees dense_rank
    div encode every exp extract factorial first_value floor format gcd generate_series greatest
    initcap isfinite json_agg json_array_elements json_array_elements_text json_array_length json_build_array
    json_build_object json_each json_each_text json_extract_path json_extract_path_text json_object_agg
    json_object_keys json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length
    jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path
    jsonb_extract_path_text jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_query
    jsonb_typeof justify_days justify_hours justify_interval lag last_value lcm lead least left length ln
    localtime localtimestamp log log10 lower lpad ltrim make_date make_interval make_time make_timestamp
    max md5 min mod mode nth_value ntile now nullif octet_length overlay percent_rank percentile_cont
    percentile_disc pi position power quote_ident quote_literal quote_nullable radians random rank
    regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
    repeat replace reverse right round row row_number row_to_json rpad rtrim sign sin split_part sqrt
    starts_with stddev stddev_pop stddev_samp string_agg string_to_array string_to_table strpos
    substr substring sum tan to_char to_date to_json to_jsonb to_number to_timestamp translate
    trim trunc unnest upper var_pop var_samp variance width_bucket""".split()
)
"""Functions that read nothing but their arguments, the clock or the random generator."""

_CHUNK: Final = 500
_CANCELLED: Final = "57014"
_REFUSED: Final = ("25006", "42501")
"""SQLSTATE of a write in a read-only transaction, and of a missing privilege."""
_TOO_LARGE: Final = ("53", "54")
_LOST: Final = ("08", "57P")


def execute_postgres(url: str, sql: str, *, timeout: float, max_rows: int | None, max_bytes: int) -> Rows:
    """The rows of one SELECT on a PostgreSQL server; see `nshot.databases.execute`."""
    text = gate(sql)
    engine = _engine(url, timeout)
    started = time.monotonic()
    try:
        with _transaction(engine, timeout) as connection:
            columns, rows, truncated = _fetch(connection, text, max_rows, max_bytes)
    finally:
        engine.dispose()
    return Rows(columns, rows, truncated, time.monotonic() - started)


def gate(sql: str) -> str:
    """The statement as sqlglot writes it, if it may run.

    What is sent is the text made from the tree that was checked, not the text that came: nothing can
    hide in what two parsers read differently.

    Raises:
        SqlRefusedError: More than one statement, anything but a SELECT, INTO, a locking clause, a
            statement that changes data inside, or a function that is not on the list.
        SqlExecutionError: The text does not parse.
    """
    from sqlglot import exp

    try:
        tree = parse(sql, dialect="postgres")
    except SqlParseError as error:
        if "expected one SQL statement" in str(error):
            raise SqlRefusedError(f"refused: {error}") from error
        raise SqlExecutionError(str(error)) from error
    if not isinstance(tree, (exp.Query, exp.Values)) or isinstance(tree, exp.Table):
        raise SqlRefusedError(f"refused: {_noun(tree)} is not allowed, only SELECT, WITH or VALUES")
    for node in tree.walk():
        reason = _forbidden(node)
        if reason:
            raise SqlRefusedError(f"refused: {reason} is not allowed in a read-only statement")
    try:
        return tree.sql(dialect="postgres", comments=False)
    except RecursionError as error:
        raise SqlExecutionError("cannot run SQL: nested too deeply") from error


def _noun(node: exp.Expr) -> str:
    name = node.args.get("this") if node.key == "command" else node.key
    return str(name).upper()


def _forbidden(node: exp.Expr) -> str:
    """What is wrong with a node of the tree; empty if nothing is."""
    from sqlglot import exp

    if isinstance(node, (exp.DML, exp.DDL, exp.Command)) and not isinstance(node, exp.Query):
        return _noun(node)
    if isinstance(node, exp.Into):
        return "INTO"
    if isinstance(node, exp.Lock):
        return "a locking clause (FOR UPDATE, FOR SHARE ...)"
    if isinstance(node, (exp.Parameter, exp.Placeholder)):
        return "a parameter"
    if isinstance(node, exp.Anonymous) and node.name.lower() not in FUNCTIONS:
        return f"function {node.name}"
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        return f"function {node.sql()}"
    return ""


def _engine(url: str, timeout: float) -> Engine:
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError
    from sqlalchemy.pool import NullPool

    try:
        target = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise OptionError("cannot read the URL; expected postgresql://user:password@host/database") from error
    arguments = {"connect_timeout": max(2, round(timeout)), "application_name": "nshot"}
    try:
        return sqlalchemy.create_engine(target, poolclass=NullPool, connect_args=arguments)
    except ImportError as error:
        raise MissingExtraError("psycopg, the PostgreSQL driver,", "postgres") from error


@contextlib.contextmanager
def _transaction(engine: Engine, timeout: float) -> Iterator[Connection]:
    """A connection in a read-only transaction that ends by itself and is rolled back."""
    from sqlalchemy.exc import DBAPIError

    with _connect(engine) as connection:
        connection.execution_options(postgresql_readonly=True, no_parameters=True)
        timer = threading.Timer(timeout, _cancel, (connection.connection.driver_connection,))
        timer.daemon = True
        timer.start()
        try:
            limit = max(1, round(timeout * 1000))
            for name in ("statement_timeout", "lock_timeout"):
                connection.exec_driver_sql(f"SET LOCAL {name} = {limit}")
            connection.exec_driver_sql("SET LOCAL standard_conforming_strings = on")
            yield connection
        except DBAPIError as error:
            raise _translated(error) from error
        finally:
            timer.cancel()
            with contextlib.suppress(DBAPIError):
                connection.rollback()


def _connect(engine: Engine) -> Connection:
    from sqlalchemy.exc import DBAPIError

    shown = engine.url.render_as_string(hide_password=True)
    try:
        return engine.connect()
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[-1]
        if "does not exist" in reason and "database" in reason:
            raise DatabaseNotFoundError(f"no database at {shown}: {reason}") from error
        raise DataError(f"cannot connect to {shown}: {reason}") from error


def _cancel(connection: Any) -> None:
    with contextlib.suppress(Exception):
        connection.cancel_safe(timeout=5.0)


def _fetch(
    connection: Connection, sql: str, max_rows: int | None, max_bytes: int
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    options = {"stream_results": True, "max_row_buffer": _CHUNK}
    rows: list[tuple[Any, ...]] = []
    size = 0
    with contextlib.closing(connection.exec_driver_sql(sql, execution_options=options)) as result:
        columns = tuple(result.keys())
        for found in result:
            if max_rows is not None and len(rows) >= max_rows:
                return columns, tuple(rows), True
            row = tuple(found)
            size += sys.getsizeof(row) + sum(map(sys.getsizeof, row))
            if size > max_bytes:
                raise SqlTooLargeError(f"the result is larger than {max_bytes:,} bytes")
            rows.append(row)
    return columns, tuple(rows), False


def _translated(error: DBAPIError) -> NshotError:
    """The error of ours that a driver's error means."""
    code = getattr(error.orig, "sqlstate", None) or ""
    reason = str(error.orig).strip().splitlines()[0]
    if code == _CANCELLED:
        return SqlTimeoutError("stopped at the deadline")
    if code in _REFUSED:
        return SqlRefusedError(f"refused by the server: {reason}")
    if code.startswith(_TOO_LARGE):
        return SqlTooLargeError(reason)
    if not code or code.startswith(_LOST):
        return DataError(f"the connection was lost: {reason}")
    return SqlExecutionError(reason)
