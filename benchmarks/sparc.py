"""Conversations: execution accuracy by turn and by sequence, with follow-up questions rewritten and without.

    python benchmarks/sparc.py dev.json --databases SPIDER                       # SParC or CoSQL, whole
    python benchmarks/sparc.py dev.json --databases SPIDER --sequences 100       # spread over the file

The file is SParC's `dev.json`; SPIDER is the folder with Spider's databases and `tables.json`. Turns of one
place in their sequences are asked together. A follow-up is rewritten from the questions before it and the SQL
that nshot itself wrote for them, never from gold. The ways:

    as asked      each turn by itself, in its own words
    joined        follow-ups with the question before them put before, as the last rule does
    rewritten     `nshot.pipeline.followup`

A turn whose question is the same in two ways is answered once. Judged as Spider's test-suite evaluation does,
on the databases themselves; a sequence is right if all its turns are.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from nshot.eval import EvalConfig, Evaluator
from nshot.pipeline import Pipeline, PipelineConfig, make_pipeline
from nshot.pipeline.followup import StandAlone, stand_alone
from nshot.pipeline.followup.cues import find_cue
from nshot.types import Question, Turn


class Sequence_(NamedTuple):
    """One conversation."""

    db_id: str
    turns: tuple[Turn, ...]
    """Questions with their gold SQL."""


Way = Callable[[str, Sequence[Turn], str], StandAlone]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("--sequences", type=int, help="this many, spread over the file")
    parser.add_argument("--half", choices=["rules", "test"], help="databases the rules were made on, or the others")
    parser.add_argument("--ways", default="as asked,joined,rewritten")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--out", type=Path, help="a JSON line for each turn and way")
    options = parser.parse_args()
    sequences = pick(read(options.file), options.half, options.sequences)
    pipeline = make_pipeline(PipelineConfig.of(model=options.model, databases=options.databases, shots=0))
    ways = make_ways(pipeline)
    answers: dict[Question, str] = {}
    found = {
        name: converse(pipeline, sequences, ways[name], answers, options.batch)
        for name in options.ways.split(",")
    }
    verdicts = judge(options.databases, sequences, found)
    report(sequences, found, verdicts)
    if options.out:
        write(options.out, sequences, found, verdicts)


def read(file: Path) -> list[Sequence_]:
    """The conversations of a file."""
    return [
        Sequence_(
            one["database_id"], tuple(Turn(turn["utterance"], turn["query"]) for turn in one["interaction"])
        )
        for one in json.loads(file.read_text(encoding="utf-8"))
    ]


def pick(every: list[Sequence_], half: str | None, count: int | None) -> list[Sequence_]:
    """Those of half of the databases (every second one, by name), then `count` spread evenly."""
    if half:
        names = sorted({one.db_id for one in every})[0 if half == "rules" else 1 :: 2]
        every = [one for one in every if one.db_id in names]
    if count is None or count >= len(every):
        return every
    every = sorted(every, key=lambda one: one.db_id)
    return [every[int(at * len(every) / count)] for at in range(count)]


def make_ways(pipeline: Pipeline) -> dict[str, Way]:
    """How the question of a turn is put."""
    databases = pipeline.databases

    def as_asked(question: str, history: Sequence[Turn], db_id: str) -> StandAlone:
        del history, db_id
        return StandAlone(question)

    def joined(question: str, history: Sequence[Turn], db_id: str) -> StandAlone:
        del db_id
        if not history or not find_cue(question):
            return StandAlone(question)
        return StandAlone(f"{history[-1].question} {question}", rewritten=True, how="joined")

    def rewritten(question: str, history: Sequence[Turn], db_id: str) -> StandAlone:
        return stand_alone(
            question,
            history,
            databases.schema(db_id),
            lambda text: databases.matches(Question(text, db_id)),
        )

    return {"as asked": as_asked, "joined": joined, "rewritten": rewritten}


class Answered(NamedTuple):
    """One turn in one way."""

    alone: StandAlone
    sql: str


def converse(
    pipeline: Pipeline,
    sequences: Sequence[Sequence_],
    way: Way,
    answers: dict[Question, str],
    batch: int,
) -> list[list[Answered]]:
    """The turns of all sequences, answered; the history of a turn is what was asked and written before."""
    found: list[list[Answered]] = [[] for _ in sequences]
    for place in range(max(len(one.turns) for one in sequences)):
        going = [number for number, one in enumerate(sequences) if place < len(one.turns)]
        alone = {}
        for number in going:
            history = [Turn(one.alone.text, one.sql) for one in found[number]]
            db_id = sequences[number].db_id
            alone[number] = way(sequences[number].turns[place].question, history, db_id)
        asked = {n: Question(alone[n].text, sequences[n].db_id, tables=alone[n].tables) for n in going}
        new = sorted(set(asked.values()) - set(answers), key=lambda one: one.db_id)
        for prediction in pipeline.predict(new, batch=batch):
            answers[prediction.question] = prediction.sql
        for number in going:
            found[number].append(Answered(alone[number], answers[asked[number]]))
    return found


def judge(
    databases: Path, sequences: Sequence[Sequence_], found: dict[str, list[list[Answered]]]
) -> dict[str, list[list[bool | None]]]:
    """Whether the result of each turn is gold's; None where gold does not run."""
    evaluator = Evaluator(databases, config=EvalConfig(skip_bad_gold=True, workers=1))
    gold = [Question(turn.question, one.db_id, sql=turn.sql) for one in sequences for turn in one.turns]
    verdicts = {}
    for name, answered in found.items():
        sqls = [turn.sql for one in answered for turn in one]
        left = iter(evaluator.judge([replace(one, id=str(at)) for at, one in enumerate(gold)], sqls))
        verdicts[name] = [
            [None if (verdict := next(left)).outcome == "unscored" else verdict.ex for _ in one.turns]
            for one in sequences
        ]
    return verdicts


def report(
    sequences: Sequence[Sequence_],
    found: dict[str, list[list[Answered]]],
    verdicts: dict[str, list[list[bool | None]]],
) -> None:
    """Prints the table, and for the rewritten turns what each rule did."""
    print(f"{len(sequences)} sequences, {sum(len(one.turns) for one in sequences)} turns")
    print("| way | all turns | turn 1 | turn 2 | turn 3 | turn 4 and later | sequences | changed turn 1 |")
    print("|---|---|---|---|---|---|---|---|")
    for name, rows in verdicts.items():
        places = [range(99), [0], [1], [2], range(3, 99)]
        cells = [_share([row[at] for row in rows for at in some if at < len(row)]) for some in places]
        cells.append(_share([all(row) for row in rows]))
        cells.append(_share([turns[0].alone.rewritten for turns in found[name]]))
        print(f"| {name} | {' | '.join(cells)} |")
    if {"as asked", "rewritten"} <= verdicts.keys():
        _report_rules(found["rewritten"], verdicts)


def _report_rules(
    found: list[list[Answered]], verdicts: dict[str, list[list[bool | None]]]
) -> None:
    count: Counter[tuple[str, bool | None, bool | None]] = Counter()
    for answered, old, new in zip(found, verdicts["as asked"], verdicts["rewritten"], strict=True):
        for turn, before, after in zip(answered, old, new, strict=True):
            count[turn.alone.how.rpartition(": ")[2] if turn.alone.rewritten else "(not rewritten)", before, after] += 1
    print("\n| rule | turns | right as asked | right rewritten |\n|---|---|---|---|")
    for rule in dict.fromkeys(key[0] for key, _ in count.most_common()):
        some = [(before, after, n) for (name, before, after), n in count.items() if name == rule]
        total = sum(n for *_, n in some)
        print(f"| {rule} | {total} | {sum(n for b, _, n in some if b)} | {sum(n for _, a, n in some if a)} |")


def _share(values: Sequence[bool | None]) -> str:
    scored = [value for value in values if value is not None]
    return f"{sum(scored)}/{len(scored)} ({sum(scored) / max(len(scored), 1):.1%})"


def write(
    file: Path,
    sequences: Sequence[Sequence_],
    found: dict[str, list[list[Answered]]],
    verdicts: dict[str, list[list[bool | None]]],
) -> None:
    """A line for each turn and way."""
    with file.open("w", encoding="utf-8") as out:
        for name, rows in found.items():
            for one, turns, right in zip(sequences, rows, verdicts[name], strict=True):
                for at, (turn, answered) in enumerate(zip(one.turns, turns, strict=True)):
                    line = {"way": name, "db_id": one.db_id, "turn": at + 1, "asked": turn.question}
                    line |= {"text": answered.alone.text, "how": answered.alone.how, "sql": answered.sql}
                    out.write(json.dumps({**line, "gold": turn.sql, "right": right[at]}) + "\n")


if __name__ == "__main__":
    main()
