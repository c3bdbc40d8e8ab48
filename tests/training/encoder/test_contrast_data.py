"""The split by whole databases, and pools that are too small."""

from __future__ import annotations

import pytest

from nshot.data import Catalog
from nshot.errors import OptionError, PoolError
from nshot.retrieval.build import make_entries
from nshot.training.encoder.contrast_data import draw_databases, make_contrast_data
from nshot.types import Example


def test_databases_are_held_out_whole(pool: tuple[Example, ...]) -> None:
    contrast_data = make_contrast_data(make_entries(pool, Catalog()), 2, seed=3, across=True)
    held = {pool[row].db_id for row in contrast_data.validation}
    assert held == set(contrast_data.held_out)
    assert len(held) == 2
    assert held.isdisjoint(pool[row].db_id for row in contrast_data.training)
    assert len(contrast_data.training) + len(contrast_data.validation) == len(pool)


def test_a_tenth_is_held_out_but_at_least_one() -> None:
    assert len(draw_databases([str(n) for n in range(40)], None, 0)) == 4
    assert len(draw_databases(["a", "b"], None, 0)) == 1


def test_another_seed_holds_out_others() -> None:
    names = [str(n) for n in range(40)]
    assert draw_databases(names, 4, 0) == draw_databases(names * 3, 4, 0)
    assert draw_databases(names, 4, 0) != draw_databases(names, 4, 1)


def test_one_database_is_too_few(pool: tuple[Example, ...]) -> None:
    one = [example for example in pool if example.db_id == "ship"]
    with pytest.raises(PoolError, match=r"1 database.*at least two.*structural"):
        make_contrast_data(make_entries(one, Catalog()), None, 0, across=False)


def test_a_holdout_must_leave_something(pool: tuple[Example, ...]) -> None:
    with pytest.raises(OptionError, match="at most 7, got 8"):
        make_contrast_data(make_entries(pool, Catalog()), 8, 0, across=True)


def test_questions_without_partners_are_too_few(pool: tuple[Example, ...]) -> None:
    with pytest.raises(PoolError, match=r"only \d+ of \d+ training questions.*at least 16"):
        make_contrast_data(make_entries(pool[:18], Catalog()), 1, 0, across=True)


def test_partners_of_the_own_database_count_only_where_they_may_be_shown(pool: tuple[Example, ...]) -> None:
    two = make_entries([e for e in pool if e.db_id in ("ship", "wine")] * 3, Catalog())
    assert not make_contrast_data(two, 1, 0, across=False).across
    with pytest.raises(PoolError, match="another database"):
        make_contrast_data(two, 1, 0, across=True)


def test_nothing_to_validate_is_an_error(pool: tuple[Example, ...]) -> None:
    entries = make_entries(pool, Catalog())
    (held,) = draw_databases([example.db_id for example in pool], 1, 0)
    strange = [
        entry._replace(skeleton="strange") if entry.example.db_id == held else entry for entry in entries
    ]
    with pytest.raises(PoolError, match=f"held-out databases \\({held}\\).*validation is impossible"):
        make_contrast_data(strange, 1, 0, across=True)
