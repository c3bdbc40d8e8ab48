"""Verified pairs as examples: what is saved is found by the next question, what is retracted never
again.

`LivePairs` keeps a `LiveStore` of the pairs of a book over a base index. The journal is the truth:
before each retrieval the store is brought to what the journal says, in memory. A folder of its own
keeps what took time to compute (masked questions, vectors); it may lag behind, and is caught up
when the pairs are opened again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nshot.arrays import Float32Array
from nshot.artifacts import cache_folder
from nshot.data import Catalog
from nshot.databases import schema_fingerprint, schema_from_json
from nshot.errors import IndexFolderError
from nshot.index import (
    FIELDS,
    STRUCTURAL,
    BM25Config,
    Encoder,
    EncoderInfo,
    Entry,
    ExampleIndex,
    LiveEntry,
    LiveStore,
    SentenceTransformerEncoder,
    StoredExamples,
    VectorField,
    find_content_encoder,
    lock_for_writing,
)
from nshot.pairs import Pair, PairBook, same_question_key
from nshot.retrieval.build import Vectors, encode_entries, make_content, make_entries, schemas_of
from nshot.retrieval.config import RetrievalConfig
from nshot.retrieval.leak import sql_keys
from nshot.retrieval.retriever import FirstPass, Retriever
from nshot.retrieval.terms import terms
from nshot.types import Schema


class PairsIndexCheck(NamedTuple):
    """Whether the index of the pairs says what the journal says."""

    active: int
    """Active pairs of the journal."""
    missing: tuple[str, ...]
    """Ids of active pairs that the index lacks, or has otherwise."""
    surplus: tuple[str, ...]
    """Ids in the index that no active pair has: retracted, replaced, rejected or set aside."""

    @property
    def is_equal(self) -> bool:
        """Whether the index holds exactly the active pairs."""
        return not self.missing and not self.surplus


class LivePairs:
    """The pairs of a book, over a base index. Not thread-safe; other threads may write to the
    book."""

    def __init__(
        self,
        base: StoredExamples | None,
        book: PairBook,
        catalog: Catalog,
        *,
        encoder: Encoder | None = None,
        vectors: bool = True,
        folder: Path | None = None,
    ) -> None:
        """
        Args:
            base: The examples that stay; None for none.
            book: The pairs.
            catalog: The schemas and cell values of their databases.
            encoder: Of the vectors: that of the base, if there is one; by default the one that it
                names.
            vectors: Whether vectors are wanted; without them, no encoder is loaded.
            folder: What took time to compute is kept here; by default in the cache, by journal and
                encoder.

        Raises:
            EncoderMismatchError: `encoder` is not that of the base.
        """
        self._book, self._catalog = book, catalog
        self._encoder = _encoder_of(base, encoder) if vectors else None
        self._content = find_content_encoder(self._encoder.name) if self._encoder is not None else None
        infos = (_info(self._encoder), _info(self._content))
        self._base = {} if base is None else {db_id: schema_from_json(s) for db_id, s in base.schemas.items()}
        self._base_entries: Sequence[Entry] = () if base is None else base.entries
        self._by_question: dict[tuple[str, str], list[Entry]] | None = None
        """Examples of the base by database and question, once a pair was withdrawn."""
        self._bm25 = BM25Config() if base is None else base.manifest.bm25
        self.store = LiveStore(base, terms, encoder=infos[0], content=infos[1], bm25=self._bm25)
        self.folder = folder or _default_folder(book.path, infos)
        self._made: dict[Pair, tuple[str, LiveEntry]] = {}
        """By pair: the fingerprint of the schema that it was masked by, and what was made of it."""
        self._seen: tuple[object, ...] = ()
        self._version = 0
        self._saved: tuple[str, ...] = ()
        """Ids in the folder."""
        self._load()

    def follow(self, db_ids: Collection[str] = ()) -> int:
        """Bring the store to what the journal says now.

        Costs a look at the sizes and times of files if nothing happened.

        Args:
            db_ids: The databases that are asked: if the schema of one changed, its pairs are run
                again.

        Returns:
            Another number whenever the store has other entries than before.
        """
        for db_id in db_ids or ("",):
            self._book.refresh(db_id)
        pairs = self._book.active()
        schemas = {db_id: self._schema(db_id) for db_id in dict.fromkeys(pair.db_id for pair in pairs)}
        seen = (self._book.version, tuple(map(id, schemas.values())))
        if seen == self._seen:
            return self._version
        prints = {db_id: schema_fingerprint(s) if s else "" for db_id, s in schemas.items()}
        new = [pair for pair in pairs if self._made.get(pair, ("?",))[0] != prints[pair.db_id]]
        for pair, live in zip(new, self._make(new), strict=True):
            self._made[pair] = (prints[pair.db_id], live)
        self._made = {pair: self._made[pair] for pair in pairs}
        examples = [pair.example for pair in pairs]
        hidden = self._twins(self._book.list_withdrawn())
        self.store.put([self._made[pair][1] for pair in pairs], schemas_of(examples, self._catalog), hidden)
        self._seen = seen
        self._version += 1
        return self._version

    def retriever(
        self, config: RetrievalConfig | None = None, *, first_pass: FirstPass | None = None
    ) -> Retriever:
        """A retriever over the store, which follows the journal before each retrieval."""
        self.follow()
        self.save()
        return Retriever(
            self.store,
            config,
            catalog=self._catalog,
            encoder=self._encoder,
            first_pass=first_pass,
            follow=self.follow,
        )

    def save(self) -> bool:
        """Write the folder if it lags behind; whether it was written.

        A folder that another process writes to at this moment is left to that process.
        """
        ids = tuple(pair.id for pair in self._made)
        if ids == self._saved:
            return False
        live = [live for _, live in self._made.values()]
        try:
            with lock_for_writing(self.folder):
                if live:
                    self._write(live)
                else:
                    (self.folder / "manifest.json").unlink(missing_ok=True)
        except (IndexFolderError, OSError):
            return False
        self._saved = ids
        return True

    def verify(self) -> PairsIndexCheck:
        """Bring store and folder to what the journal says, read the folder anew, and compare all
        three.
        """
        self.follow()
        self.save()
        pairs = {pair.id: (pair.question, pair.sql, pair.db_id) for pair in self._book.active()}
        count = len(self.store) - len(pairs)
        in_memory = [entry for entry in self.store.entries[count:] if count >= 0]
        missing: dict[str, None] = {}
        surplus: dict[str, None] = {}
        for entries in (in_memory, self._read_folder()):
            there = {e.id: (e.question, e.sql, e.db_id) for e, *_ in entries}
            missing |= {one: None for one, said in pairs.items() if there.get(one) != said}
            surplus |= {one: None for one in there if one not in pairs}
        return PairsIndexCheck(len(pairs), tuple(missing), tuple(surplus))

    def _twins(self, withdrawn: Sequence[Pair]) -> set[str]:
        """Ids of examples of the base that equal a withdrawn pair."""
        if self._by_question is None and withdrawn:
            self._by_question = {}
            for entry in self._base_entries:
                key = entry.example.db_id, same_question_key(entry.example.question)
                self._by_question.setdefault(key, []).append(entry)
        twins: set[str] = set()
        for pair in withdrawn:
            keys = sql_keys(pair.sql, self._schema(pair.db_id))
            same = (self._by_question or {}).get((pair.db_id, same_question_key(pair.question)), ())
            twins.update(one.example.id for one in same if not set(keys).isdisjoint(one.sql_keys))
        return twins

    def _schema(self, db_id: str) -> Schema | None:
        if db_id in self._base:
            return self._base[db_id]
        return self._catalog.find_schema(db_id)

    def _make(self, pairs: Sequence[Pair]) -> list[LiveEntry]:
        if not pairs:
            return []
        examples = [pair.example for pair in pairs]
        entries = make_entries(examples, self._catalog, known=self._base, same_db="allow")
        vectors = encode_entries(entries, self._encoder, self._content)
        return [
            LiveEntry(entry, self.store.read(entry), {name: matrix[at] for name, matrix in vectors.items()})
            for at, entry in enumerate(entries)
        ]

    def _write(self, live: Sequence[LiveEntry]) -> None:
        entries = [one.entry for one in live]
        schemas = schemas_of([entry.example for entry in entries], self._catalog)
        names = live[0].vectors
        by_field = {name: np.stack([one.vectors[name] for one in live]) for name in names}
        vectors = Vectors(by_field, self.store.encoder, self.store.content)
        make_content(entries, vectors, schemas, self._bm25).write(self.folder)

    def _read_folder(self) -> list[Entry]:
        try:
            index = ExampleIndex(self.folder)
        except IndexFolderError:
            return []
        index.verify()
        entries = list(index.entries)
        index.close()
        return entries

    def _load(self) -> None:
        """Take what the folder has of the pairs that are active now; a damaged folder is computed
        anew.
        """
        pairs = {pair.id: pair for pair in self._book.active()}
        try:
            index = ExampleIndex(self.folder)
            index.verify()
        except IndexFolderError:
            return
        if (index.encoder, index.content) == (self.store.encoder, self.store.content):
            prints = {db_id: schema_fingerprint(schema_from_json(s)) for db_id, s in index.schemas.items()}
            names: tuple[VectorField, ...] = (*FIELDS, *(("content",) if index.content else ()))
            vectors = {name: index.vectors(name).vectors() for name in names if index.encoder}
            for row, entry in enumerate(index.entries):
                pair = pairs.get(entry.example.id)
                if pair is not None and pair.example.question == entry.example.question:
                    own = {name: np.array(matrix[row]) for name, matrix in vectors.items()}
                    made = LiveEntry(entry, self.store.read(entry), own)
                    self._made[pair] = (prints.get(pair.db_id, ""), made)
            self._saved = tuple(entry.example.id for entry in index.entries)
        index.close()


def _encoder_of(base: StoredExamples | None, encoder: Encoder | None) -> Encoder | None:
    """The encoder of the pairs: that of the base, and of the user's choice without a base."""
    if base is None:
        return encoder or SentenceTransformerEncoder(STRUCTURAL)
    if base.encoder is None:
        return None
    encoder = encoder or SentenceTransformerEncoder(base.encoder.name)
    base.check_encoder(encoder)
    return encoder


def _info(encoder: Encoder | None) -> EncoderInfo | None:
    if encoder is None:
        return None
    vectors: Float32Array = encoder.encode([""])
    return EncoderInfo(encoder.name, encoder.fingerprint(), vectors.shape[1])


def _default_folder(journal: Path, infos: Sequence[EncoderInfo | None]) -> Path:
    from nshot import __version__

    said = repr((__version__, str(journal.resolve()), [info and info.fingerprint for info in infos]))
    return cache_folder() / f"pairs-index-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
