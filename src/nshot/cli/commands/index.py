"""`nshot index build | add | remove | info | verify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nshot.cli.options import DatabaseOptions
from nshot.cli.options.bundle import bundled
from nshot.cli.options.pool import PoolOptions
from nshot.cli.output.console import progress, say, write

if TYPE_CHECKING:
    from nshot.index.manifest import Manifest

app = typer.Typer(help="Build and keep the index of solved examples.", no_args_is_help=True)

Index = Annotated[Path, typer.Argument(help="The index folder.")]


@app.command()
@bundled
def build(
    pool: PoolOptions,
    out: Annotated[Path, typer.Option(help="The index folder; an index that is there is replaced.")],
    databases: DatabaseOptions,
    same_db: Annotated[
        str,
        typer.Option(
            help="May a question be shown examples of its own database: never, allow, or auto (never for "
            "Spider and the sample, allow for a pool of your own)."
        ),
    ] = "auto",
    encoder: Annotated[
        str,
        typer.Option(
            help="structural (tuned to the shape of the SQL), all-MiniLM-L6-v2 (the base beneath), any "
            "sentence-transformers name, a folder, or none for keyword search only."
        ),
    ] = "structural",
    vectors: Annotated[
        str, typer.Option(help="Kind of vector index: flat (exact), hnsw (large pools), or auto.")
    ] = "auto",
    bm25: Annotated[str, typer.Option(help="What runs keyword search: bm25s or rank-bm25.")] = "bm25s",
    variant: Annotated[
        str, typer.Option(help="Formula of keyword search: lucene, atire or bm25+.")
    ] = "lucene",
) -> None:
    """Build the index of a pool."""
    from nshot.index.keyword.bm25 import BM25Config
    from nshot.retrieval import IndexConfig, build_index

    config = IndexConfig(same_db, encoder, vectors, BM25Config(bm25, variant))
    examples = pool.examples(databases)
    with progress() as report:
        manifest = build_index(out, examples, pool.catalog(databases), config, report=report)
    if same_db == "auto":
        known = "a known data set" if manifest.same_db == "never" else "a pool of your own"
        say(f"same_db {manifest.same_db}: this is {known}")
    _tell(out, manifest)


@app.command()
@bundled
def add(
    index: Index,
    pool: PoolOptions,
    databases: DatabaseOptions,
) -> None:
    """Add the examples of a file; only the new ones are encoded."""
    from nshot.retrieval import add_examples

    examples = pool.examples(databases)
    with progress() as report:
        _tell(index, add_examples(index, examples, pool.catalog(databases), report=report))


@app.command()
def remove(
    index: Index,
    ids: Annotated[list[str], typer.Argument(help="Ids of examples, as retrieve --json shows them.")],
) -> None:
    """Remove examples by id."""
    from nshot.retrieval import remove_examples

    _tell(index, remove_examples(index, ids))


@app.command()
def info(
    index: Index, as_json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False
) -> None:
    """Say what an index holds."""
    from nshot.index import read_manifest

    manifest = read_manifest(index)
    write(json.dumps(json.loads(manifest.to_json()), indent=2) + "\n") if as_json else _tell(index, manifest)


@app.command()
def verify(index: Index) -> None:
    """Prove that an index is whole: checksums, parts, encoder."""
    from nshot.index import ExampleIndex
    from nshot.index.encoder import SentenceTransformerEncoder

    opened = ExampleIndex(index)
    opened.verify()
    if opened.manifest.encoder is not None:
        opened.check_encoder(SentenceTransformerEncoder(opened.manifest.encoder.name))
    write(f"{index}: {opened.manifest.count} examples, {len(opened.manifest.files)} files, all as written\n")


def _tell(path: Path, manifest: Manifest) -> None:
    encoder = f"{manifest.encoder.name} ({manifest.encoder.dim} dimensions)" if manifest.encoder else "none"
    size = sum(info.bytes for info in manifest.files.values()) / 1e6
    write(
        f"{path}: {manifest.count} examples of {manifest.notes.get('databases', 0)} databases, "
        f"{size:.1f} MB\n"
        f"  encoder {encoder}, vectors {manifest.vectors}, "
        f"BM25 {manifest.bm25.engine} {manifest.bm25.variant}\n"
        f"  same_db {manifest.same_db}, pool {manifest.pool_sha256[:12]}, created {manifest.created}\n"
    )
    if bare := manifest.notes.get("without schema"):
        say(f"{bare} examples were masked without a schema; give --databases or --tables that know theirs")
