"""Spider: download, unpacking, checks, and conversion."""
