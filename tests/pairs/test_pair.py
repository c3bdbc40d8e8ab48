from __future__ import annotations

import pytest

from nshot.pairs import same_question_key


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("How many singers?", " how  many\nsingers", True),
        ("Who sings 'Hello'?", "who sings 'Hello' ?", True),
        ("Who sings 'Hello'?", "Who sings 'hello'?", False),
        ('Who sings "A"?', 'Who sings "a"?', False),
        ("Ada's and Ben's songs", "ada's and ben's songs", True),
        ("the rapist", "therapist", False),
        ("More than 10?", "More than 1 0?", False),
        ("Who is not from France?", "Who is from France?", False),
        ("caf\u00e9s", "cafe\u0301s", True),
        ("How many?!", "How many", True),
    ],
)
def test_same_question_key(left: str, right: str, same: bool) -> None:
    assert (same_question_key(left) == same_question_key(right)) == same
