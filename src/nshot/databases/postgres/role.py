"""What the role of a connection to PostgreSQL may do beyond reading, and statements for a better
one.
"""

from __future__ import annotations

from typing import Final

from nshot.databases.reflection import open_inspector
from nshot.sql import quote_name

_RISKS: Final = """
    WITH mine AS (SELECT oid, rolsuper, rolcreaterole OR rolcreatedb OR rolreplication AS creates
                  FROM pg_catalog.pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')),
         spaces AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname !~ '^(pg_|information_schema$)')
    SELECT (SELECT bool_or(rolsuper) FROM mine),
           pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER'),
           pg_has_role(current_user, 'pg_read_server_files', 'MEMBER')
             OR pg_has_role(current_user, 'pg_write_server_files', 'MEMBER'),
           EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c JOIN spaces ON spaces.oid = c.relnamespace, mine
                   WHERE c.relkind IN ('r', 'p', 'v', 'f')
                     AND (has_table_privilege(mine.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                       OR has_any_column_privilege(mine.oid, c.oid, 'INSERT, UPDATE'))),
           EXISTS (SELECT 1 FROM spaces, mine WHERE has_schema_privilege(mine.oid, spaces.oid, 'CREATE'))
             OR EXISTS (SELECT 1 FROM mine WHERE has_database_privilege(oid, current_database(), 'CREATE')),
           (SELECT bool_or(creates) FROM mine)
"""
"""Of the role and of those that it may become by SET ROLE."""
_WORDS: Final = (
    "is a superuser",
    "may run programs on the server",
    "may read or write files of the server",
    "may write to tables",
    "may create tables or other objects",
    "may create roles or databases, or replicate",
)


def find_risks(url: str) -> tuple[str, ...]:
    """What the role may do beyond reading, in words; a superuser may do all, so nothing else is
    listed.

    Raises:
        DataError: The database does not answer.
    """
    from sqlalchemy import text

    with open_inspector(url) as (_, connection, _name):
        row = connection.execute(text(_RISKS)).one()
    found = tuple(word for word, holds in zip(_WORDS, row, strict=True) if holds)
    return found[:1] if row[0] else found


def role_statements(url: str, role: str) -> str:
    """SQL for a role that may only read the database's namespaces that the search path names.

    Args:
        url: The database; its name, owner and namespaces are looked up.
        role: The new role's name.

    Raises:
        DataError: The database does not answer.
    """
    from sqlalchemy import text

    with open_inspector(url) as (_, connection, _name):
        (database,) = connection.execute(text("SELECT current_database()")).one()
        spaces = connection.execute(text("SELECT unnest(current_schemas(false))")).scalars().all()
    name, base = quote_name(role, "postgres"), quote_name(database, "postgres")
    lines = [
        f"CREATE ROLE {name} LOGIN PASSWORD 'choose one' NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;",
        f"ALTER ROLE {name} SET default_transaction_read_only = on;",
        f"ALTER ROLE {name} SET statement_timeout = '60s';",
        f"ALTER ROLE {name} SET temp_file_limit = '1GB';  -- by a superuser",
        f"REVOKE TEMPORARY ON DATABASE {base} FROM PUBLIC;",
        f"GRANT CONNECT ON DATABASE {base} TO {name};",
    ]
    for space in spaces:
        quoted = quote_name(space, "postgres")
        lines += [
            f"REVOKE CREATE ON SCHEMA {quoted} FROM PUBLIC;",
            f"GRANT USAGE ON SCHEMA {quoted} TO {name};",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {quoted} TO {name};",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {quoted} GRANT SELECT ON TABLES TO {name};",
        ]
    return "\n".join(lines) + "\n"
