"""Names of tables and columns in words, and SQL with some names exchanged for others."""
