"""Spider: fetched, unpacked, checked, prepared."""
