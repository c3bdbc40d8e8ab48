"""Converts a folder of transformers to a GGUF file: with llama.cpp's converter, or nshot's own
writer.
"""

from __future__ import annotations

from nshot.training.export.gguf.convert import convert

__all__ = ["convert"]
