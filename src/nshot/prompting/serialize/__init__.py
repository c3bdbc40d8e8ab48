"""Schema serialization: how tables, columns and keys are written in a prompt."""
