"""Rules about orders, groups and computed values."""

from __future__ import annotations

import random

from nshot.training.data.written.profile import DatabaseProfile, TableProfile
from nshot.training.data.written.rule import SHOW, RuleQuestion, ask_for, pick, pick_both, pick_shown
from nshot.training.data.written.words import count_word, plural


def sort_rows(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """All rows in an order."""
    if (chosen := pick_both(table, rng, "number", "year")) is None:
        return None
    column, shown = chosen
    both = [shown, column] if rng.random() < 0.6 else [shown]
    down = rng.random() < 0.6
    ends = (
        [
            f", the highest {column.words} first",
            f", ordered by {column.words} from high to low",
            f" in descending order of {column.words}",
            f", largest {column.words} first",
        ]
        if down
        else [
            f", the lowest {column.words} first",
            f", sorted by {column.words}",
            f" in ascending order of {column.words}",
            f", from the lowest to the highest {column.words}",
        ]
    )
    names = ", ".join(one.name for one in both)
    sql = f"SELECT {names} FROM {table.name} ORDER BY {column.name}{' DESC' if down else ''}"
    return RuleQuestion(ask_for(table, both, rng) + rng.choice(ends) + ".", sql)


def ask_top(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """The first rows in an order."""
    if (chosen := pick_both(table, rng, "number", "year")) is None:
        return None
    column, shown = chosen
    number, down = rng.choice((1, 1, 2, 3, 5, 10)), rng.random() < 0.6
    word = rng.choice(("highest", "largest")) if down else rng.choice(("lowest", "smallest"))
    both = [shown, column] if rng.random() < 0.4 else [shown]
    names = ", ".join(one.name for one in both)
    sql = f"SELECT {names} FROM {table.name} ORDER BY {column.name}{' DESC' if down else ''} LIMIT {number}"
    if number == 1:
        what = " and ".join(one.words for one in both)
        text = rng.choice(
            (
                f"What is the {what} of the {table.words} with the {word} {column.words}?",
                f"Which {table.words} has the {word} {column.words}? Show its {what}.",
            )
        )
        return RuleQuestion(text, sql)
    what = " and ".join(plural(one.words) for one in both)
    text = (
        f"{rng.choice(SHOW)} the {what} of the {count_word(number, rng)} "
        f"{plural(table.words)} with the {word} {column.words}."
    )
    return RuleQuestion(text, sql)


def compute(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """Products, sums and differences of columns."""
    numbers, shown = table.of("number"), pick_shown(table, rng)
    if len(numbers) < 2:
        return None
    prices = [one for one in numbers if any(word in one.words for word in ("price", "cost", "rate"))]
    counts = [
        one
        for one in numbers
        if any(word in one.words for word in ("quantity", "stock", "number of", "amount", "units"))
    ]
    if prices and counts and prices[0] is not counts[0] and rng.random() < 0.8:
        price, count = prices[0], counts[0]
        text = rng.choice(
            (
                f"What is the total value of all {plural(table.words)}, that "
                f"is, {price.words} times {count.words}?",
                f"What is the sum of {price.words} times {count.words} over all {plural(table.words)}?",
                f"What is the total revenue of the {plural(table.words)} "
                f"({price.words} multiplied by {count.words})?",
            )
        )
        return RuleQuestion(text, f"SELECT sum({price.name} * {count.name}) FROM {table.name}")
    one, other = rng.sample(numbers, 2)
    if rng.random() < 0.4:
        text = (
            f"What is the average difference between {one.words} and "
            f"{other.words} of the {plural(table.words)}?"
        )
        return RuleQuestion(text, f"SELECT avg({one.name} - {other.name}) FROM {table.name}")
    if shown is None:
        return None
    if rng.random() < 0.5:
        text = f"For each {table.words}, show the {shown.words} and the {one.words} minus the {other.words}."
        return RuleQuestion(text, f"SELECT {shown.name}, {one.name} - {other.name} FROM {table.name}")
    text = (
        f"Which {table.words} has the highest sum of {one.words} and {other.words}? Give its {shown.words}."
    )
    return RuleQuestion(
        text, f"SELECT {shown.name} FROM {table.name} ORDER BY {one.name} + {other.name} DESC LIMIT 1"
    )


def group_rows(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """Numbers of rows, or aggregates, of each category."""
    column, number = pick(table.of("category"), rng), pick(table.of("number"), rng)
    if column is None:
        return None
    rows, group = plural(table.words), f"FROM {table.name} GROUP BY {column.name}"
    if number and rng.random() < 0.5:
        word, function = rng.choice(
            (("average", "avg"), ("total", "sum"), ("highest", "max"), ("lowest", "min"))
        )
        text = rng.choice(
            (
                f"What is the {word} {number.words} of the {rows} for each {column.words}?",
                f"For each {column.words}, show the {word} {number.words} of its {rows}.",
            )
        )
        end = ""
        if rng.random() < 0.3:
            text, end = (
                text[:-1] + f", the highest first{text[-1]}",
                f" ORDER BY {function}({number.name}) DESC",
            )
        return RuleQuestion(text, f"SELECT {column.name}, {function}({number.name}) {group}{end}")
    least = rng.choice((2, 3, 4, 5))
    if rng.random() < 0.3:
        word, sign = rng.choice((("more than", ">"), ("at least", ">=")))
        text = f"Which {plural(column.words)} have {word} {count_word(least, rng)} {rows}?"
        return RuleQuestion(text, f"SELECT {column.name} {group} HAVING count(*) {sign} {least}")
    if rng.random() < 0.4:
        word, order = rng.choice((("most", " DESC"), ("fewest", "")))
        text = rng.choice(
            (
                f"Which {column.words} has the {word} {rows}?",
                f"What is the {column.words} with the {word} {rows}?",
            )
        )
        return RuleQuestion(text, f"SELECT {column.name} {group} ORDER BY count(*){order} LIMIT 1")
    text = rng.choice(
        (
            f"How many {rows} are there for each {column.words}?",
            f"Show the number of {rows} by {column.words}.",
            f"For each {column.words}, how many {rows} are there?",
        )
    )
    return RuleQuestion(text, f"SELECT {column.name}, count(*) {group}")


def ask_whole_table(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """An aggregate over all rows, or the different values."""
    number, text_column, rows = (
        pick(table.of("number"), rng),
        pick(table.of("text", "category"), rng),
        plural(table.words),
    )
    if number and rng.random() < 0.6:
        word, function = rng.choice(
            (("average", "avg"), ("total", "sum"), ("highest", "max"), ("lowest", "min"))
        )
        return RuleQuestion(
            f"What is the {word} {number.words} of {rng.choice(('all', 'the'))} {rows}?",
            f"SELECT {function}({number.name}) FROM {table.name}",
        )
    if text_column:
        if rng.random() < 0.5:
            text = rng.choice(
                (
                    f"How many different {plural(text_column.words)} do the {rows} have?",
                    f"How many distinct {plural(text_column.words)} are there among the {rows}?",
                )
            )
            return RuleQuestion(text, f"SELECT count(DISTINCT {text_column.name}) FROM {table.name}")
        return RuleQuestion(
            f"{rng.choice(SHOW)} the different {plural(text_column.words)} of the {rows}.",
            f"SELECT DISTINCT {text_column.name} FROM {table.name}",
        )
    return None
