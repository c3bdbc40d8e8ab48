from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.signals import interrupt

from ..conftest import Result, Run
from ..model_server import FakeModel

Ask = Callable[..., Result]
CHEAP = "SELECT name FROM product WHERE price < 5 ORDER BY name"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def test_an_answer_is_the_examples_the_sql_and_the_rows(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: f"```sql\n{CHEAP};\n```"
    result = ask("Which products are cheap?", "--shots", 2)
    assert result.status == 0
    assert CHEAP in result.out
    assert "its SQL" in result.out
    examples, rows = result.out.split(CHEAP)
    assert examples.count("shares: ") == 2
    assert rows.index("Apfelküchle") < rows.index("pear")
    assert "東京" not in rows
    (prompt,) = model.prompts
    assert "Which products are cheap?" in prompt


def test_json_holds_all_of_an_answer(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: f"Sure! {CHEAP}"
    result = ask("Which products are cheap?", "--shots", 2, "--json")
    answer = result.json
    assert answer["question"] == "Which products are cheap?"
    assert answer["db_id"] == "shop"
    assert answer["sql"] == CHEAP
    assert answer["outcome"] == "ok"
    assert (answer["columns"], answer["rows"]) == (["name"], [["Apfelküchle"], ["pear"]])
    assert answer["completion"] == f"Sure! {CHEAP}"
    assert len(answer["examples"]) == 2
    assert "prompt" not in answer


def test_json_stays_json_whatever_the_cells_hold(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT 9e999 AS a, x'00ff' AS b, NULL AS c"
    out = ask("Infinity?", "--json").out

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert json.loads(out, parse_constant=refuse)["rows"] == [["inf", "00ff", None]]


def test_several_questions_are_answered_one_after_the_other(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT 'pears'" if "How many pears?" in prompt else "SELECT 'soap'"
    result = ask("How many pears?", "Who buys soap?", "--shots", 0)
    assert result.status == 0
    assert result.out.index("SELECT 'pears'") < result.out.index("SELECT 'soap'")
    assert len(model.requests) == 2


@pytest.mark.parametrize(
    ("sql", "outcome"),
    [
        ("DROP TABLE product", "refused"),
        ("DELETE FROM product", "refused"),
        ("ATTACH DATABASE 'stolen.db' AS x", "refused"),
        ("PRAGMA user_version = 7", "refused"),
        ("VACUUM INTO 'copy.db'", "refused"),
        ("SELECT 1; DROP TABLE product", "ok"),
        ("SELECT load_extension('x')", "refused"),
        ("SELECT nothing FROM product", "error"),
        ("SELECT name FROM product WHERE", "unparsed"),
        ("SELECT zeroblob(1000000000)", "too large"),
    ],
)
def test_hostile_sql_changes_nothing_and_is_told(
    ask: Ask, model: FakeModel, shop: Path, monkeypatch: pytest.MonkeyPatch, sql: str, outcome: str
) -> None:
    monkeypatch.chdir(shop.parent)
    before, files = shop.read_bytes(), sorted(shop.parent.iterdir())
    model.says = lambda prompt: sql
    answer = ask("Do something nasty", "--json")
    assert answer.json["outcome"] == outcome, answer.json
    assert answer.status == (0 if outcome == "ok" else 1)
    assert answer.json["rows"] == ([[1]] if outcome == "ok" else [])
    shown = ask("Do something nasty")
    assert shown.status == answer.status
    assert outcome == "ok" or f"{outcome}: " in shown.err
    assert shop.read_bytes() == before
    assert sorted(shop.parent.iterdir()) == files


def test_endless_sql_is_stopped_at_the_timeout(ask: Ask, model: FakeModel, shop: Path) -> None:
    before = shop.read_bytes()
    model.says = lambda prompt: ENDLESS
    result = ask("Count for ever", "--timeout", 0.2)
    assert result.status == 1
    assert "timeout: " in result.err
    assert shop.read_bytes() == before


def test_one_result_among_the_questions_is_success(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "DROP TABLE product" if "nasty" in prompt else "SELECT 1"
    assert ask("something nasty", "something nice", "--shots", 0).status == 0


def test_a_model_without_sql_is_said(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "I do not know\nthese tables."
    result = ask("How many?")
    assert result.status == 1
    assert (
        "no SQL: the completion contains no SQL; the model wrote: I do not know these tables." in result.err
    )


def test_an_empty_result_and_a_timeout_are_said(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT name FROM product WHERE price > 1000"
    assert "no rows" in ask("Which products are dear?", "--shots", 0).err
    model.says = lambda prompt: ENDLESS
    assert "--timeout gives it more" in ask("Count for ever", "--shots", 0, "--timeout", 0.5).err


def test_many_examples_are_counted_and_not_all_printed(ask: Ask) -> None:
    result = ask("How many products?", "--shots", 14)
    assert result.out.count("shares") == 10
    assert "10 of 14 examples, 14 in the prompt" in result.err


def test_a_server_that_does_not_stream_gives_the_same_answer_on_a_terminal(
    ask: Ask, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.says = lambda prompt: "SELECT name FROM product WHERE price > 5"
    model.streams = False
    piped = ask("Which products cost more than 5?", "--shots", 0)
    monkeypatch.setattr("nshot.cli.asked_database.live_text", lambda *_, **__: lambda piece: None)
    live = ask("Which products cost more than 5?", "--shots", 0)
    model.streams = True
    assert [request.get("stream", False) for request in model.requests] == [False, True]
    assert live.out == piped.out
    assert "東京 soap" in live.out


def test_no_execute_writes_sql_and_runs_nothing(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: ENDLESS
    result = ask("Count for ever", "--no-execute", "--json")
    assert result.status == 0
    assert (result.json["sql"], result.json["outcome"], result.json["rows"]) == (ENDLESS, "untried", [])


def test_show_prompt_prints_what_was_sent(ask: Ask, model: FakeModel) -> None:
    result = ask("How many products?", "--show-prompt", "--shots", 1)
    assert model.prompts[0] in result.out
    assert (
        ask("How many products?", "--show-prompt", "--shots", 1, "--json").json["prompt"] == model.prompts[1]
    )
    assert model.prompts[0] not in ask("How many products?", "--shots", 1).out


def test_few_rows_are_printed_and_the_rest_is_counted(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT name FROM product"
    result = ask("All products?", "--limit", 2)
    assert "2 of 3 rows" in result.err
    assert "pear" not in result.out
    assert "more than 1 rows" in ask("All products?", "--max-rows", 1).err


def test_cells_are_shown_as_they_are(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT '[red]not markup[/red]' AS \"[b]\", NULL AS n"
    out = ask("Markup?").out
    assert "[red]not markup[/red]" in out
    assert "[b]" in out
    assert "NULL" in out


def test_evidence_reaches_the_model(ask: Ask, model: FakeModel) -> None:
    ask("How many dear products?", "--evidence", "dear means price above 5", "--shots", 0)
    assert "dear means price above 5" in model.prompts[0]


def test_the_first_candidate_that_runs_is_taken(ask: Ask, model: FakeModel) -> None:
    candidates = ["DROP TABLE product", "SELECT nothing", "SELECT name FROM product", "SELECT 1"]
    model.says = lambda prompt: candidates
    options = ("Names?", "--method", "sample", "-n", 4, "--json")
    assert ask(*options).json["outcome"] == "refused"
    guided = ask(*options, "--execute-guided")
    assert guided.json["sql"] == "SELECT name FROM product"
    assert model.requests[-1]["n"] == 4


def test_a_vote_takes_the_result_of_the_most(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: ["SELECT 1", "SELECT 2", "SELECT 1 + 1"]
    answer = ask("Sum?", "--method", "sample", "-n", 3, "--vote", "--json").json
    assert (answer["sql"], answer["rows"]) == ("SELECT 2", [[2]])


def test_vote_and_execute_guided_exclude_each_other(ask: Ask, model: FakeModel) -> None:
    assert "--vote" in ask("Sum?", "--vote", "--execute-guided").mistake
    assert model.requests == []


def test_repair_shows_the_model_its_error_once(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: (
        "SELECT name FROM product" if "no such column" in prompt else "SELECT nam FROM product"
    )
    assert ask("Names?", "--json").json["outcome"] == "error"
    mended = ask("Names?", "--json", "--repair")
    assert (mended.status, mended.json["sql"]) == (0, "SELECT name FROM product")
    assert len(model.requests) == 3


def test_a_db_id_is_looked_up_in_the_folder_of_databases(
    run: Run, model: FakeModel, databases: Path, sample_index: Path
) -> None:
    model.says = lambda prompt: "SELECT count(*) FROM product"
    answer = run("ask", "How many?", "--db", "shop", "--databases", databases, "--index", sample_index,
                 "--strategy", "masked-keyword", "--model", model.url, "--json").json  # fmt: skip
    assert answer["rows"] == [[3]]


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_question_is_refused(ask: Ask, model: FakeModel, text: str) -> None:
    assert "empty" in ask("How many?", text).mistake
    assert model.requests == []


def test_a_question_of_100_kb_that_cannot_fit_says_what_is_needed(ask: Ask, model: FakeModel) -> None:
    result = ask("How many products are there? " * 4000)
    assert result.status == 1
    assert "tokens, but only" in result.err
    assert model.requests == []


def test_unicode_goes_in_and_out(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT name FROM product WHERE name LIKE '東京%'"
    result = ask("Was kostet „東京 soap“? 🧼", "--json")
    assert "„東京 soap“? 🧼" in model.prompts[0]
    assert "東京 soap" in result.out


def test_a_missing_database_is_named(run: Run, model: FakeModel, sample_index: Path, tmp_path: Path) -> None:
    options = ("--index", sample_index, "--strategy", "keyword", "--model", model.url)
    missing = tmp_path / "gone.sqlite"
    assert str(missing) in run("ask", "How many?", "--db", missing, *options).mistake
    assert "coffee_roastery" in run("ask", "How many?", "--db", "coffee_roaster", *options).mistake


def test_a_file_that_is_no_database_is_refused(run: Run, model: FakeModel, tmp_path: Path) -> None:
    (tmp_path / "letter.sqlite").write_text("Dear Sir or Madam" * 100)
    result = run("ask", "How many?", "--db", tmp_path / "letter.sqlite", "--model", model.url, "--shots", 0)
    assert "letter.sqlite" in result.mistake


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--shots", "-1"), "--shots must be at least 0"),
        (("--budget", "0"), "budget"),
        (("--budget", "99999"), "--budget must be at most"),
        (("--limit", "0"), "--limit"),
        (("--timeout", "0"), "timeout"),
        (("--template", "haiku"), "haiku"),
        (("--scope", "half"), "relevant"),
        (("-n", "2", "--method", "greedy"), "beam or sample"),
    ],
)
def test_options_out_of_range_are_refused(
    ask: Ask, model: FakeModel, options: tuple[str, ...], message: str
) -> None:
    assert message in ask("How many?", *options).mistake
    assert [request for request in model.requests if request] == []


def test_a_session_answers_line_by_line(ask: Ask, model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = "\n/prompt\nHow many products?\n/prompt\n/help\n/dance\nHow many pears?\n/quit\nnever asked\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    model.says = lambda prompt: "SELECT 'pears'" if "How many pears?" in prompt else "SELECT 'all'"
    result = ask("--shots", 1, "--evidence", "pears are fruit")
    assert result.status == 0
    assert len(model.requests) == 2
    assert result.out.startswith("nothing was asked yet\n")
    assert model.prompts[0] in result.out
    assert "pears are fruit" in model.prompts[0]
    assert result.out.index("SELECT 'all'") < result.out.index("SELECT 'pears'")
    assert "unknown: /dance" in result.err


def test_a_session_puts_follow_ups_so_that_they_stand_alone(
    ask: Ask, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = (
        "Which products are red?\nHow many?\n/as How many red products?\nAnd their names?\n/new\nHow many?\n"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    model.says = lambda prompt: "SELECT name FROM product"
    result = ask("--shots", 0)
    assert result.status == 0
    assert "understood as: How many products that are red are there?" in result.err
    assert "understood as: Show the names of red products." in result.err
    asked = [
        "Which products are red?",
        "How many products that are red are there?",
        "How many red products?",
        "Show the names of red products.",
        "How many?",
    ]
    assert len(model.prompts) == len(asked)
    assert all(text in prompt for text, prompt in zip(asked, model.prompts, strict=True))


def test_a_session_goes_on_after_an_error_and_ends_with_its_input(
    ask: Ask, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("nasty\nnice\n"))
    model.says = lambda prompt: "DROP TABLE product" if "nasty" in prompt else "SELECT 'nice'"
    result = ask("--shots", 0)
    assert result.status == 0
    assert "refused: " in result.err
    assert "nice" in result.out


def test_an_answer_leaves_the_database_unlocked(ask: Ask, shop: Path) -> None:
    ask("How many?")
    with closing(sqlite3.connect(shop, timeout=0.1)) as connection:
        connection.execute("INSERT INTO product (name) VALUES ('new')")
        connection.commit()


def test_cells_and_sql_cannot_steer_the_terminal(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT char(27) || '[2J' AS x, '\x1b[2J' AS y"
    result = ask("Escape!")
    assert result.out.count("\\x1b[2J") == 3
    assert "\x1b" not in result.out + result.err


def test_a_person_sees_the_completion_while_it_is_written(
    ask: Ask, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.says = lambda prompt: "Here it is: SELECT 'streamed'"
    assert "Here it is" not in ask("Names?", "--shots", 0).err
    assert "stream" not in model.requests[0]
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    result = ask("Names?", "--shots", 0)
    assert model.requests[1]["stream"] is True
    assert "Here it is: SELECT 'streamed'\n" in result.err
    assert "streamed" in result.out
    ask("Names?", "--shots", 0, "--json")
    assert "stream" not in model.requests[2]


def test_a_stop_ends_the_sql_there(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT 1\nFROM nowhere"
    assert ask("One?", "--json").json["outcome"] == "error"
    assert ask("One?", "--json", "--stop", "\\n").json["sql"] == "SELECT 1"
    assert "\n" in model.requests[1]["stop"]


def test_a_longer_context_is_believed(ask: Ask, model: FakeModel) -> None:
    long = "How many products are there? " * 4000
    assert ask(long, "--shots", 0, "--context-length", 100_000).status == 0
    assert long.strip() in model.prompts[0]


def test_words_without_quotes_are_one_question(ask: Ask, model: FakeModel) -> None:
    answer = ask("How", "many", "products", "are", "there", "--shots", 0, "--json").json
    assert answer["question"] == "How many products are there"
    assert len(model.requests) == 1


def test_stdin_has_one_question_on_each_line(
    ask: Ask, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("How many pears?\n\nHow much soap?\n"))
    result = ask("-", "--shots", 0)
    assert result.status == 0
    assert len(model.requests) == 2
    assert result.out.index("How many pears?") < result.out.index("How much soap?")


def test_a_pipe_of_several_answers_names_their_questions(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT 'pears'" if "How many pears?" in prompt else "SELECT 'soap'"
    out = ask("How many pears?", "Who buys soap?", "--shots", 0).out
    places = [out.index(text) for text in ("How many pears?", "'pears'", "Who buys soap?", "'soap'")]
    assert places == sorted(places)
    assert "How many pears?" not in ask("How many pears?", "--shots", 0).out


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("--csv", 'a,b,c,c\n"x,""y""",,1,00ff\n'),
        ("--tsv", 'a\tb\tc\tc\n"x,""y"""\t\t1\t00ff\n'),
        ("--nl", '{"a": "x,\\"y\\"", "b": null, "c": 1, "c_2": "00ff"}\n'),
    ],
)
def test_rows_alone_are_printed_for_programs(ask: Ask, model: FakeModel, form: str, expected: str) -> None:
    model.says = lambda prompt: "SELECT 'x,\"y\"' AS a, NULL AS b, 1 AS c, x'00ff' AS c"
    result = ask("All?", "--shots", 0, form)
    assert result.out == expected
    assert "SELECT" in result.err


def test_rows_alone_are_all_rows(ask: Ask, model: FakeModel) -> None:
    model.says = lambda prompt: "SELECT name FROM product"
    assert len(ask("All?", "--shots", 0, "--csv", "--limit", 1).out.splitlines()) == 4
    model.says = lambda prompt: "SELECT nothing FROM product"
    failed = ask("All?", "--shots", 0, "--csv")
    assert (failed.status, failed.out) == (1, "")
    assert "nothing" in failed.err


@pytest.mark.parametrize("options", [("--csv", "--json"), ("--csv", "--nl")])
def test_two_forms_of_output_exclude_each_other(ask: Ask, options: tuple[str, ...]) -> None:
    assert "exclude each other" in ask("All?", *options).mistake


def test_a_name_stands_beside_a_bare_id(run: Run, model: FakeModel, tmp_path: Path) -> None:
    file = tmp_path / "music.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "CREATE TABLE genre (id INTEGER PRIMARY KEY, label TEXT);"
            "CREATE TABLE track (id INTEGER PRIMARY KEY, title TEXT, genre_id INTEGER REFERENCES genre(id));"
            "INSERT INTO genre VALUES (1, 'Rock'), (2, 'Jazz');"
            "INSERT INTO track VALUES (1, 'One', 2), (2, 'Two', 1), (3, 'Three', NULL);"
        )
    model.says = lambda prompt: "SELECT genre_id, count(*) FROM track GROUP BY genre_id ORDER BY genre_id"
    options = ("ask", "Tracks by genre?", "--db", file, "--model", model.url, "--shots", 0, "--csv")
    named = run(*options, "--labels")
    assert named.out.splitlines() == ["genre_id,genre_id label,count(*)", ",,1", "1,Rock,1", "2,Jazz,1"]
    assert run(*options).out.splitlines()[0] == "genre_id,count(*)"


def test_what_is_missing_is_found_before_an_index_is_built(
    run: Run, model: FakeModel, shop: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    for options in (
        ("--db", shop, "--model", gone),
        ("--db", shop, "--model", "embedded", "--adapter", gone),
        ("--db", "nowhere", "--model", model.url),
    ):
        result = run("ask", "How many?", *options, "--shots", 2)
        assert "gone" in result.mistake or "nowhere" in result.mistake
        assert "building" not in result.err


def test_a_served_model_is_told_the_dialect_and_the_day(ask: Ask, model: FakeModel) -> None:
    from datetime import date

    ask("How many products since last month?", "--shots", 0)
    (prompt,) = model.prompts
    assert "Write SQLite SQL." in prompt
    assert f"Today is {date.today().isoformat()}." in prompt  # noqa: DTZ011


def test_questions_and_answers_are_logged_without_rows_or_keys(
    ask: Ask, run: Run, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-4711-key")
    model.says = lambda prompt: "SELECT name FROM product"
    ask("Is canary-4711-key a product?", "--shots", 0)
    ask("Not in the log", "--shots", 0, "--no-log")
    monkeypatch.setenv("NSHOT_NO_LOG", "1")
    ask("Neither is this", "--shots", 0)
    (answer,) = run("log", "list", "--json").json
    assert (answer["sql"], answer["outcome"], answer["row_count"]) == ("SELECT name FROM product", "ok", 3)
    file = Path(run("log", "path").out.strip())
    content = file.read_bytes()
    assert b"canary-4711-key" not in content
    assert b"pear" not in content
    assert run("log", "list", "PRODUCT", "--json").json == [answer]
    assert run("log", "list", "soap", "--json").json == []
    assert run("log", "-n", 1, "--json").json == run("log", "product", "--json").json == [answer]
    assert "SELECT name" in run("log").out
    assert "1 answer removed" in run("log", "clear").err
    assert run("log", "list", "--json").json == []


def test_a_session_has_commands(
    ask: Ask, run: Run, model: FakeModel, monkeypatch: pytest.MonkeyPatch, shop: Path
) -> None:
    typed = "\n".join(
        [
            "/alternatives", "/schema", "/schema product", "/schema nothing",
            "How many products?", "/alternatives",
            "/sql SELECT count(*) + 100 FROM product", "/sql DROP TABLE product", "/shots 0", "/shots many",
            "How many pears?", "/good", "/fix SELECT 7 AS seven", "/fix SELECT 7 AS seven",
            "/db", "/db nowhere",
            "/db coffee_roastery", "/schema", "/dance", "/help", "quit", "How many after the end?",
        ]
    )  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
    model.says = lambda prompt: ["SELECT count(*) FROM product", "SELECT 41", "SELECT 41"]
    result = ask("--shots", 2, "--method", "sample", "-n", 3)
    assert result.status == 0
    said, err = result.out, result.err
    assert "there is no SQL yet" in err
    assert "or --databases DIR" in err
    assert "after the end" not in err
    assert "product (" in said
    assert "CREATE TABLE product" in said
    assert "no table 'nothing'" in err
    assert said.count("SELECT 41") == 1
    assert "103" in said
    assert "DROP" in err
    assert "/shots 3" in err
    first, second = (request["messages"][0]["content"] for request in model.requests)
    assert "The examples show" in first
    assert "The examples show" not in second
    assert "saved: pair" in err
    assert "not saved: pair" in err  # /fix contradicts /good, and replaces it when said again
    assert "the same once more puts" in err
    (pair,) = run("pairs", "list", "--db", shop, "--json").json
    assert (pair["question"], pair["sql"]) == ("How many pears?", "SELECT 7 AS seven")
    assert "no database 'nowhere'" in err
    assert "asking coffee_roastery" in err
    assert "farms (" in said
    assert "unknown: /dance" in err


def test_ctrl_c_cancels_the_question_and_not_the_session(
    ask: Ask, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    asked_again = threading.Event()

    def says(prompt: str) -> str:
        if "slow" in prompt:
            interrupt()
            asked_again.wait(60)
        asked_again.set()
        return "SELECT 'answered'"

    model.says = says
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("How many slow products are there?\nHow many quick products are there?\n")
    )
    result = ask("--shots", 0)
    assert result.status == 0
    assert "no SQL: cancelled" in result.err
    assert result.out.count("SELECT 'answered'") == 1


def test_a_file_of_a_table_is_asked_in_the_sandbox(run: Run, model: FakeModel, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_text("shop;amount\nBern;12\nRom;30\n", encoding="utf-8")
    model.says = lambda prompt: "SELECT shop FROM sales WHERE amount > 20"
    options = ("ask", "Where?", "--db", file, "--model", model.url, "--shots", 0)
    assert run(*options, "--csv").out == "shop\nRom\n"
    assert "amount" in model.prompts[0]
    model.says = lambda prompt: "DELETE FROM sales"
    assert "refused" in run(*options).err


def test_prompts_show_the_chosen_tables_with_notes(run: Run, model: FakeModel, tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text("customers: those who pay\ncustomers.name: as on the bill\n")
    options = ("ask", "How many?", "--db", "coffee_roastery", "--model", model.url, "--shots", 0)
    run(*options, "--only-tables", "cust*", "--notes", tmp_path / "notes.yaml")
    (prompt,) = model.prompts
    assert "There are tables such as customers\n" in prompt
    assert "customers (those who pay)" in prompt
    assert "(as on the bill)" in prompt
    assert (
        "--only-tables: coffee_roastery has no table 'customer'"
        in run(*options, "--only-tables", "customer").err
    )
