"""Print what a file of fine-tuning data holds, and what its rows lack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nshot.cli.output.console import say, write

if TYPE_CHECKING:
    from nshot.training import DataFile


def show_part(part: DataFile, folder: Path, policy: str) -> None:
    """Print the counts and leaks of one file; notes go to stderr.

    Args:
        part: The file.
        folder: Its folder.
        policy: Whether rows may show examples of their own database: `never` or `allow`.
    """
    _note_lacks(part, policy)
    if policy != "never" and part.leaks.same_database:
        say(f"{part.leaks.same_database} rows of {part.file} show examples of their own database")
    hidden = ("rows", "same_database") if policy != "never" else ("rows",)
    leaks = {name: number for name, number in part.leaks._asdict().items() if name not in hidden}
    write(
        f"{folder / part.file}: {part.counts.rows} rows of {len(part.counts.databases)} databases, mean "
        f"{part.counts.prompt_tokens.mean:.0f} + {part.counts.response_tokens.mean:.0f} tokens, "
        f"{len(part.made.too_long)} over the budget; leaks: "
        + ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in leaks.items())
        + "\n"
    )


def _note_lacks(part: DataFile, policy: str) -> None:
    made = part.made
    if made.blind:
        say(
            f"note: the answers of {made.blind} rows of {part.file} name tables or columns that the "
            "budget left out of their prompts; raise --budget"
        )
    if made.bare:
        cure = "; --same-db allow shows them those of their own database" if policy == "never" else ""
        say(
            f"note: {made.bare} rows of {part.file} were to show examples and show none, as the index has "
            f"none that they may be shown{cure}"
        )
