from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.sql import skeleton, skeleton_tokens

TEMPLATES = (
    "SELECT {t}.name {p}, count ( * ) FROM singer {a} {t} WHERE {t}.age <> 20 GROUP BY {t}.name ;",
    "SELECT {t}.name {p} FROM singer {a} {t} JOIN concert {a} {u} ON {t}.id = {u}.id ORDER BY {u}.year DESC",
    "SELECT {t}.name {p} FROM singer {a} {t} WHERE {t}.id NOT IN ( SELECT {u}.id FROM concert {a} {u} )",
)


def write(template: str, alias: str, other: str, keyword: str, blank: str, upper: bool) -> str:
    sql = template.format(t=alias, u=other, a=keyword, p="").replace(" ", blank)
    return sql.upper() if upper else sql


def test_pairs_of_the_fixture_file(groups: Callable[[str], list[list[str]]]) -> None:
    wrong = [
        (sql, skeleton(sql))
        for *texts, expected in groups("skeleton.sql")
        for sql in texts
        if skeleton(sql) != expected
    ]
    assert wrong == []


@given(
    template=st.sampled_from(TEMPLATES),
    alias=st.sampled_from(("T1", "a", "singer_x", "rank", "`my t`")),
    other=st.sampled_from(("T2", "b", "[c d]")),
    keyword=st.sampled_from(("AS", "")),
    blank=st.sampled_from((" ", "\n", "\t  ", " /* x */ ")),
    upper=st.booleans(),
)
def test_alias_case_and_white_space_do_not_change_it(
    template: str, alias: str, other: str, keyword: str, blank: str, upper: bool
) -> None:
    plain = write(template, "T1", "T2", "AS", " ", upper=False)
    blank = " " if " " in alias + other else blank
    assert skeleton(write(template, alias, other, keyword, blank, upper)) == skeleton(plain)


@given(st.text())
def test_any_text_has_a_skeleton_of_single_blanks(text: str) -> None:
    assert skeleton(text) == " ".join(skeleton_tokens(text))


@given(st.text())
def test_it_shows_no_literal(text: str) -> None:
    literal = "'" + text.replace("'", "''") + "'"
    assert skeleton(f"SELECT a FROM t WHERE b = {literal}") == "select _ from _ where _ = _"


@pytest.mark.spider
def test_share_of_dev_with_an_identical_skeleton_in_the_pool(gold: dict[str, list[tuple[str, str]]]) -> None:
    pool = {skeleton(row[0]) for row in gold["train_spider"]}
    assert sum(skeleton(row[0]) in pool for row in gold["dev"]) == 885


@pytest.mark.spider
def test_shuffled_letter_case_keeps_every_gold_skeleton(gold: dict[str, list[tuple[str, str]]]) -> None:
    rng = random.Random(0)
    for row in gold["dev"]:
        shuffled = "".join(rng.choice((str.lower, str.upper))(letter) for letter in row[0])
        assert skeleton(shuffled) == skeleton(row[0])
