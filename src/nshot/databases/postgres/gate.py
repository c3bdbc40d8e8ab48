"""Check the text of a statement for PostgreSQL.

The text is parsed with sqlglot. One SELECT is accepted if its functions are on an allow-list or
known to sqlglot by type. The allow-list is needed because a read-only transaction does not prevent
functions with side effects (`pg_terminate_backend`, `dblink`, `pg_read_file`, `setval` ...).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from nshot.databases.query_gate import check_query, write_query

if TYPE_CHECKING:
    from sqlglot import exp

FUNCTIONS: Final = frozenset(
    """abbrev abs all acos acosd acosh age akeys any_value area array_agg array_append array_cat
    array_dims array_fill array_length array_lower array_ndims array_position array_positions
    array_prepend array_remove array_replace array_sample array_shuffle array_to_json
    array_to_string array_to_tsvector array_upper ascii asin asind asinh atan atan2 atan2d atand
    atanh avals avg bit_and bit_count bit_length bit_or bit_xor bool_and bool_or bound_box box
    broadcast btrim cardinality cast cbrt ceil ceiling center char_length character_length chr
    circle clock_timestamp coalesce col_description concat concat_ws convert convert_from
    convert_to corr cos cosd cosh cot cotd count covar_pop covar_samp cume_dist current_catalog
    current_database current_date current_schema current_schemas current_setting current_time
    current_timestamp date date_add date_bin date_part date_subtract date_trunc datemultirange
    daterange decode degrees dense_rank diagonal diameter difference div dmetaphone each encode
    enum_first enum_last enum_range erf erfc every exp extract factorial family first_value
    floor format format_type gcd gen_random_uuid generate_series generate_subscripts get_bit
    get_byte get_current_ts_config getdatabaseencoding greatest grouping
    has_any_column_privilege has_column_privilege has_database_privilege has_function_privilege
    has_schema_privilege has_sequence_privilege has_table_privilege hashtext height host
    hostmask hstore_to_json inet_client_addr inet_client_port inet_merge inet_same_family
    inet_server_addr inet_server_port initcap int4multirange int4range int8multirange int8range
    is_normalized isclosed isempty isfinite ishorizontal isopen isparallel isperp isvertical
    json_agg json_agg_strict json_array_elements json_array_elements_text json_array_length
    json_build_array json_build_object json_each json_each_text json_extract_path
    json_extract_path_text json_object json_object_agg json_object_keys json_populate_record
    json_populate_recordset json_scalar json_strip_nulls json_to_record json_to_recordset
    json_to_tsvector json_typeof jsonb_agg jsonb_agg_strict jsonb_array_elements
    jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
    jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object
    jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_exists_tz jsonb_path_match
    jsonb_path_match_tz jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz
    jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record
    jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls
    jsonb_to_record jsonb_to_recordset jsonb_to_tsvector jsonb_typeof justify_days justify_hours
    justify_interval lag last_value lcm lead least left length levenshtein line ln localtime
    localtimestamp log log10 lower lower_inc lower_inf lpad lseg ltrim make_date make_interval
    make_time make_timestamp make_timestamptz masklen max md5 metaphone min min_scale mod mode
    multirange netmask network normalize now npoints nth_value ntile nullif num_nonnulls
    num_nulls nummultirange numnode numrange obj_description octet_length overlay parse_ident
    path pclose percent_rank percentile_cont percentile_disc pg_backend_pid pg_client_encoding
    pg_collation_for pg_column_size pg_database_size pg_encoding_to_char pg_function_is_visible
    pg_get_constraintdef pg_get_expr pg_get_function_arguments pg_get_function_result
    pg_get_functiondef pg_get_indexdef pg_get_partkeydef pg_get_ruledef pg_get_serial_sequence
    pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_has_role pg_indexes_size
    pg_is_in_recovery pg_partition_ancestors pg_partition_root pg_partition_tree
    pg_postmaster_start_time pg_relation_size pg_size_bytes pg_size_pretty pg_table_is_visible
    pg_table_size pg_timezone_abbrevs pg_timezone_names pg_total_relation_size pg_trigger_depth
    pg_type_is_visible pg_typeof phraseto_tsquery pi plainto_tsquery point polygon popen
    position power querytree quote_ident quote_literal quote_nullable radians radius random
    range_agg range_intersect_agg range_merge rank regexp_count regexp_instr regexp_like
    regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table
    regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx
    regr_sxy regr_syy repeat replace reverse right round row row_number row_security_active
    row_to_json rpad rtrim scale set_bit set_byte set_masklen setweight sha224 sha256 sha384
    sha512 shobj_description sign similarity sin sind sinh skeys slope some soundex split_part
    sqrt starts_with statement_timestamp stddev stddev_pop stddev_samp strict_word_similarity
    string_agg string_to_array string_to_table strip strpos substr substring sum svals tan tand
    tanh text timeofday timezone to_ascii to_char to_date to_hex to_json to_jsonb to_number
    to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc
    to_regprocedure to_regrole to_regtype to_timestamp to_tsquery to_tsvector
    transaction_timestamp translate trim trim_array trim_scale trunc ts_debug ts_delete
    ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd ts_token_type tsmultirange
    tsquery_phrase tsrange tstzmultirange tstzrange tsvector_to_array unaccent unistr unnest
    upper upper_inc upper_inf uuid_generate_v4 var_pop var_samp variance version
    websearch_to_tsquery width width_bucket word_similarity xml_is_well_formed
    xml_is_well_formed_content xml_is_well_formed_document xmlagg xmlconcat xmlcomment xmlelement
    xmlforest xpath xpath_exists""".split()
)
"""Functions that read only their arguments, the clock, the random generator, settings or the
catalogue.
"""


def gate(sql: str) -> str:
    """The statement as sqlglot writes it, if it may run.

    The text sent to the server is made from the tree that was checked, not from the original text,
    so a text that two parsers read differently cannot bypass the check.

    Raises:
        SqlRefusedError: More than one statement, anything but a SELECT, INTO, a locking clause, a
            nested statement that changes data, or a function that is not on the list.
        SqlExecutionError: The text does not parse.
    """
    return write_query(check_query(sql, "postgres", FUNCTIONS), _dialect())


@cache
def _dialect() -> Any:
    """sqlglot's dialect of PostgreSQL, with CURRENT_TIME as the server reads it."""
    from sqlglot import exp
    from sqlglot.dialects.postgres import Postgres
    from sqlglot.generators.postgres import PostgresGenerator

    def current_time(self: Any, node: exp.Expr) -> str:
        precision = self.sql(node, "this")
        return f"CURRENT_TIME({precision})" if precision else "CURRENT_TIME"

    class ReadDialect(Postgres):
        class Generator(PostgresGenerator):
            TRANSFORMS: ClassVar = {**PostgresGenerator.TRANSFORMS, exp.CurrentTime: current_time}

    return ReadDialect
