"""A walk over all options: each is documented, reachable, saved and described as its field
declares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer

from nshot.cli.app import app
from nshot.cli.options.derive import help_of, spell_options
from nshot.errors import OptionError
from nshot.eval.config import EvalConfig
from nshot.eval.modes import MODES
from nshot.generation import Decoding, ModelSettings
from nshot.index.vectors.faiss_vectors import KINDS
from nshot.options import (
    OptionField,
    choices,
    field_docs,
    find_inline,
    find_taken,
    list_options,
    make,
    option,
    take,
)
from nshot.pipeline import PipelineConfig
from nshot.pipeline.predictions.description import describe
from nshot.prompting import TEMPLATES, PromptConfig
from nshot.retrieval import SELECTIONS, STRATEGIES, IndexConfig, RetrievalConfig
from nshot.training import RowConfig
from nshot.training.tuning.recipe.file import make_recipe, to_table
from nshot.training.tuning.recipe.recipe import Recipe

from .other_values import another_value

Commands = dict[str, Any]


@pytest.fixture(scope="module")
def configs(repo: Path) -> list[type]:
    """Every class of the package that declares an option."""
    found: dict[str, type] = {}
    for source in sorted((repo / "src").rglob("*.py")):
        if "option(" in source.read_text(encoding="utf-8"):
            name = ".".join(source.relative_to(repo / "src").with_suffix("").parts)
            values = vars(import_module(name)).values()
            found |= {one.__qualname__: one for one in values if isinstance(one, type) and declared(one)}
    return list(found.values())


@pytest.fixture(scope="module")
def commands() -> Commands:
    """Every command by its name, imported."""
    return dict(walk(typer.main.get_command(app), ""))


def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "list_commands"):
        yield name.strip(), command
        return
    for child in command.list_commands(None):
        yield from walk(command.get_command(None, child), f"{name} {child}")


def declared(kind: type) -> list[str]:
    """Names of the fields of a class that declare an option, those that are hidden included."""
    return [one.name for one in getattr(kind, "__dataclass_fields__", {}).values() if one.metadata]


@dataclass(frozen=True)
class Faulty:
    """Each of its fields breaks a rule: what the walks must find."""

    undocumented: int = option(1)
    unreachable: bool = option(False)
    """No command has it."""
    needless: int = option(1, needs=("method", ("beam",)))
    """Its need is no option of this class."""
    wrong: int = option(1, needs=("way", ("up",)))
    """Its need has no such value."""
    way: Any = option("down")
    """A need."""


def test_the_walk_sees_every_config(configs: list[type], commands: Commands) -> None:
    assert {"EngineConfig", "Decoding", "RetrievalConfig", "GridOptions", "EvalConfig", "ExportConfig"} <= {
        one.__name__ for one in configs
    }
    assert {"ask", "index build", "train data", "config show"} <= set(commands)


def undocumented(kind: type) -> list[str]:
    return [name for name in declared(kind) if not field_docs(kind).get(name)]


def test_every_option_has_a_docstring(configs: list[type]) -> None:
    assert not [(kind.__name__, names) for kind in configs if (names := undocumented(kind))]
    assert undocumented(Faulty) == ["undocumented"]


SHARED = {"db", "profile", "version", "help_all"}
"""Options that stand once, in `cli/options/parameters.py`, `cli/app.py` and `cli/command.py`."""


def test_every_option_of_a_command_is_declared_by_a_config(configs: list[type], commands: Commands) -> None:
    known = {
        name
        for kind in configs
        for one in list_options(kind)
        for name in (one.name, *(switch.name for switch in one.info.switches))
    }
    renamed = {"schema_style"}  # what `train data` calls the option `context` of prompts
    options = {(name, one.name) for name, c in commands.items() for one in c.params if is_option(one)}
    assert len(options) > 500
    assert not {(name, one) for name, one in options if one not in known | renamed | SHARED}


def is_option(parameter: Any) -> bool:
    return str(parameter.param_type_name) == "option"


def test_a_flag_that_a_help_text_names_is_one_of_a_command(configs: list[type], commands: Commands) -> None:
    flags = {flag for command in commands.values() for one in command.params for flag in one.opts}
    named = {
        (one.name, flag)
        for kind in configs
        for one in list_options(kind)
        for flag in re.findall(r"(?<!\w)--[a-z][a-z-]*", help_of(one))
    }
    assert len(named) > 20
    assert not {(name, flag) for name, flag in named if flag not in flags}


def test_an_option_that_is_only_switched_on_has_no_opposite(configs: list[type], commands: Commands) -> None:
    flags = {"json", "dry_run", "newer"}
    assert flags <= {one.name for kind in configs for one in list_options(kind) if one.info.only_on}
    opposites = {
        one.name: one.secondary_opts
        for command in commands.values()
        for one in command.params
        if getattr(one, "is_flag", False)
    }
    assert not [name for name in flags if opposites[name]]
    assert opposites["constrain"] == ["--no-constrain"]


def test_options_are_written_by_hand_where_all_commands_share_them(repo: Path) -> None:
    source = repo / "src" / "nshot"
    by_hand = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if "typer.Option(" in path.read_text(encoding="utf-8")
    }
    assert by_hand == {"cli/app.py", "cli/options/derive.py", "cli/options/parameters.py"}


def unreachable(kind: type, commands: Commands) -> list[str]:
    """Options of which no command has one of that name and help."""
    known = {
        (one.name, getattr(one, "help", None)) for command in commands.values() for one in command.params
    }

    def wanted(one: OptionField) -> set[tuple[str, str]]:
        switches = {(name, spell_options(doc)) for _, name, doc in one.info.switches}
        return switches or {(one.name, help_of(one))}

    return [one.name for one in list_options(kind) if not wanted(one) <= known]


def test_every_option_is_one_of_a_command(configs: list[type], commands: Commands) -> None:
    assert not [(kind.__name__, names) for kind in configs if (names := unreachable(kind, commands))]
    assert "unreachable" in unreachable(Faulty, commands)


def test_an_options_name_is_unique_in_a_pipeline() -> None:
    names = [one.name for one in list_options(PipelineConfig)]
    assert sorted(names) == sorted(set(names))


def unmet(kind: type) -> list[str]:
    """Options whose `needs` no value of another option of the class could ever meet."""
    types = {one.name: one.type for one in list_options(kind)}
    found = []
    for one in list_options(kind):
        if one.info.needs is None or len(one.path) > 1:
            continue
        other, values = one.info.needs
        allowed = choices(types[other]) if other in types else ()
        if (
            other not in types
            or not all(fits(value, types[other], allowed) for value in values)
            or not values
        ):
            found.append(one.name)
    return found


def fits(value: Any, kind: Any, allowed: Collection[str]) -> bool:
    if allowed:
        return value in allowed
    return kind in (bool, str) and isinstance(value, kind)


def test_every_option_that_needs_another_can_have_it(configs: list[type]) -> None:
    assert not [(kind.__name__, names) for kind in configs if (names := unmet(kind))]
    assert unmet(Faulty) == ["needless", "wrong"]
    needing = [(kind, one) for kind in configs for one in list_options(kind) if one.info.needs]
    assert len(needing) > 10
    for kind, one in needing:
        assert one.info.needs is not None
        if all(other.default is not MISSING for other in list_options(kind)):
            for value in one.info.needs[1]:
                make(kind, {one.info.needs[0]: value})  # the class allows it, too


NAMED: list[tuple[type, str, Collection[str]]] = [
    (RetrievalConfig, "strategy", STRATEGIES),
    (RetrievalConfig, "select", SELECTIONS),
    (IndexConfig, "vectors", KINDS),
    (PromptConfig, "template", TEMPLATES),
    (EvalConfig, "mode", MODES),
]
"""Options whose values are the names in a table."""


@pytest.mark.parametrize(("kind", "name", "table"), NAMED, ids=lambda value: str(value)[:20])
def test_the_help_of_an_option_names_every_value_of_its_table(
    kind: type, name: str, table: Collection[str]
) -> None:
    doc = field_docs(kind)[name]
    assert not [value for value in table if not re.search(rf"(?<![\w-]){value}(?![\w-])", doc)]


def test_the_modes_of_an_evaluation_are_those_of_its_table() -> None:
    assert choices(next(one.type for one in list_options(EvalConfig) if one.name == "mode")) == tuple(MODES)


OF_MODEL = [one for one in list_options(ModelSettings) if one.info.of_model]
VALUES = {"functions": ("count", "max"), "template": "compact"}
ROWS = {"contexts": "gold", "strategies": ("keyword",)}


def other_settings() -> ModelSettings:
    """Settings in which no option that belongs to a model has its default."""
    return make(ModelSettings, {one.name: VALUES.get(one.name) or another_value(one) for one in OF_MODEL})


def test_what_belongs_to_a_model_is_saved_and_read(tmp_path: Path) -> None:
    settings = replace(other_settings(), trained_shots="0..5")
    settings.save(tmp_path)
    record = json.loads((tmp_path / "nshot.json").read_text())
    assert ModelSettings.load(tmp_path) == settings
    for one in OF_MODEL:
        at = record
        for name in one.path:
            at = at[name]
        assert (tuple(at) if isinstance(at, list) else at) != one.default, one.name


@dataclass(frozen=True)
class LaterPrompt(PromptConfig):
    """The prompts of a later version."""

    tone: str = option("plain", of_model=True)
    """A new option."""


def test_a_new_option_that_belongs_to_a_model_is_saved(tmp_path: Path) -> None:
    ModelSettings(prompt=LaterPrompt(tone="loud")).save(tmp_path)
    assert json.loads((tmp_path / "nshot.json").read_text())["prompt"]["tone"] == "loud"


@pytest.mark.parametrize(
    ("kind", "section", "inside", "without", "renamed"),
    [
        (Decoding, "select", "decoding", {"constrain"}, {}),
        (PromptConfig, "data", "prompt", {"scope"}, {"context": "schema_style"}),
        (RowConfig, "data", "rows", set(), {}),
    ],
)
def test_what_belongs_to_a_model_is_a_key_of_a_recipe(
    kind: type, section: str, inside: str, without: set[str], renamed: dict[str, str]
) -> None:
    keys = {
        one.path[-1]: one for one in list_options(kind) if one.info.in_recipe and one.path[-1] not in without
    }
    fixed = ROWS if kind is RowConfig else VALUES
    values = {
        renamed.get(name, name): fixed.get(name) or another_value(one, getattr(plain(section, inside), name))
        for name, one in keys.items()
    }
    recipe = make_recipe({section: ({"pool": ["sample"]} if section == "data" else {}) | values})
    held = getattr(getattr(recipe, section), inside)
    assert {renamed.get(name, name): getattr(held, name) for name in keys} == values
    assert make_recipe(to_table(recipe)) == recipe
    assert len(values) > 5


def plain(section: str, inside: str) -> Any:
    return getattr(getattr(make_recipe({}), section), inside)


OWN_MEANING = {
    "Recipe": {"model", "quantise", "select"},  # sections
    "ModelPart": {"source", "dtype"},  # a base that can be trained: no server, no int8
    "LoraPart": {"rank", "dropout"},  # of the adapter; the options are of an encoder and of rows
    "DataPart": {"pool"},  # files; the option is a row of the command line
    # Of the tuning of a language model; the options are of an encoder, of adapt and of single draws.
    "OptimPart": {"learning_rate", "epochs", "minutes", "seed", "threads"},
    "SelectPart": {"questions", "patience"},  # a number of questions; early stopping of this tuning
}
"""Keys of recipes, by section, that have the name of an option and another meaning."""


def sections(kind: type = Recipe) -> Iterator[type]:
    """The classes of a recipe's sections, the recipe's own included."""
    yield kind
    for one in get_type_hints(kind).values():
        if isinstance(one, type) and is_dataclass(one) and one.__module__.startswith(Recipe.__module__[:-7]):
            yield from sections(one)


def repeated(kind: type, names: Collection[str]) -> list[str]:
    """Fields of a section that repeat an option: they neither hold its config nor take its
    field."""
    own = [one.name for one in fields(kind) if find_inline(one) is None and find_taken(one) is None]
    return [name for name in own if name in names]


def differing(kind: type) -> list[str]:
    """Fields of a section that take an option, and are of another type."""
    hints = get_type_hints(kind)
    return [
        one.name for one in fields(kind) if (of := find_taken(one)) is not None and hints[one.name] != of.type
    ]


@dataclass(frozen=True)
class FaultySection:
    """Repeats the option `device`, and takes `shots` in another type."""

    device: str = "auto"
    shots: float = take(ModelSettings, "shots")


def test_a_key_of_a_recipe_that_is_an_option_takes_its_declaration(configs: list[type]) -> None:
    names = {name for kind in configs for one in list_options(kind) for name in (one.name, one.path[-1])}
    parts = list(sections())
    taken = {one.name for kind in parts for one in fields(kind) if find_taken(one)}
    assert taken >= {"device", "allow_download", "chat", "databases", "tables", "index", "shots", "context"}
    assert {kind.__name__: set(found) for kind in parts if (found := repeated(kind, names))} == OWN_MEANING
    assert not [(kind, found) for kind in parts if (found := differing(kind))]
    assert (repeated(FaultySection, names), differing(FaultySection)) == (["device"], ["shots"])


BASES: list[dict[str, Any]] = [
    {"shots": 1},
    {"shots": 1, "strategy": "skeleton", "select": "mmr"},
    {"shots": 1, "model": "http://localhost:1/v1"},
    {"shots": 1, "candidates": 2, "method": "beam"},
]
PIPELINE_VALUES = VALUES | {
    "first_strategy": "keyword", "strategy": "keyword", "select": "distinct", "difficulty": ("easy",),
    "candidates": 3, "extra_body": '{"top_k": 4}',
}  # fmt: skip


class FakeManifest:
    """The identity of an index's content."""

    same_db = "never"

    def identity(self) -> str:
        return "0123"


@pytest.fixture
def description(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`description(values)`: what a run with these options is described by; no index is opened."""
    monkeypatch.setattr("nshot.index.read_manifest", lambda folder: FakeManifest())
    monkeypatch.setattr("nshot.retrieval.sample_index.sample_index", lambda: Path("of-the-sample"))

    def found(values: dict[str, Any]) -> dict[str, Any]:
        config = make(PipelineConfig, values)
        return describe(config, config.settings.over(ModelSettings()))

    return found


def taken(one: OptionField) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Options of runs with and without another value of an option, where a config takes it."""
    for base in BASES:
        value = PIPELINE_VALUES.get(one.name) or another_value(one, base.get(one.name, one.default))
        try:
            make(PipelineConfig, base | {one.name: value}).settings.over(ModelSettings())
        except OptionError:
            continue
        yield base, base | {one.name: value}


@pytest.mark.parametrize("one", list_options(PipelineConfig), ids=lambda one: one.name)
def test_a_run_is_described_by_every_option_that_counts_and_by_no_other(
    one: OptionField, description: Any
) -> None:
    pairs = list(taken(one))
    assert pairs
    for base, changed in pairs:
        assert (description(base) != description(changed)) == one.info.affects_predictions


def test_an_option_that_affects_predictions_is_in_the_description_by_its_name(description: Any) -> None:
    described = description({"shots": 2, "beams": 8, "model": "embedded"})
    assert {one.name for one in list_options(PipelineConfig) if one.info.affects_predictions} <= set(
        described
    )
    assert (described["shots"], described["beams"], described["index"]) == (2, 8, "of-the-sample")
