"""Paths, distances and components over foreign keys."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from nshot.foreign_key_graph import ForeignKeyGraph
from nshot.types import ForeignKey, Schema, Table

EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12)
MUSIC = Schema(
    "music",
    (Table("Singer", ()), Table("song", ())),
    (ForeignKey("SONG", ("a",), "singer", ("a",)), ForeignKey("song", ("b",), "lost", ("b",))),
)


@given(EDGES)
def test_a_path_is_as_long_as_the_distance_and_walks_on_edges(edges: list[tuple[int, int]]) -> None:
    graph = ForeignKeyGraph(edges)
    for one, other in combinations(range(8), 2):
        distances: dict[int, int] = {}
        graph.lower_distances(distances, one)
        path = graph.path([one], {other})
        assert len(path) == (distances[other] + 1 if other in distances else 0)
        assert all(graph.connects(here, there) for here, there in pairwise(path))
        numbers = graph.components()
        assert bool(path) == (one in numbers and numbers.get(one) == numbers.get(other))


@given(EDGES, st.permutations(range(8)))
def test_distances_are_to_the_nearest_start_in_any_order(
    edges: list[tuple[int, int]], starts: list[int]
) -> None:
    graph = ForeignKeyGraph(edges)
    found: list[dict[int, int]] = [{}, {}]
    for start in starts[:3]:
        graph.lower_distances(found[0], start)
    for start in reversed(starts[:3]):
        graph.lower_distances(found[1], start)
    assert found[0] == found[1]


def test_ties_go_to_the_lower_node() -> None:
    graph = ForeignKeyGraph([(0, 3), (3, 5), (0, 2), (2, 5), (1, 5)])
    assert graph.path([0], {5}) == [0, 2, 5]
    assert graph.path([1, 0], {5}) == [1, 5]


def test_an_edge_to_itself_connects_and_leads_nowhere() -> None:
    graph = ForeignKeyGraph([("a", "a"), ("a", "b")])
    assert graph.connects("a", "a")
    assert not graph.connects("b", "b")
    assert graph.path(["a"], {"b"}) == ["a", "b"]


def test_letter_case_is_ignored_and_positions_need_a_table() -> None:
    assert ForeignKeyGraph.by_name(MUSIC).path(["singer"], {"lost"}) == ["singer", "song", "lost"]
    assert ForeignKeyGraph.by_position(MUSIC).components() == {0: 0, 1: 0}


@given(EDGES, st.permutations(range(8)), st.integers(0, 4))
def test_distances_up_to_a_limit_are_those_without_one(
    edges: list[tuple[int, int]], starts: list[int], most: int
) -> None:
    graph = ForeignKeyGraph(edges)
    whole: dict[int, int] = {}
    near: dict[int, int] = {}
    for start in starts[:3]:
        before = dict(near)
        graph.lower_distances(whole, start)
        changed = graph.lower_distances(near, start, most)
        assert {node for node in near if near[node] != before.get(node)} <= set(changed)
    assert near == {node: steps for node, steps in whole.items() if steps <= most}
