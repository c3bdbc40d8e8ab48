"""A tuned model's own settings, and what the user says over them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nshot.cli.wiring import live_text, questions_at_once
from nshot.errors import OptionError, UnknownNameError
from nshot.generation import Decoding, ModelSettings
from nshot.options import Given
from nshot.pipeline import PipelineConfig
from nshot.pipeline.config import put_over
from nshot.pipeline.predictions.description import describe_settings
from nshot.prompting import PromptConfig

from ..conftest import Result, Run
from ..model_server import FakeModel

COMPACT = """\
product(id int, name text, price real)

values: product.name = 'pear'
question: How much is the pear?
sql:
"""


@pytest.fixture
def tuned(tmp_path: Path) -> Path:
    """An adapter's folder; its weights are empty."""
    prompt = PromptConfig(template="compact", show_values=True, form="from-first")
    decoding = Decoding(64, constrain=True)
    folder = tmp_path / "lora"
    ModelSettings(prompt, chat="off", shots=0, trained_shots="0", decoding=decoding).save(folder)
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").touch()
    return folder


@pytest.fixture
def show(run: Run, databases: Path, tuned: Path, own_index: Path) -> Callable[..., Result]:
    """`nshot prompt` as the tuned model gets it."""

    def call(*arguments: object) -> Result:
        return run("prompt", "How much is the pear?", "--db", "shop", "--databases", databases, "--model",
                   "none", "--adapter", tuned, "--strategy", "keyword", *arguments)  # fmt: skip

    return call


def test_a_tuned_model_gets_the_prompt_that_it_was_tuned_on(show: Callable[..., Result]) -> None:
    assert show().out == COMPACT


def test_what_the_user_says_goes_before(show: Callable[..., Result], own_index: Path) -> None:
    assert "values:" not in show("--no-show-values").out
    assert "### Response:" in show("--template", "zero-shot").out
    shown = show("--shots", 1, "--index", own_index).out
    assert "sql:\nfrom product select name order by price limit 1\n" in shown
    assert (
        "SELECT name FROM product ORDER BY price LIMIT 1"
        in show("--shots", 1, "--index", own_index, "--form", "written").out
    )


def test_an_index_without_effect_is_told(
    show: Callable[..., Result], sample_index: Path, own_index: Path
) -> None:
    err = show("--index", sample_index, "--select", "distinct", "--from-db", "bakery").err
    assert "note: --index, --strategy, --select, --from-db: no effect, as the prompt shows no examples" in err
    assert "no effect" not in show("--shots", 1, "--index", own_index, "--select", "distinct").err
    assert "no effect" not in show("--index", own_index, "--select", "distinct").err  # it has own examples


def test_only_what_is_one_text_is_shown_while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert live_text(Decoding()) is not None
    assert live_text(Decoding(method="beam")) is None
    assert live_text(Decoding(n=2, method="sample")) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beams": 8, "method": "greedy"}, "`beams` has no effect without `method` beam"),
        ({"temperature": 0.5}, "`temperature` has no effect without `method` sample"),
        ({"top_p": 0.5, "candidates": 4}, "`top_p` has no effect without `method` sample"),
        ({"max_tables": 3}, "`max_tables` has no effect without `scope` relevant"),
        ({"choose": "vote"}, "`vote` has no effect without several `candidates`"),
        ({"choose": "guided"}, "`execute_guided` has no effect without several `candidates`"),
    ],
)
def test_a_decoding_option_without_effect_is_refused(
    tuned: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        settled(tuned, model=str(tuned), **options)


def settled(tuned: Path, **options: Any) -> dict[str, Any]:
    """What the options come to, over the settings of a folder."""
    return describe_settings(PipelineConfig.of(seed=7, **options).check())


def test_options_that_are_not_given_are_the_models_own(tuned: Path) -> None:
    found = settled(tuned, model=str(tuned))
    assert found == found | {
        "template": "compact", "form": "from-first", "show_values": True, "chat": "off", "shots": 0,
        "constrain": True, "max_new_tokens": 64, "method": "greedy",
    }  # fmt: skip
    usual = settled(tuned, model="embedded-base")
    assert usual == usual | {
        "template": "n-shot", "form": "written", "show_values": False, "chat": "auto", "shots": 3,
        "constrain": False, "max_new_tokens": 256,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("template", "ddl"), ("context", "natural"), ("scope", "relevant"),
        ("show_values", False), ("example_context", "full"), ("form", "tidy"),
        ("order", "best-first"), ("budget", 99), ("shots", 4), ("chat", "on"), ("constrain", False),
        ("max_new_tokens", 32), ("candidates", 3), ("method", "sample"),
    ],
)  # fmt: skip
def test_an_option_that_is_given_is_taken(tuned: Path, name: str, value: object) -> None:
    assert settled(tuned, model=str(tuned), **{name: value})[name] == value


def test_limits_of_the_shown_part_are_taken_with_it(tuned: Path) -> None:
    found = settled(tuned, model=str(tuned), scope="relevant", max_tables=2, max_columns=3)
    assert (found["max_tables"], found["max_columns"]) == (2, 3)


def test_the_seed_is_that_of_sampling(tuned: Path) -> None:
    assert PipelineConfig.of(seed=7, model=str(tuned)).resolve().decoding.seed == 7


def test_only_the_models_own_form_is_constrained_unasked(tuned: Path) -> None:
    assert settled(tuned, model=str(tuned), form="named")["constrain"] is False
    assert settled(tuned, model=str(tuned), form="named", constrain=True)["constrain"] is True


def test_what_cannot_constrain_is_not_asked_to(tuned: Path) -> None:
    found = settled(tuned, model=str(tuned / "model.gguf"), backend="llamacpp")
    assert (found["form"], found["constrain"]) == ("from-first", False)


def test_ask_tells_how_it_asked_where_it_shows_the_prompt(ask: Callable[..., Result]) -> None:
    result = ask("How many products?", "--show-prompt", "--shots", 0)
    assert "asked with template served, form written" in result.err
    assert "asked with" not in ask("How many products?", "--shots", 0).err
    found = ask("How many products?", "--show-prompt", "--shots", 0, "--json").json
    assert (found["asked"]["template"], found["asked"]["shots"]) == ("served", 0)


def test_predictions_record_how_they_were_asked(
    run: Run, model: FakeModel, tmp_path: Path, sample_index: Path
) -> None:
    import json

    out = tmp_path / "out.jsonl"
    done = run("predict", "--questions", "sample", "--limit", 1, "--out", out, "--model", model.url,
               "--index", sample_index, "--strategy", "keyword")  # fmt: skip
    assert done.status == 0, done.err
    config = json.loads((tmp_path / "out.run.json").read_text(encoding="utf-8"))["config"]
    assert (config["template"], config["form"], config["shots"], config["max_new_tokens"]) == (
        "served", "written", 3, 256,
    )  # fmt: skip


OWN = ModelSettings(
    prompt=PromptConfig(form="from-first"),
    decoding=Decoding(
        32, method="beam", beams=3, constrain=True, functions=("count", "max"), joins="keys", sources="tables"
    ),
)


def over(own: ModelSettings, **options: Any) -> Decoding:
    """The decoding of options put over a model's own."""
    return put_over(own, Given(ModelSettings, options)).decoding


def test_a_models_own_decoding_is_taken_and_can_be_changed() -> None:
    assert over(OWN) == OWN.decoding
    assert over(OWN, method="greedy").method == "greedy"
    assert over(OWN, beams=7).width == 7
    changed = over(OWN, functions=("ANY",), joins="any", sources="any")
    assert (changed.functions, changed.joins, changed.sources) == ((), "any", "any")
    assert changed.constrain
    free = over(OWN, constrain=False)
    assert (free.functions, free.joins, free.sources, free.constrain) == ((), "any", "any", False)


def test_limits_of_a_constraint_that_is_not_asked_for_are_refused() -> None:
    for one in ({"functions": ("count",)}, {"joins": "keys"}, {"sources": "tables"}):
        with pytest.raises(OptionError, match="has no effect without `constrain`; give"):
            over(ModelSettings(), **one)
    with pytest.raises(UnknownNameError, match="joins"):
        over(OWN, joins="keyz")
    with pytest.raises(UnknownNameError, match="sources"):
        over(OWN, sources="views")
    with pytest.raises(UnknownNameError, match="unknown function 'coutn'; did you mean count"):
        over(OWN, functions=("coutn",))
    with pytest.raises(OptionError, match="any allows every function"):
        over(OWN, functions=("any", "count"))


@pytest.mark.parametrize(
    ("options", "together"),
    [
        ({}, 64),
        ({"model": "http://localhost:8000/v1"}, 8),
        ({"model": "some.gguf", "backend": "llamacpp"}, 8),
        ({"model": "some.gguf"}, 64),
    ],
)
def test_a_batch_suits_the_model_if_none_is_asked_for(options: dict[str, Any], together: int) -> None:
    config = PipelineConfig.of(**options)
    assert questions_at_once(config, None, elsewhere=8) == together
    assert questions_at_once(config, 3, elsewhere=8) == 3
