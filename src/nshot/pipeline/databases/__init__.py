"""Databases as a pipeline sees them: the schemas that prompts show, with notes, and labels beside
ids.
"""
