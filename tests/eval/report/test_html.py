from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from nshot.eval.comparison import Comparison
from nshot.eval.report.html import to_html
from nshot.eval.scores import ALL, Contrast, Estimate, Score, System

VOID = {"meta", "link", "input", "br"}
NAN = float("nan")
KEYWORD, ZERO = System("keyword", "top", 3), System("", "top", 0)


class Page(HTMLParser):
    """What a browser would make of a page: its tags, attributes and visible text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.content: dict[str, list[str]] = {}
        self.visible: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        self.content.setdefault(inside, []).append(data)
        if inside not in ("script", "style"):
            self.visible.append(data)

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.visible))


@pytest.fixture(scope="module", params=["judged", "unjudged"])
def page(request: pytest.FixtureRequest) -> Page:
    return Page(to_html(request.getfixturevalue(request.param)))


@pytest.fixture(scope="module")
def judged_page(judged: Comparison) -> Page:
    return Page(to_html(judged))


def test_every_element_is_closed(page: Page) -> None:
    assert page.open == []


def test_nothing_is_fetched_and_nothing_leads_away(page: Page) -> None:
    assert page.attributes("src") == []
    assert all(link.startswith(("#", "data:,")) for link in page.attributes("href"))
    styles = "".join(page.content["style"]) + "".join(page.attributes("style"))
    assert not re.search(r"url\(|@import|https?:", styles)


def test_no_element_or_script_comes_from_outside(page: Page) -> None:
    assert not {"img", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.tags}
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert [attributes.get("id", "") for attributes in scripts] in (["packed", ""], [""])
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]


def test_hostile_questions_are_shown_as_they_stand(judged: Comparison) -> None:
    won = [
        replace(case, answers=tuple(replace(answer, ex=at > 0) for at, answer in enumerate(case.answers)))
        for case in judged.cases[:6]
    ]
    text = Page(to_html(replace(judged, cases=tuple(won)))).text
    assert "</script><script>alert(1)</script>" in text
    assert "<img src=x onerror=alert(2)>" in text
    assert "{{ 7 * 7 }} {% raw %} ${x}" in text


def test_the_browser_is_told_to_run_our_script_only(page: Page) -> None:
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(page.content["script"][-1].encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy


def test_no_undefined_number_leaks_into_the_text(page: Page) -> None:
    assert not re.search(r"\b(nan|None|inf|undefined)\b", page.text)
    assert not any(re.search(r"\bnan\b", value) for _, a in page.tags for value in a.values())


def test_every_system_stands_in_charts_and_tables(judged: Comparison, judged_page: Page) -> None:
    names = {system.name for system in judged.systems}
    assert names <= set(judged_page.attributes("data-name"))
    assert all(system.label in judged_page.text for system in judged.systems)


def test_every_picture_has_a_name_and_every_table_a_caption(page: Page) -> None:
    pictures = [a for tag, a in page.tags if tag == "svg" and "swatch" not in a.get("class", "")]
    assert pictures
    assert all(re.search(r"\d\.$", a["aria-label"]) for a in pictures)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") == tags.count("table")


def test_ids_are_unique_and_links_find_them(page: Page) -> None:
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    inner = [link[1:] for link in page.attributes("href") if link.startswith("#") and "=" not in link]
    assert set(inner) <= set(ids)


def test_counts_of_mistakes_lead_to_their_answers(judged: Comparison, judged_page: Page) -> None:
    links = [link for link in judged_page.attributes("href") if "mistake=" in link]
    counted = sum(bool(count) for counts in judged.mistakes.values() for count in counts.values())
    assert len(links) == counted
    assert "#a=s1&show=wrong&mistake=invalid+SQL" in links


def test_a_short_list_needs_no_script(judged: Comparison, judged_page: Page) -> None:
    best, other = ("A: masked-hybrid, 5 shots", "B: zero-shot")
    labels = judged_page.attributes("data-label")
    assert 0 < labels.count(best) == labels.count(other) <= 30
    assert "With JavaScript" in judged_page.text


def test_examples_alone_are_said_to_match_or_not(judged: Comparison) -> None:
    page = Page(to_html(replace(judged, judged_by="skeleton_match")))
    assert "No model was asked" in page.text
    assert "no match" in page.text
    assert (
        page.attributes("data-right")[0],
        page.attributes("data-wrong")[0],
    ) == ("match", "no match")
    assert not re.search(r"\bwrong\b", page.text.partition("How to read this")[0].partition("Cases")[2])


def test_without_cases_there_is_no_list_of_them(unjudged: Comparison) -> None:
    page = Page(to_html(unjudged))
    assert "packed" not in page.attributes("id")
    assert "#cases" not in page.attributes("href")


def test_each_k_has_its_scoreboard_bars_with_the_ceiling(unjudged: Comparison) -> None:
    page = Page(to_html(unjudged))
    assert {"panels-k1", "panels-k3", "panels-k5"} <= set(page.attributes("id"))
    assert "ceiling 85.3" in page.text


@pytest.mark.parametrize(
    "comparison",
    [
        Comparison("nothing", {}, (), ()),
        Comparison("one", {}, (KEYWORD,), (Score(KEYWORD, "ex", ALL, Estimate(0.5, 0.4, 0.6, 9)),)),
        Comparison("undefined", {}, (KEYWORD,), (Score(KEYWORD, "ex", ALL, Estimate(NAN, NAN, NAN, 0)),)),
        Comparison(
            "unknown measure",
            {"date": "<b>"},
            (ZERO, KEYWORD),
            (Score(KEYWORD, "<i>&@3", "database:<u>", Estimate(0.5, 0.4, 0.6, 9)),),
            (Contrast(KEYWORD, ZERO, "<i>&@3", Estimate(NAN, NAN, NAN, 0), 0, 0, "<s>", NAN, NAN),),
            mistakes={"<tt>": {"<em>": 1}},
        ),
    ],
    ids=lambda comparison: comparison.title,
)
def test_a_comparison_that_holds_little_is_still_a_page(comparison: Comparison) -> None:
    page = Page(to_html(comparison))
    assert page.open == []
    assert not {"b", "i", "u", "s", "tt", "em"} & {tag for tag, a in page.tags if not a}
    assert not re.search(r"\b(nan|None)\b", page.text)
