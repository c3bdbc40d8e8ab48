"""Checks of a recipe's numbers. Their errors name the section and the key."""

from __future__ import annotations

from math import inf

from nshot.errors import OptionError


def _where(section: str, name: str) -> str:
    return f"[{section}] {name}" if section else name


def least(section: str, name: str, value: int, low: int) -> None:
    """Refuses a number below `low`."""
    if value < low:
        raise OptionError(f"{_where(section, name)} must be at least {low}, got {value}")


def above(section: str, name: str, value: float) -> None:
    """Refuses a number that is not above 0, or is not finite."""
    if not 0 < value < inf:
        raise OptionError(f"{_where(section, name)} must be above 0 and finite, got {value}")


def share(section: str, name: str, value: float) -> None:
    """Refuses a number below 0, or 1 and above."""
    if not 0 <= value < 1:
        raise OptionError(f"{_where(section, name)} must be at least 0 and below 1, got {value}")
