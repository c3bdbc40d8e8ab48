"""Who meets in a step."""

from __future__ import annotations

import pytest

from nshot.data import Catalog
from nshot.retrieval.build import make_entries
from nshot.training.encoder.batches import Batches
from nshot.training.encoder.contrast_data import ContrastData, make_contrast_data
from nshot.types import Example


@pytest.fixture(scope="module")
def contrast_data(pool: tuple[Example, ...]) -> ContrastData:
    return make_contrast_data(make_entries(pool, Catalog()), 2, seed=0, across=True)


def test_every_question_comes_once_a_pass(contrast_data: ContrastData) -> None:
    batches = Batches(contrast_data, 9, "both", seed=0)
    firsts = [row for batch in batches.epoch(0) for row in batch.rows[:9].tolist()]
    assert sorted(firsts) == contrast_data.training.tolist()
    assert len(batches.epoch(0)) == batches.per_epoch == 6


def test_a_partner_has_the_same_skeleton_in_another_database(contrast_data: ContrastData) -> None:
    for batch in Batches(contrast_data, 9, "both", seed=0).epoch(0):
        one, other = batch.rows[:9], batch.rows[9:]
        assert (contrast_data.skeletons[one] == contrast_data.skeletons[other]).all()
        assert (contrast_data.databases[one] != contrast_data.databases[other]).all()


def test_nothing_held_out_is_met(contrast_data: ContrastData) -> None:
    rows = {
        row for batch in Batches(contrast_data, 9, "both", seed=0).epoch(0) for row in batch.rows.tolist()
    }
    assert rows.isdisjoint(contrast_data.validation.tolist())


def test_a_pass_depends_on_seed_and_number_only(contrast_data: ContrastData) -> None:
    def rows(seed: int, epoch: int) -> list[list[int]]:
        return [batch.rows.tolist() for batch in Batches(contrast_data, 9, "both", seed).epoch(epoch)]

    assert rows(0, 1) == rows(0, 1)
    assert rows(0, 1) != rows(0, 0)
    assert rows(0, 1) != rows(1, 1)


@pytest.mark.parametrize(
    ("text", "fields"), [("masked", {"masked"}), ("question", {"question"}), ("both", {"masked", "question"})]
)
def test_the_texts_asked_for_are_read(contrast_data: ContrastData, text: str, fields: set[str]) -> None:
    assert {
        field for batch in Batches(contrast_data, 9, text, 0).epoch(0) for field in batch.fields
    } == fields


def test_a_batch_is_never_larger_than_the_pool(contrast_data: ContrastData) -> None:
    assert Batches(contrast_data, 10_000, "both", seed=0).per_epoch == 1
