"""The cases of a comparison as one compressed text that the page contains and decompresses."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any, Final

from nshot.eval.comparison import Answer, Case, Comparison
from nshot.eval.report.charts.svg import replace_unprintable

MAX_BYTES: Final = 14_000_000
"""Largest size of the compressed text. If the prompts exceed it, only `results.json` has them."""


class _Shared:
    """A table of texts: each text is stored once and referred to by its index."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self.texts.setdefault(replace_unprintable(text), len(self.texts))


def pack(comparison: Comparison, max_bytes: int = MAX_BYTES) -> tuple[str, bool]:
    """The cases as base64 of gzip of JSON, and whether the prompts are included.

    The result is deterministic. Every text is stored once; prompts share their lines, because the
    prompts of one question, and of one database, are largely the same. Characters that XML does not
    allow, such as halves of surrogate pairs, are replaced; `results.json` has them unchanged.
    """
    packed = _pack(content(comparison, prompts=True))
    if len(packed) <= max_bytes:
        return packed, True
    return _pack(content(comparison, prompts=False)), False


def content(comparison: Comparison, *, prompts: bool) -> dict[str, Any]:
    """The content before compression.

    `texts` has every text once; everything else refers to texts by index. A case is
    `[id, database, hardness, question, gold, answers]`, an answer
    `[sql, ex, em or null, reason, mistakes, demonstrations, lines of the prompt]`.
    """
    shared = _Shared()
    cases = [_case(case, shared, prompts=prompts) for case in comparison.cases]
    place = {system: at for at, system in enumerate(comparison.systems)}
    return {
        "systems": [system.label for system in comparison.systems],
        "runs": [[place[run.system], run.seed] for run in comparison.runs],
        "prompts": prompts,
        "cases": cases,
        "texts": list(shared.texts),
    }


def _case(case: Case, shared: _Shared, *, prompts: bool) -> list[Any]:
    told = [shared(text) for text in (case.id, case.db_id, case.hardness, case.question, case.gold)]
    return [*told, [_answer(answer, shared, prompts=prompts) for answer in case.answers]]


def _answer(answer: Answer, shared: _Shared, *, prompts: bool) -> list[Any]:
    lines: Sequence[str] = answer.prompt.split("\n") if prompts and answer.prompt else ()
    return [
        shared(answer.sql),
        int(answer.ex),
        None if answer.em is None else int(answer.em),
        shared(answer.reason),
        [shared(name) for name in answer.mistakes],
        [shared(name) for name in answer.demonstrations],
        [shared(line) for line in lines],
    ]


def _pack(value: dict[str, Any]) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()
