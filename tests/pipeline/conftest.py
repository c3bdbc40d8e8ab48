"""The fakes of the generation room, which the pipeline is tested with, too."""

from tests.generation.conftest import concert, databases, engine, one_thread, tiny_llama, tokenizer

__all__ = ["concert", "databases", "engine", "one_thread", "tiny_llama", "tokenizer"]
