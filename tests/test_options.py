"""Options are declared once, by the fields of config classes."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from typing import Literal

import pytest

from nshot.errors import OptionError, UnknownNameError
from nshot.options import (
    Given,
    as_values,
    check_seconds,
    choices,
    effective_options,
    field_docs,
    find_inline,
    inline,
    list_options,
    list_prediction_options,
    make,
    replace_options,
    reset_idle,
)
from nshot.options import option as declare

Roast = Literal["light", "dark"]


@dataclass(frozen=True)
class Grinder:
    """The part inside."""

    grams: int = declare(18, name="dose", of_model=True)
    """Coffee, in grams."""
    burr: str = declare("flat", affects_predictions=False)
    """Shape of the burrs; over
    two lines."""
    serial: int = declare(0, hidden=True)
    """Set by code."""

    def __post_init__(self) -> None:
        if self.grams < 1:
            raise OptionError(f"`dose` must be at least 1, got {self.grams}", option="dose")


@dataclass(frozen=True)
class Cup:
    """A part of which only what is given is known."""

    size: int = declare(2)
    """In decilitres."""


@dataclass(frozen=True)
class Machine:
    """A config with configs inside it."""

    name: str = declare()
    """Must be given."""
    grinder: Grinder = field(default_factory=Grinder)
    milk: bool = declare(False)
    """Whether there is milk."""
    foam: float = declare(0.5, needs=("milk", (True,)), recipe=True)
    """Share of foam."""
    roast: Roast | None = declare(None)
    """By default the house's."""
    cup: Given[Cup] = field(default_factory=lambda: Given(Cup))


@dataclass(frozen=True)
class LargerGrinder(Grinder):
    """A class that takes over fields, and changes one."""

    burr: str = declare("conical")
    """Another text."""


@dataclass(frozen=True)
class Section:
    """A section of a file."""

    grinder: Grinder = inline(Grinder(grams=20), renamed={"grams": "coffee"})
    machine: Machine = inline(Machine("old"), without=("grams",))


def test_the_options_of_a_config_are_its_own_of_a_config_and_of_those_inside_it() -> None:
    found = {one.path: (one.name, one.default, one.kind) for one in list_options(Machine)}
    assert [".".join(path) for path in found] == [
        "name", "grinder.grams", "grinder.burr", "milk", "foam", "roast", "cup.size"
    ]  # fmt: skip
    assert found["name",] == ("name", MISSING, Machine)
    assert found["grinder", "grams"] == ("dose", 18, Grinder)


def test_the_docstring_below_a_field_is_its_doc_in_one_line() -> None:
    assert field_docs(Grinder)["burr"] == "Shape of the burrs; over two lines."
    assert field_docs(LargerGrinder) == {
        "grams": "Coffee, in grams.", "burr": "Another text.", "serial": "Set by code."
    }  # fmt: skip
    assert [one.doc for one in list_options(LargerGrinder)] == ["Coffee, in grams.", "Another text."]


def test_the_words_of_a_type_are_its_choices() -> None:
    assert choices(Roast) == choices(Roast | None) == choices(tuple[Roast, ...]) == ("light", "dark")
    assert choices(str) == choices(int | None) == ()


def test_what_is_given_is_put_over_a_config_however_deep_it_stands() -> None:
    base = Machine("one", Grinder(20, "conical"), milk=True)
    found = Given(Grinder, {"dose": 9}).over(base.grinder)
    assert found == Grinder(9, "conical")
    other = Given(Machine, {"milk": False, "roast": "dark"}).over(base)
    assert other == Machine("one", Grinder(20, "conical"), roast="dark")
    assert Given(Machine).over(base) is base


def test_of_a_part_that_is_only_given_nothing_else_is_set() -> None:
    found = replace_options(Machine("one"), {"size": 3})
    assert found == Machine("one", cup=Given(Cup, {"size": 3}))
    assert replace_options(found, {"dose": 7}).cup == found.cup


def test_a_config_is_made_of_what_is_given_alone() -> None:
    assert make(Machine, {"name": "one", "milk": True}) == Machine("one", milk=True)
    with pytest.raises(OptionError, match="`name` is missing; give it"):
        make(Machine, {"milk": True})


def test_an_unknown_option_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"'grams'.*dose"):
        Given(Machine, {"grams": 3})
    with pytest.raises(UnknownNameError, match="serial"):
        Given(Grinder, {"serial": 1})  # hidden: set by code alone


def test_a_value_of_another_type_is_refused_when_it_is_given() -> None:
    with pytest.raises(OptionError, match="`dose` must be a whole number, got '9'"):
        Given(Machine, {"dose": "9"})
    assert Given(Machine, {"foam": 1}).values == {"foam": 1.0}


def test_the_config_class_refuses_its_values() -> None:
    with pytest.raises(OptionError, match="`dose` must be at least 1") as caught:
        Given(Grinder, {"dose": 0}).make()
    assert caught.value.option == "dose"


def test_an_option_without_effect_is_refused_where_it_was_given() -> None:
    given = Given(Machine, {"name": "one", "foam": 0.2})
    with pytest.raises(OptionError, match="`foam` has no effect without `milk`; give") as caught:
        given.check_effect(given.make())
    assert caught.value.option == "foam"
    given.check_effect(Machine("one", milk=True))
    Given(Machine, {"name": "one"}).check_effect(Machine("one", foam=0.2))


def test_the_values_of_a_config_are_told_by_option_name() -> None:
    assert as_values(Machine("one", Grinder(20))) == {
        "name": "one", "dose": 20, "burr": "flat", "milk": False, "foam": 0.5, "roast": None, "size": None
    }  # fmt: skip
    assert as_values(Machine("one", cup=Given(Cup, {"size": 3})))["size"] == 3


def test_what_counts_and_has_an_effect_is_told() -> None:
    assert list_prediction_options(Grinder) == ("dose",)
    assert "foam" not in effective_options(Machine("one", foam=0.2))
    assert effective_options(Machine("one", milk=True, foam=0.2))["foam"] == 0.2


def test_an_option_without_effect_goes_back_to_its_default() -> None:
    assert reset_idle(Machine("one", foam=0.2, roast="dark")) == Machine("one", roast="dark")
    assert reset_idle(Machine("one", milk=True, foam=0.2)) == Machine("one", milk=True, foam=0.2)


def test_a_section_has_the_keys_of_the_config_inside_it_that_belong_to_a_recipe() -> None:
    grinder, machine = (Section.__dataclass_fields__[name] for name in ("grinder", "machine"))
    held = find_inline(grinder)
    assert held is not None
    assert dict(held.names) == {"grams": "coffee"}
    other = find_inline(machine)
    assert other is not None
    assert dict(other.names) == {"foam": "foam"}
    assert find_inline(Machine.__dataclass_fields__["grinder"]) is None
    assert Section().grinder == Grinder(20)


@pytest.mark.parametrize("seconds", [0, -1, 86_401, float("nan")])
def test_a_limit_of_time_is_above_0_and_at_most_a_day(seconds: float) -> None:
    check_seconds("timeout", 86_400)
    with pytest.raises(OptionError, match="`timeout` must be above 0 and at most 86400 seconds") as refused:
        check_seconds("timeout", seconds)
    assert refused.value.option == "timeout"
