"""Groups of prompts that are decoded at the same time."""

from __future__ import annotations

from threading import Barrier, Event
from typing import Any

import pytest
import torch

from nshot.generation.cancellation import Cancellation
from nshot.generation.decode.lanes import divide, follow, run_in_lanes


@pytest.mark.parametrize("count", [1, 2, 5, 32, 33])
def test_parts_hold_every_prompt_once(count: int) -> None:
    parts = divide([[at % 3, at] for at in range(count)], lanes=2, most=4)
    assert sorted(at for part in parts for at in part) == list(range(count))
    assert max(map(len, parts)) <= 4
    assert len(parts) == 1 or len(parts) % 2 == 0
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_lanes_run_at_the_same_time_each_one_group_with_one_thread() -> None:
    before, both = torch.get_num_threads(), Barrier(2, timeout=30)
    seen: list[tuple[Any, int, int]] = []

    def run(lane: Any, group: int) -> None:
        both.wait()
        seen.append((lane, group, torch.get_num_threads()))

    run_in_lanes(["a", "b"], [0, 1, 2, 3], run, lambda: None)
    assert sorted(group for _, group, _ in seen) == [0, 1, 2, 3]
    assert {lane for lane, _, _ in seen} == {"a", "b"}
    assert {threads for _, _, threads in seen} == {1}
    assert torch.get_num_threads() == before


def test_what_one_lane_raises_stops_the_others() -> None:
    stopped, begun = Event(), []

    def run(lane: Any, group: int) -> None:
        begun.append(group)
        if group == 0:
            raise ValueError("the first")
        assert stopped.wait(30)

    with pytest.raises(ValueError, match="the first"):
        run_in_lanes(["a", "b"], [0, 1, 2, 3, 4], run, stopped.set)
    assert 4 not in begun


def test_an_interrupt_stops_the_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    from nshot.generation.decode import lanes

    stopped = Event()

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lanes, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_in_lanes(["a"], [0, 1], lambda *_: stopped.wait(30), stopped.set)
    assert stopped.is_set()


def test_own_flags_follow_the_given_ones() -> None:
    given = Cancellation()
    with follow([None, given], 2) as flags:
        given.cancel()
        assert [flag.cancelled for flag in flags] == [False, True]
        flags[0].cancel()
    with follow(None, 1) as flags:
        assert not flags[0].cancelled
