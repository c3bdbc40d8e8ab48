"""Training: fine-tuning data (`data/`), a model on it (`tuning/`), the structural encoder
(`encoder/`).

It knows nothing of evaluation on dev: models are selected on databases held out of the pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.training.data import (
        DataFile,
        OutputConfig,
        RowConfig,
        SftConfig,
        check_folder,
        write_data,
    )
    from nshot.training.data.holdout import hold_out_questions
    from nshot.training.data.multiplied.multiply import multiply_questions
    from nshot.training.data.written.write import write_questions
    from nshot.training.encoder import Epoch, train_encoder
    from nshot.training.encoder.config import EncoderTrainConfig
    from nshot.training.export import Exported, find_source
    from nshot.training.export.config import ExportConfig
    from nshot.training.tuning.dataset.from_questions import GivenQuestions, given_training_data
    from nshot.training.tuning.dataset.training_data import TrainingData
    from nshot.training.tuning.dry_run import Shown, TrainingPlan, dry_run
    from nshot.training.tuning.loop.checkpoint import evaluation_folder
    from nshot.training.tuning.loop.history import StepRecord
    from nshot.training.tuning.loop.state import EvalResult
    from nshot.training.tuning.model import read_lora
    from nshot.training.tuning.recipe.data import DataPart
    from nshot.training.tuning.recipe.file import read_recipe
    from nshot.training.tuning.recipe.recipe import (
        LoraPart,
        ModelPart,
        OptimPart,
        Recipe,
        SavePart,
        SelectPart,
    )
    from nshot.training.tuning.train import Outcome, Watch, resume, train, with_minutes
    from nshot.training.tuning.validation.held_out import Judge
    from nshot.training.tuning.validation.select import select_again, selection

_HOMES = {
    "DataFile": "data",
    "DataPart": "tuning.recipe.data",
    "EncoderTrainConfig": "encoder.config",
    "Epoch": "encoder",
    "EvalResult": "tuning.loop.state",
    "ExportConfig": "export.config",
    "Exported": "export",
    "GivenQuestions": "tuning.dataset.from_questions",
    "Judge": "tuning.validation.held_out",
    "LoraPart": "tuning.recipe.recipe",
    "ModelPart": "tuning.recipe.recipe",
    "OptimPart": "tuning.recipe.recipe",
    "Outcome": "tuning.train",
    "OutputConfig": "data",
    "Recipe": "tuning.recipe.recipe",
    "RowConfig": "data",
    "SavePart": "tuning.recipe.recipe",
    "SelectPart": "tuning.recipe.recipe",
    "SftConfig": "data",
    "Shown": "tuning.dry_run",
    "StepRecord": "tuning.loop.history",
    "TrainingData": "tuning.dataset.training_data",
    "TrainingPlan": "tuning.dry_run",
    "Watch": "tuning.train",
    "check_folder": "data",
    "dry_run": "tuning.dry_run",
    "evaluation_folder": "tuning.loop.checkpoint",
    "find_source": "export",
    "given_training_data": "tuning.dataset.from_questions",
    "hold_out_questions": "data.holdout",
    "multiply_questions": "data.multiplied.multiply",
    "read_lora": "tuning.model",
    "read_recipe": "tuning.recipe.file",
    "resume": "tuning.train",
    "select_again": "tuning.validation.select",
    "selection": "tuning.validation.select",
    "train": "tuning.train",
    "train_encoder": "encoder",
    "with_minutes": "tuning.train",
    "write_data": "data",
    "write_questions": "data.written.write",
}

__all__ = [
    "DataFile",
    "DataPart",
    "EncoderTrainConfig",
    "Epoch",
    "EvalResult",
    "ExportConfig",
    "Exported",
    "GivenQuestions",
    "Judge",
    "LoraPart",
    "ModelPart",
    "OptimPart",
    "Outcome",
    "OutputConfig",
    "Recipe",
    "RowConfig",
    "SavePart",
    "SelectPart",
    "SftConfig",
    "Shown",
    "StepRecord",
    "TrainingData",
    "TrainingPlan",
    "Watch",
    "check_folder",
    "dry_run",
    "evaluation_folder",
    "find_source",
    "given_training_data",
    "hold_out_questions",
    "multiply_questions",
    "read_lora",
    "read_recipe",
    "resume",
    "select_again",
    "selection",
    "train",
    "train_encoder",
    "with_minutes",
    "write_data",
    "write_questions",
]

__getattr__ = find_lazily(__name__, _HOMES)
