"""The third stage of a pipeline: the model's completions for the prompts of several questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

from nshot.errors import AnswerCancelledError
from nshot.generation import Decoding, Engine, SettlesEach, make_cancelled
from nshot.pipeline.work import Work, share_seconds
from nshot.types import Completion, Prompt

OnDone = Callable[[Work], object]
"""Gets a question whose completions are there; it must not block."""


def write_completions(
    engine: Engine,
    decoding: Decoding,
    works: Sequence[Work],
    on_text: Callable[[str], None] | None,
    on_done: OnDone,
) -> None:
    """Asks the model for all works: for those that have a prompt without examples, twice.

    Args:
        engine: The model.
        decoding: How tokens are chosen.
        works: Their prompts are built.
        on_text: Gets the completion of one candidate in pieces while it is written.
        on_done: Is called as soon as a work's completions are there, if the engine settles one
            before another, else at the end; not for those that were cancelled.

    Raises:
        EngineError: The engine fails.
    """
    start = perf_counter()
    if on_text is None and isinstance(engine, SettlesEach):
        _write_each(engine, decoding, works, on_done)
        return
    if on_text is not None:
        for work in works:
            _stream(engine, decoding, work, on_text)
    elif works:
        asked, prompts = _list_prompts(works)
        found = generate(engine, decoding, asked, prompts)
        plain = {id(work): completions for work, completions in zip(asked, found, strict=True)}
        for at, work in enumerate(works):
            work.take(found[at], plain[id(work)] if work.plain is not None else ())
    share_seconds(works, "generate", start)
    for work in works:
        if not work.is_cancelled:
            on_done(work)


def generate(
    engine: Engine, decoding: Decoding, works: Sequence[Work], prompts: Sequence[Prompt]
) -> list[list[Completion]]:
    """The engine's candidates for a prompt of each work."""
    if all(work.cancellation is None for work in works):
        return engine.generate(prompts, decoding)
    return engine.generate(prompts, decoding, [work.cancellation for work in works])


def _list_prompts(works: Sequence[Work]) -> tuple[list[Work], list[Prompt]]:
    """All prompts with their works: first that of each work, then those without examples."""
    again = [(work, work.plain) for work in works if work.plain is not None]
    return (
        [*works, *(work for work, _ in again)],
        [*(work.prompt for work in works), *(plain for _, plain in again)],
    )


def _write_each(engine: SettlesEach, decoding: Decoding, works: Sequence[Work], on_done: OnDone) -> None:
    """The completions of each work; its share of the time is that until they were settled."""
    start = perf_counter()
    asked, prompts = _list_prompts(works)
    places: dict[int, list[int]] = {}
    for at, work in enumerate(asked):
        places.setdefault(id(work), []).append(at)
    settled: dict[int, list[Completion]] = {}

    def done(at: int, found: list[Completion]) -> None:
        settled[at] = found
        work = asked[at]
        own = places[id(work)]
        if any(place not in settled for place in own):
            return
        work.seconds["generate"] = (perf_counter() - start) / len(works)
        work.take(*(settled[place] for place in own))
        on_done(work)

    for work in works:
        work.completions = make_cancelled(decoding.n)
    if works:
        engine.generate_each(prompts, decoding, [work.cancellation for work in asked], done)


def _stream(engine: Engine, decoding: Decoding, work: Work, on_text: Callable[[str], None]) -> None:
    pieces = []
    try:
        for piece in engine.stream(work.prompt, decoding, work.cancellation):
            on_text(piece)
            pieces.append(piece)
    except AnswerCancelledError as error:
        work.error = error
    text = "".join(pieces)
    work.completions = [Completion(text, engine.count_tokens(text) if text else 0)]
