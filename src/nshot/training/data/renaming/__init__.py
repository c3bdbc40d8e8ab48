"""Names of schemas exchanged."""
