"""Comparisons of the shape that real ones have, from seeded random numbers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from statistics import fmean, stdev

from nshot.eval.comparison import Answer, Case, Comparison, Run
from nshot.eval.scores import ALL, Contrast, Correlation, Estimate, Score, System

STRATEGIES = (
    ("random", "top"),
    ("keyword", "top"),
    ("vector", "top"),
    ("hybrid", "top"),
    ("masked-keyword", "top"),
    ("masked-hybrid", "top"),
    ("masked-hybrid", "distinct"),
)
LIFT = (0.0, 0.03, 0.05, 0.06, 0.10, 0.12, 0.13)
DATABASES = (
    "allotment_garden",
    "bakery",
    "bike_rental",
    "chess_club",
    "city_library",
    "ferry_line",
    "observatory",
    "vet_clinic",
)
LEVELS = {"easy": 0.2, "medium": 0.05, "hard": -0.1, "extra": -0.2}
CLASSES = (
    "table",
    "column",
    "join",
    "condition",
    "value",
    "aggregation",
    "ordering",
    "nesting",
    "invalid SQL",
)
NASTY = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "What's the \"name\" of the café's 2nd | third & last <b>owner</b>?",
    "`a` *b* _c_ [d](javascript:alert(3)) \u202e reversed \u0000 end",
    "half a pair: \ud800",
    "{{ 7 * 7 }} {% raw %} ${x} \\u003c",
)
INFO = {
    "command": "nshot compare --strategies random,keyword --shots 0,1,3,5 --model 'a|b <m>'",
    "date": "2026-11-25T10:00:00+00:00",
    "versions": {"nshot": "0.2.0", "python": "3.11.9"},
    "commit": None,
    "hashes": {"dev.json": "9f2b6c1e" * 8, "pool": "00ab12cd" * 8},
    "databases": list(DATABASES),
}


def with_model(questions: int = 200, prompt_lines: int = 30) -> Comparison:
    """A grid of strategies and shots with answers."""
    draw = random.Random(7)
    zero = System("", "top", 0)
    systems = (zero, *(System(*name, shots) for name in STRATEGIES for shots in (1, 3, 5)))
    runs = tuple(Run(s, seed) for s in systems for seed in ((0, 1) if s.strategy == "random" else (0,)))
    cases = tuple(_case(at, runs, draw, prompt_lines) for at in range(questions))
    scores = [score for system in systems for score in _judged(system, runs, cases, draw)]
    return Comparison(
        title="Which examples help? <sample> & friends",
        info=INFO,
        systems=systems,
        scores=tuple(scores),
        contrasts=tuple(_contrast(system, zero, runs, cases, draw) for system in systems[1:]),
        correlations=(
            Correlation("skeleton_match@3", "ex", 3, 7, 0.912, 0.893),
            Correlation("skeleton_match@5", "ex", 5, 7, 0.871, 0.821),
            Correlation("ndcg@3", "ex", None, 21, float("nan"), float("nan")),
        ),
        mistakes={system.label: _mistakes(system, runs, cases) for system in systems},
        runs=runs,
        cases=cases,
    )


def without_model() -> Comparison:
    """A scoreboard of retrieval measures."""
    draw = random.Random(11)
    ks = (1, 3, 5)
    systems = tuple(System(*name, k) for name in STRATEGIES for k in ks)
    scores = []
    for system in systems:
        lift = LIFT[STRATEGIES.index((system.strategy, system.select))] * 4
        for name in ("skeleton_match", "operator_coverage", "tree_similarity", "ndcg"):
            base = {"skeleton_match": 0.08, "operator_coverage": 0.4}.get(name, 0.3)
            value = base + lift * (0.6 + 0.1 * system.shots)
            scores += [_spread(system, f"{name}@{system.shots}", g, value, draw) for g in _groups()]
        scores.append(_spread(system, f"distinct_skeletons@{system.shots}", ALL, 0.8, draw))
        scores.append(Score(system, f"same_sql@{system.shots}", ALL, Estimate(0.0, 0.0, 0.0, 200)))
        scores.append(
            Score(system, "prompt_tokens", ALL, Estimate(300.0 + 150 * system.shots, 280, 1200, 200))
        )
        scores.append(Score(system, "ms", ALL, Estimate(draw.random() * 9, 0.2, 11, 200)))
    contrasts = tuple(
        Contrast(
            s,
            systems[s.shots // 2],
            f"skeleton_match@{s.shots}",
            Estimate(0.2, 0.1, 0.3, 200),
            50,
            10,
            "mcnemar",
            1e-6,
            2e-5,
        )
        for s in systems
        if s.strategy != "random"
    )
    return Comparison(
        title="Scoreboard of strategies",
        info=INFO,
        systems=systems,
        scores=tuple(scores),
        contrasts=contrasts,
        ceiling={f"{name}@{k}": 0.853 for name in ("skeleton_match", "operator_coverage") for k in ks},
    )


def _case(at: int, runs: Sequence[Run], draw: random.Random, prompt_lines: int) -> Case:
    database = DATABASES[at % len(DATABASES)]
    level = tuple(LEVELS)[draw.choices(range(4), (25, 45, 17, 13))[0]]
    question = (
        NASTY[at] if at < len(NASTY) else f"Which owners of plot {at} grow more than {at % 7} kinds of beans?"
    )
    gold = f"SELECT T1.name FROM owner AS T1 JOIN plot AS T2 ON T1.id = T2.owner_id WHERE T2.id = {at}"
    ease = draw.gauss(0, 0.18)
    answers = tuple(_answer(run, gold, (ease, LEVELS[level], at), draw, prompt_lines) for run in runs)
    return Case(f"{at}", database, level, question, gold, answers)


def _answer(
    run: Run, gold: str, about: tuple[float, float, int], draw: random.Random, prompt_lines: int
) -> Answer:
    ease, level, at = about
    shots = run.system.shots
    lift = LIFT[STRATEGIES.index((run.system.strategy, run.system.select))] if shots else 0.0
    right = draw.random() < 0.42 + (0.04 + lift) * shots**0.5 * 0.7 + level + ease
    kind = draw.choice(CLASSES)
    wrong = {
        "invalid SQL": "SELECT nmae FROM owner </script>",
        "ordering": gold + " ORDER BY T1.name DESC LIMIT 1",
        "value": gold.replace(f"= {at}", f"= {at + 1}"),
    }.get(kind, "SELECT count(*) FROM plot AS T2 WHERE T2.id = " + str(at))
    shown = tuple(f"train-{draw.randrange(400)}" for _ in range(shots))
    lines = [f"-- {one}: SELECT * FROM t{len(one) % 7}" for one in shown]
    schema = [
        f"CREATE TABLE table_{at % 8}_{i} (id INTEGER, name TEXT, note TEXT)" for i in range(prompt_lines)
    ]
    return Answer(
        sql=gold if right else wrong,
        ex=right,
        em=None if at == 0 else right and draw.random() < 0.9,
        reason="same rows" if right else "no such column: nmae" if kind == "invalid SQL" else "other rows",
        mistakes=() if right else (kind, *(("condition",) if kind == "value" else ())),
        demonstrations=shown,
        prompt="\n".join([*lines, *schema, f"Question {at}: <b>?</b>"]),
    )


def _groups() -> tuple[str, ...]:
    return (ALL, *(f"hardness:{one}" for one in LEVELS), *(f"database:{one}" for one in DATABASES))


def _inside(case: Case, group: str) -> bool:
    return group in (ALL, f"hardness:{case.hardness}", f"database:{case.db_id}")


def _judged(system: System, runs: Sequence[Run], cases: Sequence[Case], draw: random.Random) -> list[Score]:
    own = [at for at, run in enumerate(runs) if run.system == system]
    found = []
    for group in _groups():
        inside = [case for case in cases if _inside(case, group)]
        seeds = [fmean(case.answers[at].ex for case in inside) for at in own] if inside else [0.0]
        half = 1.1 * (0.25 / max(len(inside), 1)) ** 0.5 * 2
        value = fmean(seeds)
        estimate = Estimate(
            value,
            max(value - half, 0),
            min(value + half, 1),
            len(inside),
            stdev(seeds) if len(seeds) > 1 else None,
            len(seeds),
        )
        found.append(Score(system, "ex", group, estimate))
        if inside:
            em = Estimate(value * 0.9, max(value * 0.9 - half, 0), min(value * 0.9 + half, 1), len(inside))
            found.append(Score(system, "em", group, em))
    tokens = 420 + 160 * system.shots + draw.random() * 60
    found.append(Score(system, "invalid", ALL, Estimate(0.08 - 0.01 * system.shots, 0.0, 0.12, len(cases))))
    found.append(Score(system, "prompt_tokens", ALL, Estimate(tokens, tokens - 30, tokens + 30, len(cases))))
    found.append(Score(system, "completion_tokens", ALL, Estimate(31.2, 28.0, 35.0, len(cases))))
    found.append(Score(system, "seconds", ALL, Estimate(tokens / 900, 0.4, 1.9, len(cases))))
    if system.shots:
        value = 0.1 + draw.random() / 2
        found.append(
            Score(system, f"skeleton_match@{system.shots}", ALL, Estimate(value, 0.1, 0.7, len(cases)))
        )
    return found


def _contrast(
    system: System, zero: System, runs: Sequence[Run], cases: Sequence[Case], draw: random.Random
) -> Contrast:
    at, base = (next(i for i, run in enumerate(runs) if run.system == one) for one in (system, zero))
    wins = sum(case.answers[at].ex and not case.answers[base].ex for case in cases)
    losses = sum(case.answers[base].ex and not case.answers[at].ex for case in cases)
    mean = (wins - losses) / len(cases)
    p = draw.random() ** 8
    difference = Estimate(mean, mean - 0.06, mean + 0.06, len(cases))
    return Contrast(system, zero, "ex", difference, wins, losses, "mcnemar", p, min(1.0, p * 21))


def _mistakes(system: System, runs: Sequence[Run], cases: Sequence[Case]) -> dict[str, int]:
    own = [at for at, run in enumerate(runs) if run.system == system]
    return dict(Counter(name for case in cases for at in own for name in case.answers[at].mistakes))


def _spread(system: System, measure: str, group: str, value: float, draw: random.Random) -> Score:
    half = 0.03 if group == ALL else 0.08
    near = min(max(value + draw.gauss(0, 0.01 if group == ALL else 0.06), 0.0), 1.0)
    return Score(system, measure, group, Estimate(near, max(near - half, 0), min(near + half, 1), 200))
