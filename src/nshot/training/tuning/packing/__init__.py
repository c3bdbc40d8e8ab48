"""Packs: rows that share a prefix are computed together."""
