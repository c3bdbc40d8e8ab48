"""The options of a config class, and those that a user gave of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from nshot.errors import IdleOptionError, OptionError, UnknownNameError
from nshot.option_types import convert_value
from nshot.options.declare import KEY, OptionField, OptionInfo, choices
from nshot.options.docstrings import field_docs
from nshot.redaction import redact

T = TypeVar("T")
R = TypeVar("R")


def list_options(kind: type) -> tuple[OptionField, ...]:
    """The options of a config class in the order of their declaration, those of configs inside
    included.

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
        info = field.metadata.get(KEY, OptionInfo())
        inner = find_config_class(hints[field.name])
        if info.hidden:
            continue
        if inner is not None:
            yield from _walk_options(inner, (*path, field.name))
            continue
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        doc = docs.get(field.name, "")
        yield OptionField((*path, field.name), hints[field.name], default, doc, info, kind)


def find_config_class(hint: Any) -> type | None:
    """The config class that a field holds, itself or as `Given`; None for a plain value."""
    if get_origin(hint) is Given:
        (hint,) = get_args(hint)
    return hint if isinstance(hint, type) and is_dataclass(hint) else None


def convert_option(one: OptionField, value: Any) -> Any:
    """The value in the option's type; words of a list stay as they are, for the class to check.

    Raises:
        OptionError: It has another type.
    """
    return value if choices(one.type) else convert_value(one.type, value, f"`{one.name}`")


class Given(Generic[T]):
    """The options that a user gave for a config class; options that were not given are absent."""

    def __init__(
        self, kind: type[T], values: Mapping[str, Any] | None = None, soft: Collection[str] = ()
    ) -> None:
        """
        Args:
            kind: The config class.
            values: By option name.
            soft: Options that `drop_idle` may drop, such as those of a profile.

        Raises:
            UnknownNameError: The class has no such option.
            OptionError: A value has the wrong type. Words of a list are checked by the class
                itself.
        """
        known = {one.name: one for one in list_options(kind)}
        for name in values or {}:
            if name not in known:
                raise UnknownNameError("option", name, tuple(known))
        self.kind, self.soft = kind, frozenset(soft)
        self.values = {name: convert_option(known[name], value) for name, value in (values or {}).items()}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Given) and (self.kind, self.values) == (other.kind, other.values)

    def __hash__(self) -> int:
        return hash((self.kind, tuple(sorted(self.values))))

    def __repr__(self) -> str:
        return redact(f"Given({self.kind.__name__}, {self.values!r})")

    def get(self, name: str, default: Any = None) -> Any:
        """The value given, else `default`."""
        return self.values.get(name, default)

    def over(self, base: T) -> T:
        """`base` with the given options in place of its own.

        Raises:
            OptionError: The config class refuses a value.
        """
        return replace_options(base, self.values)

    def make(self) -> T:
        """The config with the given options and defaults for the rest.

        Raises:
            OptionError: An option without a default is missing, or a value is refused.
        """
        needed = {}
        for one in list_options(self.kind):
            if one.default is MISSING and len(one.path) == 1:
                if one.name not in self.values:
                    raise OptionError(f"`{one.name}` is missing; give it", option=one.name)
                needed[one.path[0]] = self.values[one.name]
        return self.over(self.kind(**needed))

    def drop_idle(self, check: Callable[[Given[T]], R], deciding: Collection[str] = ()) -> R:
        """The result of a check, without the soft options to which other options given leave no
        effect.

        Args:
            check: Raises `IdleOptionError` for an option without effect.
            deciding: Options that may decide over any other, such as the model.

        Raises:
            IdleOptionError: An option that is not soft has no effect, or one that no other option
                given decides.
        """
        try:
            return check(self)
        except IdleOptionError as error:
            hard = self.values.keys() - self.soft
            idle = {
                one.name
                for one in list_options(self.kind)
                if error.option in (one.name, *(switch.name for switch in one.info.switches))
            }
            if not idle & self.soft or hard.isdisjoint((*error.because, *deciding)):
                raise
            left = {name: value for name, value in self.values.items() if name not in idle}
            return Given(self.kind, left, self.soft - idle).drop_idle(check, deciding)

    def check_effect(self, config: T) -> None:
        """Check that every given option has an effect in the resulting config.

        Raises:
            IdleOptionError: An option has no effect, because another option does not have the value
                that it needs.
        """
        values = as_values(config)
        for one in list_options(self.kind):
            if one.info.needs is None or one.name not in self.values or _is_given(config, one):
                continue
            other, wanted = one.info.needs
            if values[other] not in wanted:
                shown = "" if wanted == (True,) else f" {' or '.join(map(str, wanted))}"
                raise IdleOptionError(
                    f"`{one.name}` has no effect without `{other}`{shown}; give that, too, or leave it out",
                    option=one.name,
                    because=(other,),
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
    """The values of all options of a config, by option name; of a `Given` inside, those that were
    given.
    """
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
