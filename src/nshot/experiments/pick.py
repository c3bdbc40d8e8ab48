"""Retrieve the examples of every run once, for both the scoreboard and the prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from nshot.artifacts import Advance
from nshot.data import Catalog
from nshot.eval import Run
from nshot.index import Encoder, RememberingEncoder, SentenceTransformerEncoder, StoredExamples
from nshot.retrieval import STRATEGIES, FirstPass, RetrievalConfig, Retriever
from nshot.types import Candidate, Question

Configure = Callable[[str, str, int], RetrievalConfig]
"""(strategy, selection, seed) -> the configuration."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The candidates of one run; a pipeline can use it as its retriever."""

    run: Run
    candidates: Mapping[str, tuple[Candidate, ...]]
    """The candidates by the question's id, best first."""
    ms: float
    """Milliseconds per question, retrieved in one batch, including encoding."""
    without_first_pass: int = 0
    """Questions without usable first-pass SQL, ranked by the first strategy; 0 for one-pass
    strategies.
    """

    def retrieve(self, questions: Sequence[Question], k: int, live: bool = False) -> list[list[Candidate]]:
        """The candidates found before, at most `k` of them."""
        del live
        return [list(self.candidates[question.id][:k]) for question in questions]


def first_pass_info(grid: Sequence[Picked]) -> dict[str, str]:
    """Tell the report how many questions only had the first ranking; empty if every run has one
    pass.
    """
    passed = [one for one in grid if one.run.system.shots and STRATEGIES[one.run.system.strategy].two_pass]
    if not passed:
        return {}
    most = max(passed, key=lambda one: one.without_first_pass)
    return {"without a first pass": f"{most.without_first_pass:,} of {len(most.candidates):,} questions"}


def pick(
    runs: Sequence[Run],
    questions: Sequence[Question],
    index: StoredExamples,
    catalog: Catalog,
    configure: Configure,
    *,
    encoder: Encoder | None = None,
    first_pass: FirstPass | None = None,
    progress: Advance | None = None,
) -> Iterator[Picked]:
    """Retrieve the examples of every run, in order, under the leak rule for measured questions.

    Each number of shots is retrieved separately, because a selection may choose differently for 5
    than for 3.

    Raises:
        IndexFolderError, DatabaseNotFoundError, OptionError: As in `Retriever`.
    """
    info = index.manifest.encoder
    remembering = RememberingEncoder(encoder or SentenceTransformerEncoder(info.name if info else "none"))
    if first_pass is not None:
        first_pass(questions)  # what a model writes now is kept, and its time belongs to no run
    firsts = list({question.db_id: question for question in reversed(questions)}.values())
    for run in runs:
        system = run.system
        if not system.shots:
            yield Picked(run, {question.id: () for question in questions}, 0.0)
            continue
        config = configure(system.strategy, system.select, run.seed)
        retriever = Retriever(index, config, catalog=catalog, encoder=remembering, first_pass=first_pass)
        retriever.retrieve(firsts, 1)  # loads the index and each database's values: no cost of a question
        saved, begun = remembering.saved, perf_counter()
        found = retriever.retrieve(questions, system.shots)
        seconds = perf_counter() - begun + remembering.saved - saved
        yield Picked(
            run,
            {question.id: tuple(some) for question, some in zip(questions, found, strict=True)},
            seconds / len(questions) * 1000,
            len(retriever.without_first_pass),
        )
        if progress is not None:
            progress(1)
