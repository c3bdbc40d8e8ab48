"""Whether constrained decoding lets all gold SQL pass, and what it costs.

    python benchmarks/model/constrain.py --spider DIR [--model embedded]

Writes every gold query of train_spider, train_others and dev in the form from-first and reads it
byte by byte. Prints a row a file: queries, those in that form, those accepted; then each one
refused, with a mark before the first character that is. With `--model`: microseconds of processor
time for one token of dev, checked for the first time and once more, in that model's tokens.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import Final

from nshot.data import Catalog
from nshot.generation.constrain import ConstraintState, Pieces, RecogniserState, recogniser
from nshot.sql import find_form
from nshot.types import Schema

FILES: Final = ("train_spider", "train_others", "dev")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spider", type=Path, required=True, help="folder with tables.json")
    parser.add_argument("--model", help="whose tokens are timed, as `nshot ask --model`")
    arguments = parser.parse_args()
    catalog = Catalog(None, arguments.spider / "tables.json")
    print("file\tqueries\tin from-first\taccepted")
    refused: dict[str, None] = {}
    texts: list[tuple[Schema, str]] = []
    for name in FILES:
        rows = json.loads((arguments.spider / f"{name}.json").read_text(encoding="utf-8"))
        texts = from_first(rows, catalog)
        marks = [found for schema, text in texts if (found := first_refused(schema, text)) is not None]
        refused.update(dict.fromkeys(marks))
        print(f"{name}\t{len(rows)}\t{len(texts)}\t{len(texts) - len(marks)}", flush=True)
    print("\nrefused", *refused, sep="\n")
    if arguments.model:
        first, again = seconds_a_token(arguments.model, texts)
        print(f"\nmicroseconds a token: {first * 1e6:.1f} at first, {again * 1e6:.2f} again")


def from_first(rows: Sequence[dict[str, str]], catalog: Catalog) -> list[tuple[Schema, str]]:
    """Schemas and texts of the queries that come to the form."""
    found = []
    for row in rows:
        schema = catalog.schema(row["db_id"])
        written = find_form(row["query"], "from-first", schema)
        if written.form == "from-first":
            found.append((schema, written.text))
    return found


def first_refused(schema: Schema, text: str) -> str | None:
    """The text with a mark before the character that is refused; None if it is accepted as a
    whole."""
    state: RecogniserState = recogniser(schema).start()
    for at, character in enumerate(text):
        further = state.advance(character.encode())
        if further is None:
            return f"{text[:at]}⟂{text[at:]}"
        state = further
    return None if state.complete else f"{text}⟂"


def seconds_a_token(model: str, texts: Sequence[tuple[Schema, str]]) -> tuple[float, float]:
    """Processor time of one token of the texts: with nothing known, and with everything known."""
    from nshot.generation.engines.loading import load_reading
    from nshot.models.tokenizer import TokenizerFormat

    reading = load_reading(model).text
    if not isinstance(reading, TokenizerFormat):
        raise SystemExit(f"{model} has no tokenizer on this machine")
    tokenizer = reading.tokenizer
    pieces = Pieces(tokenizer, [tokenizer.eos_token_id])
    rows = [(schema, tokenizer(text, add_special_tokens=False)["input_ids"]) for schema, text in texts]
    recogniser.cache_clear()
    times = []
    for _ in range(2):
        start = process_time()
        for schema, tokens in rows:
            constraint: ConstraintState | None = ConstraintState(recogniser(schema).start(), pieces)
            for token in tokens:
                constraint = constraint and constraint.after(token)
        times.append((process_time() - start) / sum(len(tokens) for _, tokens in rows))
    return times[0], times[1]


if __name__ == "__main__":
    main()
