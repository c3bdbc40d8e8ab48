"""Leak figures: 1 if the examples show what they should not, else 0.

They watch over the leak rule from outside and share no code with it.
"""

from __future__ import annotations

from nshot.eval.measures.shown import ShownExamples


def same_db(shown: ShownExamples) -> float:
    """An example is of the question's own database."""
    return float(any(example.db_id == shown.question.db_id for example in shown.examples))


def same_sql(shown: ShownExamples) -> float:
    """An example's SQL is the gold SQL, of whatever database: one of their normal forms is equal.

    The forms are those without any schema and, where schemas are known, with the schema of each side.
    """
    return float(any(not facts.normals.isdisjoint(shown.gold.normals) for facts in shown.facts))


def paraphrase(shown: ShownExamples) -> float:
    """An example of the same database has the same SQL: the same question in other words."""
    return float(
        any(
            example.db_id == shown.question.db_id and not facts.normals.isdisjoint(shown.gold.normals)
            for example, facts in zip(shown.examples, shown.facts, strict=True)
        )
    )


def same_question(shown: ShownExamples) -> float:
    """An example has the question's text; letter case, white space and a final stop do not count."""
    asked = _text(shown.question.text)
    return float(any(_text(example.question) == asked for example in shown.examples))


def gold_in_prompt(shown: ShownExamples) -> float:
    """The gold SQL stands in the prompt: it equals an example's SQL, both normalised without a schema.

    Must be 0 wherever anything is measured.
    """
    return float(any(facts.normal == shown.gold.normal for facts in shown.facts))


def _text(question: str) -> str:
    return "".join(question.split()).casefold().rstrip(".?!")
