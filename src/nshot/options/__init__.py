"""One declaration an option: a field of a frozen config dataclass, its docstring and its metadata.

Command line options, keys of a recipe, of `nshot.json`, of a profile and of the prediction cache
are all derived from here. A config class declares an option once:

    beams: int = option(4, of_model=True, needs=("method", ("beam",)))
    \"\"\"Minimum number of hypotheses of beam search.\"\"\"

`list_options` lists the options of a config class, with those of the config classes inside it;
`Given` holds the options that a user gave, and puts them over a config.

It knows nothing of any particular option, of flags or of files.
"""

from __future__ import annotations

from nshot.options.checks import check_least, check_seconds
from nshot.options.declare import OptionField, OptionInfo, Switch, choices, option
from nshot.options.docstrings import field_docs
from nshot.options.effect import effective_options, list_prediction_options, reset_idle
from nshot.options.given import Given, as_values, is_config, list_options, make, replace_options
from nshot.options.sections import Inline, find_inline, find_taken, inline, take

__all__ = [
    "Given",
    "Inline",
    "OptionField",
    "OptionInfo",
    "Switch",
    "as_values",
    "check_least",
    "check_seconds",
    "choices",
    "effective_options",
    "field_docs",
    "find_inline",
    "find_taken",
    "inline",
    "is_config",
    "list_options",
    "list_prediction_options",
    "make",
    "option",
    "replace_options",
    "reset_idle",
    "take",
]
