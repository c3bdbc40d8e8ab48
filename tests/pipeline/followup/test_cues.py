"""What stands alone is told from what does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nshot.pipeline.followup.cues import find_cue


@pytest.mark.parametrize(
    "question",
    [
        "and in 2015?",
        "What about the oldest?",
        "Only those from France.",
        "Please, just the ones with a crew.",
        "How many are there?",
        "How many?",
        "Sort them by age.",
        "Order by name in descending order",
        "Show their names.",
        "What is its id?",
        "Show also the email.",
        "Give the names of these battles, too.",
        "Which of them are from Spain?",
        "Which did not?",
        "Of those, which speak English?",
        "Which singers are older than that?",
        "How many people live in those countries?",
        "When were they founded?",
        "Give me the average.",
        "Show all distinct results.",
        "What is the average and the maximum age for those?",
    ],
)
def test_a_question_that_needs_the_one_before_is_found(question: str) -> None:
    assert find_cue(question)


@pytest.mark.parametrize(
    "question",
    [
        "How many singers are there?",
        "List the names of singers and their ages.",
        "What is the average age of all singers from France?",
        "For each country, how many singers are from that country?",
        "Find the name of each user and the number of tweets tweeted by each of them.",
        "Which countries have more than three cities?",
        "What are the names of the teachers and how many courses do they teach?",
        "Show the ids of those employees who were hired in 2015.",
        "Which are the most popular songs?",
        "In which year were most stadiums built?",
        "In 2015, how many concerts were there?",
        "Sort all the players by their earnings.",
    ],
)
def test_a_question_that_stands_alone_is_left(question: str) -> None:
    assert find_cue(question) == ""


@pytest.mark.spider
def test_questions_of_spider_dev_stand_alone(spider: Path) -> None:
    text = (spider / "dev.json").read_text(encoding="utf-8")
    questions = [row["question"] for row in json.loads(text)]
    assert sum(bool(find_cue(question)) for question in questions) <= len(questions) // 200
