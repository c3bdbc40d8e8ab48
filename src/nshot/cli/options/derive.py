"""Command line options derived from the fields of config classes, and the commands that take them.

A command declares a config class as a parameter, and gets an object of it; each field of the class
becomes one option, with the field's docstring as its help. `Given[Config]` gets what was given
alone.

    @derive_options
    def ask(db: Db, engine: EngineConfig, settings: Given[ModelSettings]) -> None: ...
"""

from __future__ import annotations

import functools
import inspect
import re
import types
from collections.abc import Callable, Collection, Iterator
from dataclasses import MISSING, is_dataclass
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

import typer

from nshot.options import Given, OptionField, choices, list_options

T = TypeVar("T")
CONTEXT = "context_of_options"
"""Parameter for the context of the command line, where a command takes none itself."""
REST = "+"
"""Suffix of the panel of options that only `--help-all` shows."""
EXPLICIT = "EXPLICIT"
"""Class attribute of a config: whether only the command line sets its options, never a profile."""
PROFILE = "__nshot_profile__"
"""Attribute of a command with its derived options by parameter name, which a profile may set."""


class Without(NamedTuple):
    """Options of a config class that a command does not have."""

    names: tuple[str, ...]


class Only(NamedTuple):
    """The options of a config class that a command has: those of some classes inside it, and some
    by name.
    """

    kinds: tuple[type, ...]
    names: tuple[str, ...] = ()


class NamedAs(NamedTuple):
    """An option that has another name in a command."""

    option: str
    name: str


class Explicit(NamedTuple):
    """Options that only the command line sets, never a profile."""


class OptionGroup(NamedTuple):
    """A parameter of a command that stands for the options of a config class."""

    kind: type
    given: bool
    """Whether the command receives `Given`, or the config itself."""
    options: tuple[OptionField, ...]
    names: dict[str, str]
    """Other names of options in this command."""
    in_profile: bool = True
    """Whether a profile may set them."""

    def name(self, one: OptionField) -> str:
        """The option's name in this command."""
        return self.names.get(one.name, one.name)

    def parameters(self) -> Iterator[tuple[str, OptionField]]:
        """The command's parameters with the options that they set."""
        for one in self.options:
            for name in [switch.name for switch in one.info.switches] or [self.name(one)]:
                yield name, one

    def take(self, values: dict[str, Any], context: typer.Context) -> Any:
        """The group's object, made from the values of the command line."""
        found: dict[str, Any] = {}
        for one in self.options:
            for switch in one.info.switches:
                if values.pop(switch.name, None):
                    found = _switch_on(found, one, switch.value)
            if not one.info.switches:
                value = _value(values.pop(self.name(one)))
                if value is not None:
                    found[one.name] = value
        given: Given[Any] = Given(self.kind, found, self._of_profile(context))
        return given if self.given else given.drop_idle(make_config)

    def _of_profile(self, context: typer.Context) -> set[str]:
        """The options whose values come from the profile."""
        sources = ((context.get_parameter_source(name), one.name) for name, one in self.parameters())
        return {name for source, name in sources if source is not None and source.name == "DEFAULT_MAP"}


def make_config(given: Given[T]) -> T:
    """The config of what was given.

    Raises:
        IdleOptionError: An option given has no effect.
    """
    made = given.make()
    given.check_effect(made)
    return made


def derive_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command, with each config-class parameter replaced by one option per field."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: group for name, hint in hints.items() if (group := _group(hint)) is not None}
    parameters = [
        parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(command).parameters.items()
        if name not in groups
    ]
    own = {parameter.name for parameter in parameters}
    contexts = [one.name for one in parameters if one.annotation is typer.Context]
    if not contexts:
        parameters.append(_parameter_of_context())
    for group in groups.values():
        parameters += [one for one in _spread(group) if one.name not in own]

    @functools.wraps(command)
    def spread(**values: Any) -> None:
        context = values[contexts[0]] if contexts else values.pop(CONTEXT)
        made = {name: group.take(values, context) for name, group in groups.items()}
        command(**values, **made)

    parameters.sort(key=lambda one: one.default is not inspect.Parameter.empty)
    order = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    spread.__signature__ = inspect.Signature(order)  # type: ignore[attr-defined]
    spread.__annotations__ = {one.name: one.annotation for one in order}
    shared = [one for group in groups.values() if group.in_profile for one in group.parameters()]
    taken = {name: one for name, one in shared if name not in own}
    setattr(spread, PROFILE, taken)
    del spread.__wrapped__
    return spread


def _parameter_of_context() -> inspect.Parameter:
    return inspect.Parameter(CONTEXT, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)


def _group(hint: Any) -> OptionGroup | None:
    hint, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    given = get_origin(hint) is Given
    kind = get_args(hint)[0] if given else hint
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return None
    options = list_options(kind)
    names: dict[str, str] = {}
    for note in notes:
        if isinstance(note, Without):
            options = tuple(one for one in options if one.name not in note.names)
        elif isinstance(note, Only):
            options = tuple(one for one in options if one.kind in note.kinds or one.name in note.names)
        elif isinstance(note, NamedAs):
            names[note.option] = note.name
    explicit = getattr(kind, EXPLICIT, False) or any(isinstance(note, Explicit) for note in notes)
    return OptionGroup(kind, given, options, names, in_profile=not explicit)


def _spread(group: OptionGroup) -> Iterator[inspect.Parameter]:
    for one in group.options:
        title = getattr(one.kind, "PANEL", "")
        shown = not title or one.info.common or one.default is MISSING
        panel = title if shown else title + REST
        if one.info.switches:
            for switch in one.info.switches:
                yield _parameter(
                    switch.name, bool, spell_options(switch.doc), panel, flags=(flag(switch.name),)
                )
            continue
        name = group.name(one)
        yield _parameter(
            name,
            _plain(one.type),
            help_of(one),
            panel,
            flags=_flags(one, name),
            required=one.default is MISSING,
            metavar="|".join(choices(one.type)) or None,
        )


def _parameter(
    name: str,
    kind: Any,
    text: str,
    panel: str,
    *,
    flags: tuple[str, ...],
    required: bool = False,
    metavar: str | None = None,
) -> inspect.Parameter:
    shown = typer.Option(
        *flags, help=text, rich_help_panel=panel or None, metavar=metavar, show_default=False
    )
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if required else None,
        annotation=Annotated[kind if required else kind | None, shown],
    )


def _flags(one: OptionField, name: str) -> tuple[str, ...]:
    if _plain(one.type) is bool and not one.info.only_on:
        return (f"{flag(name)}/--no-{name.replace('_', '-')}",)
    return (*one.info.short, flag(name))


def flag(name: str) -> str:
    """An option's name as the command line spells it; `from_` stands for a word that Python keeps.

    >>> flag("max_tables"), flag("from_")
    ('--max-tables', '--from')
    """
    return "--" + name.rstrip("_").replace("_", "-")


def _plain(hint: Any) -> Any:
    """The type that the command line parses: literals as text, several values as a list."""
    if get_origin(hint) in (Union, types.UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        hint = str if str in parts else parts[0]
    if get_origin(hint) is Literal:
        return str
    if get_origin(hint) is tuple:
        return list[str]
    return hint


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(text.replace("\\n", "\n") for text in value) or None
    return value


def _switch_on(found: dict[str, Any], one: OptionField, value: str) -> dict[str, Any]:
    from nshot.errors import OptionError

    if one.name in found:
        both = " and ".join(f"`{name}`" for _, name, _ in one.info.switches)
        raise OptionError(f"{both} exclude each other; give one of them", option=one.name)
    return found | {one.name: value}


def help_of(one: OptionField) -> str:
    """The option's help: its docstring, and its default if the docstring does not state it."""
    text = spell_options(one.doc)
    if one.default in (None, MISSING, ()) or one.info.only_on or "y default" in text:
        own = " A model may have its own (nshot.json)." if one.info.of_model else ""
        return text + own
    default = ("no", "yes")[one.default] if isinstance(one.default, bool) else one.default
    owner = "the model's own, else " if one.info.of_model else ""
    return f"{text} Default: {owner}{default}." if str(default) else text


def spell_options(text: str, names: Collection[str] | None = None) -> str:
    """A docstring or message with option names spelled as on the command line.

    Args:
        text: Option names are in backticks.
        names: The option names to replace; None: every word in backticks that could be one.

    >>> spell_options("Raise `max_tables`, or leave it out.")
    'Raise --max-tables, or leave it out.'
    """
    return re.sub(
        r"`([a-z][a-z0-9_]*)`",
        lambda match: flag(match[1]) if names is None or match[1] in names else match[0],
        text,
    )
