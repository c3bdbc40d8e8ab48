"""Engines: the models and servers that write completions, and how each is loaded."""
