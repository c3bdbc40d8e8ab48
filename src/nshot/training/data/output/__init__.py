"""Folders of fine-tuning data."""
