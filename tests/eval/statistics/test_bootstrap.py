from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nshot.errors import OptionError
from nshot.eval.statistics import bootstrap, cluster_bootstrap, paired_bootstrap

NAN = float("nan")
values_and_clusters = st.lists(
    st.tuples(st.floats(-100, 100), st.integers(0, 6)), min_size=1, max_size=40
).map(lambda pairs: tuple(map(list, zip(*pairs, strict=True))))


def some_values(n: int = 300, clusters: int = 20) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    labels = generator.integers(0, clusters, n)
    effect = generator.normal(0, 0.2, clusters)
    return (generator.random(n) + effect[labels] > 0.5).astype(float), labels


def test_mean_is_over_questions_and_not_over_clusters() -> None:
    assert cluster_bootstrap([1, 1, 1, 0], ["a", "a", "a", "b"]).value == 0.75


def test_two_clusters_give_the_three_means_that_a_draw_can_have() -> None:
    estimate = cluster_bootstrap([1, 1, 1, 0], ["a", "a", "a", "b"])
    assert (estimate.low, estimate.high) == (0.0, 1.0)  # each cluster alone comes in a quarter of the draws
    assert cluster_bootstrap([1, 1, 1, 0], ["a", "a", "a", "b"], level=0.4).low == 0.75


def test_it_agrees_with_a_plain_loop_over_clusters() -> None:
    values, labels = some_values()
    generator = np.random.default_rng(1)
    means = []
    for _ in range(4000):
        drawn = generator.choice(20, 20)
        taken = np.concatenate([values[labels == cluster] for cluster in drawn])
        means.append(taken.mean())
    estimate = cluster_bootstrap(values, labels)
    assert np.allclose([estimate.low, estimate.high], np.quantile(means, [0.025, 0.975]), atol=0.01)


def test_clusters_of_one_question_agree_with_scipys_percentile_bootstrap() -> None:
    values, _ = some_values(120)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=10_000, rng=3)
    ours = cluster_bootstrap(values, np.arange(120))
    expected = [theirs.confidence_interval.low, theirs.confidence_interval.high]
    assert np.allclose([ours.low, ours.high], expected, atol=0.012)


def test_one_cluster_resamples_its_questions() -> None:
    values, _ = some_values(50)
    assert cluster_bootstrap(values, ["a"] * 50) == cluster_bootstrap(values, np.arange(50))


def test_draws_in_pieces_are_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    values, labels = some_values()
    whole = cluster_bootstrap(values, labels, draws=1001)
    monkeypatch.setattr(bootstrap, "_CELLS", 1000)
    assert cluster_bootstrap(values, labels, draws=1001) == whole


def test_undefined_values_are_left_out_and_counted() -> None:
    with_gaps = cluster_bootstrap([1, NAN, 0, 1, NAN], ["a", "a", "b", "b", "c"])
    assert with_gaps == cluster_bootstrap([1, 0, 1], ["a", "b", "b"])
    assert with_gaps.questions == 3


def test_nothing_defined_has_no_mean() -> None:
    estimate = cluster_bootstrap([NAN, NAN], ["a", "b"])
    assert estimate.questions == 0
    assert all(math.isnan(figure) for figure in estimate[:3])


def test_the_seed_decides_the_interval() -> None:
    values, labels = some_values()
    assert cluster_bootstrap(values, labels, seed=7) == cluster_bootstrap(values, labels, seed=7)
    assert cluster_bootstrap(values, labels, seed=7) != cluster_bootstrap(values, labels, seed=8)


def test_a_wider_level_has_a_wider_interval() -> None:
    values, labels = some_values()
    narrow, wide = (cluster_bootstrap(values, labels, level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


@given(values_and_clusters)
@settings(max_examples=50)
def test_the_interval_lies_within_the_values(data: tuple[list[float], list[int]]) -> None:
    values, labels = data
    estimate = cluster_bootstrap(values, labels, draws=200)
    slack = 1e-9
    assert min(values) - slack <= estimate.low <= estimate.high <= max(values) + slack


@given(values_and_clusters)
@settings(max_examples=50)
def test_the_order_of_questions_does_not_matter(data: tuple[list[float], list[int]]) -> None:
    values, labels = data
    forward = cluster_bootstrap(values, labels, draws=100)
    backward = cluster_bootstrap(values[::-1], labels[::-1], draws=100)
    if len(set(labels)) > 1:
        assert np.allclose(forward[:3], backward[:3])


@pytest.mark.parametrize(
    ("values", "clusters", "options"),
    [
        ([1.0], ["a", "b"], {}),
        ([1.0], ["a"], {"draws": 0}),
        ([1.0], ["a"], {"level": 1.0}),
        ([[1.0]], [["a"]], {}),
    ],
)
def test_arguments_out_of_range_are_refused(
    values: list[float], clusters: list[str], options: dict[str, int]
) -> None:
    with pytest.raises(OptionError):
        cluster_bootstrap(values, clusters, **options)


def test_paired_difference_is_that_of_the_means() -> None:
    difference, _ = paired_bootstrap([1, 1, 0.5], [0, 1, 0], ["a", "b", "c"])
    assert difference.value == 0.5
    assert difference.questions == 3


def test_no_difference_has_p_one() -> None:
    values, labels = some_values()
    assert paired_bootstrap(values, values, labels)[1] == 1.0


def test_p_is_never_zero() -> None:
    ones, zeros, labels = np.ones(40), np.zeros(40), np.repeat(np.arange(8), 5)
    assert paired_bootstrap(ones, zeros, labels, draws=999)[1] == 1 / 1000


def test_p_does_not_depend_on_which_system_comes_first() -> None:
    a, labels = some_values()
    b = np.roll(a, 1)
    forward, backward = paired_bootstrap(a, b, labels), paired_bootstrap(b, a, labels)
    assert forward[1] == backward[1]
    assert forward[0].value == -backward[0].value
    assert forward[0].low == pytest.approx(-backward[0].high)


def test_p_agrees_with_a_t_test_where_that_one_holds() -> None:
    generator = np.random.default_rng(2)
    a = generator.normal(0.15, 1, 400)
    theirs = stats.ttest_1samp(a, 0).pvalue
    _, ours = paired_bootstrap(a, np.zeros(400), np.arange(400))
    assert theirs > 1e-4
    assert ours == pytest.approx(theirs, abs=0.01)


def test_true_nulls_are_rejected_about_as_often_as_alpha_says() -> None:
    generator = np.random.default_rng(11)
    labels = np.repeat(np.arange(40), 5)
    rejected = sum(
        paired_bootstrap(generator.random(200), generator.random(200), labels, draws=400)[1] < 0.1
        for _ in range(300)
    )
    assert 0.05 < rejected / 300 < 0.17


def test_pairs_with_an_undefined_side_are_left_out() -> None:
    difference, _ = paired_bootstrap([1, NAN, 1, 0], [0, 1, NAN, 0], ["a", "a", "b", "b"])
    assert (difference.value, difference.questions) == (0.5, 2)
    assert paired_bootstrap([NAN], [1], ["a"])[1] == 1.0


def test_pairs_of_different_length_are_refused() -> None:
    with pytest.raises(OptionError, match="same questions"):
        paired_bootstrap([1, 2], [1], ["a", "b"])
