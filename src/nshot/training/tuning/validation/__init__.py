"""Held-out databases: loss, answers, selection."""
