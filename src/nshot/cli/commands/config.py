"""`nshot config show`: every option with its value, and where the value comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from nshot.cli.command import Command, make_app
from nshot.cli.options.derive import derive_options
from nshot.cli.options.parameters import JsonOptions
from nshot.cli.output.console import say, table, write_json
from nshot.cli.wiring import check_options
from nshot.options import Given, OptionField, as_values, list_options
from nshot.pipeline import PipelineConfig, describe_settings
from nshot.redaction import redact, redact_all

app = make_app(help="Show the options that commands use.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """Show the options that commands use."""


@app.command(cls=Command)
@derive_options
def show(
    ctx: typer.Context,
    output: JsonOptions,
    options: Given[PipelineConfig],
) -> None:
    """Print every option of the pipeline with its value, and where the value comes from.

    A value comes from the command line, else from the profile (nshot.toml), else from the model's
    own settings (nshot.json), else it is the default.
    """
    from nshot.cli.profile import profile_of

    options, config, settings = check_options(options)
    values = as_values(config) | describe_settings(settings)
    own = _read_model_options(config)
    profile = profile_of(ctx)
    rows = [("db", redact(db), str(profile.path))] if (db := profile.values.get("db")) is not None else []
    for one in list_options(PipelineConfig):
        name = one.name
        if name in options:
            where = "command line" if _is_typed(ctx, one) else str(profile.path)
        else:
            where = "model (nshot.json)" if name in own and values[name] == own[name] else "default"
            if name == "candidates" and values[name] != one.default:
                where = "model (confidence.json)"
        rows.append((name, values[name], where))
    if output.as_json:
        write_json({name: {"value": _plain(value), "from": where} for name, value, where in rows})
        return
    say(f"profile: {profile.path or 'none (there is no nshot.toml here)'}")
    table(("option", "value", "from"), [(name, _text(value), where) for name, value, where in rows])


def _is_typed(ctx: typer.Context, one: OptionField) -> bool:
    """Whether an option was given on the command line, by itself or by one of its switches."""
    sources = map(ctx.get_parameter_source, (one.name, *(switch.name for switch in one.info.switches)))
    return any(source is not None and source.name == "COMMANDLINE" for source in sources)


def _read_model_options(config: PipelineConfig) -> dict[str, Any]:
    """The options that come from the model's own settings."""
    from nshot.generation import load_model_settings, written_options

    found = load_model_settings(config.engine.model, config.engine.adapter)
    if found is None:
        return {}
    written = written_options(config.engine.model, config.engine.adapter)
    return {name: value for name, value in as_values(found).items() if name in written}


def _plain(value: Any) -> Any:
    return redact_all(str(value) if isinstance(value, Path) else value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return redact(", ".join(map(str, value)) if isinstance(value, tuple) else str(value))
