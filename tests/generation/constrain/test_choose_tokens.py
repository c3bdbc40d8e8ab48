"""Choosing among logits that the tests write themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nshot.generation.constrain import ConstraintState, Pieces, constrain_pick, only_valid, recogniser
from nshot.generation.decode.pick import Pick
from nshot.generation.decode.sampling import greedy, sampler
from nshot.generation.decoding import Decoding

from .conftest import MUSIC, after

if TYPE_CHECKING:
    import torch


class Wishes:
    """Logits of a model that always wants the same tokens in the same order, and all others after
    them.
    """

    def __init__(self, tokenizer: Any, texts: list[str]) -> None:
        self.size = len(tokenizer)
        self.ids = [tokenizer.convert_tokens_to_ids(text) for text in texts]

    def __call__(self, rows: int = 1) -> torch.Tensor:
        """(rows, vocabulary) float32."""
        import torch

        logits = torch.arange(self.size, 0, -1, dtype=torch.float32).repeat(rows, 1) / self.size
        for place, token in enumerate(self.ids):
            logits[:, token] = 1000.0 - 10 * place
        return logits


def constraints(tokenizer: Any, count: int = 1) -> list[ConstraintState]:
    pieces = Pieces(tokenizer, [tokenizer.eos_token_id])
    return [ConstraintState(recogniser(MUSIC).start(), pieces) for _ in range(count)]


def written(tokenizer: Any, pick: Pick, wishes: Wishes) -> str:
    """What one row writes until its end token."""
    tokens: list[int] = []
    while tokenizer.eos_token_id not in tokens:
        tokens += pick(wishes(), [0]).tolist()
        assert len(tokens) < 100
    return str(tokenizer.decode(tokens[:-1]))


WISHES = ["<end>", "from", "Ġname", "Ġsinger", "Ġselect", "Ġage"]


def test_the_best_valid_token_is_taken_at_each_step(sql_tokenizer: Any) -> None:
    wishes = Wishes(sql_tokenizer, WISHES)
    assert None not in wishes.ids
    pick = constrain_pick(greedy, constraints(sql_tokenizer))
    assert written(sql_tokenizer, pick, wishes) == "from singer select name"


def test_samples_are_drawn_among_valid_tokens(sql_tokenizer: Any) -> None:
    import torch

    decoding = Decoding(method="sample", seed=1, temperature=1.0)
    pick = constrain_pick(
        sampler(decoding, [str(row) for row in range(400)]),
        [constraints(sql_tokenizer)[0] for _ in range(400)],
    )
    logits = torch.full((400, len(sql_tokenizer)), -100.0)
    first, second, invalid = (sql_tokenizer.convert_tokens_to_ids(text) for text in ("from", "w", "Ġname"))
    logits[:, first], logits[:, second], logits[:, invalid] = 1.0, 0.0, 3.0
    drawn = pick(logits, list(range(400))).tolist()
    assert set(drawn) == {first, second}
    assert drawn.count(first) / 400 == pytest.approx(0.73, abs=0.1)


def test_the_whole_vocabulary_is_searched_where_no_probable_token_is_valid(sql_tokenizer: Any) -> None:
    import torch

    valid = set(constraints(sql_tokenizer)[0].valid())
    logits = torch.zeros(1, len(sql_tokenizer))
    logits[0, sorted(set(range(len(sql_tokenizer))) - valid)] = 5.0
    assert len(sql_tokenizer) - len(valid) > 100
    few, ids = only_valid(logits, constraints(sql_tokenizer))
    kept = {token for value, token in zip(few[0].tolist(), ids[0].tolist(), strict=True) if value > -1e9}
    assert kept == valid


def test_a_row_without_a_constraint_takes_any_token(sql_tokenizer: Any) -> None:
    wishes = Wishes(sql_tokenizer, ["Ġname", "from"])
    tokens = constrain_pick(greedy, [constraints(sql_tokenizer)[0], None])(wishes(2), [0, 1])
    assert sql_tokenizer.convert_ids_to_tokens(tokens.tolist()) == ["from", "Ġname"]


def test_rows_that_have_left_the_batch_keep_the_others_in_step(sql_tokenizer: Any) -> None:
    wishes = Wishes(sql_tokenizer, WISHES)
    pick = constrain_pick(greedy, constraints(sql_tokenizer, 3))
    pick(wishes(3), [0, 1, 2])
    for expected in ("Ġsinger", "Ġselect"):
        tokens = pick(wishes(1), [2]).tolist()
        assert sql_tokenizer.convert_ids_to_tokens(tokens) == [expected]
    tokens = pick(wishes(2), [0, 2]).tolist()
    assert sql_tokenizer.convert_ids_to_tokens(tokens) == ["Ġsinger", "Ġname"]


def test_the_wishes_are_a_statement() -> None:
    state = after("from singer select name")
    assert state is not None
    assert state.complete
