"""The choice of held-out databases, by number or by name."""

from __future__ import annotations

from collections.abc import Sequence

from nshot.errors import OptionError, UnknownNameError
from nshot.training.encoder.contrast_data import draw_databases

SHOWN = 20


def held_out(db_ids: Sequence[str], wanted: str, seed: int) -> tuple[str, ...]:
    """The databases held out, sorted.

    Args:
        db_ids: Databases of the rows, in their order.
        wanted: A number, or comma-separated names; empty for none.
        seed: Seed of the choice, if `wanted` is a number.

    >>> held_out(["a", "a", "b", "c"], "1", seed=1), held_out(["a", "b"], "b", seed=0)
    (('b',), ('b',))

    Raises:
        OptionError: No database would be left for training, or a name is unknown.
    """
    known = list(dict.fromkeys(db_ids))
    if wanted.strip().isdecimal():
        count = int(wanted)
        if count and not known:
            raise OptionError(
                "no row was read, so no database can be held out; check the files and the notes"
            )
        if count >= len(known):
            raise OptionError(
                f"holdout must leave databases to learn from: at most {len(known) - 1}, got {count}"
            )
        return tuple(sorted(draw_databases(db_ids, count, seed))) if count else ()
    names = [name for part in wanted.split(",") if (name := part.strip())]
    for name in names:
        if name not in known:
            raise UnknownNameError("database to hold out", name, known[:SHOWN])
    if names and len(set(names)) == len(known):
        raise OptionError("holdout must leave databases to learn from, and names them all")
    return tuple(sorted(set(names)))
