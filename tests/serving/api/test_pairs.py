from __future__ import annotations

from typing import Any

import pytest
from tests.serving.conftest import Site

WHO: dict[str, Any] = {"question": "Who?", "sql": "SELECT name FROM singer", "db_id": "concert"}


def test_a_pair_is_saved_with_the_prompt_that_led_to_it(site: Site) -> None:
    events = dict(site.events("Who?"))
    answer = site.post("/api/pairs", {**WHO, "answer_id": events["done"]["id"]})
    assert answer.status_code == 201
    pair = answer.json()["pair"]
    assert (pair["state"], pair["author"], pair["conflicts"]) == ("active", "page", [])
    assert site.service.book.get(pair["id"]).prompt_sha256 == events["prompt"]["sha256"]
    assert site.client.get("/api/pairs").json() == {"pairs": [pair], "total": 1}


def test_a_duplicate_is_no_second_pair(site: Site) -> None:
    first = site.post("/api/pairs", WHO).json()["pair"]
    again = site.post("/api/pairs", {**WHO, "question": "who ?", "sql": "select name from singer;"})
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    assert again.json()["pair"]["id"] == first["id"]


def test_other_sql_for_the_same_question_is_a_conflict_until_one_is_replaced(site: Site) -> None:
    first = site.post("/api/pairs", WHO).json()["pair"]
    other = {**WHO, "sql": "SELECT age FROM singer"}
    conflict = site.post("/api/pairs", other)
    assert (conflict.status_code, conflict.json()["error"]["type"]) == (409, "conflict")
    assert [pair["id"] for pair in conflict.json()["conflicts"]] == [first["id"]]
    assert site.post("/api/pairs", {**other, "replace": first["id"]}).status_code == 201
    assert [pair["sql"] for pair in site.client.get("/api/pairs").json()["pairs"]] == [other["sql"]]


@pytest.mark.parametrize("sql", ["DELETE FROM singer", "SELECT nothing FROM singer", "SELECT 1; SELECT 2"])
def test_the_gate_refuses_what_does_not_run(site: Site, sql: str) -> None:
    answer = site.post("/api/pairs", {**WHO, "sql": sql})
    assert (answer.status_code, answer.json()["error"]["type"]) == (422, "pair_refused")


def test_sql_that_a_person_calls_wrong_is_kept_and_not_used(site: Site) -> None:
    assert site.post("/api/pairs", {**WHO, "verdict": "bad"}).status_code == 201
    (pair,) = site.client.get("/api/pairs", params={"state": "rejected"}).json()["pairs"]
    assert pair["question"] == "Who?"
    assert dict(site.events("Who?"))["sql"]["source"] == "model"


def test_pairs_are_edited_retracted_searched_and_verified(site: Site) -> None:
    first = site.post("/api/pairs", WHO).json()["pair"]
    edited = site.client.patch(f"/api/pairs/{first['id']}", json={"question": "Who sings?"})
    assert edited.status_code == 201
    pair = edited.json()["pair"]
    assert pair["id"] != first["id"]
    site.post("/api/pairs", {"question": "What?", "sql": "SELECT name FROM product", "db_id": "shop"})
    assert site.client.get("/api/pairs", params={"q": "SINGS"}).json()["total"] == 1
    assert site.client.get("/api/pairs", params={"db_id": "shop"}).json()["total"] == 1
    page = site.client.get("/api/pairs", params={"limit": 1, "offset": 1}).json()
    assert ([one["id"] for one in page["pairs"]], page["total"]) == ([pair["id"]], 2)
    assert site.client.post("/api/pairs/verify", json={}).json() == {
        "checked": 0,
        "set_aside": [],
        "restored": [],
    }
    assert site.client.delete(f"/api/pairs/{pair['id']}").status_code == 200
    gone = site.client.delete(f"/api/pairs/{pair['id']}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "pair_not_found")
    assert 'nshot_pairs_total{result="added"} 3.0' in site.client.get("/metrics").text


@pytest.mark.parametrize("query", ["limit=x", "limit=501", "offset=-1", "state=good"])
def test_a_query_that_makes_no_sense_is_refused(site: Site, query: str) -> None:
    assert site.client.get(f"/api/pairs?{query}").status_code == 400
