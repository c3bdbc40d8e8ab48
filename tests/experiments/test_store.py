from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nshot.errors import DataError, OptionError
from nshot.experiments.cached_engine import CachedEngine
from nshot.experiments.store import CompletionStore, StoredCompletions, completion_key
from nshot.generation import Decoding
from nshot.options import OptionField, as_values, effective_options, list_options, option, replace_options
from nshot.types import Completion, Message, Prompt, Schema

from ..other_values import another_value
from .conftest import CountingEngine

ONE = StoredCompletions((Completion("SELECT 1", 3, "stop", -0.25),), 0.5)
GREEDY = Decoding()


def test_what_was_kept_is_there_again_after_a_kill_in_the_middle_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    with CompletionStore(path) as store:
        store.put([("a", ONE), ("b", ONE)])
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"key": "c", "comple')
    with CompletionStore(path) as store:
        assert store["a"] == store["b"] == ONE
        assert "c" not in store
        store.put([("c", ONE)])
    assert path.read_bytes().startswith(whole)
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == ["a", "b", "c"]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    with CompletionStore(path) as store:
        store.put([("a", ONE)])
    path.write_text(path.read_text() + "{}\n")
    with pytest.raises(DataError, match=r"completions\.jsonl:2 is damaged"), CompletionStore(path):
        pass
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with CompletionStore(path) as store:  # the lock was given back
        assert "a" in store


def test_two_processes_do_not_write_to_one_store(tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    with (
        CompletionStore(path),
        pytest.raises(DataError, match="another process"),
        CompletionStore(path),
    ):
        pass


def test_completions_that_failed_are_asked_again_in_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    failed = StoredCompletions((Completion("", 0, "error", None, "503"),), 0.1)
    with CompletionStore(path) as store:
        store.put([("a", failed)])
        assert store["a"] == failed
    with CompletionStore(path) as store:
        assert "a" not in store


def test_the_key_is_made_of_all_that_decides_a_completion_and_of_nothing_else() -> None:
    prompt = Prompt("text", stop=("#",), tokens=7)
    key = completion_key(prompt, GREEDY, "m")
    assert key == completion_key(replace(prompt, tokens=8), replace(GREEDY, seed=5, temperature=0.5), "m")
    sample = Decoding(method="sample")
    others = [
        completion_key(replace(prompt, text="texts"), GREEDY, "m"),
        completion_key(replace(prompt, stop=()), GREEDY, "m"),
        completion_key(replace(prompt, messages=(Message("user", "text"),)), GREEDY, "m"),
        completion_key(prompt, GREEDY, "m+adapter"),
        completion_key(prompt, replace(GREEDY, max_new_tokens=9), "m"),
        completion_key(prompt, Decoding(method="beam"), "m"),
        completion_key(prompt, Decoding(method="beam", beams=6), "m"),
        completion_key(prompt, sample, "m"),
        completion_key(prompt, replace(GREEDY, constrain=True), "m"),
        completion_key(replace(prompt, schema=Schema("d", ())), replace(GREEDY, constrain=True), "m"),
        completion_key(prompt, replace(sample, seed=1), "m"),
        completion_key(prompt, replace(sample, temperature=0.5), "m"),
    ]
    assert len({key, *others}) == len(others) + 1


@dataclass(frozen=True)
class LaterDecoding(Decoding):
    """The decoding of a later version."""

    penalty: float = option(1.0)
    """A new option."""
    window: int = option(8, needs=("method", ("sample",)))
    """One with a condition."""


def test_a_new_option_of_decoding_is_part_of_the_key_where_it_has_an_effect() -> None:
    def key(**values: Any) -> str:
        return completion_key(Prompt("text"), LaterDecoding(**values), "m")

    assert key() != key(penalty=1.5)
    assert key() == key(window=9)
    assert key(method="sample") != key(method="sample", window=9)


BASES = (
    Decoding(),
    Decoding(method="beam", n=2),
    Decoding(method="sample", n=2),
    Decoding(constrain=True),
)
OTHERS = {"functions": ("count",), "stop": (";",), "candidates": 5, "top_p": 0.5}


@pytest.mark.parametrize("one", list_options(Decoding), ids=lambda one: one.name)
def test_every_option_of_decoding_that_has_an_effect_is_part_of_the_key(one: OptionField) -> None:
    differ = []
    for base in BASES:
        try:
            value = OTHERS.get(one.name) or another_value(one, as_values(base)[one.name])
            changed = replace_options(base, {one.name: value})
        except OptionError:
            continue  # greedy decoding gives one candidate
        keys = {completion_key(Prompt("text"), decoding, "m") for decoding in (base, changed)}
        differ.append(len(keys) == 2)
        assert differ[-1] == (one.name in effective_options(base)), base
    assert any(differ)


def test_a_beam_narrower_than_the_candidates_is_as_wide_as_they_are() -> None:
    prompt, decoding = Prompt("text"), Decoding(method="beam", n=4, beams=2)
    assert completion_key(prompt, decoding, "m") == completion_key(prompt, replace(decoding, beams=3), "m")
    assert completion_key(prompt, decoding, "m") != completion_key(prompt, replace(decoding, beams=5), "m")


def test_equal_prompts_are_computed_once_and_every_batch_is_kept(tmp_path: Path) -> None:
    prompts = [Prompt(text) for text in ("d", "a", "c", "a", "b", "d")]
    engine = CountingEngine(dies_after=3)
    with CompletionStore(tmp_path / "store.jsonl") as store:
        cached = CachedEngine(engine, store, "m", batch=2)
        with pytest.raises(KeyboardInterrupt):
            cached.fill(prompts, GREEDY)
    assert engine.asked == ["a", "b"]
    with CompletionStore(tmp_path / "store.jsonl") as store:
        second = CountingEngine()
        cached = CachedEngine(second, store, "m")
        assert [prompt.text for prompt in cached.list_missing(prompts, GREEDY)] == ["c", "d"]
        found = cached.generate(prompts, GREEDY)
        assert second.asked == ["c", "d"]
        assert [completions[0].text for completions in found] == [f"SELECT {len(p.text)}" for p in prompts]
        assert cached.seconds(prompts[1], GREEDY) > 0
