"""One declaration an option: a field of a frozen config dataclass, its docstring and its metadata.

Command line options, keys of a recipe, of `nshot.json`, of a profile and of the prediction cache are all
derived from here. A config class declares an option once:

    beams: int = option(4, of_model=True, needs=("method", ("beam",)))
    \"\"\"Hypotheses that beam search follows, at least.\"\"\"

`list_options` lists the options of a config class, with those of the config classes inside it; `Given`
holds the options that a user gave, and puts them over a config.

It knows nothing of any particular option, of flags or of files.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from nshot.errors import OptionError, UnknownNameError
from nshot.redaction import redact

_KEY, _INLINE = "nshot option", "nshot inline"
T = TypeVar("T")


class Switch(NamedTuple):
    """An option without a value, which sets another option: `--vote` sets `choose` to vote."""

    value: str
    """What it sets."""
    name: str
    """Its own name."""
    doc: str
    """Its help."""


@dataclass(frozen=True)
class OptionInfo:
    """What a field declares of its option, besides name, type, default and docstring."""

    common: bool = False
    """Whether most people need it, so that the short `--help` shows it."""
    name: str = ""
    """The option's name, if it differs from the field's."""
    short: tuple[str, ...] = ()
    """Further spellings on the command line, such as `-n`."""
    of_model: bool = False
    """Whether a model may have its own value, which `nshot.json` stores."""
    recipe: bool = False
    """Whether it is a key of a recipe although models do not store it."""
    needs: tuple[str, tuple[Any, ...]] | None = None
    """Another option, and the values of it with which this option has an effect."""
    switches: tuple[Switch, ...] = ()
    """Options without a value, each of which sets one value of this option; they replace its own flag."""
    affects_predictions: bool = True
    """Whether it can change a prediction: a run that goes on must have the same value."""
    hidden: bool = False
    """Whether it is set only by code, not by users."""

    @property
    def in_recipe(self) -> bool:
        """Whether it is a key of a recipe."""
        return self.of_model or self.recipe


class OptionField(NamedTuple):
    """An option as its field declares it."""

    path: tuple[str, ...]
    """Names of the fields that lead to it, ending with its own: `("decoding", "beams")`."""
    type: Any
    """The field's annotation."""
    default: Any
    """MISSING for a required option."""
    doc: str
    """The field's docstring in one line."""
    info: OptionInfo
    kind: type
    """The class that declares it."""

    @property
    def name(self) -> str:
        """The option's name: `info.name`, else that of the field."""
        return self.info.name or self.path[-1]


def option(default: Any = MISSING, **info: Any) -> Any:
    """A dataclass field that declares an option.

    Args:
        default: Its value if nobody gives one; without it the option must be given.
        **info: Fields of `OptionInfo`.
    """
    return dataclasses.field(default=default, metadata={_KEY: OptionInfo(**info)})


class Inline(NamedTuple):
    """A config class whose options are keys of the surrounding section of a file."""

    names: Mapping[str, str]
    """Key in the section by name of the field in the class; other fields are no keys."""


def inline(default: Any, *, without: Collection[str] = (), renamed: Mapping[str, str] | None = None) -> Any:
    """A dataclass field with a config of its own, whose options are keys of the section around it.

    Only options that are keys of a recipe are taken (`OptionInfo.in_recipe`).

    Args:
        default: The config.
        without: Fields that are no keys.
        renamed: Other names of keys, by field.
    """
    names = {
        one.path[-1]: (renamed or {}).get(one.path[-1], one.path[-1])
        for one in list_options(type(default))
        if one.info.in_recipe and one.path[-1] not in without
    }
    return dataclasses.field(default=default, metadata={_INLINE: Inline(names)})


def find_inline(field: dataclasses.Field[Any]) -> Inline | None:
    """How the field's config stands in a section; None for a plain field."""
    found: Inline | None = field.metadata.get(_INLINE)
    return found


def list_options(kind: type) -> tuple[OptionField, ...]:
    """The options of a config class in the order of their declaration, those of configs inside included.

    >>> [one.name for one in list_options(OptionInfo)][:3]
    ['common', 'name', 'short']
    """
    return _list_all_options(kind)


@cache
def _list_all_options(kind: type) -> tuple[OptionField, ...]:
    return tuple(_walk_options(kind))


def _walk_options(kind: type, path: tuple[str, ...] = ()) -> Iterator[OptionField]:
    hints, docs = get_type_hints(kind), field_docs(kind)
    for field in fields(kind):
        info = field.metadata.get(_KEY, OptionInfo())
        inner = nested_config(hints[field.name])
        if info.hidden:
            continue
        if inner is not None:
            yield from _walk_options(inner, (*path, field.name))
            continue
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        doc = docs.get(field.name, "")
        yield OptionField((*path, field.name), hints[field.name], default, doc, info, kind)


def nested_config(hint: Any) -> type | None:
    """The config class that a field holds, itself or as `Given`; None for a plain value."""
    if get_origin(hint) is Given:
        (hint,) = get_args(hint)
    return hint if isinstance(hint, type) and is_dataclass(hint) else None


@cache
def field_docs(kind: type) -> Mapping[str, str]:
    """The docstrings below the fields of a class and of its bases, each in one line."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if not is_dataclass(one) or sys.modules.get(one.__module__) is None:
            continue
        found |= _module_docs(one.__module__).get(one.__qualname__, {})
    return found


@cache
def _module_docs(module: str) -> Mapping[str, Mapping[str, str]]:
    """The string below each annotated name, by class."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):  # defined at a prompt
        return {}
    return {node.name: _class_docs(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _class_docs(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for field, below in zip(node.body, node.body[1:], strict=False):
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
            text = below.value.value  # type: ignore[attr-defined]
            if isinstance(text, str):
                found[field.target.id] = " ".join(text.split())
    return found


def choices(hint: Any) -> tuple[str, ...]:
    """The words that a Literal, perhaps optional or in a tuple, allows; () for any other type.

    >>> choices(Literal["any", "keys"] | None)
    ('any', 'keys')
    """
    if get_origin(hint) is Literal:
        return tuple(str(word) for word in get_args(hint))
    if get_origin(hint) in (Union, types.UnionType, tuple):
        return tuple(word for part in get_args(hint) for word in choices(part))
    return ()


class Given(Generic[T]):
    """The options that a user gave for a config class; options that were not given are absent."""

    def __init__(self, kind: type[T], values: Mapping[str, Any] | None = None) -> None:
        """
        Args:
            kind: The config class.
            values: By option name.

        Raises:
            UnknownNameError: The class has no such option.
        """
        self.kind, self.values = kind, dict(values or {})
        known = [one.name for one in list_options(kind)]
        for name in self.values:
            if name not in known:
                raise UnknownNameError("option", name, known)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Given) and (self.kind, self.values) == (other.kind, other.values)

    def __hash__(self) -> int:
        return hash((self.kind, tuple(sorted(self.values))))

    def __repr__(self) -> str:
        return redact(f"Given({self.kind.__name__}, {self.values!r})")

    def get(self, name: str, otherwise: Any = None) -> Any:
        """The value given, else `otherwise`."""
        return self.values.get(name, otherwise)

    def over(self, base: T) -> T:
        """`base` with the given options in place of its own.

        Raises:
            OptionError: The config class refuses a value.
        """
        return replace_options(base, self.values)

    def make(self) -> T:
        """The config with the given options and defaults for the rest."""
        must = {
            one.path[0] for one in list_options(self.kind) if one.default is MISSING and len(one.path) == 1
        }
        return self.over(self.kind(**{name: value for name, value in self.values.items() if name in must}))

    def check_effect(self, config: T) -> None:
        """Check that every given option has an effect in the resulting config.

        Raises:
            OptionError: An option has no effect, because another option does not have the value that it
                needs.
        """
        values = as_values(config)
        for one in list_options(self.kind):
            if one.info.needs is None or one.name not in self.values or _is_given(config, one):
                continue
            other, wanted = one.info.needs
            if values[other] not in wanted:
                shown = " or ".join("yes" if value is True else str(value) for value in wanted)
                raise OptionError(
                    f"`{one.name}` has no effect without `{other}` {shown}; give that, too, or leave it out",
                    option=one.name,
                )


def _is_given(config: Any, one: OptionField) -> bool:
    """Whether the option stands in a `Given`, which knows only a part of the values."""
    for name in one.path[:-1]:
        if isinstance(config, Given):
            return True
        config = getattr(config, name)
    return isinstance(config, Given)


def replace_options(base: T, values: Mapping[str, Any]) -> T:
    """The config with other values of some options, by option name, however deep they stand."""
    tree: dict[str, Any] = {}
    for one in list_options(type(base)):
        if one.name in values:
            at = tree
            for name in one.path[:-1]:
                at = at.setdefault(name, {})
            at[one.path[-1]] = values[one.name]
    found: T = _replace(base, tree)
    return found


def _replace(base: Any, tree: Mapping[str, Any]) -> Any:
    if isinstance(base, Given):
        flat = dict(base.values)
        for one in list_options(base.kind):
            found = _at(tree, one.path)
            if found is not MISSING:
                flat[one.name] = found
        return Given(base.kind, flat)
    parts = {
        name: _replace(getattr(base, name), value)
        if isinstance(value, dict) and is_config(getattr(base, name))
        else value
        for name, value in tree.items()
    }
    return dataclasses.replace(base, **parts) if parts else base


def is_config(value: Any) -> bool:
    """Whether a value is a config of its own, or what was given for one."""
    return isinstance(value, Given) or (is_dataclass(value) and not isinstance(value, type))


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(tree, Mapping) or name not in tree:
            return MISSING
        tree = tree[name]
    return tree


def as_values(config: Any) -> dict[str, Any]:
    """The values of all options of a config, by option name; of a `Given` inside, those that were given."""
    return {one.name: _value_at(config, one) for one in list_options(type(config))}


def _value_at(config: Any, one: OptionField) -> Any:
    for name in one.path:
        if isinstance(config, Given):
            return config.get(one.name)
        config = getattr(config, name)
    return config


def make(kind: type[T], values: Mapping[str, Any]) -> T:
    """A config from values by option name, however deep each stands.

    Raises:
        UnknownNameError: The class has no such option.
        OptionError: A value is refused.
    """
    return Given(kind, values).make()


def effective_options(config: Any) -> dict[str, Any]:
    """The values of the options that can change a prediction and have an effect, by option name.

    An option without the value of another one that it needs has none, such as `beams` in greedy decoding.
    """
    values = as_values(config)
    idle = _find_idle(config)
    return {name: values[name] for name in list_prediction_options(type(config)) if name not in idle}


def reset_idle(config: T) -> T:
    """The config with the default of every option that has no effect in it."""
    return replace_options(config, _find_idle(config))


def _find_idle(config: Any) -> dict[str, Any]:
    """The defaults of the options that have no effect in a config, by option name."""
    values = as_values(config)
    return {
        one.name: one.default
        for one in list_options(type(config))
        if one.info.needs is not None and values[one.info.needs[0]] not in one.info.needs[1]
    }


def list_prediction_options(kind: type, names: Collection[str] | None = None) -> tuple[str, ...]:
    """Names of the options that can change a prediction; only those of `names`, if any are given."""
    return tuple(
        one.name
        for one in list_options(kind)
        if one.info.affects_predictions and (names is None or one.name in names)
    )
