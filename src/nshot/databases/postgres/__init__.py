"""PostgreSQL: schemas, cell values, and read-only execution."""
