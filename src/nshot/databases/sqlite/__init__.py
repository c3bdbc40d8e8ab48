"""SQLite: files, schema, and the sandbox that runs statements."""
