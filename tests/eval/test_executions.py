from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from nshot.databases import Session
from nshot.eval.executions import Runner, spread

NAMES = "SELECT name FROM item"
ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"


@pytest.fixture
def file(shop: Path) -> Path:
    return shop / "shop" / "shop.sqlite"


def test_every_job_is_done_once_in_as_many_threads_as_asked() -> None:
    done: list[int] = []
    threads = set()
    meeting = threading.Barrier(3, timeout=30)

    def work(_: Runner, job: int) -> None:
        if job < 3:  # so that no thread does all alone
            meeting.wait()
        threads.add(threading.get_ident())
        done.append(job)

    spread(list(range(50)), work, Session, 3)
    assert sorted(done) == list(range(50))
    assert len(threads) == 3


def test_no_jobs_are_no_work() -> None:
    spread([], lambda _runner, _job: None, Session, 0)


def test_the_exception_of_a_job_is_raised_and_ends_the_rest() -> None:
    done = []

    def work(_: Runner, job: int) -> None:
        if job == 3:
            raise ValueError("job 3")
        done.append(job)

    with pytest.raises(ValueError, match="job 3"):
        spread(list(range(100)), work, Session, 1)
    assert done == [0, 1, 2]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals to a thread are POSIX")
@pytest.mark.parametrize("pause", [0.0, 0.5])
def test_an_interrupt_stops_the_statements_under_way(file: Path, pause: float) -> None:
    ended = threading.Event()
    timer = threading.Timer(pause, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))

    def work(runner: Runner, sql: str) -> None:
        timer.start()  # a second time would be an error: there is one signal
        runner.run(file, sql)
        ended.set()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a background job
    try:
        with pytest.raises(KeyboardInterrupt):
            spread([ENDLESS, ENDLESS], work, lambda: Session(timeout=600), 1)
    finally:
        timer.join()  # no signal comes when the handler is gone
        signal.signal(signal.SIGINT, before)
    assert ended.wait(60)


def test_a_text_runs_once_until_it_is_forgotten(file: Path) -> None:
    with Session() as session:
        runner = Runner(session)
        first = runner.run(file, NAMES, 2)
        assert runner.run(file, NAMES, 2) is first
        runner.forget()
        assert runner.run(file, NAMES, 2) is not first


@pytest.mark.parametrize("sql", ["", " ;", "-- nothing", "/* nothing */ ;", "/* nothing", "\ufeff"])
def test_a_text_without_a_statement_has_no_rows_and_is_no_error(file: Path, sql: str) -> None:
    with Session() as session:
        assert Runner(session).run(file, sql) == ("ok", (), "")


def test_an_error_is_told_by_its_kind_once(file: Path, tmp_path: Path) -> None:
    with Session(timeout=0.2) as session:
        runner = Runner(session)
        assert runner.run(file, "DROP TABLE item").reason.startswith("refused: DROP is not allowed")
        assert runner.run(file, "SELECT x FROM item").reason == "error: no such column: x"
        assert runner.run(tmp_path / "none.sqlite", NAMES).reason.startswith("error: no database file")
