from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from tests.serving.conftest import Site, running, wait_until

from nshot.serving.mcp.tools import make_mcp

Use = Callable[[Client], Awaitable[Any]]
WHO = {"question": "Who?", "sql": "SELECT name FROM singer", "db": "concert"}


def use(site: Site, what: Use, mode: Any = "auto") -> Any:
    """What comes of using the server by a client."""

    async def connect() -> Any:
        async with Client(f"{site.url}/mcp", mode=mode) as client:
            return await what(client)

    return anyio.run(connect)


def call(site: Site, tool: str, **arguments: Any) -> Any:
    """What a tool returns; its error's text."""
    result = use(site, lambda client: client.call_tool(tool, arguments))
    return result.content[0].text if result.is_error else result.structured_content


def refusal(site: Site, what: Use) -> str:
    """The error that a client gets."""

    async def refused(client: Client) -> str:
        try:
            await what(client)
        except MCPError as error:
            return error.message
        return ""

    return str(use(site, refused))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_clients_of_both_protocols_find_tools_resources_and_prompts(site: Site, mode: str) -> None:
    async def look(client: Client) -> Any:
        tools = (await client.list_tools()).tools
        templates = (await client.list_resource_templates()).resource_templates
        resources = (await client.list_resources()).resources
        prompts = (await client.list_prompts()).prompts
        return tools, templates, resources, prompts

    tools, templates, resources, prompts = use(site, look, mode)
    assert [tool.name for tool in tools] == ["ask", "search_examples", "run_sql", "describe"]
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert [one.uri_template for one in templates] == ["nshot://schema/{db}"]
    assert [one.uri for one in resources] == ["nshot://schema/concert", "nshot://schema/shop"]
    assert [one.name for one in prompts] == ["few_shot_sql"]


def test_the_tools_take_little_of_a_models_context(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, allow_save=True) as site:
        tools = use(site, lambda client: client.list_tools()).tools
        assert len(tools) == 5
        assert len(json.dumps([tool.model_dump(exclude_none=True) for tool in tools])) < 6000


def test_a_question_is_answered_with_rows_and_examples(site: Site) -> None:
    found = call(site, "ask", question="How many singers?", db="concert")
    assert (found["sql"], found["outcome"], found["source"]) == ("SELECT count(*) FROM singer", "ok", "model")
    assert found["result"]["rows"] == [[3]]
    assert [one["id"] for one in found["examples"]] == ["e-1"]


def test_examples_are_found_without_asking_the_model(site: Site) -> None:
    found = call(site, "search_examples", question="How many singers?", db="concert", count=3)
    assert [one["sql"] for one in found["examples"]] == ["SELECT count(*) FROM song"]
    assert site.engine.batches == []


def test_sql_is_run_and_databases_are_described(site: Site) -> None:
    assert call(site, "run_sql", sql="SELECT name FROM product", db="shop")["rows"] == [["pen"]]
    assert call(site, "describe") == {"databases": ["concert", "shop"]}
    found = call(site, "describe", db="concert")
    assert [table["name"] for table in found["tables"]] == ["singer", "song"]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("run_sql", {"sql": "DROP TABLE singer", "db": "concert"}, "refused: DROP is not allowed"),
        ("run_sql", {"sql": "SELECT nosuch FROM singer", "db": "concert"}, "no such column: nosuch"),
        (
            "run_sql",
            {"sql": "SELECT 1", "db": "/etc/passwd"},
            "no database '/etc/passwd'",
        ),
        ("ask", {"question": "Who?"}, "name the database"),
        ("ask", {"question": "w " * 9000, "db": "concert"}, "tokens"),
        ("search_examples", {"question": "Who?", "db": "concert", "count": 99}, "less than or equal to 20"),
        ("save_pair", WHO, "save_pair"),
    ],
)
def test_errors_reach_the_client_in_words(site: Site, tool: str, arguments: Any, said: str) -> None:
    assert said in call(site, tool, **arguments)


def test_a_client_may_save_pairs_only_if_the_server_allows_it(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, allow_save=True) as site:
        saved = call(site, "save_pair", **WHO)
        assert saved["outcome"] == "added"
        assert site.service.book.get(saved["id"]).author == "mcp"
        assert "refused" in call(site, "save_pair", **{**WHO, "sql": "DELETE FROM singer"})
        assert "conflict" in call(site, "save_pair", **{**WHO, "sql": "SELECT age FROM singer"})
        assert call(site, "ask", question="who?", db="concert")["source"] == "verified"


def test_a_schema_is_a_resource(site: Site) -> None:
    found = use(site, lambda client: client.read_resource("nshot://schema/shop"))
    assert json.loads(found.contents[0].text)["tables"][0]["name"] == "product"
    assert "no database 'nowhere'" in refusal(
        site, lambda client: client.read_resource("nshot://schema/nowhere")
    )


def test_the_few_shot_prompt_is_for_the_clients_own_model(site: Site) -> None:
    arguments = {"question": "How many singers?", "db": "concert", "count": "2"}
    found = use(site, lambda client: client.get_prompt("few_shot_sql", arguments))
    text = found.messages[0].content.text
    for part in ("singer", "How many songs?", "SELECT count(*) FROM song", "How many singers?"):
        assert part in text
    assert site.engine.batches == []
    wrong = {**arguments, "count": "many"}
    said = refusal(site, lambda client: client.get_prompt("few_shot_sql", wrong))
    assert "`count` must be a whole number" in said


def test_the_key_the_host_and_the_origin_are_checked(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQL_KEY", "secret")
    with running(folder, tmp_path, api_key_env="SQL_KEY") as site:
        assert site.post("/mcp", {}).status_code == 401
        key = {"Authorization": "Bearer secret"}
        assert site.post("/mcp", {}, headers={**key, "Origin": "https://evil.example"}).status_code == 403
        assert site.post("/mcp", {}, headers={**key, "Host": "evil.example"}).status_code == 403


def test_a_tool_call_that_is_given_up_stops_the_model(site: Site) -> None:
    site.engine.released.clear()

    async def give_up(client: Client) -> None:
        with anyio.move_on_after(0.5):
            await client.call_tool("ask", {"question": "Who?", "db": "concert"})

    use(site, give_up)
    wait_until(lambda: site.engine.cancelled == [1])


def test_the_log_holds_no_texts(site: Site) -> None:
    call(site, "ask", question="Which canary?", db="concert")
    call(site, "run_sql", sql="SELECT name AS canary FROM canary", db="concert")
    assert "canary" not in "".join(site.lines)
    asked, run = site.records("mcp")
    assert (asked["tool"], asked["outcome"], asked["examples"]) == ("ask", "ok", ["e-1"])
    assert (run["tool"], run["outcome"]) == ("run_sql", "sql_error")


def test_no_library_writes_into_the_server_s_log(
    site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    make_mcp(site.service)
    library = logging.getLogger("some_library")
    library.setLevel(logging.DEBUG)
    library.error("not JSON")
    assert "not JSON" not in capfd.readouterr().err
