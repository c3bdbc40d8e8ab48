"""The live view of a journal: what is verified now, and the one way to change it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from nshot.databases import schema_fingerprint
from nshot.errors import DataError, NshotError, OptionError, PairNotFoundError
from nshot.pairs.event import Kind, PairEvent, make_event
from nshot.pairs.gate import (
    TIMEOUT,
    GateResult,
    PairDatabases,
    SqlProblem,
    problem_of,
    sql_problem,
    text_problem,
)
from nshot.pairs.journal import Journal
from nshot.pairs.pair import Pair, State, pair_id, same_sql_key
from nshot.pairs.table import PairPage, PairTable, paginate
from nshot.types import Schema


@dataclass(frozen=True, slots=True)
class PairsVerified:
    """What came out when pairs were run again."""

    checked: int
    """Pairs whose SQL was run."""
    set_aside: tuple[Pair, ...] = ()
    """Those that were active and do not run any more."""
    restored: tuple[Pair, ...] = ()
    """Those that were set aside and run again."""
    unknown: tuple[Pair, ...] = ()
    """Those whose SQL could not be tried; `reason` says why, such as a timeout. They stay as they
    are.
    """


class PairBook:
    """The pairs of one journal, kept up with what any process appends. May be shared by threads.

    For example, with a catalog of databases:

        book = PairBook(Path("pairs.jsonl"), catalog) result = book.add("How many singers?", "SELECT
        count(*) FROM singer", "concert", author="ada") assert result.outcome == "added" and
        book.find("how many singers", "concert") == result.pair
    """

    def __init__(self, path: Path, databases: PairDatabases, *, timeout: float = TIMEOUT) -> None:
        """
        Args:
            path: The journal. It is made when the first pair is saved.
            databases: Schemas and files of the databases; a `Catalog` is one.
            timeout: Seconds that a pair's SQL may take.

        Raises:
            DataError: The file is no journal, is damaged, or was written by a newer nshot.
        """
        self.path, self._databases, self._timeout = path, databases, timeout
        self._journal = Journal(path)
        self._lock = threading.RLock()
        self._table = PairTable()
        self._prints: dict[str, tuple[Schema, str]] = {}
        """By database its schema and the fingerprint of it."""
        self._tried: set[Pair] = set()
        """Pairs that were run on a changed schema, so that no question waits for them again."""
        self.version = 0
        """Another number whenever the pairs are others than before."""
        self._follow()

    def __len__(self) -> int:
        """The number of active pairs."""
        with self._lock:
            return len(self._table.list_active())

    def warm_up(self, db_id: str) -> None:
        """Reads and loads what the first pair of a database needs; nothing is written.

        What cannot be read is told by the calls that need it.
        """
        with suppress(NshotError):
            self._databases.refresh(db_id)
            problem_of("none", "SELECT 1", db_id, self._databases, self._timeout)
            self.find("none", db_id)
            same_sql_key("SELECT 1", self._schema(db_id))

    def add(
        self,
        question: str,
        sql: str,
        db_id: str,
        *,
        author: str = "",
        prompt_sha256: str = "",
        replace_id: str = "",
    ) -> GateResult:
        """Save a pair that a person has checked, if it passes the checks.

        Args:
            question: As it stands by itself: no follow-up of another question.
            sql: As finally edited.
            db_id: The database that it asks.
            author: Who says that it is right.
            prompt_sha256: Of the prompt that led to the SQL.
            replace_id: The pair that it takes the place of, such as one that it is in conflict
                with.

        Returns:
            `added`; `duplicate` of an active pair; `conflict` with active pairs of the same
            question and other SQL, of which `replace_id` may name one; or `refused` with a reason.
            Only `added` changes anything.

        Raises:
            DataError: The journal cannot be written.
        """
        question, sql = question.strip(), sql.strip().rstrip("; \t\r\n")
        self._databases.refresh(db_id)
        if reason := problem_of(question, sql, db_id, self._databases, self._timeout):
            return GateResult("refused", reason=reason)
        with self._lock, self._journal.writing():
            self._follow()
            return self._decide(question, sql, db_id, author, prompt_sha256, replace_id)

    def edit(
        self, pair_id: str, *, question: str | None = None, sql: str | None = None, author: str = ""
    ) -> GateResult:
        """Put an edited pair in place of a pair; it has a new id.

        Raises:
            PairNotFoundError: There is no such pair.
            DataError: The journal cannot be written.
        """
        old = self.get(pair_id)
        return self.add(
            old.question if question is None else question,
            old.sql if sql is None else sql,
            old.db_id,
            author=author or old.author,
            prompt_sha256=old.prompt_sha256,
            replace_id=pair_id,
        )

    def retract(self, pair_id: str, *, author: str = "") -> Pair:
        """Take a pair out: it is never shown or reused again. The journal keeps its lines.

        Returns:
            The pair as it was.

        Raises:
            PairNotFoundError: There is no such pair.
            DataError: The journal cannot be written.
        """
        with self._lock, self._journal.writing():
            self._follow()
            pair = self._get_known(pair_id)
            self._write([make_event("retract", Pair(pair_id, "", "", "", author, now()))])
            return pair

    def reject(self, question: str, sql: str, db_id: str, *, author: str = "", reason: str = "") -> Pair:
        """Keep that SQL is wrong for a question (thumbs down). It is never shown as an example.

        An active pair that says the same is rejected with it.

        Raises:
            OptionError: The question or the SQL is empty or no text.
            DataError: The journal cannot be written.
        """
        question, sql = question.strip(), sql.strip().rstrip("; \t\r\n")
        if problem := text_problem(question, sql):
            raise OptionError(problem)
        with self._lock, self._journal.writing():
            self._follow()
            key = same_sql_key(sql, self._schema(db_id))
            same = self._table.find_same_question(question, db_id)
            twins = [pair for pair in same if self._sql_key(pair) == key]
            known = twins[0] if twins else Pair(pair_id(question, sql, db_id), question, sql, db_id)
            if not twins or known.state != "rejected":
                wrong = Pair(known.id, known.question, known.sql, db_id, author, now(), reason=reason)
                self._write([make_event("reject", wrong)])
            return self._table.pairs[known.id]

    def get(self, pair_id: str) -> Pair:
        """The pair of an id, in whatever state.

        Raises:
            PairNotFoundError: There is none; it may have been retracted or replaced.
        """
        with self._lock:
            self._follow()
            return self._get_known(pair_id)

    def find(self, question: str, db_id: str) -> Pair | None:
        """The active pair of this very question, up to normalisation; None if there is none or not
        just one.

        A pair whose SQL does not run on the schema as it is now is set aside first.
        """
        self.refresh(db_id)
        with self._lock:
            same = self._table.find_same_question(question, db_id)
            active = [pair for pair in same if pair.state == "active"]
            return active[0] if len(active) == 1 else None

    def active(self) -> tuple[Pair, ...]:
        """The pairs that are shown and reused, in the order in which they were saved."""
        with self._lock:
            return self._table.list_active()

    def list_withdrawn(self) -> tuple[Pair, ...]:
        """The pairs that must not be shown, even if an index has them, too.

        They were retracted or replaced, are rejected, or do not run on the schema as it is now.
        """
        with self._lock:
            return self._table.list_withdrawn()

    def list_pairs(
        self, *, db_id: str = "", text: str = "", state: State | None = None, offset: int = 0, limit: int = 0
    ) -> PairPage:
        """Pairs, the newest first.

        Args:
            db_id: Only of this database.
            text: Only those that hold this text in question, SQL or id, letter case ignored.
            state: Only those of this state.
            offset: So many are left out at the front.
            limit: Most pairs that are returned; 0 for all.
        """
        with self._lock:
            self._follow()
            return paginate(self._table.find_pairs(db_id, text, state), offset, limit)

    def conflicts(self, pair: Pair) -> tuple[Pair, ...]:
        """Active pairs with the same question and other SQL; none for a rejected pair."""
        if pair.state == "rejected":
            return ()
        with self._lock:
            return self._conflicts(pair.question, pair.db_id, self._sql_key(pair), pair.id)

    def refresh(self, db_id: str = "") -> None:
        """Follow the journal and, if a database is named, its schema.

        Costs a look at the size and time of two files if nothing changed. If the schema changed,
        the pairs of that database are run again, as by `verify`; where the journal cannot be
        written, what comes of that holds for this book only.
        """
        with self._lock:
            self._follow()
            if not db_id:
                return
            if self._databases.refresh(db_id):
                self._prints.pop(db_id, None)
            due = [
                pair
                for pair in self._table.list_runnable(db_id)
                if self._is_outdated(pair) and pair not in self._tried
            ]
        if due:
            self._tried.update(due)
            self._run_again(due, must_write=False)

    def verify(self, db_id: str = "", *, everything: bool = False) -> PairsVerified:
        """Run the SQL of pairs again whose database has another schema than when they last ran.

        What fails is set aside; what was set aside and runs is restored.

        Args:
            db_id: Only pairs of this database.
            everything: All pairs, whether the schema changed or not.

        Raises:
            DataError: The journal cannot be written.
        """
        with self._lock:
            self._follow()
            for one in {pair.db_id for pair in self._table.list_runnable(db_id)}:
                self._databases.refresh(one)
            self._prints.clear()
            due = [pair for pair in self._table.list_runnable(db_id) if everything or self._is_outdated(pair)]
        return self._run_again(due, must_write=True)

    def _run_again(self, due: Sequence[Pair], *, must_write: bool) -> PairsVerified:
        problems = {pair: sql_problem(pair.sql, pair.db_id, self._databases, self._timeout) for pair in due}
        try:
            with self._lock, self._journal.writing():
                self._follow()
                due = [pair for pair in due if self._table.pairs.get(pair.id) == pair]
                self._write(self._outcomes(due, problems))
        except OSError:
            if must_write:
                raise
            with self._lock:
                self._apply(self._outcomes(due, problems))
        with self._lock:
            after = [(pair.state, self._table.pairs.get(pair.id, pair)) for pair in due]
        unknown = tuple(replace(pair, reason=problems[pair].reason) for pair in due if problems[pair].passing)
        return PairsVerified(
            len(due) - len(unknown),
            tuple(new for old, new in after if (old, new.state) == ("active", "set_aside")),
            tuple(new for old, new in after if (old, new.state) == ("set_aside", "active")),
            unknown,
        )

    def _outcomes(self, due: Sequence[Pair], problems: Mapping[Pair, SqlProblem]) -> list[PairEvent]:
        """The events of pairs that were run again; none for what stays as it is."""
        events = []
        for pair in due:
            problem, found = problems[pair], self._fingerprint(pair.db_id)
            if problem.passing:
                continue
            kind: Kind = "set_aside" if problem else "restore"
            state = "set_aside" if problem else "active"
            if (pair.state, pair.fingerprint, pair.reason) != (state, found, problem.reason):
                after = Pair(pair.id, "", "", "", time=now(), fingerprint=found, reason=problem.reason)
                events.append(make_event(kind, after))
        return events

    def _decide(
        self, question: str, sql: str, db_id: str, author: str, prompt_sha256: str, replace_id: str
    ) -> GateResult:
        """What becomes of a pair whose SQL runs; call it inside `writing`."""
        if replace_id and replace_id not in self._table.pairs:
            return GateResult("refused", reason=f"there is no pair {replace_id} to replace")
        key, new_id = same_sql_key(sql, self._schema(db_id)), pair_id(question, sql, db_id)
        twins = [
            pair
            for pair in self._table.find_same_question(question, db_id)
            if self._sql_key(pair) == key and (pair.id != replace_id or pair.id == new_id)
        ]
        for twin in twins:
            if twin.state == "active":
                return GateResult("duplicate", twin)
        others = self._conflicts(question, db_id, key, replace_id)
        if others:
            ids = ", ".join(pair.id for pair in others)
            return GateResult("conflict", None, others, f"the same question has other SQL in pair {ids}")
        found = self._fingerprint(db_id)
        if aside := [twin for twin in twins if twin.state == "set_aside"]:
            new_id = aside[0].id
            event = make_event("restore", Pair(new_id, "", "", "", author, now(), found))
        else:
            replaces = replace_id or next((twin.id for twin in twins if twin.id != new_id), "")
            pair = Pair(new_id, question, sql, db_id, author, now(), found, prompt_sha256)
            event = make_event("supersede" if replaces else "add", pair, replaces)
        self._write([event])
        return GateResult("added", self._table.pairs[new_id])

    def _conflicts(self, question: str, db_id: str, key: str, but: str) -> tuple[Pair, ...]:
        return tuple(
            pair
            for pair in self._table.find_same_question(question, db_id)
            if pair.state == "active" and pair.id != but and self._sql_key(pair) != key
        )

    def _get_known(self, pair_id: str) -> Pair:
        if pair_id not in self._table.pairs:
            raise PairNotFoundError(
                f"no pair {pair_id!r} in {self.path}; list the ids with nshot pairs list (an edited pair has "
                "a new one)"
            )
        return self._table.pairs[pair_id]

    def _is_outdated(self, pair: Pair) -> bool:
        found = self._fingerprint(pair.db_id)
        return bool(found) and pair.fingerprint != found

    def _sql_key(self, pair: Pair) -> str:
        return same_sql_key(pair.sql, self._schema(pair.db_id))

    def _schema(self, db_id: str) -> Schema | None:
        try:
            return self._databases.schema(db_id)
        except DataError:
            return None

    def _fingerprint(self, db_id: str) -> str:
        """Of the schema as it is now; empty for a database that is not known."""
        schema = self._schema(db_id)
        if schema is None:
            return ""
        known = self._prints.get(db_id)
        if known is None or known[0] is not schema:
            known = self._prints[db_id] = (schema, schema_fingerprint(schema))
        return known[1]

    def _follow(self) -> None:
        """Take in what was appended by others."""
        tail = self._journal.read()
        if tail.anew:
            self._table = PairTable()
            self.version += 1
        self._apply(tail.events)

    def _write(self, events: Sequence[PairEvent]) -> None:
        self._journal.append(events)
        self._apply(events)

    def _apply(self, events: Sequence[PairEvent]) -> None:
        for event in events:
            self._table.apply(event)
            self.version += 1


def now() -> str:
    """The time for the journal: UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
