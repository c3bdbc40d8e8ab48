"""Rules that write one question and its SQL each, about one table."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, NamedTuple

from nshot.training.data.written.profile import ColumnProfile, DatabaseProfile, Role, TableProfile
from nshot.training.data.written.words import count_word, did, literal, month_words, number_text, plural


class RuleQuestion(NamedTuple):
    """A question and its SQL."""

    question: str
    sql: str


Rule = Callable[[TableProfile, DatabaseProfile, random.Random], RuleQuestion | None]
"""None where the table has not what the rule needs."""

SHOW: Final = ("Show", "List", "Give", "What are", "Find", "Return")


def pick(columns: list[ColumnProfile], rng: random.Random) -> ColumnProfile | None:
    """One of the columns; None if there is none."""
    return rng.choice(columns) if columns else None


def shown_column(
    table: TableProfile, rng: random.Random, other: ColumnProfile | None = None
) -> ColumnProfile | None:
    """What a question about rows asks for: mostly their label, never the column of its condition."""
    if table.label and table.label is not other and rng.random() < 0.8:
        return table.label
    return pick([one for one in table.of("label", "text", "category") if one is not other], rng)


def ask_for(table: TableProfile, shown: list[ColumnProfile], rng: random.Random) -> str:
    """`List the names and ages of all singers`, without an end."""
    nouns = [plural(one.words) for one in shown]
    what = " and ".join(filter(None, [", ".join(nouns[:-1]), nouns[-1]]))
    start = rng.choice(SHOW)
    return f"{start} the {what} of {rng.choice(('all', 'the', 'all the'))} {plural(table.words)}"


def by_year(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
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


def rows_by_year(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick(table.of("date"), rng)
    shown = shown_column(table, rng, column)
    if column is None or shown is None:
        return None
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


def by_month(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
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


def each_year(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
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


def date_side(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick(table.of("date"), rng)
    shown = shown_column(table, rng, column)
    if column is None or shown is None:
        return None
    day, rows, verb = str(rng.choice(column.values))[:10], plural(table.words), did(column.words)
    word, sign = rng.choice((("after", ">"), ("before", "<"), ("since", ">="), ("on", "=")))
    end = f"{verb} {word} {day}" if verb else f"have a {column.words} {word} {day}"
    if rng.random() < 0.4:
        return RuleQuestion(
            f"How many {rows} {end}?", f"SELECT count(*) FROM {table.name} WHERE {column.name} {sign} '{day}'"
        )
    text = f"{rng.choice(SHOW)} the {plural(shown.words)} of the {rows} that {end}."
    return RuleQuestion(text, f"SELECT {shown.name} FROM {table.name} WHERE {column.name} {sign} '{day}'")


def newest(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick(table.of("date"), rng)
    shown = shown_column(table, rng, column)
    if column is None or shown is None:
        return None
    verb = did(column.words, singular=True)
    word, order = rng.choice((("latest", " DESC"), ("earliest", "")))
    adverb = {"latest": "last", "earliest": "first"}[word]
    texts = [f"What is the {shown.words} of the {table.words} with the {word} {column.words}?"]
    if verb.startswith("was"):
        texts.append(f"Which {table.words} {verb} {adverb}? Give its {shown.words}.")
    return RuleQuestion(
        rng.choice(texts), f"SELECT {shown.name} FROM {table.name} ORDER BY {column.name}{order} LIMIT 1"
    )


def two_columns(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    role: Role = rng.choice(("number", "date"))
    columns, shown = table.of(role), shown_column(table, rng)
    if len(columns) < 2 or shown is None:
        return None
    one, other = rng.sample(columns, 2)
    words = {
        "number": (("higher", ">"), ("lower", "<"), ("greater", ">")),
        "date": (("later", ">"), ("earlier", "<")),
    }
    word, sign = rng.choice(words[role])
    rows = plural(table.words)
    article = "an" if word == "earlier" else "a"
    end = rng.choice(
        (
            f"have {article} {word} {one.words} than {other.words}",
            f"have {article} {one.words} {word} than their {other.words}",
        )
    )
    where = f"FROM {table.name} WHERE {one.name} {sign} {other.name}"
    if rng.random() < 0.5:
        return RuleQuestion(f"How many {rows} {end}?", f"SELECT count(*) {where}")
    return RuleQuestion(
        f"Which {rows} {end}? {rng.choice(SHOW[:3])} the {plural(shown.words)}.",
        f"SELECT {shown.name} {where}",
    )


def missing(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick([one for one in table.columns if one.nulls and one.role != "other"], rng)
    shown = shown_column(table, rng)
    if column is None or shown is None or column is shown:
        return None
    rows, verb = plural(table.words), did(column.words)
    there = rng.random() < 0.3
    texts = [
        f"have no {column.words}",
        f"have a {column.words}",
        f"do not have a {column.words}",
        f"have a known {column.words}",
        f"have a missing {column.words}",
        f"have some {column.words}",
    ][there::2]
    if verb.startswith("were"):
        texts += [f"have not been {verb[5:]} yet", f"have been {verb[5:]}"][there::2] * 2
    end, test = rng.choice(texts), "IS NOT NULL" if there else "IS NULL"
    if rng.random() < 0.4:
        return RuleQuestion(
            f"How many {rows} {end}?", f"SELECT count(*) FROM {table.name} WHERE {column.name} {test}"
        )
    text = rng.choice(
        (
            f"Which {rows} {end}? Show the {plural(shown.words)}.",
            f"{rng.choice(SHOW)} the {plural(shown.words)} of the {rows} that {end}.",
        )
    )
    return RuleQuestion(text, f"SELECT {shown.name} FROM {table.name} WHERE {column.name} {test}")


def ordered(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick(table.of("number", "year"), rng)
    shown = shown_column(table, rng, column)
    if column is None or shown is None:
        return None
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


def top(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick(table.of("number", "year"), rng)
    shown = shown_column(table, rng, column)
    if column is None or shown is None:
        return None
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


def pattern(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick(table.of("label", "text", "category"), rng)
    shown = column if rng.random() < 0.5 else shown_column(table, rng)
    if column is None or shown is None:
        return None
    words = [word for word in str(rng.choice(column.values)).split() if word.isalnum() and len(word) > 2]
    if not words:
        return None
    word, rows = rng.choice(words), plural(table.words)
    end, like = rng.choice(
        (
            (f"contains the word {word}", f"%{word}%"),
            (f"includes '{word}'", f"%{word}%"),
            (f"contains {word}", f"%{word}%"),
            (f"starts with {word[:3]}", f"{word[:3]}%"),
            (f"begins with the letter {word[0]}", f"{word[0]}%"),
            (f"ends with {word[-3:]}", f"%{word[-3:]}"),
        )
    )
    where = f"FROM {table.name} WHERE {column.name} LIKE {literal(like)}"
    if rng.random() < 0.4:
        text = f"How many {rows} have a {column.words} that {end}?"
        return RuleQuestion(text, f"SELECT count(*) {where}")
    text = rng.choice(
        (
            f"Which {rows} have a {column.words} that {end}? Show the {plural(shown.words)}.",
            f"{rng.choice(SHOW)} the {plural(shown.words)} of the {rows} whose {column.words} {end}.",
        )
    )
    return RuleQuestion(text, f"SELECT {shown.name} {where}")


def arithmetic(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    numbers, shown = table.of("number"), shown_column(table, rng)
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


def compared(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick(table.of("number", "year"), rng)
    shown = shown_column(table, rng, column)
    if column is None or shown is None:
        return None
    value, other = rng.choice(column.values), rng.choice(column.values)
    low, high = map(number_text, sorted((value, other)))
    value = number_text(value)
    word, test = rng.choice(
        (
            (f"above {value}", f"> {value}"),
            (f"of more than {value}", f"> {value}"),
            (f"of at least {value}", f">= {value}"),
            (f"below {value}", f"< {value}"),
            (f"of at most {value}", f"<= {value}"),
            (f"of less than {value}", f"< {value}"),
            (f"between {low} and {high}", f"BETWEEN {low} AND {high}"),
            (f"of {value}", f"= {value}"),
            (f"other than {value}", f"!= {value}"),
            ("above the average", f"> (SELECT avg({column.name}) FROM {table.name})"),
            ("below the average", f"< (SELECT avg({column.name}) FROM {table.name})"),
        )
    )
    rows, where = plural(table.words), f"FROM {table.name} WHERE {column.name} {test}"
    if rng.random() < 0.35:
        return RuleQuestion(f"How many {rows} have a {column.words} {word}?", f"SELECT count(*) {where}")
    names = plural(shown.words)
    text = rng.choice(
        (
            f"Which {rows} have a {column.words} {word}? Show the {names}.",
            f"{rng.choice(SHOW)} the {names} of the {rows} with a {column.words} {word}.",
        )
    )
    return RuleQuestion(text, f"SELECT {shown.name} {where}")


def valued(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick(table.of("category"), rng)
    shown = shown_column(table, rng, column)
    number = pick(table.of("number"), rng)
    if column is None:
        return None
    value, rows = rng.choice(column.values), plural(table.words)
    one, where = f"{column.words} {value}", f"FROM {table.name} WHERE {column.name} = {literal(value)}"
    if number and rng.random() < 0.5:
        word, function = rng.choice(
            (("average", "avg"), ("total", "sum"), ("highest", "max"), ("lowest", "min"))
        )
        text = rng.choice(
            (
                f"What is the {word} {number.words} of the {rows} with {one}?",
                f"What is the {word} {number.words} of {rows} whose {column.words} is {value}?",
            )
        )
        return RuleQuestion(text, f"SELECT {function}({number.name}) {where}")
    other = rng.choice(column.values)
    if other != value and shown and rng.random() < 0.3:
        text = (
            f"{rng.choice(SHOW)} the {plural(shown.words)} of the {rows} "
            f"whose {column.words} is {value} or {other}."
        )
        return RuleQuestion(text, f"SELECT {shown.name} {where} OR {column.name} = {literal(other)}")
    if shown is None or rng.random() < 0.4:
        return RuleQuestion(
            rng.choice(
                (
                    f"How many {rows} have the {one}?",
                    f"How many {rows} are there whose {column.words} is {value}?",
                )
            ),
            f"SELECT count(*) {where}",
        )
    return RuleQuestion(
        f"{rng.choice(SHOW)} the {plural(shown.words)} of the {rows} whose {column.words} is {value}.",
        f"SELECT {shown.name} {where}",
    )


def flagged(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    column = pick(table.of("flag"), rng)
    shown = shown_column(table, rng, column)
    if column is None:
        return None
    rows, value = plural(table.words), rng.choice((0, 1))
    what = column.words.removeprefix("is ").removeprefix("has ")
    end = (
        f"are {'' if value else 'not '}{what}"
        if not column.words.startswith("has ")
        else f"have {'' if value else 'no '}{what}"
    )
    where = f"FROM {table.name} WHERE {column.name} = {value}"
    if shown is None or rng.random() < 0.5:
        return RuleQuestion(f"How many {rows} {end}?", f"SELECT count(*) {where}")
    text = f"Which {rows} {end}? Show the {plural(shown.words)}."
    return RuleQuestion(text, f"SELECT {shown.name} {where}")


def grouped(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
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


def whole(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
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


RULES: Final[tuple[tuple[Rule, int], ...]] = (
    (by_year, 4),
    (rows_by_year, 3),
    (by_month, 2),
    (each_year, 2),
    (date_side, 2),
    (newest, 1),
    (two_columns, 2),
    (missing, 3),
    (ordered, 4),
    (top, 4),
    (pattern, 3),
    (arithmetic, 3),
    (compared, 4),
    (valued, 4),
    (flagged, 2),
    (grouped, 4),
    (whole, 2),
)
"""Rules about one table, with their weights."""
