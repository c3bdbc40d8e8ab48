"""One question of a person: its words, its way through the pipeline, and how it is cancelled."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nshot.cli.options.parameters import check_question_text
from nshot.cli.output.console import say, spinner
from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.generation import Cancellation
    from nshot.pipeline import Pipeline
    from nshot.types import Prediction, Question

STAGES = ("finding examples", "building the prompt", "writing SQL", "running the SQL", "repairing the SQL")
"""What is shown of the stages of an answer."""


def read_texts(words: Sequence[str]) -> list[str]:
    """The questions of the arguments of a command line.

    Words that are no quoted questions are one question. `-` alone stands for the lines of stdin.

    Raises:
        OptionError: A question is empty or not valid Unicode.

    >>> read_texts(["How", "many", "tracks?"]), read_texts(["How many?", "Who?"])
    (['How many tracks?'], ['How many?', 'Who?'])
    """
    if list(words) == ["-"]:
        lines = [line.strip() for line in sys.stdin]
        found = [check_question_text(line) for line in lines if line]
        if not found:
            raise OptionError("stdin has no question; write one on each line")
        return found
    if len(words) > 1 and not any(" " in word or not word.strip() for word in words):
        quoted = all(word.rstrip().endswith(("?", "？", "؟")) for word in words)
        if not quoted:
            return [check_question_text(" ".join(words))]
    return [check_question_text(word) for word in words]


def answer_question(
    pipeline: Pipeline,
    question: Question,
    *,
    on_text: Callable[[str], None] | None = None,
    cancellable: bool = False,
) -> Prediction:
    """The prediction for a question that a person asks, with the stage on the screen while it
    works.

    Args:
        pipeline: Answers it.
        question: What is asked.
        on_text: Gets the completion while it is written, in place of the stage's name.
        cancellable: Ctrl-C cancels the question: its prediction is `failed` with the error
            `cancelled`. A second Ctrl-C, or one outside of the model's work, raises
            KeyboardInterrupt.
    """
    from nshot.generation import Cancellation
    from nshot.pipeline import Work, unspoilt

    flag = Cancellation() if cancellable else None
    work = Work(question, flag)
    find, build, write, run, mend = STAGES
    with spinner(find) as stage:
        pipeline.find_examples([work], live=True)
        stage(build)
        pipeline.build_prompts([work])
        with _cancel_on_signal(flag):
            stage("" if on_text is not None else write)
            pipeline.write_completions([work], on_text)
        if on_text is not None:
            say("")
        stage(run)
        for one in unspoilt([work]):
            pipeline.run_candidates(one)
        with _cancel_on_signal(flag):
            if pipeline.execution.repair:
                stage(mend)
            pipeline.mend([work])
    return work.prediction()


@contextmanager
def _cancel_on_signal(flag: Cancellation | None) -> Iterator[None]:
    """The first Ctrl-C sets the flag, in a thread of its own, and the second one interrupts."""
    if flag is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: Any) -> None:
        del number, frame
        signal.signal(signal.SIGINT, before)
        # Not here: the signal may have come in the middle of a write to the same stream.
        threading.Thread(target=cancel, daemon=True).start()

    def cancel() -> None:
        try:
            say("\ncancelling ...")
        finally:
            flag.cancel()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
