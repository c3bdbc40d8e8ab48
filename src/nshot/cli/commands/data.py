"""`nshot data download` and `nshot data prepare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.command import Command, make_app
from nshot.cli.output.console import bar, say, write

app = make_app(help="Fetch Spider, and bring it into shape.", no_args_is_help=True)


@app.command(cls=Command)
def download(
    out: Annotated[Path, typer.Option(help="Folder to unpack into.")] = Path("data/raw"),
    url: Annotated[
        str | None,
        typer.Option(help="Another address, or a local zip file. Default: the official archive."),
    ] = None,
) -> None:
    """Fetch the official Spider archive: resumes, checks, unpacks."""
    from nshot.data import SPIDER_URL
    from nshot.data import download as fetch

    with bar("fetching") as fetching, bar("unpacking") as unpacking:
        report = fetch(url or SPIDER_URL, out, fetching=fetching, unpacking=unpacking)
    for name, state in report.known.items():
        say(f"{name}: {state}")
    if report.missing:
        say(f"not in the archive: {', '.join(report.missing)}")
    write(f"{report.files} files in {report.folder}; next: nshot data prepare --from {report.folder}\n")


@app.command(cls=Command)
def prepare(
    source: Annotated[Path, typer.Option("--from", help="Folder or zip file in Spider's layout.")] = Path(
        "data/raw"
    ),
    out: Annotated[
        Path | None, typer.Option(help="Folder in which processed/ is written. Default: data/raw.")
    ] = None,
    run_gold: Annotated[bool, typer.Option(help="Run every gold query and report those that fail.")] = True,
) -> None:
    """Write processed/train.csv, dev.csv, test.csv and manifest.json."""
    from nshot.data import prepare as write_splits

    target = out or Path("data/raw")
    with bar("running gold queries") as reported, bar("unpacking") as unpacking:
        manifest = write_splits(source, target, run_gold=run_gold, progress=reported, unpacking=unpacking)
    for name, split in manifest.splits.items():
        ran = (
            ""
            if split.gold_ran is None
            else f", {split.gold_ran} gold queries run, {split.gold_empty} of them empty"
        )
        write(f"{target / 'processed' / name}.csv: {split.rows} rows, {split.databases} databases{ran}\n")
    for bad in manifest.gold_not_running:
        say(f"gold does not run: {bad.split}.csv, record {bad.row + 1} ({bad.db_id}): {bad.reason}")
    if manifest.missing:
        say(f"not there: {', '.join(manifest.missing)}")
    if manifest.databases_missing:
        say(f"databases missing: {', '.join(manifest.databases_missing)}")
    write(f"{target / 'processed' / 'manifest.json'} says the rest\n")
