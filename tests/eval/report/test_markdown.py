from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from nshot.eval.comparison import Comparison
from nshot.eval.report.markdown import to_markdown
from nshot.eval.scores import ALL, Contrast, Estimate, Score, System

NAN = float("nan")
KEYWORD, ZERO = System("keyword", "top", 3), System("", "top", 0)


def rendered(text: str) -> str:
    """As GitHub would show it, raw HTML let through."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


@pytest.mark.parametrize("kind", ["judged", "unjudged"])
def test_every_row_of_a_table_has_a_field_for_each_column(kind: str, request: pytest.FixtureRequest) -> None:
    text = to_markdown(request.getfixturevalue(kind))
    html = rendered(text)
    tables = html.split("<table>")[1:]
    assert len(tables) == len(re.findall(r"^\|---", text, re.MULTILINE))
    for table in tables:
        rows = [row.count("<td") + row.count("<th") for row in re.findall("<tr>(.*?)</tr>", table, re.DOTALL)]
        assert len(set(rows)) == 1


def test_hostile_text_stays_text(judged: Comparison) -> None:
    info = {"pool": "<script>alert(1)</script> | [x](javascript:y) **b** \n# heading"}
    html = rendered(to_markdown(replace(judged, title="<b>&amp;</b> *t*", info=info)))
    assert "<script" not in html
    assert "<b>" not in html
    assert "javascript" not in "".join(re.findall('href="([^"]*)', html))
    assert "# heading" in html
    assert "<h1>&lt;b&gt;&amp;amp;&lt;/b&gt; *t*</h1>" in html


def test_what_was_asked_is_told(judged: Comparison) -> None:
    text = to_markdown(judged)
    assert "- versions.nshot: 0.2.0" in text
    assert "- commit: –" in text
    assert "- databases: 8: allotment\\_garden, bakery" in text


def test_each_system_and_measure_stands_with_its_interval(judged: Comparison) -> None:
    text = to_markdown(judged)
    for score in judged.scores:
        if score.measure == "ex" and score.group == ALL:
            e = score.estimate
            shown = f"{e.value * 100:.1f}"
            pattern = f"\\| {re.escape(score.system.label)}[^|]*\\| \\**{shown}\\** \\({e.low * 100:.1f} to"
            assert re.search(pattern, text), score.system.label


def test_undefined_and_missing_numbers_are_a_dash() -> None:
    nothing = Estimate(NAN, NAN, NAN, 0, sd=NAN, seeds=2)
    scores = (Score(KEYWORD, "ex", ALL, nothing), Score(ZERO, "em", ALL, Estimate(0.5, 0.5, 0.5, 3)))
    contrast = Contrast(KEYWORD, ZERO, "ex", nothing, 0, 0, "mcnemar", NAN, NAN)
    text = to_markdown(Comparison("t", {"commit": None, "seed": NAN}, (ZERO, KEYWORD), scores, (contrast,)))
    assert not re.search(r"\b(nan|None|inf)\b", text)
    assert "| zero-shot | – | 50.0 |" in text
    assert "| keyword, 3 shots | zero-shot | – | 0 | 0 | – | – |" in text


def test_an_empty_comparison_can_be_written() -> None:
    assert to_markdown(Comparison("nothing", {}, (), ())).startswith("# nothing\n\n0 questions, 0 systems.")


def test_tests_that_differ_within_a_measure_have_a_column() -> None:
    one = Contrast(KEYWORD, ZERO, "ex", Estimate(0.1, 0.0, 0.2, 9), 5, 1, "mcnemar", 0.04, 0.08)
    other = one._replace(system=System("random", "top", 3), test="paired bootstrap")
    score = Score(KEYWORD, "ex", ALL, Estimate(0.5, 0.4, 0.6, 9))
    alike = to_markdown(Comparison("t", {}, (ZERO, KEYWORD), (score,), (one, one)))
    mixed = to_markdown(Comparison("t", {}, (ZERO, KEYWORD), (score,), (one, other)))
    assert "**EX: system minus baseline, by McNemar's test**" in alike
    assert "| random, 3 shots | zero-shot | paired bootstrap | +10.0 (0.0 to +20.0) | 5 | 1 |" in mixed
