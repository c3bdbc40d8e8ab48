"""From a question to a prediction: examples, prompt, completions, the chosen SQL, and its result.

Combines retrieval, prompt building, an engine and the sandbox; every question gets a prediction.
Predictions are written to a file from which an interrupted run can be resumed.

This package does not know how examples are ranked, how a prompt is worded, how a model is run, what
the gold SQL is, or how predictions are judged. It never opens a database: all SQL runs through
`nshot.databases.execute`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily
from nshot.pipeline.choose import choose

if TYPE_CHECKING:
    from nshot.pipeline.assemble import bind_pipeline, find_reuse_ways, make_pipeline
    from nshot.pipeline.choose import Execution
    from nshot.pipeline.confidence import (
        CALIBRATION_FILE,
        NEVER_RIGHT,
        Calibration,
        Confidence,
        ConfidenceConfig,
        ConfidenceWeights,
        Signals,
        copy_reranker,
        make_signals,
        read_signals,
    )
    from nshot.pipeline.config import (
        SAMPLE,
        DatabaseConfig,
        DatabasesOrOne,
        ExampleConfig,
        PipelineConfig,
        put_over,
        resolve,
    )
    from nshot.pipeline.connect import Connection
    from nshot.pipeline.databases.labels import add_labels, label_column
    from nshot.pipeline.databases.shown_schema import check_shown_schema
    from nshot.pipeline.databases.sources import CatalogDatabases, Databases
    from nshot.pipeline.first_pass import KnownFirstPass, WrittenFirstPass, read_first_pass
    from nshot.pipeline.followup.stand_alone import StandAlone, stand_alone, understand
    from nshot.pipeline.pair_file import index_pair_file
    from nshot.pipeline.parts import Retrieves
    from nshot.pipeline.pipeline import Pipeline
    from nshot.pipeline.predictions.description import describe, describe_settings
    from nshot.pipeline.predictions.fingerprint import fingerprint_databases, list_changed
    from nshot.pipeline.predictions.merge import merge_predictions
    from nshot.pipeline.predictions.prediction_file import (
        IS_PREDICTIONS,
        PredictionFile,
        read_predictions,
        to_record,
    )
    from nshot.pipeline.predictions.sql_lines import write_sql_lines
    from nshot.pipeline.reranking import Hints, Reranker, read_hints
    from nshot.pipeline.reuse.exchange import exchange_values
    from nshot.pipeline.reuse.spans import NUMBER_WORDS, ValueSpan, find_pattern
    from nshot.pipeline.unsaid import find_unsaid
    from nshot.pipeline.waiting_retriever import WaitingRetriever
    from nshot.pipeline.work import Work, keep_shown, today, unspoilt

_HOMES = {
    "CALIBRATION_FILE": "confidence",
    "Calibration": "confidence",
    "CatalogDatabases": "databases.sources",
    "Confidence": "confidence",
    "ConfidenceConfig": "confidence",
    "ConfidenceWeights": "confidence",
    "Connection": "connect",
    "DatabaseConfig": "config",
    "DatabasesOrOne": "config",
    "Databases": "databases.sources",
    "ExampleConfig": "config",
    "Execution": "choose",
    "Hints": "reranking",
    "IS_PREDICTIONS": "predictions.prediction_file",
    "KnownFirstPass": "first_pass",
    "NEVER_RIGHT": "confidence",
    "NUMBER_WORDS": "reuse.spans",
    "Pipeline": "pipeline",
    "PipelineConfig": "config",
    "PredictionFile": "predictions.prediction_file",
    "Reranker": "reranking",
    "Retrieves": "parts",
    "SAMPLE": "config",
    "Signals": "confidence",
    "StandAlone": "followup.stand_alone",
    "ValueSpan": "reuse.spans",
    "WaitingRetriever": "waiting_retriever",
    "Work": "work",
    "WrittenFirstPass": "first_pass",
    "add_labels": "databases.labels",
    "bind_pipeline": "assemble",
    "check_shown_schema": "databases.shown_schema",
    "copy_reranker": "confidence",
    "describe": "predictions.description",
    "describe_settings": "predictions.description",
    "exchange_values": "reuse.exchange",
    "find_pattern": "reuse.spans",
    "find_reuse_ways": "assemble",
    "find_unsaid": "unsaid",
    "fingerprint_databases": "predictions.fingerprint",
    "index_pair_file": "pair_file",
    "keep_shown": "work",
    "label_column": "databases.labels",
    "list_changed": "predictions.fingerprint",
    "merge_predictions": "predictions.merge",
    "make_pipeline": "assemble",
    "make_signals": "confidence",
    "put_over": "config",
    "read_first_pass": "first_pass",
    "read_hints": "reranking",
    "read_predictions": "predictions.prediction_file",
    "read_signals": "confidence",
    "resolve": "config",
    "stand_alone": "followup.stand_alone",
    "to_record": "predictions.prediction_file",
    "today": "work",
    "understand": "followup.stand_alone",
    "unspoilt": "work",
    "write_sql_lines": "predictions.sql_lines",
}

__all__ = [
    "CALIBRATION_FILE",
    "IS_PREDICTIONS",
    "NEVER_RIGHT",
    "NUMBER_WORDS",
    "SAMPLE",
    "Calibration",
    "CatalogDatabases",
    "Confidence",
    "ConfidenceConfig",
    "ConfidenceWeights",
    "Connection",
    "DatabaseConfig",
    "Databases",
    "DatabasesOrOne",
    "ExampleConfig",
    "Execution",
    "Hints",
    "KnownFirstPass",
    "Pipeline",
    "PipelineConfig",
    "PredictionFile",
    "Reranker",
    "Retrieves",
    "Signals",
    "StandAlone",
    "ValueSpan",
    "WaitingRetriever",
    "Work",
    "WrittenFirstPass",
    "add_labels",
    "bind_pipeline",
    "check_shown_schema",
    "choose",
    "copy_reranker",
    "describe",
    "describe_settings",
    "exchange_values",
    "find_pattern",
    "find_reuse_ways",
    "find_unsaid",
    "fingerprint_databases",
    "index_pair_file",
    "keep_shown",
    "label_column",
    "list_changed",
    "make_pipeline",
    "make_signals",
    "merge_predictions",
    "put_over",
    "read_first_pass",
    "read_hints",
    "read_predictions",
    "read_signals",
    "resolve",
    "stand_alone",
    "to_record",
    "today",
    "understand",
    "unspoilt",
    "write_sql_lines",
]

__getattr__ = find_lazily(__name__, _HOMES)
