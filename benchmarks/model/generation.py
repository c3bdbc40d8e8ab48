"""Throughput of batched generation: a shared prompt prefix computed once, against every prompt in
full.

Run it alone on the machine: `python benchmarks/model/generation.py`. Prints one line per setting
and the ratios. All settings write the same tokens (float32), which is checked.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from nshot.generation.decoding import Decoding
from nshot.generation.engines.engine import load_engine
from nshot.generation.engines.transformers_engine import TransformersEngine
from nshot.types import Prompt

THINGS = ("singer", "concert", "stadium", "album", "song", "label", "award", "festival")
ASKED = (
    "How many {}s are there?",
    "List all {} names.",
    "Which {} is the oldest?",
    "Count the {}s by country.",
)


def prompts(schemas: int, questions: int) -> list[Prompt]:
    """Context before question: all questions of a schema share about 200 tokens."""
    found = []
    for schema in range(schemas):
        tables = "\n".join(
            f"Table {thing}_{schema} contains columns such as {thing}_id: int, name: text, country: text"
            for thing in THINGS
        )
        for at in range(questions):
            asked = ASKED[at % len(ASKED)].format(THINGS[at % len(THINGS)])
            found.append(Prompt(f"### Context:\n{tables}\n\n### Input:\n{asked}\n\n### Response:\n"))
    return found


def measure(engine: TransformersEngine, asked: list[Prompt], decoding: Decoding) -> tuple[float, list[str]]:
    """Questions per second, and what was written."""
    engine.generate(asked[:1], Decoding(max_new_tokens=1))
    start = time.perf_counter()
    found = engine.generate(asked, decoding)
    return len(asked) / (time.perf_counter() - start), [completions[0].text for completions in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemas", type=int, default=2)
    parser.add_argument("--questions", type=int, default=12, help="of each schema")
    parser.add_argument("--tokens", type=int, default=16, help="new ones, for each question")
    options = parser.parse_args()
    loaded: Any = load_engine(dtype="float32")
    asked = prompts(options.schemas, options.questions)
    decoding = Decoding(max_new_tokens=options.tokens)
    length = loaded.count_tokens(asked[0].text)
    print(f"{len(asked)} prompts of about {length} tokens, {options.tokens} new tokens")
    speeds: dict[str, float] = {}
    written: dict[str, list[str]] = {}
    for name, rows, share in (
        ("one by one", 1, False),
        ("batched", 16, False),
        ("batched, prefix shared", 16, True),
    ):
        engine = TransformersEngine(
            loaded._model, loaded._tokenizer, name=name, max_rows=rows, share_prefix=share
        )
        speeds[name], written[name] = measure(engine, asked, decoding)
        print(f"{name:24} {speeds[name]:6.2f} questions/s")
    base = speeds["one by one"]
    print("ratios:", {name: round(speed / base, 2) for name, speed in speeds.items()})
    first = written["one by one"]
    same = [sum(a == b for a, b in zip(first, texts, strict=True)) for texts in written.values()]
    print("same text as one by one:", same, "of", len(asked))


if __name__ == "__main__":
    main()
