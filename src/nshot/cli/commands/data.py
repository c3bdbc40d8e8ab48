"""`nshot data download` and `nshot data prepare`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from nshot.cli.command import Command, make_app
from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import bar, say, write
from nshot.options import option

RAW: Final = Path("data/raw")
app = make_app(help="Fetch and prepare Spider.", no_args_is_help=True)


@dataclass(frozen=True)
class DownloadOptions:
    """What is fetched, and where to."""

    EXPLICIT: ClassVar = True

    out: Path = option(RAW)
    """Folder to unpack into."""
    url: str | None = option(None)
    """Another address, or a local zip file. By default the official archive."""


@dataclass(frozen=True)
class PrepareOptions:
    """What is prepared, and where to."""

    EXPLICIT: ClassVar = True

    source: Path = option(RAW, name="from_")
    """Folder or zip file in Spider's layout."""
    out: Path = option(RAW)
    """Folder in which processed/ is written."""
    run_gold: bool = option(True)
    """Run every gold query and report those that fail."""


@app.command(cls=Command)
@derive_options
def download(wanted: DownloadOptions) -> None:
    """Fetch the official Spider archive: resumes, checks, unpacks."""
    from nshot.data import SPIDER_URL
    from nshot.data import download as fetch

    with bar("fetching") as fetching, bar("unpacking") as unpacking:
        report = fetch(wanted.url or SPIDER_URL, wanted.out, fetching=fetching, unpacking=unpacking)
    for name, state in report.known.items():
        say(f"{name}: {state}")
    if report.missing:
        say(f"not in the archive: {', '.join(report.missing)}")
    write(f"{report.files} files in {report.folder}; next: nshot data prepare --from {report.folder}\n")


@app.command(cls=Command)
@derive_options
def prepare(wanted: PrepareOptions) -> None:
    """Write processed/train.csv, dev.csv, test.csv and manifest.json."""
    from nshot.data import prepare as write_splits

    target = wanted.out
    with bar("running gold queries") as reported, bar("unpacking") as unpacking:
        manifest = write_splits(
            wanted.source, target, run_gold=wanted.run_gold, progress=reported, unpacking=unpacking
        )
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
