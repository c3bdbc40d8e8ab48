"""How fast examples are selected, beside the libraries that one would use instead.

    python benchmarks/retrieval/peers.py --pool train_spider.json --questions dev.json \
      --databases DIR --work DIR [--limit 50] [--busy 1]

Everything runs in one process over the same pool and, where vectors are compared, the same encoder
(all-MiniLM-L6-v2): LangChain's `SemanticSimilarityExampleSelector` and
`MaxMarginalRelevanceExampleSelector` over FAISS, its `BM25Retriever`, DSPy's `KNN`, and rank-bm25.
The questions are cut into as many parts as there are turns. In each turn every method selects 5
examples for the same part; the order of the methods rotates, so that a change of the machine's load
hits all of them. Ratios are therefore fair on a busy machine; --busy N keeps N processors busy.

The libraries go into an environment of their own, made in --work at the first run; it sees the
packages of the environment that starts the program. Questions are given without gold SQL. An
answer by our strategies still obeys the leak rule. Exit status 1 if a bound does not hold.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import nshot
from nshot.data import Catalog, read_pool, read_questions
from nshot.index.encoder import DEFAULT, ROUNDED, STRUCTURAL, SentenceTransformerEncoder
from nshot.retrieval import IndexConfig, RetrievalConfig, Retriever, build_index
from nshot.types import Example, Question

PEERS = (
    "langchain-core==1.8.1",
    "langchain-community==0.4.2",
    "langchain-huggingface==1.2.3",
    "dspy==3.4.1",
    "rank-bm25==0.2.2",
)
SHARED = ("nshot", "sentence-transformers", "torch", "faiss-cpu", "numpy")
"""Packages that our strategies and the peers use in the same version."""
K = 5
FETCH = 20
"""Candidates that LangChain's selector by marginal relevance chooses among; its default."""
WARM = 3
"""Questions that every method answers before the first turn."""

Select = Callable[[Sequence[Question]], Sequence[Sequence[str]]]
"""Questions -> for each of them, the questions of the selected examples."""


@dataclass
class Cost:
    """What a method has used so far."""

    wall: float = 0.0
    """Seconds on the clock."""
    process: float = 0.0
    """Seconds of processor time, of all threads."""
    questions: int = 0

    def add(self, wall: float, process: float, questions: int) -> None:
        self.wall, self.process = self.wall + wall, self.process + process
        self.questions += questions

    @property
    def wall_ms(self) -> float:
        """Milliseconds a question."""
        return self.wall / self.questions * 1000

    @property
    def process_ms(self) -> float:
        """Milliseconds of processor time a question."""
        return self.process / self.questions * 1000


class Bound(NamedTuple):
    """What a method of ours is held to."""

    ours: str
    peer: str | None
    """The method beside which it is measured; None for a bound in milliseconds."""
    value: float
    """The lowest factor over the peer, or the most milliseconds a question."""

    def reach(self, costs: Mapping[str, Cost]) -> float:
        """The factor over the peer, or milliseconds a question."""
        own = costs[self.ours].wall_ms
        return own if self.peer is None else costs[self.peer].wall_ms / own

    def holds(self, costs: Mapping[str, Cost]) -> bool:
        reached = self.reach(costs)
        return reached <= self.value if self.peer is None else reached >= self.value

    def describe(self, costs: Mapping[str, Cost]) -> str:
        """One line: what was reached, and what is asked."""
        reached = self.reach(costs)
        verdict = "" if self.holds(costs) else "  MISSED"
        if self.peer is None:
            return f"{self.ours}: {reached:.1f} ms a question (at most {self.value:g}){verdict}"
        return f"{self.ours}: {reached:.1f} times as fast as {self.peer} (at least {self.value:g}){verdict}"


SIMILAR, MARGINAL = "LangChain SemanticSimilarity", "LangChain MaxMarginalRelevance"
BM25 = "LangChain BM25Retriever"
BOUNDS = (
    Bound("vector, one by one", SIMILAR, 2),
    Bound("vector, batch", SIMILAR, 5),
    Bound("vector in 8 bits, one by one", SIMILAR, 2),
    Bound("vector in 8 bits, batch", SIMILAR, 5),
    Bound("keyword, one by one", BM25, 20),
    Bound("keyword, batch", BM25, 20),
    Bound("double-hybrid, one by one", None, 12),
    Bound("double-hybrid in 8 bits, one by one", None, 12),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="keeps the environment and the indexes")
    parser.add_argument("--limit", type=int, help="only the first questions")
    parser.add_argument("--pool-limit", type=int, help="only the first examples of the pool")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--busy", type=int, default=0, help="processors kept busy beside the run")
    arguments = parser.parse_args()
    home = arguments.work / "peers-env"
    if Path(sys.prefix).resolve() != home.resolve():
        sys.exit(run_inside(home, sys.argv))
    pool = list(read_pool(arguments.pool).examples)[: arguments.pool_limit]
    questions = [replace(one, sql=None) for one in read_questions(arguments.questions)][: arguments.limit]
    methods = {**own_methods(pool, Catalog(arguments.databases), arguments.work), **peers(pool)}
    with busy(arguments.busy):
        costs, found = take_turns(methods, questions, arguments.turns)
    print("\n".join(describe_run(len(pool), len(questions), arguments.busy)))
    print("\n".join(table(costs)))
    print(f"vector selects {share_alike(found['vector, batch'], found[SIMILAR]):.1%} of what {SIMILAR} does")
    print(f"in 8 bits {share_alike(found['vector in 8 bits, batch'], found[SIMILAR]):.1%}")
    print("\n".join(bound.describe(costs) for bound in BOUNDS))
    sys.exit(not all(bound.holds(costs) for bound in BOUNDS))


def run_inside(home: Path, command: Sequence[str]) -> int:
    """Run this program in the environment of the peers, which is made first if it is missing."""
    python = home / "bin" / "python"
    if not (home / "complete").is_file():
        venv.create(home, with_pip=True, clear=True, symlinks=True)
        packages = next(home.glob("lib/python*/site-packages"))
        here = [path for path in sys.path if path.endswith("site-packages")]
        lines = [f"import site; site.addsitedir({path!r})\n" for path in here]
        (packages / "beside.pth").write_text("".join(lines), encoding="utf-8")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
        (home / "complete").touch()
    source = str(Path(nshot.__file__).parents[1])
    own = {"PYTHONPATH": source, "HF_HUB_OFFLINE": "1", "DSPY_CACHEDIR": str(home.resolve() / "dspy")}
    return subprocess.run([python, *command], env={**os.environ, **own}).returncode


def own_methods(pool: Sequence[Example], catalog: Catalog, work: Path) -> dict[str, Select]:
    """Our strategies, one by one as a user asks, and in batch as a benchmark asks."""
    methods: dict[str, Select] = {}
    for strategy, select, encoder in (
        ("vector", "top", DEFAULT),
        ("vector", "mmr", DEFAULT),
        ("keyword", "top", DEFAULT),
        ("double-hybrid", "top", STRUCTURAL),
        ("vector", "top", DEFAULT + ROUNDED),
        ("double-hybrid", "top", STRUCTURAL + ROUNDED),
    ):
        index = work / f"peers-{encoder}-{len(pool)}"
        if not (index / "manifest.json").is_file():
            build_index(index, pool, catalog, IndexConfig("never", encoder=encoder))
        retriever = Retriever(index, RetrievalConfig(strategy, select), catalog=catalog)
        name = strategy if select == "top" else f"{strategy} with {select}"
        name += " in 8 bits" if encoder.endswith(ROUNDED) else ""
        methods[f"{name}, one by one"] = one_by_one(retriever)
        methods[f"{name}, batch"] = in_batch(retriever)
    return methods


def one_by_one(retriever: Retriever) -> Select:
    def select(questions: Sequence[Question]) -> list[list[str]]:
        answers = [retriever.retrieve([question], K, live=True)[0] for question in questions]
        return [[one.example.question for one in answer] for answer in answers]

    return select


def in_batch(retriever: Retriever) -> Select:
    def select(questions: Sequence[Question]) -> list[list[str]]:
        return [[one.example.question for one in answer] for answer in retriever.retrieve(questions, K)]

    return select


def peers(pool: Sequence[Example]) -> dict[str, Select]:
    """The libraries, each used as its documentation shows; none of them has a call for a batch."""
    return {**langchain_methods(pool), "DSPy KNN": dspy_knn(pool), "rank-bm25": rank_bm25(pool)}


def langchain_methods(pool: Sequence[Example]) -> dict[str, Select]:
    from langchain_community.retrievers import BM25Retriever
    from langchain_community.vectorstores import FAISS
    from langchain_core.example_selectors import (
        MaxMarginalRelevanceExampleSelector,
        SemanticSimilarityExampleSelector,
    )
    from langchain_huggingface import HuggingFaceEmbeddings

    embeddings = HuggingFaceEmbeddings(
        model_name=model_folder(), encode_kwargs={"normalize_embeddings": True}
    )
    examples = [{"question": one.question, "sql": one.sql} for one in pool]
    similar = SemanticSimilarityExampleSelector.from_examples(
        examples, embeddings, FAISS, k=K, input_keys=["question"]
    )
    marginal = MaxMarginalRelevanceExampleSelector(
        vectorstore=similar.vectorstore, k=K, fetch_k=FETCH, input_keys=["question"]
    )
    keyword = BM25Retriever.from_texts([one.question for one in pool], metadatas=examples, k=K)
    return {
        SIMILAR: each(lambda text: [one["question"] for one in similar.select_examples({"question": text})]),
        MARGINAL: each(
            lambda text: [one["question"] for one in marginal.select_examples({"question": text})]
        ),
        BM25: each(lambda text: [one.metadata["question"] for one in keyword.invoke(text)]),
    }


def dspy_knn(pool: Sequence[Example]) -> Select:
    import dspy
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(model_folder(), local_files_only=True)
    # Its cache would answer a question that was asked before, without any work.
    embedder = dspy.Embedder(model.encode, caching=False)
    trainset = [dspy.Example(question=one.question, sql=one.sql).with_inputs("question") for one in pool]
    knn = dspy.KNN(k=K, trainset=trainset, vectorizer=embedder)
    return each(lambda text: [one.question for one in knn(question=text)])


def rank_bm25(pool: Sequence[Example]) -> Select:
    from rank_bm25 import BM25Okapi

    texts = [one.question for one in pool]
    model = BM25Okapi([text.lower().split() for text in texts])
    return each(lambda text: list(model.get_top_n(text.lower().split(), texts, n=K)))


def each(select: Callable[[str], list[str]]) -> Select:
    return lambda questions: [select(question.text) for question in questions]


def model_folder() -> str:
    from nshot.index.encoder import _folder

    SentenceTransformerEncoder(DEFAULT).fingerprint()  # says what to install if it is missing
    return str(_folder(DEFAULT))


def take_turns(
    methods: Mapping[str, Select], questions: Sequence[Question], turns: int
) -> tuple[dict[str, Cost], dict[str, list[Sequence[str]]]]:
    """Let every method answer every question, in turns.

    Returns:
        The cost of each method, and what it selected, in the order of the questions.
    """
    turns = max(1, min(turns, len(questions)))
    costs = {name: Cost() for name in methods}
    found: dict[str, list[Sequence[str]]] = {name: [] for name in methods}
    for select in methods.values():
        select(questions[:WARM])
        select(questions[:1])
    names = list(methods)
    for turn in range(turns):
        part = questions[turn * len(questions) // turns : (turn + 1) * len(questions) // turns]
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            wall, process = time.perf_counter(), time.process_time()
            answers = methods[name](part)
            costs[name].add(time.perf_counter() - wall, time.process_time() - process, len(part))
            found[name] += answers
    return costs, found


def share_alike(ours: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]]) -> float:
    """The share of their selected examples that we select, too; repeated questions count once."""
    pairs = [(set(a), set(b)) for a, b in zip(ours, theirs, strict=True)]
    return sum(len(a & b) for a, b in pairs) / max(1, sum(len(b) for _, b in pairs))


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep `count` processors busy inside."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def describe_run(pool: int, questions: int, spinning: int) -> list[str]:
    """When, on what machine and with which versions."""
    names = [*SHARED, *(one.partition("==")[0] for one in PEERS)]
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors ({platform.machine()}, "
        f"{spinning} kept busy), Python {platform.python_version()}",
        ", ".join(f"{name} {version(name)}" for name in names),
        f"pool {pool}, questions {questions}, {K} examples each, without gold SQL",
        "",
    ]


def table(costs: Mapping[str, Cost]) -> list[str]:
    """A Markdown table, the fastest method first."""
    rows: list[Any] = sorted(costs.items(), key=lambda item: item[1].wall_ms)
    return [
        "| method | ms a question | processor ms a question |",
        "|---|---|---|",
        *(f"| {name} | {cost.wall_ms:.2f} | {cost.process_ms:.2f} |" for name, cost in rows),
        "",
    ]


if __name__ == "__main__":
    main()
