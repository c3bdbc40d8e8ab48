"""Rules that write one question and its SQL each, about two tables that a key joins."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from nshot.sql import sql_name
from nshot.training.data.written.profile import ColumnProfile, TableProfile
from nshot.training.data.written.rule import SHOW, RuleQuestion, pick
from nshot.training.data.written.words import count_word, did, literal, plural
from nshot.types import ForeignKey


class JoinedTables:
    """Rows of `child` that refer to rows of `parent`, which have a label."""

    def __init__(
        self, child: TableProfile, key: ForeignKey, parent: TableProfile, label: ColumnProfile
    ) -> None:
        self.child, self.parent, self.label = child, parent, label
        own, other = sql_name(key.columns[0], "sqlite"), sql_name(key.ref_columns[0], "sqlite")
        self.on = f"{child.name} JOIN {parent.name} ON {child.name}.{own} = {parent.name}.{other}"
        self.own, self.other = f"{child.name}.{own}", f"{parent.name}.{other}"
        self.own_bare, self.other_bare = own, other
        self.label_sql = f"{parent.name}.{label.name}"
        self.children, self.parents = plural(child.words), plural(parent.words)


JoinRule = Callable[[JoinedTables, random.Random], RuleQuestion | None]


def count_per_parent(join: JoinedTables, rng: random.Random) -> RuleQuestion | None:
    """The number of children of each parent."""
    what, group = f"the {join.label.words}", f"FROM {join.on} GROUP BY {join.other}"
    text = rng.choice(
        (
            f"For each {join.parent.words}, show {what} and the number of its {join.children}.",
            f"How many {join.children} does each {join.parent.words} have? Show {what} and the number.",
            f"Show {what} of each {join.parent.words} with the number of {join.children}.",
            f"What is the number of {join.children} for each {join.parent.words}? Give {what} and the count.",
        )
    )
    end = ""
    if rng.random() < 0.3:
        text, end = (
            text[:-1] + rng.choice((", the most first.", ", in descending order of the number.")),
            " ORDER BY count(*) DESC",
        )
    return RuleQuestion(text, f"SELECT {join.label_sql}, count(*) {group}{end}")


def ask_most(join: JoinedTables, rng: random.Random) -> RuleQuestion | None:
    """The parent with the most or the fewest children."""
    word, order = rng.choice((("most", " DESC"), ("most", " DESC"), ("fewest", "")))
    text = rng.choice(
        (
            f"Which {join.parent.words} has the {word} {join.children}?",
            f"Which {join.parent.words} has the {word} {join.children}? Give its {join.label.words}.",
            f"What is the {join.label.words} of the {join.parent.words} with the {word} {join.children}?",
            f"Find the {join.parent.words} with the {word} {join.children}.",
        )
    )
    return RuleQuestion(
        text, f"SELECT {join.label_sql} FROM {join.on} GROUP BY {join.other} ORDER BY count(*){order} LIMIT 1"
    )


def ask_number(join: JoinedTables, rng: random.Random) -> RuleQuestion | None:
    """Parents by the number of their children."""
    number = rng.choice((1, 2, 3, 4, 5, 10))
    word, sign = rng.choice((("more than", ">"), ("at least", ">="), ("exactly", "="), ("fewer than", "<")))
    if number == 1 and sign == "<":
        return None
    children = join.children if number > 1 else join.child.words
    end = f"have {word} {count_word(number, rng) if number > 1 else 'one'} {children}"
    text = rng.choice(
        (
            f"Which {join.parents} {end}?",
            f"Which {join.parents} {end}? Show the {plural(join.label.words)}.",
            f"{rng.choice(SHOW)} the {plural(join.label.words)} of the {join.parents} that {end}.",
        )
    )
    return RuleQuestion(
        text, f"SELECT {join.label_sql} FROM {join.on} GROUP BY {join.other} HAVING count(*) {sign} {number}"
    )


def ask_without(join: JoinedTables, rng: random.Random) -> RuleQuestion | None:
    """Parents without children."""
    text = rng.choice(
        (
            f"Which {join.parents} have no {join.children}? Show the {plural(join.label.words)}.",
            f"{rng.choice(SHOW)} the {plural(join.label.words)} of the "
            f"{join.parents} without any {join.children}.",
            f"Which {join.parents} do not have any {join.child.words}?",
            f"How many {join.parents} have no {join.child.words}?",
        )
    )
    what = "count(*)" if text.startswith("How many") else join.label.name
    return RuleQuestion(
        text,
        f"SELECT {what} FROM {join.parent.name} WHERE {join.other_bare} "
        f"NOT IN (SELECT {join.own_bare} FROM {join.child.name})",
    )


def ask_of_one(join: JoinedTables, rng: random.Random) -> RuleQuestion | None:
    """The children of one parent."""
    value = rng.choice(join.label.values)
    number, shown = (
        pick(join.child.of("number"), rng),
        join.child.label or pick(join.child.of("text", "category", "date"), rng),
    )
    where = f"FROM {join.on} WHERE {join.label_sql} = {literal(value)}"
    named = rng.choice(
        (f"the {join.parent.words} {value}", f"{value}", f"the {join.parent.words} named {value}")
    )
    if number and rng.random() < 0.4:
        word, function = rng.choice(
            (("average", "avg"), ("total", "sum"), ("highest", "max"), ("lowest", "min"))
        )
        return RuleQuestion(
            f"What is the {word} {number.words} of the {join.children} of {named}?",
            f"SELECT {function}({join.child.name}.{number.name}) {where}",
        )
    if shown and rng.random() < 0.5:
        return RuleQuestion(
            f"{rng.choice(SHOW)} the {plural(shown.words)} of the {join.children} of {named}.",
            f"SELECT {join.child.name}.{shown.name} {where}",
        )
    return RuleQuestion(
        rng.choice(
            (f"How many {join.children} does {named} have?", f"Count the {join.children} of {named}.")
        ),
        f"SELECT count(*) {where}",
    )


def ask_parent(join: JoinedTables, rng: random.Random) -> RuleQuestion | None:
    """The parent of a child, or of each."""
    column = join.child.label or pick(join.child.of("text"), rng)
    if column is None:
        return None
    if rng.random() < 0.5:
        value = rng.choice(column.values)
        text = rng.choice(
            (
                f"What is the {join.parent.words} of the {join.child.words} {value}?",
                f"Which {join.parent.words} does {value} belong to?",
                f"What is the {join.label.words} of the {join.parent.words} of {value}?",
            )
        )
        return RuleQuestion(
            text,
            f"SELECT {join.label_sql} FROM {join.on} WHERE "
            f"{join.child.name}.{column.name} = {literal(value)}",
        )
    text = rng.choice(
        (
            f"Show the {column.words} of each {join.child.words} with the "
            f"{join.label.words} of its {join.parent.words}.",
            f"For each {join.child.words}, give the {column.words} and the {join.parent.words}.",
            f"List all {join.children} and the {join.label.words} of their {join.parents}.",
        )
    )
    return RuleQuestion(text, f"SELECT {join.child.name}.{column.name}, {join.label_sql} FROM {join.on}")


def measure_children(join: JoinedTables, rng: random.Random) -> RuleQuestion | None:
    """A number of the children, by parent."""
    number = pick(join.child.of("number"), rng)
    if number is None:
        return None
    word, function = rng.choice((("total", "sum"), ("average", "avg"), ("total", "sum"), ("highest", "max")))
    value, group = f"{function}({join.child.name}.{number.name})", f"FROM {join.on} GROUP BY {join.other}"
    way = rng.random()
    if way < 0.4:
        text = rng.choice(
            (
                f"Which {join.parent.words} has the highest {word} {number.words} of {join.children}?",
                f"What is the {join.label.words} of the {join.parent.words} with "
                f"the highest {word} {number.words}?",
            )
        )
        if function == "max":
            text = f"Which {join.parent.words} has the {join.child.words} with the highest {number.words}?"
            return RuleQuestion(
                text,
                f"SELECT {join.label_sql} FROM {join.on} ORDER BY "
                f"{join.child.name}.{number.name} DESC LIMIT 1",
            )
        return RuleQuestion(text, f"SELECT {join.label_sql} {group} ORDER BY {value} DESC LIMIT 1")
    text = rng.choice(
        (
            f"For each {join.parent.words}, show the {join.label.words} and "
            f"the {word} {number.words} of its {join.children}.",
            f"What is the {word} {number.words} of the {join.children} of "
            f"each {join.parent.words}? Show the {join.label.words}, too.",
        )
    )
    if way < 0.65:
        return RuleQuestion(
            text[:-1] + ", the highest first.",
            f"SELECT {join.label_sql}, {value} {group} ORDER BY {value} DESC",
        )
    return RuleQuestion(text, f"SELECT {join.label_sql}, {value} {group}")


def filter_children(join: JoinedTables, rng: random.Random) -> RuleQuestion | None:
    """A condition on the one table, a column of the other."""
    category, label = pick(join.child.of("category"), rng), join.label
    date = pick(join.child.of("date"), rng)
    if date and rng.random() < 0.4:
        year, verb = str(rng.choice(date.values))[:4], did(date.words)
        end = f"that {verb} in {year}" if verb else f"with a {date.words} in {year}"
        test = f"strftime('%Y', {join.child.name}.{date.name}) = '{year}'"
    elif category:
        value = rng.choice(category.values)
        end, test = f"with {category.words} {value}", f"{join.child.name}.{category.name} = {literal(value)}"
    else:
        return None
    text = rng.choice(
        (
            f"Which {join.parents} have {join.children} {end}? List each {label.words} once.",
            f"{rng.choice(SHOW)} the different {plural(label.words)} of the "
            f"{join.parents} of {join.children} {end}.",
        )
    )
    return RuleQuestion(text, f"SELECT DISTINCT {join.label_sql} FROM {join.on} WHERE {test}")


def ask_of_category(join: JoinedTables, rng: random.Random) -> RuleQuestion | None:
    """The children of the parents of a category."""
    category, number = pick(join.parent.of("category"), rng), pick(join.child.of("number"), rng)
    shown = join.child.label
    if category is None:
        return None
    value = rng.choice(category.values)
    where = f"FROM {join.on} WHERE {join.parent.name}.{category.name} = {literal(value)}"
    of = rng.choice(
        (f"{join.parents} whose {category.words} is {value}", f"{join.parents} with {category.words} {value}")
    )
    if number and rng.random() < 0.4:
        word, function = rng.choice((("average", "avg"), ("total", "sum")))
        return RuleQuestion(
            f"What is the {word} {number.words} of the {join.children} of {of}?",
            f"SELECT {function}({join.child.name}.{number.name}) {where}",
        )
    if shown and rng.random() < 0.5:
        return RuleQuestion(
            f"{rng.choice(SHOW)} the {plural(shown.words)} of the {join.children} of {of}.",
            f"SELECT {join.child.name}.{shown.name} {where}",
        )
    return RuleQuestion(f"How many {join.children} belong to {of}?", f"SELECT count(*) {where}")


JOIN_RULES: Final[tuple[tuple[JoinRule, int], ...]] = (
    (count_per_parent, 3),
    (ask_most, 4),
    (ask_number, 3),
    (ask_without, 3),
    (ask_of_one, 4),
    (ask_parent, 4),
    (measure_children, 3),
    (filter_children, 3),
    (ask_of_category, 3),
)
"""Rules about two tables, with their weights."""
