"""Questions, pools of solved examples, and catalogs of databases, read from files.

Spider is downloaded (`download`) and converted (`prepare`). A user's own pool is read and checked
row by row (`read_pool`). `Catalog` finds the databases of a folder. `sample_dir` is the small data
set that ships with the package.

This package does not know how examples are searched, chosen or written into a prompt. SQL from
outside is executed only through `nshot.databases.execute`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.data.catalog import FOLDERS, TABLES, Catalog, Database
    from nshot.data.columns import USUAL, ColumnMap
    from nshot.data.json_rows import rows_of
    from nshot.data.pool import PoolReport, keep_ids_apart, read_pool
    from nshot.data.questions import read_questions
    from nshot.data.records import READERS, read_records
    from nshot.data.shipped import sample_dir
    from nshot.data.spider.downloading import download
    from nshot.data.spider.layout import SPIDER_URL
    from nshot.data.spider.names import is_spider
    from nshot.data.spider.preparing import prepare
    from nshot.data.sql_check import select_problem
    from nshot.data.tables_json import entry_of_schema, read_entries, schemas_from_tables_json

_HOMES = {
    "Catalog": "catalog",
    "ColumnMap": "columns",
    "Database": "catalog",
    "FOLDERS": "catalog",
    "PoolReport": "pool",
    "READERS": "records",
    "SPIDER_URL": "spider.layout",
    "TABLES": "catalog",
    "USUAL": "columns",
    "download": "spider.downloading",
    "is_spider": "spider.names",
    "keep_ids_apart": "pool",
    "prepare": "spider.preparing",
    "entry_of_schema": "tables_json",
    "read_entries": "tables_json",
    "read_pool": "pool",
    "read_questions": "questions",
    "read_records": "records",
    "rows_of": "json_rows",
    "sample_dir": "shipped",
    "schemas_from_tables_json": "tables_json",
    "select_problem": "sql_check",
}

__all__ = [
    "FOLDERS",
    "READERS",
    "SPIDER_URL",
    "TABLES",
    "USUAL",
    "Catalog",
    "ColumnMap",
    "Database",
    "PoolReport",
    "download",
    "entry_of_schema",
    "is_spider",
    "keep_ids_apart",
    "prepare",
    "read_entries",
    "read_pool",
    "read_questions",
    "read_records",
    "rows_of",
    "sample_dir",
    "schemas_from_tables_json",
    "select_problem",
]

__getattr__ = find_lazily(__name__, _HOMES)
