"""Rules about dates."""

from __future__ import annotations

import random

from nshot.training.data.written.profile import DatabaseProfile, TableProfile
from nshot.training.data.written.rule import SHOW, RuleQuestion, pick, pick_both
from nshot.training.data.written.words import did, month_words, plural


def count_in_year(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """How many rows have a date in a year."""
    column = pick(table.of("date"), rng)
    if column is None:
        return None
    year, rows, verb = str(rng.choice(column.values))[:4], plural(table.words), did(column.words)
    texts = [
        f"How many {rows} have a {column.words} in {year}?",
        f"Count the {rows} whose {column.words} is in {year}.",
    ]
    if verb:
        texts += [f"How many {rows} {verb} in {year}?"] * 3 + [
            f"What is the number of {rows} that {verb} in {year}?"
        ]
    return RuleQuestion(
        rng.choice(texts), f"SELECT count(*) FROM {table.name} WHERE strftime('%Y', {column.name}) = '{year}'"
    )


def list_in_year(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """The rows with a date in a year."""
    if (chosen := pick_both(table, rng, "date")) is None:
        return None
    column, shown = chosen
    year, rows, verb = str(rng.choice(column.values))[:4], plural(table.words), did(column.words)
    what, end = plural(shown.words), f"{verb} in {year}" if verb else f"have a {column.words} in {year}"
    texts = (
        f"{rng.choice(SHOW)} the {what} of the {rows} that {end}.",
        f"Which {rows} {end}? {rng.choice(SHOW[:3])} the {what}.",
    )
    return RuleQuestion(
        rng.choice(texts),
        f"SELECT {shown.name} FROM {table.name} WHERE strftime('%Y', {column.name}) = '{year}'",
    )


def count_in_month(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """How many rows have a date in a month."""
    column = pick(table.of("date"), rng)
    if column is None:
        return None
    month, rows, verb = str(rng.choice(column.values))[:7], plural(table.words), did(column.words)
    when = month_words(month, rng)
    texts = [f"How many {rows} have a {column.words} in {when}?"]
    if verb:
        texts += [f"How many {rows} {verb} in {when}?"] * 2
    return RuleQuestion(
        rng.choice(texts),
        f"SELECT count(*) FROM {table.name} WHERE strftime('%Y-%m', {column.name}) = '{month}'",
    )


def count_each_year(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """The number of rows of each year."""
    column = pick(table.of("date"), rng)
    if column is None:
        return None
    rows, verb = plural(table.words), did(column.words)
    year = f"strftime('%Y', {column.name})"
    texts = [
        f"How many {rows} are there for each year of the {column.words}?",
        f"Show the number of {rows} by year of {column.words}.",
    ]
    if verb:
        texts += [f"How many {rows} {verb} in each year?", f"For each year, how many {rows} {verb}?"]
    return RuleQuestion(rng.choice(texts), f"SELECT {year}, count(*) FROM {table.name} GROUP BY {year}")


def ask_before_or_after(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """Rows before, after, since or on a day."""
    if (chosen := pick_both(table, rng, "date")) is None:
        return None
    column, shown = chosen
    day, rows, verb = str(rng.choice(column.values))[:10], plural(table.words), did(column.words)
    word, sign = rng.choice((("after", ">"), ("before", "<"), ("since", ">="), ("on", "=")))
    end = f"{verb} {word} {day}" if verb else f"have a {column.words} {word} {day}"
    if rng.random() < 0.4:
        return RuleQuestion(
            f"How many {rows} {end}?", f"SELECT count(*) FROM {table.name} WHERE {column.name} {sign} '{day}'"
        )
    text = f"{rng.choice(SHOW)} the {plural(shown.words)} of the {rows} that {end}."
    return RuleQuestion(text, f"SELECT {shown.name} FROM {table.name} WHERE {column.name} {sign} '{day}'")


def ask_newest(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """The row with the latest or the earliest date."""
    if (chosen := pick_both(table, rng, "date")) is None:
        return None
    column, shown = chosen
    verb = did(column.words, singular=True)
    word, order = rng.choice((("latest", " DESC"), ("earliest", "")))
    adverb = {"latest": "last", "earliest": "first"}[word]
    texts = [f"What is the {shown.words} of the {table.words} with the {word} {column.words}?"]
    if verb.startswith("was"):
        texts.append(f"Which {table.words} {verb} {adverb}? Give its {shown.words}.")
    return RuleQuestion(
        rng.choice(texts), f"SELECT {shown.name} FROM {table.name} ORDER BY {column.name}{order} LIMIT 1"
    )
