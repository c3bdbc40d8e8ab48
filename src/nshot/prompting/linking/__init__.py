"""Schema linking: which part of a schema a question needs."""
