"""MySQL and MariaDB: schemas, cell values, and read-only execution."""
