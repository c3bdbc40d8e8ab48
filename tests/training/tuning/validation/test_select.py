"""Selection: how evaluations are ranked, what is kept, and a second evaluation of what was kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nshot.data import read_pool
from nshot.errors import DataError
from nshot.generation import Decoding
from nshot.generation.engines.transformers_engine import TransformersEngine
from nshot.training.tuning.loop.state import EvalResult, explain_best, rank_evaluations
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.train import Watch, resume, train
from nshot.training.tuning.validation.select import select_again, selection
from nshot.types import Question


class Generous:
    """Judges so many answers of each evaluation, in turn, as right; keeps the questions."""

    def __init__(self, *right: int) -> None:
        self.right = list(right)
        self.asked: list[list[Question]] = []
        self.sqls: list[list[str]] = []

    def __call__(self, questions: Sequence[Question], sqls: Sequence[str]) -> list[bool]:
        self.asked.append(list(questions))
        self.sqls.append(list(sqls))
        count = self.right.pop(0)
        return [at < count for at in range(len(questions))]


@pytest.fixture
def recipe(tiny_llama: Path, tmp_path: Path) -> dict[str, Any]:
    """Trains the tiny model on a little of the sample for 3 steps, and asks 4 questions after
    each."""
    whole = read_pool("sample").examples
    names = list(dict.fromkeys(example.db_id for example in whole))[:3]
    some = [example for name in names for example in [one for one in whole if one.db_id == name][:6]]
    pool = tmp_path / "pool.jsonl"
    pool.write_text(
        "".join(
            json.dumps({"id": one.id, "question": one.question, "sql": one.sql, "db_id": one.db_id}) + "\n"
            for one in some
        )
    )
    return {
        "model": {"source": str(tiny_llama), "dtype": "float32"},
        "lora": {"rank": 4},
        "data": {"pool": [str(pool)], "holdout": 1},
        "optim": {
            "learning_rate": 0.01,
            "epochs": 1,
            "rows_per_step": 4,
            "rows_per_pack": 4,
            "threads": 1,
        },
        "select": {"every_steps": 1, "rows": 4, "questions": 4, "max_new_tokens": 4},
        "save": {"keep": 2},
    }


@pytest.mark.parametrize(
    ("evaluations", "order", "reason"),
    [
        (
            [EvalResult(1, 0.5, 0.2), EvalResult(2, 0.9, 0.4)],
            [2, 1],
            "the highest EX: 40.0 %, the next (step 1) has 20.0 %",
        ),
        (
            [EvalResult(1, 0.5, 0.2), EvalResult(2, 0.4, 0.2)],
            [2, 1],
            "EX 20.0 % as step 1, and the lower loss: 0.4000, there 0.5000",
        ),
        (
            [EvalResult(1, 0.5, 0.2), EvalResult(2, 0.5, 0.2)],
            [1, 2],
            "EX 20.0 % as step 2, and the same loss as step 2, but earlier",
        ),
        (
            [EvalResult(1, 0.5), EvalResult(2, 0.4)],
            [2, 1],
            "the lower loss: 0.4000, the next (step 1) has 0.5000",
        ),
        ([EvalResult(0, 0.1), EvalResult(2, float("nan"))], [2], "the only evaluation"),
        ([EvalResult(0, 0.1)], [], "there was no evaluation"),
    ],
)
def test_evaluations_are_ranked_by_ex_then_loss_then_step(
    evaluations: list[EvalResult], order: list[int], reason: str
) -> None:
    assert [evaluation.step for evaluation in rank_evaluations(evaluations)] == order
    assert explain_best(evaluations) == reason


def test_an_evaluation_answers_as_the_recipe_says(
    tmp_path: Path, recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Decoding, int]] = []
    generate = TransformersEngine.generate_each

    def watched(engine: TransformersEngine, prompts: Any, decoding: Decoding, *rest: Any) -> None:
        asked.append((decoding, len(prompts)))
        generate(engine, prompts, decoding, *rest)

    monkeypatch.setattr(TransformersEngine, "generate_each", watched)
    select = {**recipe["select"], "every_steps": 9, "method": "beam", "beams": 2}
    outcome = train(
        make_recipe({**recipe, "select": select}), tmp_path / "run", Watch(judge=lambda _: Generous(1))
    )
    assert [evaluation.ex for evaluation in outcome.state.evaluations] == [None, 0.25]
    decoding = Decoding(4, method="beam", beams=2, constrain=True)
    assert asked == [(decoding, 4)]


def test_the_best_by_ex_is_kept_and_the_questions_are_of_held_out_databases(
    tmp_path: Path, recipe: dict[str, Any]
) -> None:
    judge = Generous(1, 3, 2)
    out = tmp_path / "run"
    outcome = train(make_recipe(recipe), out, Watch(judge=lambda _: judge))
    assert [(evaluation.step, evaluation.ex) for evaluation in outcome.state.evaluations] == [
        (0, None),
        (1, 0.25),
        (2, 0.75),
        (3, 0.5),
    ]
    assert outcome.best is not None
    assert outcome.best.step == 2
    run = json.loads((out / "run.json").read_text())
    assert {question.db_id for question in judge.asked[0]} == set(run["data"]["held_out"])
    assert all(question.sql for question in judge.asked[0])
    assert judge.asked[0] == judge.asked[1] == judge.asked[2]
    assert run["best"]["why"] == "the highest EX: 75.0 %, the next (step 3) has 50.0 %"
    best, second = ((out / place / "adapter_model.safetensors").read_bytes() for place in ("best", "last"))
    assert best == (out / "evaluations" / "step-000002" / "adapter_model.safetensors").read_bytes()
    assert best != second
    assert not (out / "evaluations" / "step-000001").exists()

    found = selection(out)
    assert found.kept == {2, 3}
    assert found.best == outcome.best

    again = Generous(0, 6)
    chosen = select_again(out, 6, Watch(judge=lambda _: again))
    assert [(evaluation.step, evaluation.ex, evaluation.questions) for evaluation in chosen.evaluations] == [
        (2, 0.0, 6),
        (3, 1.0, 6),
    ]
    assert [evaluation.loss for evaluation in chosen.evaluations] == pytest.approx(
        [evaluation.loss for evaluation in found.evaluations[2:]]
    )
    assert (out / "best" / "adapter_model.safetensors").read_bytes() == second
    run = json.loads((out / "run.json").read_text())
    assert run["best"]["step"] == 3
    assert run["selected_again"]["questions"] == 6

    assert selection(out).best == chosen.best  # the second decision stays, also where the training is resumed
    assert [evaluation.step for evaluation in selection(out).evaluations] == [2, 3]
    resumed = resume(out)
    assert resumed.best == chosen.best
    assert json.loads((out / "run.json").read_text())["best"]["step"] == 3
    assert (out / "best" / "adapter_model.safetensors").read_bytes() == second


def test_a_training_without_a_checkpoint_has_nothing_to_select(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no training"):
        selection(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(DataError, match="no checkpoint yet"):
        selection(tmp_path)
