"""Engines: what writes completions, and how each is loaded."""
