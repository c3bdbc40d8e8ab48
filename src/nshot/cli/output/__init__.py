"""Printing of results."""
