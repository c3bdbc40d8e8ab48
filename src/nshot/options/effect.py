"""Which options of a config have an effect, and which can change a prediction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from nshot.options.given import as_values, list_options, replace_options

T = TypeVar("T")


def effective_options(config: Any) -> dict[str, Any]:
    """The values of the options that can change a prediction and have an effect, by option name.

    An option without the value of another one that it needs has none, such as `beams` in greedy
    decoding.
    """
    values = as_values(config)
    idle = _find_idle(config)
    return {name: values[name] for name in list_prediction_options(type(config)) if name not in idle}


def reset_idle(config: T) -> T:
    """The config with the default of every option that has no effect in it."""
    return replace_options(config, _find_idle(config))


def _find_idle(config: Any) -> dict[str, Any]:
    """The defaults of the options that have no effect in a config, by option name."""
    values = as_values(config)
    return {
        one.name: one.default
        for one in list_options(type(config))
        if one.info.needs is not None and values[one.info.needs[0]] not in one.info.needs[1]
    }


def list_prediction_options(kind: type, names: Collection[str] | None = None) -> tuple[str, ...]:
    """Names of the options that can change a prediction; only those of `names`, if any are
    given."""
    return tuple(
        one.name
        for one in list_options(kind)
        if one.info.affects_predictions and (names is None or one.name in names)
    )
