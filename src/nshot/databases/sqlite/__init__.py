"""SQLite: files, schemas, and the sandbox that runs statements."""
