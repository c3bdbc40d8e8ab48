"""The flag by which another thread cancels, at every engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.generation.conftest import SINGER

from nshot.errors import AnswerCancelledError
from nshot.generation.cancellation import Cancellation
from nshot.generation.decoding import Decoding
from nshot.generation.engines.transformers_engine import TransformersEngine
from nshot.types import Prompt

PROMPTS = [Prompt(f"SELECT {word}", schema=SINGER) for word in ("name", "age", "count ( * )")]
METHODS = [
    Decoding(max_new_tokens=40),
    Decoding(method="sample", n=3, max_new_tokens=40, seed=1),
    Decoding(method="beam", beams=3, n=2, max_new_tokens=40),
]


class Calls:
    """Counts the model's forward passes and cancels after one of them."""

    def __init__(self, flags: list[Cancellation], after: int) -> None:
        self.rows: list[int] = []
        self._flags, self._after = flags, after

    def __call__(self, module: Any, args: Any, options: dict[str, Any], output: Any) -> None:
        self.rows.append(len(options["input_ids"]))
        if len(self.rows) == self._after:
            for flag in self._flags:
                flag.cancel()


@pytest.fixture
def counted(tiny_llama: Any, engine: TransformersEngine) -> Any:
    """A function that registers `Calls` on the model, after its abilities have been tried."""
    engine.generate(PROMPTS[:1], Decoding(max_new_tokens=1))
    handles: list[Any] = []

    def register(flags: list[Cancellation], after: int) -> Calls:
        calls = Calls(flags, after)
        handles.append(tiny_llama.register_forward_hook(calls, with_kwargs=True))
        return calls

    yield register
    for handle in handles:
        handle.remove()


@pytest.mark.parametrize("decoding", METHODS, ids=lambda decoding: decoding.method)
def test_a_cancelled_prompt_leaves_within_two_steps(
    engine: TransformersEngine, counted: Callable[..., Calls], decoding: Decoding
) -> None:
    flag = Cancellation()
    whole = counted([], 0)
    engine.generate(PROMPTS[:1], decoding, [flag])
    steps = len(whole.rows)
    calls = counted([flag], 4)
    ((completion, *_),) = engine.generate(PROMPTS[:1], decoding, [flag])
    assert len(calls.rows) <= 6 < steps
    assert (completion.text, completion.finish, completion.error) == ("", "error", "cancelled")


@pytest.mark.parametrize("decoding", METHODS, ids=lambda decoding: decoding.method)
def test_the_other_prompts_of_the_batch_are_answered_as_before(
    engine: TransformersEngine, counted: Callable[..., Calls], decoding: Decoding
) -> None:
    alone = engine.generate(PROMPTS, decoding)
    flags = [Cancellation() for _ in PROMPTS]
    calls = counted(flags[1:2], 5)
    found = engine.generate(PROMPTS, decoding, flags)
    texts = [[one.text for one in candidates] for candidates in found]
    assert [len(candidates) for candidates in found] == [decoding.n] * 3
    assert found[1][0].error == "cancelled"
    assert texts[0] == [one.text for one in alone[0]]
    assert texts[2] == [one.text for one in alone[2]]
    most = 3 * decoding.width
    assert max(calls.rows[:4]) <= most
    assert all(rows <= most - decoding.width for rows in calls.rows[7:])


def test_a_prompt_that_is_cancelled_before_its_turn_is_not_read(
    engine: TransformersEngine, counted: Callable[..., Calls]
) -> None:
    flag = Cancellation()
    flag.cancel()
    calls = counted([], 0)
    ((completion,),) = engine.generate(PROMPTS[:1], Decoding(max_new_tokens=3), [flag])
    assert not calls.rows
    assert completion.error == "cancelled"


def test_a_cancelled_stream_ends_within_two_steps(
    engine: TransformersEngine, counted: Callable[..., Calls]
) -> None:
    flag = Cancellation()
    calls = counted([flag], 3)
    with pytest.raises(AnswerCancelledError):
        list(engine.stream(PROMPTS[0], Decoding(max_new_tokens=40), flag))
    assert len(calls.rows) <= 5


def test_cancelling_calls_what_waits_once() -> None:
    flag, called = Cancellation(), []
    with flag.calling(lambda: called.append("past")):
        pass
    with flag.calling(lambda: called.append("now")):
        flag.cancel()
        flag.cancel()
    with flag.calling(lambda: called.append("late")):
        pass
    assert called == ["now", "late"]


def test_a_wait_ends_when_another_thread_cancels() -> None:
    flag = Cancellation()
    waiting = threading.Thread(target=flag.wait, args=(60.0,))
    waiting.start()
    flag.cancel()
    waiting.join(10.0)
    assert not waiting.is_alive()
    with pytest.raises(AnswerCancelledError):
        flag.check()
