"""From a question to a prediction: examples, prompt, completions, the SQL that is chosen, what it returns.

Binds retrieval, prompt building, an engine and the sandbox, and loses no question. Predictions go to a
file that can be resumed.

Does not know: how examples are found, how a prompt is worded, how a model is run, what the gold SQL is, or
how predictions are judged. It never opens a database: every SQL goes through `nshot.databases.execute`.
"""

from nshot.pipeline.choose import Execution, choose
from nshot.pipeline.config import DatabaseConfig, ExampleConfig, PipelineConfig, make_pipeline
from nshot.pipeline.first_pass import KnownFirstPass, WrittenFirstPass, read_first_pass
from nshot.pipeline.pipeline import Pipeline
from nshot.pipeline.predictions import PredictionFile, read_predictions
from nshot.pipeline.sources import CatalogDatabases, Databases
from nshot.pipeline.sql_lines import write_sql_lines

__all__ = [
    "CatalogDatabases",
    "DatabaseConfig",
    "Databases",
    "ExampleConfig",
    "Execution",
    "KnownFirstPass",
    "Pipeline",
    "PipelineConfig",
    "PredictionFile",
    "WrittenFirstPass",
    "choose",
    "make_pipeline",
    "read_first_pass",
    "read_predictions",
    "write_sql_lines",
]
