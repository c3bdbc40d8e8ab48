"""A small part of the fuzzing; all of it: `python -m tests.fuzz.fuzz`."""

from __future__ import annotations

from pathlib import Path

from .fuzz import run
from .targets import open_targets


def test_broken_inputs_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    with open_targets(tmp_path) as targets:
        for target in targets:
            for seed in target.seeds:  # a reader that refuses what is good would find nothing
                path = tmp_path / f"good{target.ending}"
                path.write_text(seed, encoding="utf-8")
                target.read(path)
        found = list(run(targets, tmp_path, 400, seed=1))
    bad = [(one.target, one.data[:200], one.error) for one in found if one.outcome not in ("read", "refused")]
    assert not bad
    assert {one.outcome for one in found} == {"read", "refused"}
