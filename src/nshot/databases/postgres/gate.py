"""Check the text of a statement for PostgreSQL.

The text is parsed with sqlglot. One SELECT is accepted if its functions are on an allow-list or known to
sqlglot by type. The allow-list is needed because a read-only transaction does not prevent functions with side
effects (`pg_terminate_backend`, `dblink`, `pg_read_file`, `setval` ...).
"""

from __future__ import annotations

from typing import Final

from nshot.databases.query_gate import check_query, write_query

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
"""Functions that read only their arguments, the clock or the random generator."""


def gate(sql: str) -> str:
    """The statement as sqlglot writes it, if it may run.

    The text sent to the server is made from the tree that was checked, not from the original text, so a text
    that two parsers read differently cannot bypass the check.

    Raises:
        SqlRefusedError: More than one statement, anything but a SELECT, INTO, a locking clause, a nested
            statement that changes data, or a function that is not on the list.
        SqlExecutionError: The text does not parse.
    """
    return write_query(check_query(sql, "postgres", FUNCTIONS), "postgres")
