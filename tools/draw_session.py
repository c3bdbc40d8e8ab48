"""Draws docs/pictures/session.svg from a real session: `make pictures`, or `python
tools/draw_session.py`.

The commands run in a pseudo-terminal, so what is drawn is what a person sees: colours, tables, line
breaks. Messages (stderr) are left out: they hold the seconds of this run.
"""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "session.svg"
WIDTH = 112
"""Columns of the terminal."""
COMMANDS = (
    'nshot ask --db coffee_roastery --shots 1 "How many farms do we have on our books?"',
    'nshot ask --db coffee_roastery --shots 1 "Which countries have at least two farms?"',
)

NORMAL = [(70, 76, 88), (235, 112, 122), (139, 201, 118), (229, 192, 123)]
NORMAL += [(97, 175, 239), (198, 146, 233), (86, 194, 194), (214, 219, 228)]
BRIGHT = [(112, 120, 134), (244, 138, 146), (165, 220, 146), (240, 210, 150)]
BRIGHT += [(130, 195, 247), (214, 172, 242), (120, 214, 214), (255, 255, 255)]
THEME = TerminalTheme((27, 31, 39), (214, 219, 228), NORMAL, BRIGHT)

FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>A session of nshot in a terminal</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""rich's own format without its web font: fonts of the reader's machine, and no address."""


def run_in_terminal(command: str) -> str:
    """The stdout of one command of nshot, with the escape sequences that a terminal gets.

    Args:
        command: As a person types it.

    Raises:
        CalledProcessError: The command fails.
    """
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", *shlex.split(command)]
    environment = os.environ | {"COLUMNS": str(WIDTH), "LINES": "60", "TERM": "xterm-256color"}
    with subprocess.Popen(words, stdout=theirs, stderr=subprocess.DEVNULL, env=environment) as process:
        os.close(theirs)
        written = b"".join(_read_all(ours))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return written.decode().replace("\r\n", "\n")


def _read_all(terminal: int) -> list[bytes]:
    pieces: list[bytes] = []
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other side is closed
            piece = b""
        if not piece:
            os.close(terminal)
            return pieces
        pieces.append(piece)


def draw(session: list[tuple[str, str]]) -> str:
    """The SVG of a session.

    Args:
        session: Commands with their output, in order.
    """
    with Path(os.devnull).open("w") as nowhere:
        console = Console(
            record=True, width=WIDTH, file=nowhere, color_system="truecolor", force_terminal=True
        )
        for command, output in session:
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            console.print(Text.from_ansi(output.rstrip()))
            console.print()
        return console.export_svg(title="nshot", theme=THEME, code_format=FORMAT, unique_id="session")


def main() -> None:
    """Run the commands and write the picture."""
    picture = draw([(command, run_in_terminal(command)) for command in COMMANDS])
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text("\n".join(line.rstrip() for line in picture.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
