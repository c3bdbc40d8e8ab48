from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.generation.conftest import SINGER

from nshot.errors import OptionError, UnknownNameError
from nshot.pipeline.choose import Execution, Way, choose
from nshot.types import Attempt, Column, Completion, Schema, Table

BROKEN = "SELECT nothing FROM singer"
GOOD = "SELECT name FROM singer"
SAME = "select  name  from singer;"
DROP = "DROP TABLE singer"
EMPTY_RESULT = "SELECT name FROM singer WHERE age > 99"


def run(texts: list[str], database: Path | None, way: Way = "guided") -> tuple[Attempt, ...]:
    completions = [Completion(text, 1, "stop") for text in texts]
    return choose(completions, database, schema=SINGER, execution=Execution(way=way))


def outcomes(attempts: tuple[Attempt, ...]) -> list[tuple[str, str]]:
    return [(attempt.sql, attempt.outcome) for attempt in attempts]


def test_the_first_that_runs_is_chosen_and_the_rest_is_not_tried(concert: Path) -> None:
    other = "SELECT age FROM singer"
    assert outcomes(run([BROKEN, DROP, GOOD, other], concert)) == [
        (GOOD, "ok"),
        (BROKEN, "error"),
        (DROP, "refused"),
        (other, "untried"),
    ]


def test_that_a_completion_was_cut_off_is_told(concert: Path) -> None:
    texts = ("I think that", "SELECT name FROM singer WHERE name = (SELECT", GOOD)
    cut = [choose([Completion(text, 9, "length")], concert, schema=SINGER)[0] for text in texts]
    told = "; the model was cut off after 9 tokens: allow more by max_new_tokens"
    assert cut[0].error == f"the completion contains no SQL{told}"
    assert cut[1].error.endswith(told)
    assert (cut[2].outcome, cut[2].error) == ("ok", "")


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_time_limit_that_is_none_is_refused_at_once(timeout: float) -> None:
    with pytest.raises(OptionError, match=r"`timeout` must be above 0 and at most 86400"):
        Execution(timeout=timeout)


def test_an_answer_in_the_form_from_first_becomes_sql(concert: Path) -> None:
    texts = ["from singer select nothing", "from singer select name where age > 30 order by name\n\nfrom x"]
    (best, *_) = choose(
        [Completion(text, 1, "stop") for text in texts],
        concert,
        schema=SINGER,
        execution=Execution(way="guided"),
        stop=("\n\n",),
        form="from-first",
    )
    assert best.sql == "SELECT name FROM singer WHERE age > 30 ORDER BY name"
    assert best.completion.text == texts[1]
    assert best.rows is not None
    assert best.rows.rows == (("Bo",), ("Cy",))


def test_names_are_run_with_the_letters_that_the_database_has(tmp_path: Path) -> None:
    file = tmp_path / "okul.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE öğrenci (adı TEXT, İL TEXT)")
        connection.execute("INSERT INTO öğrenci VALUES ('Işıl', 'Iğdır')")
        connection.commit()
    schema = Schema("okul", (Table("öğrenci", (Column("adı", "text"), Column("İL", "text"))),))
    answers = [Completion("SELECT ADI FROM Öğrenci WHERE il = 'Iğdır'", 1, "stop")]
    (best,) = choose(answers, file, schema=schema)
    assert (best.outcome, best.error) == ("ok", "")
    assert best.sql == "SELECT adı FROM öğrenci WHERE İL = 'Iğdır'"
    assert best.rows is not None
    assert best.rows.rows == (("Işıl",),)


def test_an_empty_result_counts_as_running(concert: Path) -> None:
    assert run([EMPTY_RESULT, GOOD], concert)[0].sql == EMPTY_RESULT


def test_without_guidance_the_first_is_kept_though_it_fails(concert: Path) -> None:
    assert outcomes(run([BROKEN, GOOD], concert, "first")) == [(BROKEN, "error"), (GOOD, "untried")]


def test_if_none_runs_the_first_with_sql_is_chosen(concert: Path) -> None:
    assert outcomes(run(["I cannot.", BROKEN, DROP], concert)) == [
        (BROKEN, "error"),
        ("", "empty"),
        (DROP, "refused"),
    ]


def test_the_same_sql_is_executed_once(concert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nshot.databases

    real, ran = nshot.databases.execute, []

    def counting(database: str | Path, sql: str, **limits: float) -> object:
        ran.append(sql)
        return real(database, sql, **limits)  # type: ignore[arg-type]

    monkeypatch.setattr(nshot.databases, "execute", counting)
    attempts = run([GOOD, SAME, "SELECT age FROM singer"], concert, "vote")
    assert ran == [GOOD, "SELECT age FROM singer"]
    assert [attempt.outcome for attempt in attempts] == ["ok"] * 3


def test_text_that_is_no_sql_is_told_from_sql_that_fails(concert: Path) -> None:
    assert run(["SELECT name FROM WHERE"], concert)[0].outcome == "unparsed"
    assert run([BROKEN], concert)[0].outcome == "error"
    assert "nothing" in run([BROKEN], concert)[0].error


def test_an_endless_query_is_a_timeout(concert: Path) -> None:
    endless = "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT count(*) FROM a"
    attempts = choose([Completion(endless)], concert, execution=Execution(timeout=0.2))
    assert attempts[0].outcome == "timeout"


def test_the_vote_goes_to_the_result_of_most_candidates(concert: Path) -> None:
    texts = ["SELECT age FROM singer", GOOD, "SELECT name FROM singer ORDER BY age DESC", BROKEN]
    assert run(texts, concert, "vote")[0].sql == GOOD


def test_a_tied_vote_goes_to_the_higher_ranked_candidate(concert: Path) -> None:
    assert run([BROKEN, "SELECT age FROM singer", GOOD], concert, "vote")[0].sql == "SELECT age FROM singer"


def test_results_with_other_counts_of_a_row_are_no_agreement(concert: Path) -> None:
    once, twice = "SELECT 1 AS one", "SELECT 1 AS one UNION ALL SELECT 1"
    assert run([once, twice, "SELECT 1 AS one FROM singer LIMIT 2"], concert, "vote")[0].sql == twice


def test_without_a_database_the_first_that_parses_is_taken() -> None:
    assert outcomes(run(["SELECT name FROM WHERE", GOOD], None)) == [
        (GOOD, "untried"),
        ("SELECT name FROM WHERE", "unparsed"),
    ]


def test_what_the_engine_could_not_write_keeps_its_reason(concert: Path) -> None:
    failed = Completion("", 0, "error", None, "too long")
    (attempt,) = choose([failed], concert)
    assert (attempt.outcome, attempt.error) == ("failed", "too long")


def test_settings_are_checked() -> None:
    with pytest.raises(UnknownNameError, match="first, guided, vote"):
        Execution(way="best")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="without executing"):
        Execution(way="vote", enabled=False)
    with pytest.raises(OptionError, match="timeout"):
        Execution(timeout=0)
