from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment

from nshot.errors import TemplateError
from nshot.prompting import TEMPLATES, PromptBuilder, load_template, template_bounds
from nshot.prompting.template import ShownExample, TemplateValues
from nshot.prompting.template_bounds import is_simple
from nshot.types import Question, Schema


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.jinja"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_shipped_template_stops_where_its_next_section_would_begin(name: str) -> None:
    template = load_template(name)
    content = template.render(TemplateValues("q", "c"))
    assert template.stop
    assert any(stop in content for stop in template.stop)
    assert content.endswith(
        {"ddl": "# Response\n", "compact": "\nsql:\n", "served": "### SQL:\n"}.get(name, "### Response:\n")
    )


def test_a_users_template_is_rendered_as_it_stands(tmp_path: Path, farm: Schema) -> None:
    path = written(tmp_path, "{{ context|length > 9 }}\n\n  Q: {{ question }}\n\n")
    prompt = PromptBuilder(path).build(Question("Why?", "farm"), farm)
    assert prompt.text == "True\n\n  Q: Why?\n\n"
    assert prompt.stop == ()


def test_headers_give_stop_strings_and_the_kind_of_context(tmp_path: Path, farm: Schema) -> None:
    path = written(tmp_path, '{# stop: ["\\n\\n", ";"] -#}\n{# context: ddl -#}\n{{ context }}{{ question }}')
    prompt = PromptBuilder(str(path)).build(Question("Why?", "farm"), farm)
    assert prompt.stop == ("\n\n", ";")
    assert prompt.text.startswith("CREATE TABLE city")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{{ question }}\n{{ schema }}",
            "line 2: unknown variable 'schema'; a template may use question, context",
        ),
        ("{{ question }}\n\n{% if %}", "line 3: Expected an expression"),
        ("{{ question }}{% for e in examples %}", "line 1: Unexpected end of template"),
        (
            "{{ question }}\n{% for e in examples %}\n{{ e.query }}{% endfor %}",
            "line 3: .*no attribute 'query'",
        ),
        ("{{ question }}{{ examples|shuffle }}", "line 1: No filter named 'shuffle'"),
        ("{{ question }}{{ examples|random }}", "line 1: No filter named 'random'"),
        ("{{ question }}\n{{ examples }}", "line 2: only text and numbers can be shown, got tuple"),
        ("{{ question }}{{ 1 // 0 }}", "zero"),
        ("{{ context }}", "never shows the question"),
        ("{% if evidence %}{{ question }}{% endif %}", "never shows the question"),
        ("{# stop: nothing #}{{ question }}", "must hold a JSON list of strings"),
        ('{# stop: [""] #}{{ question }}', "must hold a JSON list of strings"),
        (
            "{# context: prose #}{{ question }}",
            "unknown context 'prose' in its header; use one of natural, ddl, compact",
        ),
        (
            "{# example-context: some #}{{ question }}",
            "unknown example-context 'some' in its header; use one of full, tables, gold, none",
        ),
        ("{{ question }}{{ question.__class__ }}", "unsafe"),
        ("{{ question }}{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ question }}{{ cycler.__init__ }}", "unknown variable 'cycler'"),
        ("{% include 'zero-shot' %}{{ question }}", "no loader"),
    ],
)
def test_a_broken_template_is_refused_when_it_is_loaded(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(TemplateError, match=message) as caught:
        load_template(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["two-shot", "no/such/file.jinja", "a\x00b"])
def test_a_template_that_is_not_there_is_refused_with_the_names_there_are(name: str) -> None:
    with pytest.raises(TemplateError, match=f"give one of {', '.join(TEMPLATES)}, or"):
        load_template(name)


def test_a_folder_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be read"):
        load_template(tmp_path)


def test_a_template_must_be_utf8(tmp_path: Path) -> None:
    path = tmp_path / "mine.jinja"
    path.write_bytes(b"\xff\xfe{{ question }}")
    with pytest.raises(TemplateError, match="not UTF-8"):
        load_template(path)


def test_the_file_is_read_once_when_it_is_loaded(tmp_path: Path, farm: Schema) -> None:
    path = written(tmp_path, "{{ question }}")
    builder = PromptBuilder(path)
    path.unlink()
    assert builder.build(Question("Why?", "farm"), farm).text == "Why?"


HOSTILE = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "power": "{{ 10**(10**10) }}",
    "product": "{{ ('a' * 10**10)|length }}",
    "filter": "{{ 'a'|center(9999999999) }}",
    "constant filter": "{{ ('%9999999999d'|format(1))|length }}",
    "doubling": "{% set n = namespace(a='a') %}{% for i in range(60) %}{% set n.a = n.a ~ n.a %}{% endfor %}",
    "blocks": "{% set a %}aaaaaaaa{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40 + "{{ a }}",
    "macro": "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "output": "{% for a in range(99999) %}{{ question * 1000 }}{% endfor %}",
    "long": "{% for a in range(99999) %}{{ a }} {{ '%099d' % a }}{% endfor %}",
    "deep": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "nested": "{% if question %}" * 3_000 + "{% endif %}" * 3_000,
    "digits": "{{ " + "9" * 5_000 + " }}",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_no_template_takes_all_time_or_memory(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template_bounds, "SECONDS", 2.0)
    path = tmp_path / "mine.jinja"
    path.write_text("{{ question }}" + HOSTILE[what])
    with pytest.raises(TemplateError, match=r"template .*mine\.jinja"):
        load_template(path)


def test_a_template_that_calculates_gives_the_same_from_its_own_process(tmp_path: Path) -> None:
    path = tmp_path / "mine.jinja"
    path.write_text(
        "{% for one in examples %}{{ one.number * 10 }}: {{ one.question|replace('a', 'b') }}\n{% endfor %}"
        "{{ context }}{{ question }}"
    )
    template = load_template(path)
    example = ShownExample(1, "a \u2028é?", "", "SELECT 1")
    values = TemplateValues("wer\n?", "t(a)", examples=(example, example._replace(number=2)))
    assert template.uses == {"examples", "context", "question"}
    assert [template.render(values) for _ in range(3)] == ["10: b \u2028é?\n20: b \u2028é?\nt(a)wer\n?"] * 3


def test_a_process_that_was_ended_starts_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.jinja"
    path.write_text("{{ question }}{% if question == 'big' %}{{ ('a' * 2000000000)|length }}{% endif %}")
    template = load_template(path)
    with pytest.raises(TemplateError, match="needs too much memory"):
        template.render(TemplateValues("big"))
    assert template.render(TemplateValues("small")) == "small"


@pytest.mark.parametrize("name", TEMPLATES)
def test_shipped_templates_need_no_process(name: str) -> None:
    assert is_simple(Environment().parse(load_template(name).source))
