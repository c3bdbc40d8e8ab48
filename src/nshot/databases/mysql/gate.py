"""Check the text of a statement for MySQL or MariaDB.

A transaction that is READ ONLY does not stop SLEEP, GET_LOCK, LOAD_FILE, INTO OUTFILE, user
variables or statements that commit implicitly; this check does.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from nshot.databases.query_gate import check_query, write_query
from nshot.errors import SqlTooLargeError

if TYPE_CHECKING:
    from sqlglot import exp

MOST_TABLES: Final = 2_000
"""References to tables, with each reference to a WITH clause written out."""
FUNCTIONS: Final = frozenset(
    """abs acos add_months adddate addtime aes_decrypt aes_encrypt all any_value ascii asin atan
    atan2 avg bin bin_to_uuid bit_and bit_count bit_length bit_or bit_xor ceil ceiling char
    char_length character_length charset chr coalesce coercibility collation compress concat
    concat_ws connection_id conv convert_tz cos cot count crc32 cume_dist curdate current_date
    current_role current_time current_timestamp current_user curtime database date date_add
    date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear degrees dense_rank
    elt exp export_set extract extractvalue field find_in_set first_value floor format
    format_bytes from_base64 from_days from_unixtime get_format greatest group_concat grouping
    hex hour if ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr interval is_ipv4
    is_ipv6 is_uuid isnull json_array json_array_intersect json_arrayagg json_compact
    json_contains json_contains_path json_depth json_detailed json_equals json_exists
    json_extract json_keys json_length json_loose json_merge_patch json_merge_preserve
    json_normalize json_object json_object_to_array json_objectagg json_overlaps json_pretty
    json_query json_quote json_schema_valid json_search json_storage_size json_table json_type
    json_unquote json_valid json_value lag last_day last_value lcase lead least left length
    linestring ln locate log log10 log2 lower lpad ltrim make_set makedate maketime max md5
    median microsecond mid min minute mod month monthname natural_sort_key now nth_value ntile
    nullif nvl nvl2 oct octet_length ord percent_rank percentile_cont percentile_disc period_add
    period_diff pi point polygon position pow power quarter quote radians rand rank regexp_instr
    regexp_like regexp_replace regexp_substr repeat replace reverse right round row row_number
    rpad rtrim schema sec_to_time second session_user sformat sha sha1 sha2 sign sin some
    soundex space sqrt st_area st_asgeojson st_astext st_buffer st_centroid st_contains
    st_crosses st_disjoint st_distance st_distance_sphere st_endpoint st_envelope st_equals
    st_geohash st_geometrytype st_geomfromtext st_intersects st_isvalid st_latfromgeohash
    st_latitude st_length st_longfromgeohash st_longitude st_numpoints st_overlaps
    st_pointfromtext st_srid st_startpoint st_touches st_within st_x st_y std stddev stddev_pop
    stddev_samp str_to_date strcmp subdate substr substring substring_index subtime sum sys_guid
    sysdate system_user tan time time_format time_to_sec timediff timestamp timestampadd
    timestampdiff to_base64 to_char to_days to_seconds trim truncate ucase uncompress
    uncompressed_length unhex unix_timestamp updatexml upper user utc_date utc_time
    utc_timestamp uuid uuid_to_bin var_pop var_samp variance version week weekday weekofyear
    weight_string year yearweek""".split()
)
"""Functions that read only their arguments, the clock, the random generator or the session."""


def gate(sql: str) -> str:
    """The statement as it is sent, if it may run; see `nshot.databases.query_gate.check_query`.

    Raises:
        SqlRefusedError: The statement is not one query that only reads.
        SqlTooLargeError: Its WITH clauses refer to each other too often.
        SqlExecutionError: The text does not parse.
    """
    tree = check_query(sql, "mysql", FUNCTIONS, _find_forbidden)
    _check_with(tree)
    _drop_dual(tree)
    return write_query(tree, _dialect())


def _check_with(tree: exp.Expr) -> None:
    """MariaDB copies a WITH clause for each reference, without a limit of time or memory: of thirty
    clauses that each read the one before twice, it makes a billion.
    """
    from sqlglot import exp

    bodies: dict[str, exp.Expr] = {cte.alias.lower(): cte.this for cte in tree.find_all(exp.CTE)}
    weights: dict[str, int] = {}

    def weigh(node: exp.Expr) -> int:
        return sum(weights.get(table.name.lower(), 1) for table in node.find_all(exp.Table))

    for name, body in bodies.items():  # a clause reads those before it, and itself
        weights[name] = 1 + weigh(body)
    if (total := weigh(tree)) > MOST_TABLES:
        raise SqlTooLargeError(
            f"the WITH clauses written out read {total:,} tables, at most {MOST_TABLES:,}; write fewer"
        )


def _drop_dual(tree: exp.Expr) -> None:
    """Removes `FROM DUAL`, which means no table; sqlglot would write it as the name of one."""
    from sqlglot import exp

    for node in list(tree.find_all(exp.From)):
        table = node.this
        if isinstance(table, exp.Table) and table.name.lower() == "dual" and not table.args.get("db"):
            node.pop()


def _find_forbidden(node: exp.Expr) -> str:
    from sqlglot import exp

    if isinstance(node, exp.PropertyEQ):
        return "an assignment (:=)"
    if isinstance(node, exp.NextValueFor):
        return "NEXT VALUE FOR"
    return ""


@cache
def _dialect() -> Any:
    """sqlglot's dialect of MySQL, written so that MariaDB reads it as well."""
    from sqlglot import exp
    from sqlglot.dialects.mysql import MySQL
    from sqlglot.generators.mysql import MySQLGenerator

    def operator(self: Any, node: exp.Expr) -> str:
        return f"({self.binary(node, 'RLIKE')})"  # MariaDB has no REGEXP_LIKE

    def text_of_json(self: Any, node: exp.Expr) -> str:  # MariaDB has no ->>
        return str(self.func("JSON_UNQUOTE", self.func("JSON_EXTRACT", node.this, node.expression)))

    class BothServers(MySQL):
        class Generator(MySQLGenerator):
            TRANSFORMS: ClassVar = {
                **MySQLGenerator.TRANSFORMS,
                exp.RegexpLike: operator,
                exp.JSONExtractScalar: text_of_json,
            }

    return BothServers
