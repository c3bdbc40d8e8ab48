"""From a prompt to completions: engines, decoding, constraints, and the SQL in what a model wrote.

Engines (transformers, llama.cpp, any OpenAI-compatible server) share one protocol.

Does not know: how examples are found, how a prompt is worded, or what becomes of the SQL. It never opens a
database.
"""

from nshot.generation.decoding import Decoding
from nshot.generation.engines.engine import Engine, load_engine
from nshot.generation.model_settings import ModelSettings
from nshot.generation.postprocess.extract_sql import read_sql

__all__ = [
    "Decoding",
    "Engine",
    "ModelSettings",
    "load_engine",
    "read_sql",
]
