"""Export of a tuned model: merged into its base, as GGUF for llama.cpp, or as an adapter alone.

`export` writes a folder atomically. Before that, the trained model and the exported one answer a
set of questions; if they agree too seldom, the export is removed.

It does not know how the adapter was trained (`tuning/`), or whether an answer is right (`eval`).
"""

from __future__ import annotations

from nshot.training.export.agreement import Agreement
from nshot.training.export.config import ExportConfig, Target
from nshot.training.export.export import Exported, export
from nshot.training.export.source import TrainedAdapter, find_source

__all__ = ["Agreement", "ExportConfig", "Exported", "Target", "TrainedAdapter", "export", "find_source"]
