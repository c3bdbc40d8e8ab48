"""From a prompt to a prediction: engines write completions, the read-out takes the SQL, one is chosen.

Engines (transformers, llama.cpp, any OpenAI-compatible server) share one protocol. The pipeline binds
retrieval, prompt building, an engine and the sandbox, and loses no question. Predictions go to a file
that can be resumed.

Does not know: how examples are found, how a prompt is worded, what the gold SQL is, or how predictions
are judged. It never opens a database: every SQL goes through `nshot.sql.execute`.
"""

from nshot.generation.asking import Asking
from nshot.generation.choose import Execution, choose
from nshot.generation.databases import CatalogDatabases, Databases
from nshot.generation.decoding import Decoding
from nshot.generation.engine import Engine, load_engine
from nshot.generation.first_pass import KnownFirstPass, WrittenFirstPass, read_first_pass
from nshot.generation.pipeline import Pipeline
from nshot.generation.predictions import PredictionFile, read_predictions
from nshot.generation.read_sql import read_sql
from nshot.generation.sql_lines import write_sql_lines

__all__ = [
    "Asking",
    "CatalogDatabases",
    "Databases",
    "Decoding",
    "Engine",
    "Execution",
    "KnownFirstPass",
    "Pipeline",
    "PredictionFile",
    "WrittenFirstPass",
    "choose",
    "load_engine",
    "read_first_pass",
    "read_predictions",
    "read_sql",
    "write_sql_lines",
]
