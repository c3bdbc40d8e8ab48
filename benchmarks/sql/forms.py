"""Whether SQL survives the forms in which models read and write it, and how long these are.

    python benchmarks/sql/forms.py --spider DIR [--model embedded]

Writes every gold query of train_spider, train_others and dev in each form, reads it back and runs
both on the database. Prints a row a form: statements, those written in that form (else the
reasons), those whose rows are the same, in the same order; the same in another order; not the same;
and those that do not run before either. With `--model` the mean number of its tokens a query over
the 8,659 rows of train.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, get_args

from nshot.data import Catalog
from nshot.databases import Session
from nshot.errors import SqlError
from nshot.sql import find_form, read_form
from nshot.types import Form, Rows, Schema

FORMS: Final[tuple[Form, ...]] = get_args(Form)
TRAIN: Final = ("train_spider", "train_others")
OUTCOMES: Final = ("same", "other order", "different", "does not run")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spider", type=Path, required=True, help="folder with tables.json and database/")
    parser.add_argument("--model", help="count the tokens of this model, as `nshot ask --model`")
    arguments = parser.parse_args()
    catalog = Catalog(arguments.spider)
    train = [row for name in TRAIN for row in rows_of(arguments.spider / f"{name}.json")]
    dev = list(rows_of(arguments.spider / "dev.json"))
    columns = ("form", "statements", "in it", *OUTCOMES)
    print("\t".join(columns))
    statements = list(dict.fromkeys(train + dev))
    for form in FORMS:
        print("\t".join(map(str, (form, len(statements), *survey(form, statements, catalog)))), flush=True)
    if arguments.model:
        print("\nform\ttokens a row of train")
        for form, mean in tokens(arguments.model, train, catalog):
            print(f"{form}\t{mean:.1f}", flush=True)


def rows_of(file: Path) -> Iterator[tuple[str, str]]:
    """SQL and db_id of each row."""
    return ((row["query"], row["db_id"]) for row in json.loads(file.read_text(encoding="utf-8")))


def survey(form: Form, statements: Sequence[tuple[str, str]], catalog: Catalog) -> tuple[int | str, ...]:
    """How many are written in the form, and how many come to each outcome."""
    plainer: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    with Session(timeout=60) as session:
        for sql, db_id in statements:
            schema, path = catalog.schema(db_id), catalog.path(db_id)
            written = find_form(sql, form, schema)
            if written.form != form:
                plainer[f"{written.form}: {written.why}"] += 1
            outcomes[outcome(session, Path(path or ""), sql, written.text, schema)] += 1
    kept = str(len(statements) - plainer.total())
    reasons = ", ".join(f"{count} {why}" for why, count in plainer.most_common())
    return (f"{kept} ({reasons})" if reasons else kept, *(outcomes[name] for name in OUTCOMES))


def outcome(session: Session, path: Path, sql: str, text: str, schema: Schema) -> str:
    """What becomes of the rows when the SQL is written in a form and read back."""
    expected, got = rows(session, path, sql), rows(session, path, read_form(text, schema))
    if expected is None or got is None:
        return "does not run" if expected is got else "different"
    if expected.rows == got.rows:
        return "same"
    return "other order" if Counter(expected.rows) == Counter(got.rows) else "different"


def rows(session: Session, path: Path, sql: str) -> Rows | None:
    """The result; None if the database rejects the SQL or does not finish it."""
    try:
        return session.execute(path, sql)
    except SqlError:
        return None


def tokens(model: str, train: Sequence[tuple[str, str]], catalog: Catalog) -> Iterator[tuple[Form, float]]:
    """Mean tokens of a query in each form."""
    from nshot.generation.engines.loading import load_reading

    count = load_reading(model).text.count_tokens
    for form in FORMS:
        texts = [find_form(sql, form, catalog.schema(db_id)).text for sql, db_id in train]
        lengths = {text: count(text) for text in set(texts)}
        yield form, sum(lengths[text] for text in texts) / len(texts)


if __name__ == "__main__":
    main()
