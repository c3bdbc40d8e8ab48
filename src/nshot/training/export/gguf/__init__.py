"""A folder of transformers as one GGUF file: by llama.cpp's converter, or by our own for Llama's kind."""

from __future__ import annotations

from nshot.training.export.gguf.convert import convert

__all__ = ["convert"]
