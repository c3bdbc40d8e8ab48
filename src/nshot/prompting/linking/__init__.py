"""Schema linking: find the part of a schema that a question needs."""
