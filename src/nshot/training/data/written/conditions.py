"""Rules that ask for the rows that meet a condition."""

from __future__ import annotations

import random

from nshot.training.data.written.profile import DatabaseProfile, Role, TableProfile
from nshot.training.data.written.rule import SHOW, RuleQuestion, pick, pick_both, pick_shown
from nshot.training.data.written.words import did, literal, number_text, plural


def compare_columns(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """Rows whose one column is above or below another."""
    role: Role = rng.choice(("number", "date"))
    columns, shown = table.of(role), pick_shown(table, rng)
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


def ask_missing(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """Rows with or without a value."""
    column = pick([one for one in table.columns if one.nulls and one.role != "other"], rng)
    shown = pick_shown(table, rng)
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


def match_text(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """Rows whose text contains, begins or ends with something."""
    column = pick(table.of("label", "text", "category"), rng)
    shown = column if rng.random() < 0.5 else pick_shown(table, rng)
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


def compare_number(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """Rows with a number above, below or between values."""
    if (chosen := pick_both(table, rng, "number", "year")) is None:
        return None
    column, shown = chosen
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


def ask_category(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """Rows of a category, or an aggregate of them."""
    column = pick(table.of("category"), rng)
    shown = pick_shown(table, rng, column)
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


def ask_flag(table: TableProfile, _: DatabaseProfile, rng: random.Random) -> RuleQuestion | None:
    """Rows for which a flag is set or not."""
    column = pick(table.of("flag"), rng)
    shown = pick_shown(table, rng, column)
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
