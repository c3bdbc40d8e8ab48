"""Fine-tuning data: solved questions as prompts and responses.

`make_rows` draws the number of demonstrations, their strategy and the part of the schema for each
row, and builds its prompt with `prompting`, as inference does; `write_data` writes rows, data card
and leakage report; `read_rows` reads them again.

It knows nothing of models, losses and batches (`tuning/`).
"""

from __future__ import annotations

from nshot.training.data.config import RowConfig, SftConfig
from nshot.training.data.holdout import HoldoutConfig, held_out
from nshot.training.data.make import MadeRows, RowMaker, make_rows
from nshot.training.data.output.files import read_rows, write_rows
from nshot.training.data.output.folder import check_folder
from nshot.training.data.output.leaks import Leaks, find_leaks
from nshot.training.data.output.write import DataFile, OutputConfig, WrittenData, write_data
from nshot.training.data.row import SftRow
from nshot.training.data.weights import Weights, parse_shots, parse_weights

__all__ = [
    "DataFile",
    "HoldoutConfig",
    "Leaks",
    "MadeRows",
    "OutputConfig",
    "RowConfig",
    "RowMaker",
    "SftConfig",
    "SftRow",
    "Weights",
    "WrittenData",
    "check_folder",
    "find_leaks",
    "held_out",
    "make_rows",
    "parse_shots",
    "parse_weights",
    "read_rows",
    "write_data",
    "write_rows",
]
