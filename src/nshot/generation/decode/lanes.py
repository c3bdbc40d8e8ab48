"""Decodes groups of prompts at the same time, each on a model of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from queue import SimpleQueue
from typing import Any, TypeVar

from nshot.generation.cancellation import Cancellation, Cancellations

T = TypeVar("T")

ROWS = 128
"""Most rows of a group. With more of them a step hardly gets cheaper per row on one thread, and the
keys of their prompts no longer fit into the processor's cache."""
LEAST = 2
"""Prompts for each lane; fewer are decoded together, with all threads."""


def divide(prompts: Sequence[Sequence[int]], lanes: int, most: int) -> list[list[int]]:
    """The places of the prompts in parts of about equal size, as many for each lane.

    Prompts that begin alike come into one part, so that what they share is computed once. Smaller
    parts at the end, which would let the lanes end together, cost more than they save.

    Args:
        prompts: Token ids.
        lanes: Parts that are decoded at the same time.
        most: Prompts of a part, at least 1.

    >>> divide([[2], [1, 5], [3], [1, 4]], lanes=2, most=8)
    [[3, 1], [0, 2]]
    """
    order = sorted(range(len(prompts)), key=lambda at: (list(prompts[at]), at))
    count = lanes * -(-len(order) // (lanes * max(1, most)))
    cuts = [len(order) * number // count for number in range(count + 1)]
    return [order[start:end] for start, end in pairwise(cuts) if start < end]


@contextmanager
def follow(cancellations: Cancellations | None, count: int) -> Iterator[list[Cancellation]]:
    """Flags of one's own, one for each prompt, that are set when the given ones are."""
    own = [Cancellation() for _ in range(count)]
    with ExitStack() as stack:
        for flag, given in zip(own, cancellations or (), strict=cancellations is not None):
            if given is not None:
                stack.enter_context(given.calling(flag.cancel))
        yield own


def run_in_lanes(
    lanes: Sequence[Any], groups: Sequence[T], run: Callable[[Any, T], object], stop: Callable[[], object]
) -> None:
    """Calls `run` with a model and a group, once for each group, in their order; torch uses one
    thread in each.

    Args:
        lanes: Models; each runs one group at a time.
        groups: What is decoded together.
        run: Is called in threads of its own, in as many at a time as there are lanes.
        stop: Makes calls that are running return soon; called when one has raised, or this thread
            is interrupted. No other group is begun then.

    Raises:
        Exception: The first that `run` raised.
    """
    import torch

    threads = torch.get_num_threads()
    free: SimpleQueue[Any] = SimpleQueue()
    for lane in lanes:
        free.put(lane)

    def one(group: T) -> None:
        lane = free.get()
        try:
            run(lane, group)
        finally:
            free.put(lane)

    pool = ThreadPoolExecutor(len(lanes), "lane", initializer=torch.set_num_threads, initargs=(1,))
    try:
        tasks = [pool.submit(one, group) for group in groups]
        for task in wait(tasks, return_when=FIRST_EXCEPTION).done:
            task.result()
    except BaseException:
        stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # of new threads, too: it was set for the whole process
