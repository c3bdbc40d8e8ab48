"""From a prompt to completions: engines, decoding, constraints, and the SQL in what a model wrote.

Engines (transformers, llama.cpp, any OpenAI-compatible server) share one protocol.

It does not know how examples are found, how a prompt is worded, or what becomes of the SQL. It
never opens a database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.generation.cancellation import Cancellation, Cancellations, make_cancelled
    from nshot.generation.constrain.context_free import write_context_free
    from nshot.generation.constrain.functions import FUNCTIONS
    from nshot.generation.constrain.gbnf import to_gbnf
    from nshot.generation.constrain.limits import GrammarLimits
    from nshot.generation.decode.prefixes import common_prefix, group_neighbours
    from nshot.generation.decoding import Decoding
    from nshot.generation.engines.check import check_engine
    from nshot.generation.engines.config import EngineConfig
    from nshot.generation.engines.engine import Engine, Resident, SettlesEach, load_engine
    from nshot.generation.engines.identity import adapter_sha256, identity
    from nshot.generation.engines.llamacpp import LlamaCppEngine
    from nshot.generation.engines.loading import Reading, load_reading
    from nshot.generation.engines.transformers_engine import TransformersEngine
    from nshot.generation.model_settings import (
        ModelSettings,
        load_model_settings,
        model_folder,
        written_options,
    )
    from nshot.generation.postprocess.extract_sql import answer_sql, read_sql

_HOMES = {
    "FUNCTIONS": "constrain.functions",
    "Cancellation": "cancellation",
    "Cancellations": "cancellation",
    "Decoding": "decoding",
    "Engine": "engines.engine",
    "EngineConfig": "engines.config",
    "GrammarLimits": "constrain.limits",
    "LlamaCppEngine": "engines.llamacpp",
    "ModelSettings": "model_settings",
    "Reading": "engines.loading",
    "Resident": "engines.engine",
    "SettlesEach": "engines.engine",
    "TransformersEngine": "engines.transformers_engine",
    "adapter_sha256": "engines.identity",
    "answer_sql": "postprocess.extract_sql",
    "check_engine": "engines.check",
    "common_prefix": "decode.prefixes",
    "group_neighbours": "decode.prefixes",
    "identity": "engines.identity",
    "load_engine": "engines.engine",
    "load_model_settings": "model_settings",
    "load_reading": "engines.loading",
    "make_cancelled": "cancellation",
    "model_folder": "model_settings",
    "read_sql": "postprocess.extract_sql",
    "to_gbnf": "constrain.gbnf",
    "write_context_free": "constrain.context_free",
    "written_options": "model_settings",
}

__all__ = [
    "FUNCTIONS",
    "Cancellation",
    "Cancellations",
    "Decoding",
    "Engine",
    "EngineConfig",
    "GrammarLimits",
    "LlamaCppEngine",
    "ModelSettings",
    "Reading",
    "Resident",
    "SettlesEach",
    "TransformersEngine",
    "adapter_sha256",
    "answer_sql",
    "check_engine",
    "common_prefix",
    "group_neighbours",
    "identity",
    "load_engine",
    "load_model_settings",
    "load_reading",
    "make_cancelled",
    "model_folder",
    "read_sql",
    "to_gbnf",
    "write_context_free",
    "written_options",
]

__getattr__ = find_lazily(__name__, _HOMES)
