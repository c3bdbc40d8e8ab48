"""DuckDB: files, schemas, cell values, and the sandbox that runs statements."""
