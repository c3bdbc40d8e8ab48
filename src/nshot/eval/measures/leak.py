"""Leak measures: 1 if the examples show what the leak rule forbids, else 0.

They check the leak rule independently and share no code with it.
"""

from __future__ import annotations

import unicodedata

from nshot.eval.measures.shown import ShownExamples


def same_db(shown: ShownExamples) -> float:
    """1 if an example is from the question's own database."""
    return float(any(example.db_id == shown.question.db_id for example in shown.examples))


def same_sql(shown: ShownExamples) -> float:
    """1 if an example's SQL is the gold SQL, in any database.

    Two texts are the same if one of their normal forms is equal: without a schema and, if schemas
    are known, each with the schema of its own database.
    """
    return float(any(not facts.normals.isdisjoint(shown.gold.normals) for facts in shown.facts))


def paraphrase(shown: ShownExamples) -> float:
    """1 if an example of the same database has the same SQL, so that it asks the same in other
    words.
    """
    return float(
        any(
            example.db_id == shown.question.db_id and not facts.normals.isdisjoint(shown.gold.normals)
            for example, facts in zip(shown.examples, shown.facts, strict=True)
        )
    )


def same_question(shown: ShownExamples) -> float:
    """1 if an example has the question's text, ignoring letter case, white space and a final full
    stop.
    """
    asked = _text(shown.question.text)
    return float(any(_text(example.question) == asked for example in shown.examples))


def gold_in_prompt(shown: ShownExamples) -> float:
    """1 if the gold SQL is in the prompt: an example's SQL equals it, both normalised without a
    schema.

    It must be 0 in every measurement.
    """
    return float(any(facts.normal == shown.gold.normal for facts in shown.facts))


def _text(question: str) -> str:
    plain = unicodedata.normalize("NFKC", question)
    return "".join(plain.split()).casefold().rstrip(".?!。।؟")
