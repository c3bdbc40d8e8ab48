"""The command line: one file a command; each parses, calls one function and prints.

Knows every room and holds no logic of theirs. What is slow to import is imported inside the command.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Entry point of `nshot`: the user's mistakes in one line and status 1, our own with a traceback."""
    from nshot.cli.app import app
    from nshot.errors import NshotError

    try:
        app(prog_name="nshot")
    except NshotError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(1)
    except OSError as error:
        if error.strerror is None:
            raise
        sys.stderr.write(f"error: {error.strerror}: {error.filename or 'while writing'}\n")
        sys.exit(1)
