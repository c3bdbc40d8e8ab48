"""Extracts the SQL text from completions."""
