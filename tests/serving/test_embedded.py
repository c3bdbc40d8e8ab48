from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.serving.conftest import run_server

from nshot.data import Catalog
from nshot.pipeline import PipelineConfig
from nshot.serving import ServeConfig, Service
from nshot.serving.log import JsonLog

QUESTIONS = [
    ("coffee_roastery", "How many farms do we have on our books?"),
    ("coffee_roastery", "Which countries have at least two farms?"),
    ("bakery", "How many products are there?"),
    ("hospital_ward", "What are the names of the patients?"),
    ("film_festival", "How many films are there of each genre?"),
]


@pytest.mark.model
def test_questions_that_are_asked_at_once_have_the_answers_of_each_alone(tmp_path: Path) -> None:
    catalog = Catalog.sample()
    service = Service(
        ServeConfig(port=0),
        PipelineConfig.of(dtype="float32"),
        catalog,
        served=catalog.ids(),
        default_db="coffee_roastery",
        pairs=tmp_path / "pairs.jsonl",
        log=JsonLog(lambda _: None),
    )
    with run_server(service) as url, httpx.Client(base_url=url, timeout=300) as client:

        def ask(db_id: str, question: str) -> tuple[str, object]:
            messages = [{"role": "user", "content": question}]
            body = {"model": f"nshot/{db_id}", "messages": messages}
            answer = client.post("/v1/chat/completions", json=body).json()
            return answer["choices"][0]["message"]["content"], answer["nshot"]["result"]

        alone = [ask(*asked) for asked in QUESTIONS]
        with ThreadPoolExecutor(len(QUESTIONS)) as pool:
            together = list(pool.map(lambda asked: ask(*asked), QUESTIONS))
        assert together == alone
        assert alone[0] == (
            "SELECT count(*) FROM farms",
            {"columns": ["count(*)"], "rows": [[12]], "truncated": False},
        )
        batches = client.get("/metrics").text
        assert 'nshot_batch_size_bucket{le="1.0"} 10.0' not in batches
