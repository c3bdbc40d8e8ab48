"""Options that several commands share; each group makes the object that it describes."""

from nshot.cli.options.databases import DatabaseOptions
from nshot.cli.options.decoding import DecodingOptions
from nshot.cli.options.model import ModelOptions
from nshot.cli.options.prompts import OWN, PromptOptions, PromptStyle
from nshot.cli.options.retrieval import STRATEGY, PickingOptions, RetrievalOptions

__all__ = [
    "OWN",
    "STRATEGY",
    "DatabaseOptions",
    "DecodingOptions",
    "ModelOptions",
    "PickingOptions",
    "PromptOptions",
    "PromptStyle",
    "RetrievalOptions",
]
