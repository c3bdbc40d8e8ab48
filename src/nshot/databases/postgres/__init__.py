"""PostgreSQL: statements run read-only."""
