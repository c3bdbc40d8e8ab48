"""Behaviour that all commands share: help in panels, values from the profile, options in error
messages.
"""

from __future__ import annotations

import difflib
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from nshot.cli.options.derive import PROFILE, REST, spell_options
from nshot.errors import NshotError
from nshot.redaction import redact

MORE = "--help-all"
DB_CURE = (
    "Name a database file, a table in a file (sales.csv), a URL, or one of the sample: --db coffee_roastery; "
    "or keep it in a profile (nshot.toml)"
)
INDEX_CURE = 'Name the index folder, or keep it in a profile (nshot.toml): index = "runs/own"'
OF_PROFILE = {"db": DB_CURE, "index": INDEX_CURE}
"""Parameters besides the derived options that take a value of the profile; what to do if they have
none.
"""
COLUMN = 30
"""Maximum number of characters in the column of option names in a help text."""


class Command(TyperCommand):
    """A command whose short help shows the options that most people need, by topic."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        if any(_is_rest(one) for one in self.params):
            self.params.append(_help_all())

    def make_context(self, info_name: Any, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Make the context, with the profile's values as defaults of the options that it may
        set."""
        if parent is not None and not {*parent.help_option_names, MORE}.intersection(args):
            from nshot.cli.profile import profile_of

            own = {one.name: one for one in self.params if one.name in OF_PROFILE}
            profile = profile_of(parent).without_rivals(args)
            values = profile.values_for(getattr(self.callback, PROFILE, {}), own)
            several = {name: [values[name]] for name in own if name in values and own[name].multiple}
            extra["default_map"] = {**(extra.get("default_map") or {}), **values, **several}
        try:
            return super().make_context(info_name, args, parent, **extra)
        except Exception as error:
            missing = getattr(getattr(error, "param", None), "name", "")
            if missing in OF_PROFILE and type(error).__name__ == "MissingParameter":
                error.message = OF_PROFILE[missing]  # type: ignore[attr-defined]
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run the command; option names in an error are spelled as flags."""
        try:
            return super().invoke(ctx)
        except NshotError as error:
            if error.args and isinstance(error.args[0], str):
                names = {one.name for one in self.params if one.name}
                text = spell_options(error.args[0], names) + _of_profile(ctx, getattr(error, "option", ""))
                error.args = (text, *error.args[1:])
            raise

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """List the options by panel; rarely needed ones only with `--help-all`."""
        everything = bool(ctx.meta.get(MORE))
        panels: dict[str, list[tuple[str, str]]] = {}
        left = 0
        for one in self.get_params(ctx):
            record = one.get_help_record(ctx)
            if record is None:
                continue
            title = (getattr(one, "rich_help_panel", None) or "Options").removesuffix(REST)
            if _is_rest(one) and not everything:
                left += 1
            else:
                panels.setdefault(title, []).append(record)
        for title, records in panels.items():
            with formatter.section(title):
                formatter.write_dl(records, col_max=COLUMN)
        if left:
            formatter.write_paragraph()
            formatter.write_text(f"{left} more options: {ctx.command_path} {MORE}")


def _of_profile(ctx: Any, option: str) -> str:
    """A note for an error about an option whose value comes from the profile."""
    source = ctx.get_parameter_source(option) if option else None
    if source is None or source.name != "DEFAULT_MAP":
        return ""
    from nshot.cli.profile import profile_of

    return f" ({option} is set in {profile_of(ctx).path})"


def _is_rest(param: Any) -> bool:
    return (getattr(param, "rich_help_panel", None) or "").endswith(REST)


def _help_all() -> Any:
    """The option `--help-all`, in the form that Typer gives options."""

    def show(ctx: Any, _param: Any, value: bool) -> None:
        if value:
            ctx.meta[MORE] = True
            typer.echo(ctx.get_help())
            raise typer.Exit

    from typer.core import TyperOption

    return TyperOption(
        param_decls=["help_all", MORE],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        default=False,
        help="Show all options and exit.",
        callback=show,
    )


class LazyGroup(TyperGroup):
    """A group of commands, each imported when it is used."""

    commands_by_name: dict[str, str] = {}  # noqa: RUF012
    """`package.module:name` of each command, in the order in which commands are used."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands in order."""
        del ctx
        return list(self.commands_by_name)

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; a value that the parser refuses is shown without keys and passwords."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if isinstance(text := getattr(error, "message", None), str):  # an error of the parser
                error.message = redact(text)  # type: ignore[attr-defined]
            raise

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first argument names; an unknown one is told the nearest name."""
        if args and args[0] not in self.commands_by_name and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.commands_by_name, 1)
            if near:
                ctx.fail(f"No such command {args[0]!r}; did you mean {near[0]}?")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, name: str) -> Any:
        """The command, imported now; None for an unknown name."""
        del ctx
        if name not in self.commands_by_name:
            return None
        if name not in self.commands:
            self.commands[name] = load_command(name, self.commands_by_name[name])
        return self.commands[name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """One line per command, without importing it."""
        del ctx
        width = formatter.width - 6 - max(map(len, self.commands_by_name))
        rows = [(name, _short(place, width)) for name, place in self.commands_by_name.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def load_command(name: str, place: str) -> Any:
    """The command or group at `package.module:name`."""
    from importlib import import_module

    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    app = found if isinstance(found, typer.Typer) else _wrap_in_app(name, found)
    command = typer.main.get_command(app)
    command.name = name
    return command


def _wrap_in_app(name: str, function: Any) -> typer.Typer:
    app = make_app()
    app.command(name, cls=Command)(function)
    return app


def make_app(**settings: Any) -> typer.Typer:
    """A Typer app with nshot's settings."""
    return typer.Typer(
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        **settings,
    )


def _short(place: str, width: int) -> str:
    """The first sentence of the docstring of a command, read without importing it."""
    import ast
    from importlib.util import find_spec

    module, _, attribute = place.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return ""
    with open(spec.origin, encoding="utf-8") as file:  # noqa: PTH123
        tree = ast.parse(file.read())
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == attribute:
            text = (ast.get_docstring(node) or "").split("\n\n")[0]
            break
    else:
        text = _app_help(tree, attribute)
    line = " ".join(text.split()).split(". ")[0].rstrip(".")
    return line if len(line) <= width else line[: width - 3].rsplit(" ", 1)[0] + "..."


def _app_help(tree: Any, attribute: str) -> str:
    import ast

    for node in tree.body:
        is_app = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if is_app and node.targets[0].id == attribute and isinstance(node.value, ast.Call):
            for keyword in node.value.keywords:
                if keyword.arg == "help" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return ""
