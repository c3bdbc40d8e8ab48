"""Few-shot text-to-SQL: retrieve solved examples, build the prompt, write the SQL, run it safely."""

__version__ = "0.1.0"
