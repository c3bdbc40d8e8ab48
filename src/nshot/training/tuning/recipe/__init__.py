"""The recipe of a training: sections, checks, TOML."""
