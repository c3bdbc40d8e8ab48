from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from nshot.eval.comparison import Comparison
from nshot.eval.report.payload import pack


def unpacked(packed: str) -> dict[str, Any]:
    content = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert isinstance(content, dict)
    return content


def test_every_answer_comes_back_with_its_prompt(judged: Comparison) -> None:
    content = unpacked(pack(judged)[0])
    texts = content["texts"]
    for case, found in zip(judged.cases, content["cases"], strict=True):
        for answer, one in zip(case.answers, found[5], strict=True):
            assert texts[one[0]] == answer.sql
            assert (bool(one[1]), one[2]) == (answer.ex, None if answer.em is None else int(answer.em))
            assert [texts[at] for at in one[4]] == list(answer.mistakes)
            assert [texts[at] for at in one[5]] == list(answer.demonstrations)
            assert "\n".join(texts[at] for at in one[6]) == answer.prompt


def test_a_text_is_kept_once(judged: Comparison) -> None:
    texts = unpacked(pack(judged)[0])["texts"]
    assert len(texts) == len(set(texts))


def test_the_same_cases_give_the_same_bytes(judged: Comparison) -> None:
    assert pack(judged) == pack(judged)


def test_prompts_stay_away_where_they_are_too_large(judged: Comparison) -> None:
    whole, with_prompts = pack(judged)
    packed, prompts = pack(judged, max_bytes=len(whole) - 1)
    assert (with_prompts, prompts) == (True, False)
    content = unpacked(packed)
    assert content["prompts"] is False
    assert all(answer[6] == [] for case in content["cases"] for answer in case[5])


def test_halves_of_surrogate_pairs_are_replaced(judged: Comparison) -> None:
    texts = unpacked(pack(judged)[0])["texts"]
    assert "half a pair: \ufffd" in texts
    "".join(texts).encode()
