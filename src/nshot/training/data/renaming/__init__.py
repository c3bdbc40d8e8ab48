"""Exchange of names in schemas, questions and SQL."""
