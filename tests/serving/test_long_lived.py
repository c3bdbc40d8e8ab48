from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from tests.serving.conftest import running, wait_until

from nshot.generation.constrain import Recogniser
from nshot.serving import Service
from nshot.serving.errors import RequestError
from nshot.serving.questions import engine_thread
from nshot.serving.questions.job import Failure, Job
from nshot.serving.questions.long_lived import LongLived
from nshot.types import Column, Schema, Table


@dataclass(eq=False)
class Ring:
    """Objects in a cycle: only a collection frees them."""

    others: list[Ring] = field(default_factory=list)


def make_ring(size: int = 3) -> Ring:
    rings = [Ring() for _ in range(size)]
    for at, ring in enumerate(rings):
        ring.others.append(rings[at - 1])
    return rings[0]


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_a_batch_leaves_is_freed_and_what_stays_is_passed_over() -> None:
    policy = LongLived()
    policy.settle()
    kept, left = make_ring(), make_ring()
    seen = weakref.ref(left)
    del left
    before = gc.get_freeze_count()
    policy.after_batch()
    assert seen() is None
    assert gc.get_freeze_count() > before
    assert not any(one is kept for one in gc.get_objects())


def test_garbage_among_what_is_passed_over_is_freed_when_nobody_waits() -> None:
    policy = LongLived(idle_growth=-1.0, most_growth=100.0)
    policy.settle()
    kept = make_ring()
    seen = weakref.ref(kept)
    policy.after_batch()
    del kept
    policy.after_batch()
    assert seen() is not None
    policy.when_idle()
    assert seen() is None


def test_garbage_is_freed_under_load_once_there_is_much_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[int] = []
    settle = LongLived.settle

    def counted(self: LongLived) -> None:
        walks.append(1)
        settle(self)

    monkeypatch.setattr(LongLived, "settle", counted)
    share = 20_000 / len(gc.get_objects())
    policy = LongLived(idle_growth=share / 8, most_growth=share)
    policy.settle()
    seen = []
    for _ in range(40):  # 1,000 rings have 3,000 objects: themselves, their dictionaries and lists
        seen.append(weakref.ref(make_ring(1000)))
        kept = seen[-1]()
        policy.after_batch()
        del kept
    alive = sum(one() is not None for one in seen)
    assert alive < 20
    assert 2 <= len(walks) < 20


@dataclass
class Grammars:
    """Answers by a grammar that it drops with the next question, as a cache does in the end."""

    kept: Recogniser | None = None
    seen: list[weakref.ref[Recogniser]] = field(default_factory=list)
    rests: int = 0

    def answer(self, jobs: Sequence[Job]) -> None:
        self.kept = Recogniser(Schema("shop", (Table("item", (Column("name", "text"),)),)))
        assert self.kept.start().advance(b"from item select name") is not None
        self.seen.append(weakref.ref(self.kept))
        for job in jobs:
            job.tell(Failure(RequestError(400, "seen", "seen")))

    def rest(self) -> None:
        self.rests += 1

    def close(self) -> None:
        """Nothing is open."""


def test_a_grammar_that_is_dropped_is_freed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_thread, "LongLived", partial(LongLived, idle_growth=-1.0))
    monkeypatch.setattr(engine_thread, "IDLE", 0.0)
    grammars = Grammars()

    def load(_: Service) -> Grammars:
        return grammars

    with running(folder, tmp_path, load=load) as site:
        wait_until(lambda: site.service.state == "ok")
        for _ in range(3):
            assert site.chat().status_code == 400
        wait_until(lambda: [one() is None for one in grammars.seen] == [True, True, False])
        wait_until(lambda: grammars.rests > 0)  # memory is given back while nobody asks
