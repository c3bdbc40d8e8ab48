"""`nshot db role | check`: databases as nshot sees them, and roles that can only read."""

from __future__ import annotations

from dataclasses import dataclass

from nshot.cli.command import Command, make_app
from nshot.cli.options.derive import derive_options
from nshot.cli.options.parameters import JsonOptions
from nshot.cli.output.console import write, write_json
from nshot.options import option

app = make_app(help="Check what nshot may read, and print roles that can only read.", no_args_is_help=True)


@dataclass(frozen=True)
class DbOptions:
    """The database."""

    db: str = option()
    """A database file, a folder of CSV files, or a URL."""


@dataclass(frozen=True)
class RoleOptions:
    """The role to make."""

    role: str = option("nshot_reader")
    """Name of the role."""


@app.command(cls=Command)
@derive_options
def role(source: DbOptions, options: RoleOptions) -> None:
    """Print the statements that make a role which can only read; nothing is run.

    An administrator runs them. For example: nshot db role --db postgresql://postgres@localhost/shop
    """
    from nshot.databases import bind

    write(bind(source.db).role_statements(options.role))


@app.command(cls=Command)
@derive_options
def check(source: DbOptions, output: JsonOptions) -> None:
    """Show what nshot can read of a database, what it cannot, and what the role may do beyond
    reading.
    """
    from nshot.data import Catalog
    from nshot.databases import bind

    database = Catalog().resolve(source.db)
    schema = database.schema
    risks = () if database.source is None else bind(database.source).find_risks()
    if output.as_json:
        write_json(
            {
                "db_id": database.db_id,
                "dialect": schema.dialect,
                "tables": [table.name for table in schema.tables if not table.is_view],
                "views": [table.name for table in schema.tables if table.is_view],
                "foreign_keys": len(schema.foreign_keys),
                "left_out": [one._asdict() for one in schema.left_out],
                "risks": list(risks),
            }
        )
        return
    views = sum(table.is_view for table in schema.tables)
    write(
        f"{database.db_id} ({schema.dialect}): {len(schema.tables) - views} tables, {views} views, "
        f"{sum(len(table.columns) for table in schema.tables)} columns, "
        f"{len(schema.foreign_keys)} foreign keys\n"
    )
    for one in schema.left_out:
        write(f"left out: {one}\n")
    for risk in risks:
        write(f"the role {risk}; nshot db role prints statements for one that can only read\n")
