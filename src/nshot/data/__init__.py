"""Questions, pools of solved examples, database schemas and cell values, read from files and databases.

Spider is fetched (`download`) and brought into shape (`prepare`); a user's own pool is read and checked row
by row (`read_pool`); schemas come from SQLite files, `tables.json` or any SQLAlchemy URL (`read_schema`);
`Catalog` knows where the databases of a folder are; `sample_dir` is the small data set that ships with the
package.

The room does not know how examples are searched, chosen or written into a prompt, and it never runs a SQL
text that came from outside except through `nshot.sql.execute`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nshot.data.catalog import Catalog, Database
    from nshot.data.columns import ColumnMap
    from nshot.data.downloading import download
    from nshot.data.pool import PoolReport, read_pool
    from nshot.data.preparing import prepare
    from nshot.data.questions import read_questions
    from nshot.data.schema import read_schema
    from nshot.data.schema_json import schema_from_json, schema_to_json
    from nshot.data.shipped import sample_dir
    from nshot.data.spider import SPIDER_URL
    from nshot.data.tables_json import schemas_from_tables_json
    from nshot.data.values import CellValues

_HOMES = {
    "SPIDER_URL": "spider",
    "Catalog": "catalog",
    "CellValues": "values",
    "ColumnMap": "columns",
    "Database": "catalog",
    "PoolReport": "pool",
    "download": "downloading",
    "prepare": "preparing",
    "read_pool": "pool",
    "read_questions": "questions",
    "read_schema": "schema",
    "sample_dir": "shipped",
    "schema_from_json": "schema_json",
    "schema_to_json": "schema_json",
    "schemas_from_tables_json": "tables_json",
}

__all__ = [
    "SPIDER_URL",
    "Catalog",
    "CellValues",
    "ColumnMap",
    "Database",
    "PoolReport",
    "download",
    "prepare",
    "read_pool",
    "read_questions",
    "read_schema",
    "sample_dir",
    "schema_from_json",
    "schema_to_json",
    "schemas_from_tables_json",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
