"""Completions to SQL text."""
