"""A tuned model for other places: merged into its base, as GGUF for llama.cpp, or its adapter alone.

`export` writes a folder atomically. Before it does, a set of questions is answered by
the model as it was trained and by what was written; where they agree too seldom, nothing is left behind.

Does not know: how the adapter came about (`tuning/`), or whether an answer is right (`eval`).
"""

from __future__ import annotations

from nshot.training.export.agreement import Agreement
from nshot.training.export.config import ExportConfig, Target
from nshot.training.export.export import Exported, export
from nshot.training.export.source import TrainedAdapter, find_source

__all__ = ["Agreement", "ExportConfig", "Exported", "Target", "TrainedAdapter", "export", "find_source"]
