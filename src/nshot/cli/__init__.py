"""The command line: one file per command; each command parses its options, calls one function and
prints.

It may use every package but knows nothing of how anything is computed. Slow imports are made inside
the commands.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["main"]


def main() -> None:
    """Entry point of `nshot`: a user's mistake is one line and exit status 1; a bug is a
    traceback."""
    from nshot.cli.app import app
    from nshot.cli.output.console import say, tell_logs
    from nshot.errors import NshotError

    tell_logs()
    sys.excepthook = _write_traceback
    try:
        app(prog_name="nshot")
    except NshotError as error:
        say(f"error: {error}")
        sys.exit(1)
    except RecursionError:
        say("error: a file, a question or a SQL text that was given is nested too deeply to be read")
        sys.exit(1)
    except OSError as error:
        if error.strerror is None:
            raise
        say(f"error: {error.strerror}: {error.filename or 'while writing'}")
        sys.exit(1)


def _write_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python writes of an error that nobody caught, without keys and passwords."""
    from traceback import format_exception

    from nshot.redaction import redact

    sys.stderr.write(redact("".join(format_exception(kind, error, trace))))
