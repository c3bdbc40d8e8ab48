"""Rows that share a prefix, computed together."""
