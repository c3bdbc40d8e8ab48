"""The data card: README.md of a folder of fine-tuning data, from its run.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nshot.data import is_spider
from nshot.training.data.output.layouts import DESCRIBED
from nshot.training.data.row import SftRow

BAR = 40
"""Length of the longest bar of a histogram, characters."""
LEAKS = (
    ("same_database", "a demonstration of their own database"),
    ("same_sql", "a demonstration with their SQL, normalised"),
    ("same_question", "a demonstration with their question"),
    ("gold_in_prompt", "their own answer, in whatever letter case and blanks"),
    ("held_out", "a demonstration of a database that is held out"),
    ("unknown", "a demonstration that the index does not have"),
)
SPIDER = """\
The questions, SQL and schemas are those of [Spider](https://yale-lily.github.io/spider) (Yu et al. 2018),
licensed [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/); these rows are a derivative and
stand under the same licence.
"""
OWN = """\
The rows hold questions, SQL, names and perhaps cell values of the pool: mind its licence when you pass
them on.
"""
ESTIMATE = "an estimate"
"""Replaces the name of an unknown tokenizer."""
ALLOWED = "Demonstrations of a row's own database were allowed (`--same-db allow`).\n"
Files = Mapping[str, Mapping[str, Any]]
"""The entries of run.json for each file."""


def card(run: Mapping[str, Any], first: SftRow) -> str:
    """The text of the card.

    Args:
        run: The content of run.json.
        first: A row, shown as an example.
    """
    files: Files = run["files"]
    spider = is_spider({db_id for file in files.values() for db_id in file["databases"]})
    made = f"Made by `nshot train data` {run['versions']['nshot']}, {run['started'][:10]}."
    columns = [(f"`{name}`", DESCRIBED[name]) for name in run["columns"]]
    sections = [
        _front_matter(files),
        f"# Fine-tuning data for text-to-SQL\n\n{made} All settings: `run.json`.\n",
        _settings(run),
        _table(("", *_names(files)), _counts(files)),
        *(_databases(name, file) for name, file in files.items()),
        *(
            _histogram(name, what, file[f"{what}_tokens"], run["tokenizer"])
            for name, file in files.items()
            for what in ("prompt", "response")
        ),
        "## Leakage\n\nFound in the files as written, by code that had no part in making them:\n",
        _table(("", *_names(files)), _leaks(files)),
        *([ALLOWED] if run["config"]["same_db"] != "never" else []),
        "## Columns\n",
        _table(("column", "what it is"), columns),
        f"## A row\n\n```\n{first.prompt}\n```\n\nThe response:\n\n```\n{first.response}\n```\n",
        f"## Licence\n\n{SPIDER if spider else OWN}",
    ]
    return "\n".join(sections)


def _front_matter(files: Files) -> str:
    """The front matter, with which `datasets.load_dataset` finds the splits."""
    splits = "".join(f"      - split: {name.partition('.')[0]}\n        path: {name}\n" for name in files)
    return f"---\nconfigs:\n  - config_name: default\n    data_files:\n{splits}---\n"


def _settings(run: Mapping[str, Any]) -> str:
    config, asked = run["config"], run["questions"]
    held = f"\nHeld out whole: {', '.join(run['held_out'])}.\n" if run["held_out"] else ""
    return (
        f"Template `{config['template']}`, SQL written `{config['prompt']['form']}`, shots "
        f"`{config['shots']}`, contexts `{config['contexts']}`, seed {run['output']['seed']}.\n"
        f"Questions without a database file, so without cell values: {asked['without_database_file']:,} of "
        f"{asked['count']:,}.\n{held}"
    )


def _counts(files: Files) -> list[tuple[str, ...]]:
    rows = [
        _line("rows", (file["rows"] for file in files.values())),
        _line("questions", (file["questions"] for file in files.values())),
        _line("databases", (len(file["databases"]) for file in files.values())),
    ]
    for name, title in (
        ("shots", "{} shots"),
        ("contexts", "context {}"),
        ("strategies", "strategy {}"),
        ("forms", "form {}"),
    ):
        for value in sorted({value for file in files.values() for value in file[name]}):
            shown = title.format("none" if value == "" else value)
            rows.append(_line(shown, (file[name].get(value, 0) for file in files.values())))
    return [
        *rows,
        _line("rows shortened by the budget", (file["shortened"] for file in files.values())),
        _line("their answer needs what it left out", (file["blind"] for file in files.values())),
        _line("left out, over the budget", (len(file["too_long"]) for file in files.values())),
        _line("whole schema, the SQL being unread", (file["whole_schema"] for file in files.values())),
        _line("examples left out, holding the answer", (file["contained"] for file in files.values())),
    ]


def _databases(name: str, file: Mapping[str, Any]) -> str:
    listed = ", ".join(f"{db_id} {number}" for db_id, number in file["databases"].items())
    return f"Rows of `{name}` by database: {listed}.\n"


def _histogram(name: str, what: str, found: Mapping[str, Any], tokenizer: str) -> str:
    most = max(found["histogram"].values(), default=1)
    source = tokenizer if tokenizer == ESTIMATE else f"the tokenizer of {tokenizer}"
    bins = [(bin_, f"{n:,}", "█" * round(BAR * n / most)) for bin_, n in found["histogram"].items()]
    return (
        f"## Tokens of the {what}s of `{name}`\n\n"
        f"By {source}: {found['least']} to {found['most']}, median {found['median']}, "
        f"mean {found['mean']:.1f}, 95 % up to {found['p95']}.\n\n" + _table(("tokens", "rows", ""), bins)
    )


def _leaks(files: Files) -> list[tuple[str, ...]]:
    return [
        _line(f"rows with {text}", (file["leaks"][name] for file in files.values())) for name, text in LEAKS
    ]


def _names(files: Files) -> list[str]:
    return [f"`{name}`" for name in files]


def _line(title: str, numbers: Iterable[int]) -> tuple[str, ...]:
    return (title, *(f"{number:,}" for number in numbers))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
