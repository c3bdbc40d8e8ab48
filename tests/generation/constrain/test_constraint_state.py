from __future__ import annotations

import random
from typing import Any

import pytest

from nshot.generation.constrain import ConstraintState, Pieces, recogniser

from .conftest import MUSIC, lines

STOPS: tuple[tuple[str, ...], ...] = ((), ("\n\n",), (";", "\n###"))


def constraint(tokenizer: Any, stop: tuple[str, ...] = ()) -> ConstraintState:
    return ConstraintState(recogniser(MUSIC).start(), Pieces(tokenizer, [tokenizer.eos_token_id]), stop)


def along(row: ConstraintState, tokenizer: Any, text: str) -> ConstraintState | None:
    found: ConstraintState | None = row
    for token in tokenizer(text)["input_ids"]:
        found = found and found.after(token)
    return found


def test_the_end_token_is_allowed_behind_whole_statements_only(sql_tokenizer: Any) -> None:
    end = sql_tokenizer.eos_token_id
    for text, ends in (
        ("from singer select name", True),
        ("from singer select name where", False),
        ("", False),
    ):
        row = along(constraint(sql_tokenizer), sql_tokenizer, text)
        assert row is not None
        assert (row.after(end) is not None) == ends


@pytest.mark.parametrize("stop", STOPS)
def test_the_valid_tokens_are_those_that_pass_one_by_one(sql_tokenizer: Any, stop: tuple[str, ...]) -> None:
    rng = random.Random(len(stop))
    for text in rng.sample(lines("accepted.txt"), 12):
        row: ConstraintState | None = constraint(sql_tokenizer, stop)
        for token in sql_tokenizer(text)["input_ids"]:
            assert row is not None
            if rng.random() < 0.3:
                one_by_one = [at for at in range(len(sql_tokenizer)) if row.after(at) is not None]
                assert sorted(row.valid()) == one_by_one
            row = row.after(token)


def test_a_stop_string_may_follow_a_whole_statement_only(sql_tokenizer: Any) -> None:
    row = constraint(sql_tokenizer, ("\n\n",))
    assert along(row, sql_tokenizer, "from singer select name\n\nfrom nowhere at all") is not None
    assert along(row, sql_tokenizer, "from singer select\n") is None
    assert along(row, sql_tokenizer, "from singer select name\nx") is None
    assert along(row, sql_tokenizer, "from singer select name;") is None
    assert along(constraint(sql_tokenizer), sql_tokenizer, "from singer select name\n\n") is None


def test_a_token_may_hold_an_end_of_statement_and_a_stop_string() -> None:
    from .conftest import byte_level

    tokenizer = byte_level(["max(age)\n\n"] * 50, 300)
    tokenizer.add_tokens([")\n\n"])
    ids = tokenizer("from singer select max(age)\n\n")["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids)[-1] == ")\n\n"
    row: ConstraintState | None = constraint(tokenizer, ("\n\n",))
    for token in ids[:-1]:
        row = row and row.after(token)
    assert row is not None
    assert row.after(ids[-1]) is not None
    assert ids[-1] in set(row.valid())
