"""Convert Spider's files to the splits that nshot reads."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

from nshot.artifacts import (
    Progress,
    check_replaceable,
    make_folder,
    parse_object,
    replacing_own,
    scratch_folder,
    stay_silent,
)
from nshot.data.catalog import Catalog
from nshot.data.questions import read_questions
from nshot.data.spider.archive import unpack
from nshot.data.spider.gold_check import check_gold
from nshot.data.spider.layout import EXPECTED, GIT_BLOBS, SPLITS, find_root, git_blob
from nshot.data.spider.manifest import InputFile, SpiderManifest, SplitFile, write_manifest
from nshot.data.spider.split_csv import split_csv
from nshot.databases import Session
from nshot.errors import DataError, FileMissingError, PoolError, SqlError
from nshot.sql import quote_name
from nshot.types import Problem, Question


def prepare(
    source: str | Path = "data/raw",
    out: str | Path = "data/raw",
    *,
    run_gold: bool = True,
    timeout: float = 10.0,
    progress: Progress = stay_silent,
    unpacking: Progress = stay_silent,
) -> SpiderManifest:
    """Write `out/processed`: train.csv, dev.csv, test.csv and manifest.json; return the manifest.

    A split whose file is missing is not written. Every record of the official files becomes one
    row, in order: `train_spider.json`, then `train_others.json`. What is missing or does not run is
    listed in the manifest; no row is dropped. Each file is written atomically, the manifest last.

    Args:
        source: A folder in Spider's layout, or a zip file of one; a single folder around everything
            is allowed.
        out: The folder in which processed/ is written.
        run_gold: Run every gold query in the sandbox.
        timeout: Seconds for one gold query.
        progress: Called with the number of finished gold queries and the total.
        unpacking: Called with the unpacked bytes and the total, for a zip file.

    Raises:
        PoolError: Records of the files cannot be used; all of them are listed.
        DataError: `out/processed` holds files of others. `source` does not exist, or is not Spider.
    """
    given, folder = Path(source), Path(out)
    if not given.exists():
        raise FileMissingError("Spider", given, "run nshot data download, or give its folder or zip file")
    folder.mkdir(parents=True, exist_ok=True)
    check_processed(folder / "processed")
    with scratch_folder(folder, "preparing") as aside:
        if given.is_file():
            unpack(given, aside, progress=unpacking)
        root = find_root(aside if given.is_file() else given)
        return _prepare(root, given, folder / "processed", (timeout if run_gold else None), progress)


def _prepare(
    root: Path, given: Path, target: Path, timeout: float | None, progress: Progress
) -> SpiderManifest:
    splits = {split: _read(root, names) for split, names in SPLITS.items()}
    splits = {split: questions for split, questions in splits.items() if questions}
    catalog = Catalog(root)
    named = {question.db_id for questions in splits.values() for question in questions}
    files = {f"{split}.csv": split_csv(questions).encode() for split, questions in splits.items()}
    total = sum(map(len, splits.values()))
    reports, done = {}, 0
    for split, questions in splits.items():
        if timeout is not None:
            told = _after(progress, done, total)
            reports[split] = check_gold(split, questions, catalog, timeout=timeout, progress=told)
            done += len(questions)
    manifest = SpiderManifest(
        source=given.name,
        splits={
            split: SplitFile(
                rows=len(questions),
                databases=len({question.db_id for question in questions}),
                repeated=_count_repeated(questions),
                sha256=_sha256(files[f"{split}.csv"]),
                made_from=tuple(name for name in SPLITS[split] if (root / name).is_file()),
                gold_ran=reports[split].ran if reports else None,
                gold_empty=reports[split].empty if reports else None,
            )
            for split, questions in splits.items()
        },
        inputs={name: _input(root / name) for name in EXPECTED if (root / name).is_file()},
        missing=tuple(name for name in EXPECTED if not (root / name).exists()),
        databases_present=len([db_id for db_id in catalog.ids() if catalog.path(db_id)]),
        databases_missing=tuple(sorted(db_id for db_id in named if catalog.path(db_id) is None)),
        databases_empty=tuple(db_id for db_id in sorted(named) if _is_empty(catalog, db_id)),
        gold_not_running=tuple(bad for report in reports.values() for bad in report.bad),
    )
    _write(target, files, manifest)
    return manifest


def _read(root: Path, names: tuple[str, ...]) -> list[Question]:
    questions: list[Question] = []
    for name in names:
        if (root / name).is_file():
            found = read_questions(root / name)
            bare = [row for row, question in enumerate(found, start=1) if not (question.sql or "").strip()]
            if bare:
                problems = [Problem(row, "query is missing or empty", name) for row in bare]
                raise PoolError(
                    f"{root / name}: {len(bare)} records have no query: {bare[:20]}; correct them", problems
                )
            questions += found
    return questions


def check_processed(target: Path) -> None:
    """Refuses a folder `processed` with files that nshot did not write, or that were changed.

    Raises:
        DataError: It says which file.
    """
    manifest = target / "manifest.json"
    found = parse_object(manifest.read_bytes()) if manifest.is_file() else None
    splits = (found or {}).get("splits")
    known = splits if isinstance(splits, dict) else {}
    check_replaceable(manifest, lambda _: {"splits", "inputs", "source"} <= (found or {}).keys())
    for split in SPLITS:
        written = known.get(split)
        digest = written.get("sha256") if isinstance(written, dict) else None
        check_replaceable(target / f"{split}.csv", lambda path, digest=digest: _hash(path) == digest)  # type: ignore[misc]


def _hash(file: Path) -> str:
    return _sha256(file.read_bytes())


def _write(target: Path, files: dict[str, bytes], manifest: SpiderManifest) -> None:
    make_folder(target)
    (target / "manifest.json").unlink(missing_ok=True)
    for split in SPLITS:
        name = f"{split}.csv"
        if name in files:
            with replacing_own(target / name, lambda _: True) as work:
                work.write_bytes(files[name])
        else:
            (target / name).unlink(missing_ok=True)
    write_manifest(manifest, target / "manifest.json")


def _after(progress: Progress, before: int, total: int) -> Progress:
    return lambda done, _: progress(before + done, total)


def _count_repeated(questions: list[Question]) -> int:
    counts = Counter((question.db_id, question.text, question.sql) for question in questions)
    return sum(counts.values()) - len(counts)


def _input(file: Path) -> InputFile:
    blob = git_blob(file)
    known = GIT_BLOBS.get(file.name)
    official = None if known is None else blob.startswith(known)
    return InputFile(file.stat().st_size, _sha256(file.read_bytes()), blob, official)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_empty(catalog: Catalog, db_id: str) -> bool:
    """Whether there is a database file without any row in its tables."""
    file = catalog.file(db_id)
    if file is None:
        return False
    try:
        with Session() as session:
            return not any(
                session.execute(file, f"SELECT 1 FROM {quote_name(table.name)} LIMIT 1").rows  # noqa: S608
                for table in catalog.schema(db_id).tables
            )
    except (DataError, SqlError):
        return True
