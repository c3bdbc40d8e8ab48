"""`nshot index build | add | remove | info | verify`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from nshot.cli.command import Command, make_app
from nshot.cli.options.derive import Only, derive_options
from nshot.cli.options.parameters import JsonOptions
from nshot.cli.options.pool import PoolOptions
from nshot.cli.output.console import progress, say, write
from nshot.cli.wiring import index_folder
from nshot.errors import OptionError
from nshot.index import StoreConfig
from nshot.options import option
from nshot.pipeline import DatabasesOrOne
from nshot.retrieval import IndexConfig

if TYPE_CHECKING:
    from nshot.index import Manifest

app = make_app(help="Build and keep the index of solved examples.", no_args_is_help=True)

Index = Annotated[Path, typer.Argument(help="The index folder. Default: that of the profile (nshot.toml).")]


@dataclass(frozen=True)
class BuildOptions:
    """Where an index is built."""

    EXPLICIT: ClassVar = True

    out: Path = option()
    """The index folder; an index that is there is replaced."""


@app.command(cls=Command)
@derive_options
def build(
    wanted: BuildOptions,
    pool: PoolOptions,
    databases: DatabasesOrOne,
    config: IndexConfig,
    store: StoreConfig,
) -> None:
    """Build the index of a pool."""
    from nshot.index import check_index_place
    from nshot.retrieval import build_index

    check_index_place(wanted.out)
    examples = pool.examples(databases)
    with progress() as report:
        manifest = build_index(
            wanted.out, examples, pool.catalog(databases), config, store=store, report=report
        )
    if config.same_db == "auto":
        known = "a known data set" if manifest.same_db == "never" else "a pool of your own"
        say(f"same_db {manifest.same_db}: this is {known}")
    _tell(wanted.out, manifest)


@app.command(cls=Command)
@derive_options
def add(
    index: Index,
    pool: PoolOptions,
    databases: DatabasesOrOne,
    config: Annotated[IndexConfig, Only((), ("same_db",))],
) -> None:
    """Add the examples of a file; only the new ones are encoded, and each pool keeps its
    --same-db."""
    from nshot.index import open_store
    from nshot.retrieval import add_examples

    examples = pool.examples(databases)
    known = {(one.db_id, one.question, one.sql): one.id for one, *_ in open_store(index).entries}
    again = [one for one in examples if known.get((one.db_id, one.question, one.sql), one.id) != one.id]
    if again:
        say(
            f"note: {len(again)} of {len(examples)} examples are in the index already, under other ids; to "
            "replace them, remove the old ones"
        )
    with progress() as report:
        manifest = add_examples(
            index, examples, pool.catalog(databases), same_db=config.same_db, report=report
        )
    _tell(index, manifest)


@app.command(cls=Command)
def remove(
    ctx: typer.Context,
    index: Index,
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of examples, as retrieve --json shows them.")
    ] = None,
) -> None:
    """Remove examples by id.

    With an index in the profile, the ids suffice: nshot index remove pairs-17 pairs-21
    """
    from nshot.retrieval import remove_examples

    folder, wanted = _split_index(ctx, index, ids or [])
    _tell(folder, remove_examples(folder, wanted))


@app.command(cls=Command)
@derive_options
def info(index: Index, output: JsonOptions) -> None:
    """Show what an index contains."""
    from nshot.index import read_manifest

    index = index_folder(index)
    manifest = read_manifest(index)
    if output.as_json:
        write(json.dumps(json.loads(manifest.to_json()), indent=2) + "\n")
    else:
        _tell(index, manifest)


@app.command(cls=Command)
def verify(index: Index) -> None:
    """Verify that an index is complete: checksums, parts, encoder."""
    from nshot.index import SentenceTransformerEncoder, open_store

    index = index_folder(index)
    opened = open_store(index)
    opened.verify()
    if not opened.manifest.is_sealed:
        say("note: this index has no checksum of its manifest, as an older nshot wrote it; build it again")
    if opened.manifest.encoder is not None:
        opened.check_encoder(SentenceTransformerEncoder(opened.manifest.encoder.name))
    parts = "all readable" if opened.manifest.store else f"{len(opened.manifest.files)} files, all as written"
    write(f"{index}: {opened.manifest.count} examples, {parts}\n")


def _split_index(ctx: typer.Context, first: Path, ids: list[str]) -> tuple[Path, list[str]]:
    """The index and the ids: a first argument that is no folder is an id if the profile has an
    index."""
    from nshot.cli.profile import profile_of

    of_profile = profile_of(ctx).values.get("index")
    if of_profile is not None and first != of_profile and not first.exists():
        first, ids = of_profile, [str(first), *ids]
    if not ids:
        raise OptionError("no id is given; name the examples to remove, as nshot retrieve --json shows them")
    return first, ids


def _tell(path: Path, manifest: Manifest) -> None:
    encoder = f"{manifest.encoder.name} ({manifest.encoder.dim} dimensions)" if manifest.encoder else "none"
    size = sum(info.bytes for info in manifest.files.values()) / 1e6
    where = f"in {manifest.store.kind} {manifest.store.url}" if manifest.store else f"{size:.1f} MB"
    write(
        f"{path}: {manifest.count} examples of {manifest.notes.get('databases', 0)} databases, {where}\n"
        f"  encoder {encoder}, vectors {manifest.vectors}, "
        f"BM25 {manifest.bm25.engine} {manifest.bm25.variant}\n"
        f"  same_db {_policy(manifest)}, pool {manifest.pool_sha256[:12]}, created {manifest.created}\n"
    )
    if bare := manifest.notes.get("without schema"):
        say(f"{bare} examples were masked without a schema; give --databases or --tables that know theirs")


def _policy(manifest: Manifest) -> str:
    """The policy of the examples; where it differs, of how many it is which."""
    own = manifest.notes.get("own", 0)
    if manifest.same_db != "mixed":
        return manifest.same_db
    return f"allow for {own} examples of your own, never for the other {manifest.count - own}"
