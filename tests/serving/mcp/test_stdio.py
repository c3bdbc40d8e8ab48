from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from tests.cli.model_server import serving


def test_a_client_starts_the_command_and_asks(tmp_path: Path) -> None:
    async def ask(url: str) -> tuple[Any, Any]:
        command = StdioServerParameters(
            command=sys.executable,
            args=["-m", "nshot", "mcp", "--db", "coffee_roastery", "--model", url, "--shots", "0"],
            env={"NSHOT_DATA": str(tmp_path), "PYTHONPATH": ":".join(filter(None, sys.path))},
        )
        async with Client(command, read_timeout_seconds=60) as client:
            tools = await client.list_tools()
            answer = await client.call_tool("ask", {"question": "How many farms do we have?"})
            return tools, answer

    with serving() as model:
        model.says = lambda _: "SELECT count(*) FROM farms"
        tools, answer = anyio.run(ask, model.url)
    assert [tool.name for tool in tools.tools] == ["ask", "search_examples", "run_sql", "describe"]
    assert answer.structured_content["result"]["rows"] == [[12]]
