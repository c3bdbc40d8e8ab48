"""Prompt templates: Jinja2 files, shipped with nshot or written by the user, checked on loading."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nshot.errors import TemplateError
from nshot.prompting.config import ExampleContext
from nshot.prompting.serialize.headers import read_headers
from nshot.prompting.template_bounds import (
    LARGEST_PROMPT,
    LARGEST_SOURCE,
    TemplateProcess,
    is_simple,
    limit_memory,
    read_message,
    write_message,
)
from nshot.types import Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment
    from jinja2 import Template as JinjaTemplate
    from jinja2 import nodes as jinja_nodes

TEMPLATES: Final = ("zero-shot", "n-shot", "ddl", "context-first", "compact", "served")
"""Names of the templates that ship with nshot."""

VARIABLES: Final = ("question", "context", "evidence", "values", "examples", "dialect", "today")
"""The variables that a template may use; see `TemplateValues`."""


class ShownExample(NamedTuple):
    """A demonstration as templates see it."""

    number: int
    """1-based position in the prompt."""
    question: str
    context: str
    """Empty if examples are shown without their schema."""
    sql: str
    values: str = ""
    """Cell values that its question names, in the form of `TemplateValues.values`."""


class TemplateValues(NamedTuple):
    """The variables of a template; every text except contexts is a single line."""

    question: str
    context: str = ""
    evidence: str = ""
    """Empty if the question has no hint."""
    values: str = ""
    """Cell values that the question names, as `singer.country = 'France'`; empty unless they are
    shown.
    """
    examples: tuple[ShownExample, ...] = ()
    """The examples, in the order in which they are shown."""
    dialect: str = ""
    """The database's SQL dialect as people write it, such as PostgreSQL."""
    today: str = ""
    """The day on which a person asks, such as 2026-11-30; empty for questions of a file."""


@dataclass(frozen=True)
class Template:
    """A checked template; loaded once and rendered many times."""

    name: str
    source: str
    stop: tuple[str, ...]
    """Strings at which the answer ends."""
    context: Context | None
    """The schema serialization that the template is made for; None if it does not declare one."""
    example_context: ExampleContext | None
    """The part of their schema that its examples should show; None if it does not declare one."""
    uses: frozenset[str]
    """The names in `VARIABLES` that it uses."""
    _render: Callable[..., str]

    @property
    def shows_examples(self) -> bool:
        """Whether the template shows demonstrations."""
        return "examples" in self.uses

    @property
    def shows_values(self) -> bool:
        """Whether the template shows cell values outside the context."""
        return "values" in self.uses

    def render(self, values: TemplateValues) -> str:
        """Render the prompt; values are inserted unchanged and never interpreted as a template.

        Raises:
            TemplateError: The template fails on these values.
        """
        return _guard(self.name, lambda: self._render(**values._asdict()))


def load_template(name_or_path: str | Path) -> Template:
    """Load a template by name or path; its file is read only here.

    Args:
        name_or_path: One of `TEMPLATES`, or the path of a Jinja2 file.

    Raises:
        TemplateError: No such template or file, a syntax error, an unknown variable, a bad header,
            or `question` is never shown; the message has the line if there is one.
    """
    name = str(name_or_path)
    return _compile(name, _read(name))


def _read(name: str) -> str:
    if name in TEMPLATES:
        return resources.files("nshot.prompting").joinpath(f"templates/{name}.jinja").read_text("utf-8")
    try:
        return Path(name).read_text("utf-8-sig")
    except (FileNotFoundError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise TemplateError(f"template {name} is not UTF-8 text: {error}; save it as UTF-8") from error
        known = ", ".join(TEMPLATES)
        raise TemplateError(
            f"template not found: {name!r}; give one of {known}, or the path of a Jinja2 file"
        ) from error
    except OSError as error:
        raise TemplateError(f"template {name} cannot be read: {error.strerror}; check the file") from error


def _compile(name: str, source: str) -> Template:
    headers = read_headers(name, source)
    if is_simple(_parse(_environment(), name, source)):
        return _compile_here(name, source)
    compiled = TemplateProcess(name, source).compile()
    return Template(name, source, *headers, compiled.uses, compiled.process.render)


def _parse(environment: Environment, name: str, source: str) -> jinja_nodes.Template:
    """The syntax tree; nothing of the template is run, not even constants are computed."""
    from jinja2 import TemplateSyntaxError

    if len(source) > LARGEST_SOURCE:
        raise TemplateError(
            f"template {name} has {len(source):,} characters, at most {LARGEST_SOURCE:,} are read; shorten it"
        )
    try:
        return environment.parse(source, filename=name)
    except TemplateSyntaxError as error:
        raise TemplateError(f"template {name}, line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise TemplateError(f"template {name}: it is nested too deeply") from error
    except ValueError as error:  # a number of thousands of digits
        raise TemplateError(f"template {name}: {error}") from error


def _compile_here(name: str, source: str) -> Template:
    """The template, compiled and tried in this process."""
    from jinja2 import TemplateSyntaxError, meta

    environment = _environment()
    tree = _parse(environment, name, source)
    try:
        unknown = meta.find_undeclared_variables(tree) - set(VARIABLES)
        compiled = environment.from_string(source)
    except TemplateSyntaxError as error:  # such as an unknown filter
        raise TemplateError(f"template {name}, line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise TemplateError(f"template {name}: it is nested too deeply") from error
    if unknown:
        raise TemplateError(_find_unknown(name, tree, unknown))
    headers = read_headers(name, source)
    uses = frozenset(meta.find_undeclared_variables(tree))
    template = Template(name, source, *headers, uses, partial(_render, compiled))
    _try(template)
    return template


def _render(compiled: JinjaTemplate, **values: Any) -> str:
    """The text; an error where it gets too long."""
    parts = []
    length = 0
    for part in compiled.generate(**values):
        length += len(part)
        if length > LARGEST_PROMPT:
            raise ValueError(f"it gives more than {LARGEST_PROMPT:,} characters")
        parts.append(part)
    return "".join(parts)


def serve_template() -> None:
    """Compiles and renders one template for a `TemplateProcess`, until stdin ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    limit_memory()
    write_message(sink, {"ready": True})
    template: Template | None = None
    name = ""
    while (message := read_message(source)) is not None:
        try:
            if template is None:
                name = message["name"]
                template = _compile_here(name, message["source"])
                answer: dict[str, Any] = {"uses": sorted(template.uses)}
            else:
                examples = tuple(ShownExample(*example) for example in message.pop("examples"))
                answer = {"text": template.render(TemplateValues(**message, examples=examples))}
        except TemplateError as error:
            answer = {"error": str(error)}
        except MemoryError:
            answer = {"error": f"template {name}: it needs too much memory; simplify it"}
        write_message(sink, answer)


def _environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False, finalize=_printable
    )
    keep = {"range", "dict", "namespace"}
    environment.globals = {key: value for key, value in environment.globals.items() if key in keep}
    del environment.filters["random"]
    return environment


def _printable(value: object) -> object:
    from jinja2 import Undefined

    if isinstance(value, (str, int, float, Undefined)):
        return value
    raise TypeError(f"only text and numbers can be shown, got {type(value).__name__}")


def _find_unknown(name: str, tree: jinja_nodes.Template, unknown: set[str]) -> str:
    from jinja2 import nodes

    lines = [node.lineno for node in tree.find_all(nodes.Name) if node.name in unknown]
    at = f", line {min(lines)}" if lines else ""
    listed = ", ".join(repr(one) for one in sorted(unknown))
    return f"template {name}{at}: unknown variable {listed}; a template may use {', '.join(VARIABLES)}"


def _try(template: Template) -> None:
    probe = "\x00question\x00"
    example = ShownExample(1, "example question", "example context", "SELECT 1", "t.a = 'x'")
    bare = TemplateValues(probe, "context")
    full = TemplateValues(
        probe,
        "context",
        "evidence",
        "t.a = 'x'",
        (example, example._replace(number=2, context="", values="")),
        "SQLite",
        "2026-11-30",
    )
    for values in (full, bare):
        if probe not in template.render(values).casefold():  # a filter may write it in capitals
            raise TemplateError(
                f"template {template.name} never shows the question; write {{{{ question }}}} in it"
            )


def _guard(name: str, render: Callable[[], str]) -> str:
    from jinja2 import TemplateError as JinjaError

    try:
        return render()
    except TemplateError:
        raise
    except (
        JinjaError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        raise TemplateError(f"template {name}{_line_of(error)}: {error}") from error


def _line_of(error: Exception) -> str:
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return f", line {line}" if line else ""
