from __future__ import annotations

from nshot.serving.answers import KeptAnswers, new_id


def test_the_answer_that_was_not_asked_for_the_longest_goes_first() -> None:
    kept = KeptAnswers(2)
    kept.keep("a", {"sql": "SELECT 1"})
    kept.keep("b", {"sql": "SELECT 2"})
    assert kept.get("a") is not None
    kept.keep("c", {"sql": "SELECT 3"})
    assert kept.get("b") is None
    found = kept.get("a")
    assert found is not None
    assert (found["id"], found["sql"]) == ("a", "SELECT 1")
    assert found["created"] > 0


def test_ids_cannot_be_guessed() -> None:
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(one) >= 30 for one in ids)
