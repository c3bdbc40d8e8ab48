"""Judge predicted SQL against gold: exact match, execution accuracy, and the outcome of each
statement.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from nshot.artifacts import Progress, stay_silent
from nshot.databases import Session, Source, bind
from nshot.errors import DataError, GoldError
from nshot.eval.config import EvalConfig
from nshot.eval.databases import DatabaseFiles
from nshot.eval.execution.pair import ResultPair
from nshot.eval.execution.result import Match, ResultRows
from nshot.eval.executions import Ran, Runner, spread
from nshot.eval.gold_cache import GoldCache
from nshot.eval.modes import MODES
from nshot.eval.spider import ExactMatch, SpiderJudge, SpiderSchema, foreign_key_classes
from nshot.sql import hardness
from nshot.types import Problem, Question, Verdict

_BLANK: Final = (None, 0, "", b"")
_SHOWN: Final = 20
"""Rows that an error lists; further rows are only counted."""


class _Group(NamedTuple):
    """Questions on the same database with the same prediction, which is executed once for all of
    them.
    """

    db_id: str
    predicted: str
    rows: list[int]


class Evaluator:
    """Judges systems on the same databases; gold results, schemas and parsed gold are kept between
    calls.
    """

    def __init__(
        self,
        databases: Path,
        tables: Path | None = None,
        config: EvalConfig | None = None,
        sources: Mapping[str, Source] | None = None,
    ) -> None:
        """
        Args:
            databases: Spider's folder, a folder with one folder per db_id, or a test-suite folder
                with several files in each.
            tables: Spider's `tables.json`, for the foreign keys that exact match needs. Default:
                the file beside the databases.
            config: Settings of the evaluation. Default: the official mode.
            sources: Files or URLs of databases by db_id, which come before those of the folder.

        Raises:
            FileMissingError: The folder or the tables file does not exist.
            DataError: The tables file is not in Spider's format.
        """
        self.config = config or EvalConfig()
        self.databases = DatabaseFiles(databases, tables, sources)
        self._tables = tables
        self._mode = MODES[self.config.mode]
        self._judges: dict[str, SpiderJudge] = {}
        self._gold: dict[tuple[Source, str], Ran] = {}
        self._cache = GoldCache(self._mode.text_errors) if self.config.cache else None

    def with_config(self, config: EvalConfig) -> Evaluator:
        """An evaluator on the same databases with other settings."""
        return Evaluator(self.databases.folder, self._tables, config, self.databases.sources)

    def judge(
        self,
        questions: Sequence[Question],
        sqls: Sequence[str],
        progress: Progress = stay_silent,
    ) -> list[Verdict]:
        """One verdict for each question, in order.

        Args:
            questions: (n,) questions with their gold SQL.
            sqls: (n,) predictions; a blank one is wrong.
            progress: Called with the number of judged questions and the total.

        Raises:
            GoldError: Gold is missing, names an unknown database or does not run; the message lists
                the rows. With `skip_bad_gold` these rows stay unscored instead.
            DataError: The numbers of predictions and questions differ, or a database cannot be
                read.
        """
        if len(questions) != len(sqls):
            raise DataError(f"expected {len(questions)} predictions, one a question, got {len(sqls)}")
        bad = self.check_gold(questions)
        groups: dict[tuple[str, str], _Group] = {}
        for row, (question, sql) in enumerate(zip(questions, sqls, strict=True)):
            groups.setdefault((question.db_id, sql), _Group(question.db_id, sql, [])).rows.append(row)
        verdicts: dict[int, Verdict] = {}
        lock = threading.Lock()

        def work(runner: Runner, group: _Group) -> None:
            golds = [questions[row].sql or "" for row in group.rows if row not in bad]
            limits = self._limits(group.db_id, golds)
            for row in group.rows:
                if row in bad:
                    verdicts[row] = self._make_unscored(row, questions[row], group.predicted, bad[row])
                else:
                    verdicts[row] = self._verdict(row, questions[row], group.predicted, runner, limits)
            runner.forget()
            with lock:
                progress(len(verdicts), len(questions))

        ordered = sorted(groups.values(), key=lambda group: group.db_id)
        spread(ordered, work, self._session, self.config.workers)
        return [verdicts[row] for row in range(len(questions))]

    def gold_tells(self, question: Question) -> bool:
        """Whether the gold result has a value that is neither null, zero nor empty, on any database
        file.

        Without one, a match is weak evidence: wrong SQL returns such a result easily. The gold must
        have been run (`check_gold`); False if it gave no result.
        """
        results = (self._gold.get(job) for job in self._gold_jobs(question))
        rows = (row for ran in results if ran is not None and ran.outcome == "ok" for row in ran.rows)
        return any(cell not in _BLANK for row in rows for cell in row)

    def check_gold(self, questions: Sequence[Question]) -> dict[int, str]:
        """Reasons why rows cannot be scored, by row; executes all gold that was not executed
        before.

        Raises:
            GoldError: There are such rows, and `skip_bad_gold` is off.
        """
        bad = {row: reason for row, question in enumerate(questions) if (reason := self._unusable(question))}
        usable = [question for row, question in enumerate(questions) if row not in bad]
        self._run_gold({job: None for question in usable for job in self._gold_jobs(question)})
        for row, question in enumerate(questions):
            if row in bad:
                continue
            failed = [ran for job in self._gold_jobs(question) if (ran := self._gold[job]).outcome != "ok"]
            if failed:
                bad[row] = failed[0].reason
        if bad and not self.config.skip_bad_gold:
            raise _find_gold_error(bad, questions)
        return bad

    def _unusable(self, question: Question) -> str:
        """Why the gold cannot be executed; empty if it can."""
        if not (question.sql or "").strip():
            return "there is no gold SQL"
        try:
            self.databases.files(question.db_id)
            judge = self._judge(question.db_id)
        except DataError as error:
            return str(error)
        if self._mode.compares_select_items and not judge.select_keys(question.sql or ""):
            return f"Spider's parser cannot read it, which mode {self.config.mode} requires"
        return ""

    def _gold_jobs(self, question: Question) -> list[tuple[Source, str]]:
        text = self._mode.gold_text(question.sql or "", self.config)
        return [(file, text) for file in self.databases.files(question.db_id)]

    def _run_gold(self, jobs: dict[tuple[Source, str], None]) -> None:
        """Fill `_gold` for these files and texts, from the cache or by executing them."""
        missing = []
        for file, text in jobs:
            if (file, text) in self._gold:
                continue
            rows = self._cache.get(file, text) if self._cache is not None else None
            if rows is None:
                missing.append((file, text))
            else:
                self._gold[file, text] = Ran("ok", rows)

        def work(runner: Runner, job: tuple[Source, str]) -> None:
            self._gold[job] = runner.run_anew(*job)

        spread(missing, work, self._session, self.config.workers)
        if self._cache is not None:
            made: dict[Source, dict[str, Ran]] = defaultdict(dict)
            for file, text in missing:
                made[file][text] = self._gold[file, text]
            for file, results in made.items():
                good = {text: ran.rows for text, ran in results.items() if ran.outcome == "ok"}
                self._cache.add(file, good)
            self._cache.save_hashes()

    def _limits(self, db_id: str, golds: list[str]) -> dict[Source, int]:
        """Row limit for each file: one more than the longest gold result, so that more rows are
        noticed.
        """
        texts = [self._mode.gold_text(gold, self.config) for gold in golds]
        if not texts:
            return {}
        return {
            file: 1 + max(len(self._gold[file, text].rows) for text in texts)
            for file in self.databases.files(db_id)
        }

    def _session(self) -> Session:
        return Session(timeout=self.config.timeout, text_errors=self._mode.text_errors)

    def _judge(self, db_id: str) -> SpiderJudge:
        if db_id not in self._judges:
            schema = SpiderSchema.read(self.databases.main_file(db_id))
            classes = foreign_key_classes(self.databases.entry(db_id))
            self._judges[db_id] = SpiderJudge(schema, classes, classic=self._mode.classic_exact_match)
        return self._judges[db_id]

    def _verdict(
        self, row: int, question: Question, predicted: str, runner: Runner, limits: Mapping[Source, int]
    ) -> Verdict:
        trial = self._trial(question, predicted, runner, limits)
        matched = self._judge(question.db_id).judge(question.sql or "", predicted)
        return Verdict(
            index=row,
            db_id=question.db_id,
            hardness=matched.hardness,
            em=matched.official_match,
            ex=trial.match.same,
            parse_error=matched.parse_error,
            outcome=trial.outcome,  # type: ignore[arg-type]
            reason=trial.match.reason,
            vacuous=trial.vacuous,
            databases=len(limits),
            id=question.id,
            gold=question.sql or "",
            predicted=predicted,
            kind=trial.match.kind,
            differs_on=trial.differs_on,
            em_crash=matched.crash,
            ex_crash=trial.match.detail if trial.match.kind == "crash" else "",
            components=matched.components,
        )

    def _trial(
        self, question: Question, predicted: str, runner: Runner, limits: Mapping[Source, int]
    ) -> CandidateResult:
        """The result of the first candidate that passes on every file, otherwise of the plain
        prediction.
        """
        gold = question.sql or ""
        plain: CandidateResult | None = None
        for text in self._mode.candidates(predicted, gold, self.config):
            trial = self._candidate(question, text, runner, limits)
            if trial.match.same:
                return trial
            plain = plain or trial
        return plain or CandidateResult(Match(False, "not run", "there is no SQL"), "empty")

    def _candidate(
        self, question: Question, text: str, runner: Runner, limits: Mapping[Source, int]
    ) -> CandidateResult:
        """Compare one text with gold on one file after the other, up to the first that differs."""
        gold = self._mode.gold_text(question.sql or "", self.config)
        keys = self._judge(question.db_id).select_keys
        matches: list[Match] = []
        for file, limit in limits.items():
            ran = self._gold.get((file, text)) or runner.run(file, text, limit)
            name = Path(bind(file).shown).name
            if ran.outcome != "ok":
                return CandidateResult(Match(False, "not run", ran.reason), ran.outcome, name)
            run = partial(_rows, runner, file)
            match = self._mode.match(
                ResultPair(gold, text, self._gold[file, gold].rows, ran.rows, self.config, run, keys)
            )
            if not match.same:
                return CandidateResult(match, "ok", name)
            matches.append(match)
        telling = [match for match in matches if match.kind != "both empty"]
        return CandidateResult((telling or matches)[0], "ok", vacuous=not telling)

    def _make_unscored(self, row: int, question: Question, predicted: str, reason: str) -> Verdict:
        """A verdict without execution; it contains the exact match if the database is known."""
        try:
            files = len(self.databases.files(question.db_id))
            matched = self._judge(question.db_id).judge(question.sql or "", predicted)
        except DataError:
            level = hardness(question.sql or "")
            files, matched = 0, ExactMatch(None, level, False, reason, (), gold_read=False)
        return Verdict(
            index=row,
            db_id=question.db_id,
            hardness=matched.hardness,
            em=matched.official_match,
            ex=False,
            parse_error=matched.parse_error,
            outcome="unscored",
            reason=f"gold: {reason}",
            databases=files,
            id=question.id,
            gold=question.sql or "",
            predicted=predicted,
            kind="not run",
            em_crash=matched.crash,
            components=matched.components,
        )


class CandidateResult(NamedTuple):
    """The execution that decided the verdict on one text."""

    match: Match
    outcome: str
    """Outcome of the execution on the file that decided."""
    differs_on: str = ""
    """Name of the first database file on which the result differs from gold's; empty for none."""
    vacuous: bool = False


def _rows(runner: Runner, file: Source, sql: str) -> ResultRows | None:
    ran = runner.run_anew(file, sql)
    return ran.rows if ran.outcome == "ok" else None


def _find_gold_error(bad: Mapping[int, str], questions: Sequence[Question]) -> GoldError:
    problems = [
        Problem(row + 1, f"{questions[row].db_id}: {reason}", questions[row].id)
        for row, reason in sorted(bad.items())
    ]
    listed = "\n".join(
        f"  row {problem.line} ({problem.source}) {problem.reason}" for problem in problems[:_SHOWN]
    )
    more = f"\n  ... and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return GoldError(
        f"gold of {len(problems)} of {len(questions)} rows cannot be used; correct it, or leave these rows "
        f"unscored with `skip_bad_gold`:\n{listed}{more}",
        problems,
    )
