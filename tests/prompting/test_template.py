from __future__ import annotations

from pathlib import Path

import pytest

from nshot.errors import TemplateError
from nshot.prompting import TEMPLATES, PromptBuilder, load_template
from nshot.prompting.template import TemplateValues
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
    assert content.endswith({"ddl": "# Response\n", "compact": "\nsql:\n"}.get(name, "### Response:\n"))


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
