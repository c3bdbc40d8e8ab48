"""Checks of numbers that several config classes make."""

from __future__ import annotations

from typing import Final

from nshot.errors import OptionError

LONGEST: Final = 86_400
"""Seconds, a day."""


def check_least(name: str, value: float | None, least: int = 1) -> None:
    """Check a number that has a lower bound; None stands for no number.

    Raises:
        OptionError: It is lower.

    >>> check_least("limit", 0)
    Traceback (most recent call last):
    nshot.errors.OptionError: `limit` must be at least 1, got 0
    """
    if value is not None and value < least:
        raise OptionError(f"`{name}` must be at least {least}, got {value}", option=name)


def check_seconds(name: str, value: float) -> None:
    """Check a limit of time.

    Raises:
        OptionError: It is not above 0, or longer than a day.
    """
    if not 0 < value <= LONGEST:
        raise OptionError(f"`{name}` must be above 0 and at most {LONGEST} seconds, got {value}", option=name)
