"""Conversations: execution accuracy by turn and by sequence, with follow-up questions rewritten and
without.

    python benchmarks/pipeline/sparc.py dev.json --databases SPIDER                    # SParC or CoSQL, whole
    python benchmarks/pipeline/sparc.py dev.json --databases SPIDER --sequences 100    # spread over the file

The file is SParC's `dev.json`; SPIDER is the folder with Spider's databases and `tables.json`.
Turns of one place in their sequences are asked together. A follow-up is rewritten from the
questions before it and the SQL that nshot itself wrote for them, never from gold. The ways:

    as asked      each turn by itself, in its own words
    joined        follow-ups with the question before them put before, as the last rule does
    rewritten     `nshot.pipeline.followup`

A turn whose question is the same in two ways is answered once. Judged as Spider's test-suite
evaluation does, on the databases themselves; a sequence is right if all its turns are.
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
from nshot.pipeline import Pipeline, PipelineConfig, StandAlone, make_pipeline, stand_alone
from nshot.pipeline.followup.cues import find_cue
from nshot.types import Question, Turn


class Conversation(NamedTuple):
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
    parser.add_argument(
        "--half", choices=["rules", "test"], help="databases the rules were made on, or the others"
    )
    parser.add_argument("--ways", default="as asked,joined,rewritten")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--answers", type=Path, help="keep answers here, and take from here what is known")
    parser.add_argument("--out", type=Path, help="a JSON line for each turn and way")
    options = parser.parse_args()
    sequences = pick(read(options.file), options.half, options.sequences)
    pipeline = make_pipeline(PipelineConfig.of(model=options.model, databases=options.databases, shots=0))
    ways = make_ways(pipeline)
    answers = Answers(pipeline, options.answers, options.batch)
    found = {name: converse(sequences, ways[name], answers) for name in options.ways.split(",")}
    verdicts = judge(options.databases, sequences, found)
    report(sequences, found, verdicts)
    if options.out:
        write(options.out, sequences, found, verdicts)


def read(file: Path) -> list[Conversation]:
    """The conversations of a file."""
    return [
        Conversation(
            one["database_id"], tuple(Turn(turn["utterance"], turn["query"]) for turn in one["interaction"])
        )
        for one in json.loads(file.read_text(encoding="utf-8"))
    ]


def pick(every: list[Conversation], half: str | None, count: int | None) -> list[Conversation]:
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


class Answers:
    """SQL by question; each question is asked once, also by later runs on the same file."""

    def __init__(self, pipeline: Pipeline, file: Path | None, batch: int) -> None:
        self._pipeline, self._file, self._batch = pipeline, file, batch
        self._known: dict[tuple[str, str, tuple[str, ...]], str] = {}
        if file and file.exists():
            for line in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
                self._known[line["text"], line["db_id"], tuple(line["tables"])] = line["sql"]

    def __call__(self, questions: Sequence[Question]) -> list[str]:
        """The SQL of each question."""
        new = [one for one in dict.fromkeys(questions) if _key(one) not in self._known]
        new.sort(key=lambda one: one.db_id)
        for prediction in self._pipeline.predict(new, batch=self._batch):
            asked = prediction.question
            self._known[_key(asked)] = prediction.sql
            if self._file:
                line = {
                    "text": asked.text,
                    "db_id": asked.db_id,
                    "tables": asked.tables,
                    "sql": prediction.sql,
                }
                with self._file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(line) + "\n")
        return [self._known[_key(one)] for one in questions]


def _key(question: Question) -> tuple[str, str, tuple[str, ...]]:
    return question.text, question.db_id, question.tables


def converse(
    sequences: Sequence[Conversation], way: Way, answers: Callable[[Sequence[Question]], list[str]]
) -> list[list[Answered]]:
    """The turns of all sequences, answered; the history of a turn is what was asked and written
    before.
    """
    found: list[list[Answered]] = [[] for _ in sequences]
    for place in range(max(len(one.turns) for one in sequences)):
        going = [number for number, one in enumerate(sequences) if place < len(one.turns)]
        alone = []
        for number in going:
            history = [Turn(one.alone.text, one.sql) for one in found[number]]
            alone.append(way(sequences[number].turns[place].question, history, sequences[number].db_id))
        asked = [
            Question(one.text, sequences[number].db_id, tables=one.tables)
            for number, one in zip(going, alone, strict=True)
        ]
        for number, one, sql in zip(going, alone, answers(asked), strict=True):
            found[number].append(Answered(one, sql))
    return found


def judge(
    databases: Path, sequences: Sequence[Conversation], found: dict[str, list[list[Answered]]]
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
    sequences: Sequence[Conversation],
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


def _report_rules(found: list[list[Answered]], verdicts: dict[str, list[list[bool | None]]]) -> None:
    count: Counter[tuple[str, bool | None, bool | None]] = Counter()
    for answered, old, new in zip(found, verdicts["as asked"], verdicts["rewritten"], strict=True):
        for turn, before, after in zip(answered, old, new, strict=True):
            count[
                turn.alone.how.rpartition(": ")[2] if turn.alone.rewritten else "(not rewritten)",
                before,
                after,
            ] += 1
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
    sequences: Sequence[Conversation],
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
