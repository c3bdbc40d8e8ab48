"""What reads texts of people and programs: for each, good inputs and a function that reads one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.serving.conftest import running

from nshot.artifacts import parse_json
from nshot.data import Catalog, read_pool, read_questions
from nshot.errors import NshotError
from nshot.eval import Evaluator
from nshot.eval.files import read_gold, read_predicted
from nshot.eval.mistakes import mistakes
from nshot.eval.report import from_json
from nshot.generation.engines.config import EngineConfig
from nshot.generation.engines.server.openai_answers import read_choices, read_events, read_lines
from nshot.generation.model_settings import FILE, ModelSettings
from nshot.generation.postprocess.extract_sql import answer_sql, read_sql
from nshot.index import ExampleIndex
from nshot.pairs import PairBook, import_pairs
from nshot.pipeline import CatalogDatabases, read_predictions, understand
from nshot.pipeline.databases.shown_schema import add_notes, read_notes
from nshot.prompting import PromptBuilder, PromptConfig, load_template
from nshot.prompting.template import TemplateValues
from nshot.retrieval import IndexConfig, RetrievalConfig, Retriever, build_index
from nshot.sql import hardness, normalise, operators, read_form, skeleton, skeleton_tokens, write_form
from nshot.training.tuning.recipe.file import read_recipe
from nshot.types import Form, Question, Schema, Turn

from . import examples as good
from .mutations import SCRIPTS

FORMS: tuple[Form, ...] = ("tidy", "named", "from-first")


@dataclass(frozen=True)
class Target:
    """One reader of inputs."""

    name: str
    ending: str
    """Of the file with the input."""
    seeds: tuple[str, ...]
    """Good inputs, from which the others are made."""
    read: Callable[[Path], object]
    """Reads the input; may raise NshotError."""
    share: int = 4
    """How many of the inputs it gets, beside the others."""


class FaultyError(Exception):
    """A program answered with an error of its own in place of a message."""


@contextmanager
def open_targets(folder: Path) -> Iterator[list[Target]]:
    """All targets, with the databases, the index and the server that they need.

    Args:
        folder: An empty folder to work in.
    """
    databases = folder / "databases"
    make_databases(databases)
    catalog = Catalog(databases)
    pool = folder / "pool.csv"
    pool.write_text(good.csv_text(), encoding="utf-8")
    build_index(folder / "index", read_pool(pool).examples, catalog, IndexConfig("allow", encoder="none"))
    with ExitStack() as stack:
        site = stack.enter_context(running(databases, folder))
        evaluator = Evaluator(databases)
        work = Readers(folder, catalog, ExampleIndex(folder / "index"), evaluator, site.client)
        yield [*work.of_files(), *work.of_texts(), *work.of_server()]


def make_databases(folder: Path) -> None:
    """The databases concert and shop."""
    scripts = {
        "concert": "CREATE TABLE singer (id INTEGER PRIMARY KEY, name TEXT, age INT);"
        "CREATE TABLE song (id INTEGER PRIMARY KEY, singer INT REFERENCES singer (id), title TEXT);"
        "INSERT INTO singer VALUES (1, 'Ada', 30), (2, 'Café Noël', 40), (3, '北京', 50);",
        "shop": "CREATE TABLE product (name TEXT, price REAL); INSERT INTO product VALUES ('pen', 1.5);",
    }
    for name, script in scripts.items():
        (folder / name).mkdir(parents=True)
        with closing(sqlite3.connect(folder / name / f"{name}.sqlite")) as connection:
            connection.executescript(script)


@dataclass(frozen=True)
class Readers:
    """The readers of inputs, over the same databases, index and server."""

    folder: Path
    catalog: Catalog
    index: ExampleIndex
    evaluator: Evaluator
    client: httpx.Client

    def of_files(self) -> list[Target]:
        """Readers of files of people and of other programs."""
        whole, lines = good.json_texts(), good.lines_text()
        journal = self.folder / "pairs.jsonl"
        book = PairBook(journal, self.catalog)
        for row in good.ROWS:
            book.add(row["question"], row["sql"], row["db_id"], author="ada")
        events = journal.read_text(encoding="utf-8")
        tables = (good.csv_text(), good.csv_text(";"), "sep=;\n" + good.csv_text(";"))
        predictions = (*whole, good.bird_text(), "[" + ", ".join(f'"{sql}"' for sql in good.SQL[:3]) + "]")
        return [
            Target("pool, CSV", ".csv", tables, self.pool, 8),
            Target("pool, TSV", ".tsv", (good.csv_text("\t"),), self.pool),
            Target("pool, JSON", ".json", whole, self.pool, 8),
            Target("pool, JSON lines", ".jsonl", (lines,), self.pool),
            Target("questions", ".json", whole, self.questions),
            Target("gold", ".sql", ("SELECT 1\tconcert\nSELECT name FROM singer\tconcert\n",), read_gold),
            Target("predictions, lines", ".jsonl", (lines,), self.predicted),
            Target("predictions, SQL", ".sql", ("\n".join(good.SQL[:3]),), self.predicted),
            Target("predictions, JSON", ".json", predictions, self.predicted),
            Target("predictions, CSV", ".csv", (good.csv_text(),), self.predicted),
            Target("predictions of nshot", ".jsonl", (good.prediction_text(),), self.own_predictions),
            Target("tables.json", ".json", (good.tables_text(),), self.tables, 6),
            Target("pairs, journal", ".jsonl", (events,), self.journal),
            Target("pairs, import", ".csv", (good.csv_text(),), self.imported, 1),
            Target("recipe", ".toml", (good.RECIPE,), read_recipe, 6),
            Target("profile", ".toml", (good.PROFILE,), read_profile, 6),
            Target("notes, YAML", ".yaml", (good.NOTES,), self.notes),
            Target("notes, TOML", ".toml", (good.PROFILE,), self.notes),
            Target("model settings", ".json", (good.settings_text(),), self.settings),
            Target("results of a comparison", ".json", (good.results_text(),), read_results, 2),
            Target("template", ".jinja", good.TEMPLATES, self.template, 2),
        ]

    def of_texts(self) -> list[Target]:
        """Readers of questions, good.SQL, and what models write."""
        return [
            Target("answer of a model", ".txt", good.ANSWERS, self.answer, 12),
            Target("SQL", ".sql", good.SQL, self.sql, 10),
            Target("SQL, judged", ".sql", good.SQL, self.judged, 2),
            Target("question", ".txt", SCRIPTS, self.question, 12),
            Target("follow-up question", ".txt", SCRIPTS, self.follow_up, 6),
            Target("body of a server", ".json", (good.SERVER_ANSWER,), self.body, 6),
            Target("stream of a server", ".txt", (good.EVENTS, good.SERVER_ANSWER), self.stream, 6),
            Target("--extra-body", ".json", ('{"top_p": 0.5, "seed": 1}',), self.extra_body),
        ]

    def of_server(self) -> list[Target]:
        """The server, which must answer everything with a message."""
        return [
            Target("/v1/chat/completions", ".json", (good.CHAT,), self.post("/v1/chat/completions"), 3),
            Target("/api/ask", ".json", (good.ASK,), self.post("/api/ask"), 3),
            Target("/api/run", ".json", (good.RUN,), self.post("/api/run"), 2),
            Target("/api/pairs", ".json", (good.PAIR,), self.post("/api/pairs"), 2),
            Target("/mcp", ".json", (good.RPC,), self.post("/mcp"), 2),
        ]

    def pool(self, path: Path) -> None:
        report = read_pool(path, catalog=self.catalog, db_id="concert")
        for problem in (*report.problems, *report.notes):
            str(problem)

    def questions(self, path: Path) -> None:
        read_questions(path, db_id="concert")

    def predicted(self, path: Path) -> None:
        questions = [Question(row["question"], row["db_id"], row["id"], row["sql"]) for row in good.ROWS]
        read_predicted(path, questions)

    def own_predictions(self, path: Path) -> None:
        list(read_predictions(path))

    def tables(self, path: Path) -> None:
        catalog = Catalog(tables=path)
        for db_id in catalog.ids():
            self.prompt(catalog.schema(db_id))

    def prompt(self, schema: Schema, question: str = "How many?") -> None:
        for context in ("natural", "ddl", "compact"):
            config = PromptConfig(context=context, scope="relevant")
            PromptBuilder("zero-shot", config).build(Question(question, schema.db_id), schema)

    def journal(self, path: Path) -> None:
        book = PairBook(path, self.catalog)
        book.find("How many singers are there?", "concert")
        book.list_pairs()
        book.conflicts(book.active()[0]) if len(book) else None

    def imported(self, path: Path) -> None:
        journal = path.with_name("imported.jsonl")
        journal.unlink(missing_ok=True)
        import_pairs(PairBook(journal, self.catalog), path, self.catalog)

    def notes(self, path: Path) -> None:
        self.prompt(add_notes(self.catalog.schema("concert"), read_notes(path)))

    def settings(self, path: Path) -> None:
        folder = path.parent / "model"
        folder.mkdir(exist_ok=True)
        (folder / FILE).write_bytes(path.read_bytes())
        ModelSettings.load(folder)

    def template(self, path: Path) -> None:
        template = load_template(path)
        template.render(TemplateValues("How many?", "singer(id int)"))

    def answer(self, path: Path) -> None:
        text = _text(path)
        schema = self.catalog.schema("concert")
        for form in ("written", *FORMS):
            sql = read_sql(text, ("\n\n",), form)
            answer_sql(text, (), form, schema)
        skeleton(sql)

    def sql(self, path: Path) -> None:
        text, schema = _text(path), self.catalog.schema("concert")
        skeleton(text)
        skeleton_tokens(text)
        hardness(text)
        operators(text)
        normalise(text, schema)
        for form in FORMS:
            written = write_form(text, form, schema)
            read_form(written, schema)
        read_form(text, schema)
        mistakes(good.SQL[2], text, schema)
        mistakes(text, good.SQL[1], schema)

    def judged(self, path: Path) -> None:
        self.evaluator.judge([Question("?", "concert", "q", good.SQL[0])], [_text(path)])

    def question(self, path: Path) -> None:
        question = Question(_text(path), "concert", "q")
        retriever = Retriever(self.index, RetrievalConfig("masked-keyword"), catalog=self.catalog)
        databases = CatalogDatabases(self.catalog, retriever)
        found = retriever.retrieve([question], 2, live=True)[0]
        shown = [databases.demonstration(one.example) for one in found]
        config = PromptConfig(context="compact", scope="relevant", max_tables=1, show_values=True)
        schema = databases.schema("concert")
        PromptBuilder("compact", config).build(question, schema, shown, databases.matches(question))

    def follow_up(self, path: Path) -> None:
        turns = [Turn("Which singers are older than 30?", good.SQL[1]), Turn(_text(path)[:500], good.SQL[0])]
        databases = CatalogDatabases(self.catalog)
        understand(_text(path), "concert", turns, databases)
        understand("and only the young ones?", "concert", turns, databases)

    def body(self, path: Path) -> None:
        try:
            read_choices(_text(path))
        except (KeyError, TypeError, AttributeError, ValueError):  # as its contract says
            return

    def stream(self, path: Path) -> None:
        data = path.read_bytes()
        pieces = [data[at : at + 7] for at in range(0, len(data), 7)] if len(data) < 5_000 else [data]
        list(read_events(read_lines(pieces)))

    def extra_body(self, path: Path) -> None:
        EngineConfig("http://127.0.0.1:1/v1", extra_body=_text(path)).extra_parameters()

    def post(self, route: str) -> Callable[[Path], None]:
        """Sends the input to a route; an answer without a message is a fault."""
        headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}

        def send(path: Path) -> None:
            answer = self.client.post(route, content=path.read_bytes(), headers=headers)
            if answer.status_code >= 500 or "Traceback" in answer.text:
                raise FaultyError(f"{route}: {answer.status_code} {answer.text[:300]}")
            if answer.status_code >= 400:
                raise NshotError(answer.text[:200])

        return send


def read_profile(path: Path) -> None:
    """Reads options as the command line does."""
    from nshot.cli.profile import read_profile as read
    from nshot.pipeline import PipelineConfig

    values = read(path).values
    for name, value in values.items():
        if name != "db":
            PipelineConfig.of(**{name: value})


def read_results(path: Path) -> None:
    """Reads results as a report does."""
    try:
        value = parse_json(_text(path))
    except ValueError:
        return
    if isinstance(value, dict):
        from_json(value)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape" if path.stat().st_size % 5 == 0 else "replace")
