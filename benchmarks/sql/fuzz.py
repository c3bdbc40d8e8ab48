"""Feed hostile SQL texts to everything that reads SQL: no traceback, and none longer than a second.

    python benchmarks/sql/fuzz.py [--texts 40000] [--seed 0] [--statements 10000]

The texts are gold queries of the sample with tokens dropped, doubled, exchanged and nested, ladders
of brackets and functions, chains of operators, and runs of characters. Each goes to `parse` and to
a few of the other readers, which take turns: `parse` in five dialects, `normalise`, `skeleton`,
`hardness`, the forms, the gate of PostgreSQL, schema linking, labels, the classes of mistakes,
Spider's exact match, and the extraction from a completion. With `--statements`, so many texts are
also run on databases of the sample. Prints the slowest texts by process time and each traceback.
Exit status 1 if there is a traceback, a text of more than a second, or a file that changed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

from nshot.data import Catalog, read_pool, sample_dir
from nshot.databases import Session
from nshot.errors import NshotError
from nshot.sql import scan
from nshot.types import Example, Form, Rows, Schema

SECONDS = 1.0
"""Process time of one reader."""
SHOWN = 10
TURNS = 3
"""Readers of each text, besides the first."""
DIALECTS = ("sqlite", "postgres", "duckdb", "mysql", "tsql")

PIECES = (
    "date(|char(|varchar(|DECIMAL(|timestamp(|STRUCT(|MAP(|ARRAY(|cast(|convert(|x(|f.x(|(|[|{|EXISTS(|IN("
    "|CASE WHEN |NOT |-|- |+|~|SELECT |(SELECT |INTERVAL |ARRAY<|STRUCT<a |trim(|extract(|json(|->"
    "|count(DISTINCT |WITH a AS (|SELECT * FROM (| JOIN | UNION |VALUES (|LATERAL |UNNEST(|/*|-- |\"|'|`|$$"
    "|$a$|::|COLLATE |OVER (|PIVOT(|decimal(1,"
).split("|")
WORDS = (
    *"select from where group by having order limit offset union intersect except join left outer ".split(),
    *"full cross natural on using as distinct case when then else end and or not in is null like".split(),
    *"glob between exists with recursive values cast date char decimal var_map map struct array".split(),
    *"interval timestamp time count sum min max avg filter over partition rows range window collate".split(),
    *"escape current_date extract epoch trim substring position convert json_extract pragma attach".split(),
    *"explain insert update delete create drop alter table view index trigger set into for returning".split(),
    "qualify",
    *"pivot unpivot lateral unnest tablesample match_recognize top fetch next only lock share".split(),
    *"-> ->> || << >> & | ~ % * / + - = == != <> < > <= >= ( ) , . ; : :: ? @a $1 #t ' [ ] { } {{ }}".split(),
    *"/* */ -- \\ 0 1 1e9 0x1f .5 1. 'a' b `c` [d] N'x' E'\\n' x'00' é 数 ١ a.b.c t.* a b".split(),
    *('"', '"b"', "\n", "\t", "\0", "\u200b"),
)
CHAINED = (
    " + 1| AND a = 1| OR b|, a| UNION SELECT 1| JOIN t ON a = b| || 'x'|;|::int| CASE WHEN 1 THEN 2| NOT|.a"
    "|[1]| /* a */| -> 'a'| IS NULL| COLLATE x|\n| BETWEEN 1 AND 2| IN (1)| a|'|\"|''| (|( )| , (SELECT 1)"
).split("|")


def main() -> None:
    """Prints what was found; exit status 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=40_000)
    parser.add_argument("--statements", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    examples = read_pool("sample").examples
    catalog = Catalog.sample()
    faults = check(options.texts, options.seed, examples, catalog)
    faults += run(options.statements, options.seed, examples, catalog)
    print(f"{len(faults)} faults")
    raise SystemExit(bool(faults))


def make_texts(count: int, seed: int, examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    """Hostile texts, each with the db_id that it may be about; the same ones for the same seed."""
    dice = random.Random(seed)
    makers = (*[_mutate] * 6, *[_nest] * 4, _ladder, *[_mix] * 4, *[_chain] * 2, *[_characters] * 2)
    for _ in range(count):
        example = dice.choice(examples)
        yield dice.choice(makers)(example.sql, dice), example.db_id


def check(count: int, seed: int, examples: Sequence[Example], catalog: Catalog) -> list[str]:
    """What went wrong when the texts were read; prints the slowest ones."""
    faults: list[str] = []
    slowest: list[tuple[float, str, str]] = []
    golds = {example.db_id: example.sql for example in examples}
    known = {db_id: list(readers(catalog.schema(db_id), gold)) for db_id, gold in golds.items()}
    for number, (text, db_id) in enumerate(make_texts(count, seed, examples)):
        turns = known[db_id][1:]
        turn = [turns[(number * TURNS + i) % len(turns)] for i in range(TURNS)]
        for name, reader in (known[db_id][0], *turn):
            started = time.process_time()
            try:
                reader(text)
            except NshotError:
                pass
            except Exception:  # noqa: BLE001
                faults.append(f"{name}: {text[:200]!r}\n{traceback.format_exc()}")
                print(faults[-1], file=sys.stderr)
            took = time.process_time() - started
            slowest = sorted([*slowest, (took, name, text[:100])], reverse=True)[:SHOWN]
            if took > SECONDS:
                faults.append(f"{name}: {took:.1f} s: {text[:200]!r}")
    print(f"{count:,} texts, seed {seed}; the slowest, in seconds:")
    for took, name, text in slowest:
        print(f"  {took:6.3f} {name:16} {text!r}")
    return faults


def readers(schema: Schema, gold: str) -> Iterator[tuple[str, Callable[[str], object]]]:
    """Everything in nshot that reads SQL written by others, by name."""
    from nshot import sql
    from nshot.data.sql_check import select_problem
    from nshot.databases.postgres.gate import gate
    from nshot.eval.measures.tree import pq_grams
    from nshot.eval.mistakes import mistakes
    from nshot.eval.spider.judge import SpiderJudge
    from nshot.eval.spider.schema import SpiderSchema
    from nshot.generation.postprocess.extract_sql import answer_sql
    from nshot.pipeline import add_labels
    from nshot.prompting.linking.find_named import find_named
    from nshot.retrieval.similarity import usable_skeleton

    for dialect in DIALECTS:
        yield f"parse {dialect}", partial(sql.parse, schema=schema, dialect=dialect)
    yield "select_problem", lambda text: select_problem(text, schema)
    yield "normalise", lambda text: sql.normalise(text, schema)
    yield "skeleton", sql.skeleton
    yield "operators", sql.operators
    yield "hardness", sql.hardness
    for form in get_args(Form)[1:]:
        yield f"write {form}", partial(sql.write_form, form=form, schema=schema)
    yield "read_form", lambda text: sql.read_form(text, schema)
    for dialect in ("postgres", "duckdb", "mysql"):
        yield f"translate {dialect}", partial(sql.translate, schema=replace(schema, dialect=dialect))
    yield "gate", gate
    yield "find_named", lambda text: find_named(schema, text)
    yield "usable_skeleton", usable_skeleton
    yield "pq_grams", pq_grams
    yield "mistakes", lambda text: mistakes(gold, text, schema, "error", "")
    labels = Rows(("a",), ((1,),))
    yield "labels", lambda text: add_labels(labels, text, schema, lambda _: labels)
    tables = {t.name.lower(): tuple(c.name.lower() for c in t.columns) for t in schema.tables}
    judge = SpiderJudge(SpiderSchema(tables), {})
    yield "exact match", lambda text: judge.judge(gold, text)
    yield "completion", lambda text: answer_sql(f"Here it is:\n```sql\n{text}\n```", (), "from-first", schema)


def run(count: int, seed: int, examples: Sequence[Example], catalog: Catalog) -> list[str]:
    """What went wrong when the texts were run in the sandbox: a traceback, or a file that
    changed."""
    faults: list[str] = []
    before = _hashes(sample_dir())
    with Session(timeout=1.0, max_bytes=1 << 20) as session:
        for text, db_id in make_texts(count, seed + 1, examples):
            source = catalog.path(db_id)
            assert source is not None
            try:
                session.execute(source, text, 100)
            except NshotError:
                pass
            except Exception:  # noqa: BLE001
                faults.append(f"execute: {text[:200]!r}\n{traceback.format_exc()}")
                print(faults[-1], file=sys.stderr)
    if _hashes(sample_dir()) != before:
        faults.append("a file of the sample changed")
    print(f"{count:,} statements run")
    return faults


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _mutate(sql: str, dice: random.Random) -> str:
    """A query with some tokens dropped, doubled, exchanged or put in."""
    tokens = [token.text for token in scan(sql)]
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(tokens)) if tokens else 0
        change = dice.randrange(4)
        if change == 0:
            del tokens[at : at + dice.randint(1, 3)]
        elif change == 1:
            tokens[at:at] = tokens[at : at + dice.randint(1, 8)]
        elif change == 2:
            tokens.insert(at, dice.choice(WORDS))
        elif tokens:
            tokens[at] = dice.choice(WORDS)
    return dice.choice((" ", "  ", "\n")).join(tokens)


def _nest(sql: str, dice: random.Random) -> str:
    """A query with a deep nest of one or two kinds at a random place."""
    depth = dice.choice((3, 8, 8, 14, 14, 14, 25, 25, 39, 39, 45, 200, 3_000))
    opening = " ".join(dice.choices(PIECES, k=dice.randint(1, 2)))
    closing = dice.choice((")", "]", "}", ">", " END", "", " FROM t)", ") AS a"))
    nest = opening * depth + dice.choice(("1", "a", "", "*", "'x'")) + closing * dice.choice((depth, 0, 1))
    tokens = sql.split(" ")
    tokens.insert(dice.randint(0, len(tokens)), nest)
    return " ".join(tokens)


def _ladder(_: str, dice: random.Random) -> str:
    """Steps of which each refers twice to the one before: common table expressions, aliases,
    sub-queries.
    """
    steps = dice.choice((3, 10, 20, 30, 300))
    kind = dice.randrange(3)
    if kind == 0:
        rungs = [f"s{i + 1} AS (SELECT a.*, b.* FROM s{i} AS a, s{i} AS b)" for i in range(steps)]
        return f"WITH s0 AS (SELECT 1 AS x), {', '.join(rungs)} SELECT * FROM s{steps}"
    if kind == 1:
        rungs = ["1 AS a0", *(f"a{i} + a{i} AS a{i + 1}" for i in range(steps))]
        return f"SELECT {', '.join(rungs)} FROM t WHERE a{steps} > 1 GROUP BY a{steps} ORDER BY a{steps}"
    text = "t"
    for i in range(min(steps, 12)):
        text = f"(SELECT * FROM {text} AS a{i} JOIN {text if len(text) < 2_000 else 't'} AS b{i})"
    return f"SELECT * FROM {text}"


def _mix(_: str, dice: random.Random) -> str:
    return dice.choice(("select ", "with ", "")) + " ".join(dice.choices(WORDS, k=dice.randint(1, 60)))


def _chain(_: str, dice: random.Random) -> str:
    """A long chain of one piece."""
    length = dice.choice((5, 20, 20, 50, 50, 50, 200, 200, 500, 3_000, 20_000))
    return "SELECT a FROM t WHERE a" + dice.choice(CHAINED) * length


def _characters(sql: str, dice: random.Random) -> str:
    """A query with characters of any kind, or only such characters."""
    strange = [chr(dice.choice((dice.randrange(128), dice.randrange(0x3000), 0x1F600))) for _ in range(40)]
    if dice.random() < 0.5:
        return "".join(dice.choices(strange, k=dice.choice((10, 10, 10, 1_000))))
    at = dice.randrange(len(sql))
    return sql[:at] + "".join(dice.choices(strange, k=dice.randint(1, 20))) + sql[at:]


if __name__ == "__main__":
    main()
