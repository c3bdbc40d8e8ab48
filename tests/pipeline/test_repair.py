from __future__ import annotations

from tests.generation.conftest import ScriptedEngine

from nshot.pipeline.repair import repair_prompt
from nshot.types import Attempt, Completion, Message, Prompt

FAILED = Attempt("SELECT x FROM t", Completion("Sure: SELECT x FROM t;"), "error", "no such column: x")


def test_a_plain_model_reads_on_after_its_own_sql() -> None:
    prompt = Prompt("### Input:\nq\n\n### Response:\n", stop=("\n###",))
    repaired = repair_prompt(prompt, FAILED, ScriptedEngine([]))
    assert repaired.text == (
        "### Input:\nq\n\n### Response:\nSELECT x FROM t\n\n"
        "### Error:\nno such column: x\n\n### Corrected Response:\n"
    )
    assert repaired.messages == ()
    assert repaired.stop == ("\n###",)
    assert repaired.tokens == len(repaired.text.split())


def test_a_model_of_another_form_reads_on_after_what_it_wrote() -> None:
    attempt = Attempt("SELECT x FROM t", Completion("from t select x"), "error", "no such column: x")
    repaired = repair_prompt(Prompt("sql:\n"), attempt, ScriptedEngine([]), "from-first")
    assert repaired.text.startswith("sql:\nfrom t select x\n\n### Error:")


def test_a_chat_model_gets_its_answer_and_the_error_as_turns() -> None:
    prompt = Prompt("<user>q", (Message("user", "q"),))
    repaired = repair_prompt(prompt, FAILED, ScriptedEngine([], templated=True))
    assert [message.role for message in repaired.messages] == ["user", "assistant", "user"]
    assert repaired.text.startswith(
        "<user>q<assistant>SELECT x FROM t<user>The database answered: no such column: x\n"
    )


def test_a_long_message_of_the_database_is_shortened() -> None:
    attempt = Attempt("SELECT 1", Completion(""), "error", "x" * 10_000)
    assert len(repair_prompt(Prompt(""), attempt, ScriptedEngine([])).text) < 1000
