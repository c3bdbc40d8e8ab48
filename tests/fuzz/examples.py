"""Good inputs of every kind, from which the fuzzer makes the others."""

from __future__ import annotations

import json

from nshot.artifacts import seal
from nshot.data import sample_dir
from nshot.eval import Answer, Case, Comparison, Estimate, Run, Score, System
from nshot.eval.report import to_json
from nshot.generation.model_settings import FILE
from nshot.models.embedded_model import SHIPPED
from nshot.pipeline import to_record
from nshot.types import Attempt, Completion, Prediction, Prompt, Question

SQL = (
    "SELECT count(*) FROM singer",
    "SELECT name, age FROM singer WHERE age > 30 AND name LIKE '%a%' ORDER BY age DESC LIMIT 3",
    "SELECT T1.name, count(*) FROM singer AS T1 JOIN song AS T2 ON T1.id = T2.singer GROUP BY T1.id "
    "HAVING count(*) > 1",
    "WITH old AS (SELECT * FROM singer WHERE age > 40) SELECT name FROM old UNION SELECT title FROM song",
    "SELECT name FROM singer WHERE id NOT IN (SELECT singer FROM song) EXCEPT SELECT 'x'",
    "from singer where age > 30 select name order by age desc",
    "SELECT CASE WHEN age > 30 THEN 'old' ELSE 'young' END FROM singer -- a comment",
    "SELECT json_extract(name, '$.a'), [age], `id` FROM \"singer\" WHERE age BETWEEN 1 AND 1e3",
)
ROWS = [
    dict(zip(("id", "question", "sql", "db_id"), row, strict=True))
    for row in (
        ("q-1", "How many singers are there?", SQL[0], "concert"),
        ("q-2", "Wer ist älter als 35?", "SELECT name FROM singer WHERE age > 35", "concert"),
        ("q-3", "What costs a pen?", "SELECT price FROM product WHERE name = 'pen'", "shop"),
    )
]
ANSWERS = (
    *SQL,
    "```sql\nSELECT 1\n```",
    "<think>count</think><sql>SELECT count(*) FROM singer</sql>",
    '{"SQL": "SELECT 1", "reasoning": "I select"}',
    "Thought: count\nAction: sql\nAction Input: SELECT 1\nObservation: 1",
    "Draft:\n```\nSELECT a\n```\nFinal answer:\n```sql\nSELECT b FROM c;\n```",
    "查询语句为：SELECT count(*) FROM singer。",
    "\\boxed{SELECT 1}",
    "[SQL]SELECT 1[/SQL]",
)
SERVER_ANSWER = json.dumps(
    {
        "choices": [
            {
                "index": 0,
                "message": {"content": "SELECT 1"},
                "finish_reason": "stop",
                "logprobs": {"content": [{"token": "S", "logprob": -0.1}]},
            }
        ],
        "usage": {"completion_tokens": 5},
    }
)
EVENTS = "".join(
    f"data: {event}\n\n"
    for event in (
        '{"choices": [{"delta": {"content": "SELECT"}}]}',
        '{"choices": [{"delta": {"content": " 1"}}]}',
        "[DONE]",
    )
)
RECIPE = """
[model]
source = "tiny"
dtype = "bfloat16"
[lora]
rank = 4
[data]
pool = ["pool.csv"]
shots = "0..3"
contexts = "full:8,gold:1"
[optim]
learning_rate = 1e-4
epochs = 2
[select]
every_steps = 3
"""
PROFILE = """
db = "shop.sqlite"
model = "embedded"
shots = 2
beams = 4
functions = ["count", "sum"]
[notes]
singer = "one row for each person"
"""
NOTES = "singer: one row for each person\nsinger.age: in years\nsong:\n  '': songs\n  title: as printed\n"
TEMPLATES = (
    '{# stop: ["\\n"] -#}\n{{ context }}\n{% for example in examples %}{{ example.question }}\n'
    "{{ example.sql }}\n{% endfor %}{{ question }}\n",
    "{{ question | upper }} {{ context | trim }} {% if evidence %}{{ evidence }}{% else %}-{% endif %}",
    "{% set x = 'a' * 3 %}{{ x }}{% for i in range(3) %}{{ loop.index }}{% endfor %}{{ question }}",
)
CHAT = json.dumps(
    {
        "model": "nshot/concert",
        "messages": [{"role": "user", "content": "How many singers?"}],
        "n": 1,
        "stream": False,
    }
)
ASK = json.dumps(
    {
        "question": "How many singers?",
        "db_id": "concert",
        "shots": 1,
        "history": [{"question": "Who?", "sql": "SELECT 1"}],
    }
)
RUN = json.dumps({"sql": "SELECT name FROM singer", "db_id": "concert"})
PAIR = json.dumps({"question": "Who sings?", "sql": "SELECT name FROM singer", "db_id": "concert"})
RPC = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ask", "arguments": {"question": "How many singers?", "database": "concert"}},
    }
)


def csv_text(delimiter: str = ",") -> str:
    """The rows as CSV."""
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in row.values()] for row in ROWS]
    return "\n".join(delimiter.join(row) for row in [list(ROWS[0]), *quoted]) + "\n"


def json_texts() -> tuple[str, ...]:
    """The rows in layouts of JSON."""
    columns = {name: [row[name] for row in ROWS] for name in ROWS[0]}
    return tuple(map(json.dumps, (ROWS, {"data": ROWS}, columns, dict(enumerate(ROWS)))))


def lines_text() -> str:
    """The rows as lines of JSON."""
    return "\n".join(map(json.dumps, ROWS)) + "\n"


def bird_text() -> str:
    """The rows as BIRD's programs write predictions."""
    return json.dumps({at: f"{row['sql']}\t----- bird -----\t{row['db_id']}" for at, row in enumerate(ROWS)})


def tables_text() -> str:
    """A tables.json with one database."""
    whole = json.loads((sample_dir() / "tables.json").read_text(encoding="utf-8"))
    return json.dumps(whole[:1])


def prediction_text() -> str:
    """A line of a file of predictions."""
    attempt = Attempt(SQL[0], Completion(SQL[0], 5, "stop", -0.5), "ok")
    question = Question("How many?", "concert", "q")
    prediction = Prediction(question, SQL[0], attempt.completion, Prompt("?"), (attempt,))
    return json.dumps(seal(to_record(0, prediction, "m"))) + "\n"


def results_text() -> str:
    """The results of a small comparison."""
    system = System("keyword", "top", 1)
    answer = Answer(SQL[1], False, None, "rows", ("select",), ("e",), "?")
    return json.dumps(
        to_json(
            Comparison(
                "t",
                {"a": 1},
                (system,),
                (Score(system, "ex", "all", Estimate(0.5, 0.1, 0.9, 1)),),
                mistakes={system.label: {"select": 1}},
                runs=(Run(system, 0),),
                cases=(Case("q", "concert", "easy", "How many?", SQL[0], (answer,)),),
                ceiling={"ex": 1.0},
            )
        )
    )


def settings_text() -> str:
    """The settings of the model that ships with nshot."""
    return (SHIPPED / FILE).read_text(encoding="utf-8")
