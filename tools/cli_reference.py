"""Writes docs/cli.md from the commands' own help: `python tools/cli_reference.py [--check]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WIDTH = 100
TARGET = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
HEAD = """\
# The command line

Made by `python tools/cli_reference.py` from `nshot COMMAND --help`; do not edit.

Results go to stdout, messages and progress to stderr. Exit status:

- 0: success;
- 1: an error that you can fix, in one line that begins with `error:`. `nshot ask` also exits with 1
  if no question got a result;
- 2: a command or option that does not exist;
- 130: stopped by Ctrl-C.

A traceback is a bug: please report it. See also [troubleshooting.md](troubleshooting.md).
"""


def reference() -> str:
    """The whole page."""
    os.environ.update(COLUMNS=str(WIDTH), NO_COLOR="1", TERM="dumb")
    import typer

    from nshot.cli.app import app

    root = typer.main.get_command(app)
    parts = [f"## {name}\n\n```\n{text}\n```\n" for name, text in _helps(root, "nshot", None)]
    return "\n".join([HEAD, *parts])


def _helps(command: Any, name: str, parent: Any) -> Iterator[tuple[str, str]]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    context.info_name = name.split()[-1]
    context.meta["--help-all"] = True
    yield name, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    if hasattr(command, "list_commands"):
        for child in command.list_commands(context):
            yield from _helps(command.get_command(context, child), f"{name} {child}", context)


def main() -> None:
    """Write the page, or with `--check` fail if it is not what would be written."""
    page = reference()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(page, encoding="utf-8", newline="\n")
    elif not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != page:
        sys.exit("docs/cli.md is stale; run: python tools/cli_reference.py")


if __name__ == "__main__":
    main()
