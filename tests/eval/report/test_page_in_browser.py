"""The script of the page, in a real browser; skipped where there is none."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape as html_unescape

import pytest

from nshot.eval.comparison import Comparison
from nshot.eval.report import write_comparison
from nshot.eval.statistics import mcnemar

Show = Callable[[str], str]
"""Address within the page -> the page's HTML after its script has run."""


@pytest.fixture(scope="module")
def show(judged: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Show:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on the path")
    folder = tmp_path_factory.mktemp("report")
    write_comparison(judged, folder)

    def run(address: str) -> str:
        command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000"]
        command += ["--enable-logging=stderr", f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
        done = subprocess.run(
            [*command, (folder / "report.html").as_uri() + address],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0
        assert "CONSOLE" not in done.stderr
        return done.stdout

    return run


def status(html: str) -> str:
    found = re.search('id="status"[^>]*>([^<]*)<', html)
    assert found
    return found[1]


def test_wins_and_losses_of_two_systems_are_counted(show: Show, judged: Comparison) -> None:
    a, b = 20, 0
    contrast = next(c for c in judged.contrasts if c.system == judged.systems[a])
    html = show(f"#a=s{a}&b=s{b}")
    balance = f"A wins {contrast.wins}, A loses {contrast.losses}."
    said = f"{contrast.wins + contrast.losses} questions shown. {balance}"
    assert html_unescape(status(html)).startswith(said)


def test_a_list_of_wins_does_not_say_that_there_are_no_losses(show: Show, judged: Comparison) -> None:
    contrast = next(c for c in judged.contrasts if c.system == judged.systems[20])
    assert contrast.losses
    said = f"{contrast.wins} questions shown. A wins {contrast.wins}, A loses {contrast.losses}."
    assert html_unescape(status(show("#a=s20&b=s0&show=wins"))).startswith(said)


def test_any_two_runs_are_tested_exactly_over_the_questions_of_the_filter(
    show: Show, judged: Comparison
) -> None:
    first, second = judged.systems[20], judged.systems[0]
    a, b = ([run.system for run in judged.runs].index(system) for system in (first, second))
    cases = [case for case in judged.cases if case.hardness == "medium"]
    right = [(case.answers[a].ex, case.answers[b].ex) for case in cases]
    p = mcnemar([one for one, _ in right], [other for _, other in right])
    said = html_unescape(status(show("#a=s20&b=s0&show=wins&hardness=medium")))
    told = "< 0.001" if p < 0.001 else f"= {p:.3f}"
    assert said.endswith(f"McNemar over {len(cases)} questions: p {told}, not corrected.")


def test_a_count_of_mistakes_equals_the_answers_it_leads_to(show: Show, judged: Comparison) -> None:
    label = judged.systems[2].label
    html = show("#a=s2&show=wrong&mistake=condition")
    assert status(html).startswith(f"{judged.mistakes[label]['condition']} answers shown.")


def test_an_address_leads_to_one_question_and_hostile_text_stays_text(show: Show, judged: Comparison) -> None:
    html = show("#a=s20&b=r3&show=all&case=77")
    assert re.search('<tr data-at="77" class="here">', html)
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert len(re.findall("<script", html)) == 2
    assert "<img" not in html
    assert re.search("<mark>", html)
