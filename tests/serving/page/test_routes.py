"""The routes of the page: what is served, with which headers, and that nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from nshot.serving.page.assets import load_assets
from nshot.serving.page.routes import page_routes

PAGES = ("/", "/a/ans-1", "/schema", "/schema/coffee_roastery", "/pairs")


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=page_routes()))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_its_own_files_only_and_is_never_framed(client: TestClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"].split("; ")
    assert answer.status_code == 200
    assert policy[0] == "default-src 'self'"
    assert {"base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_inline_script_no_inline_style_and_no_foreign_address(
    client: TestClient, path: str
) -> None:
    html = client.get(path).text
    assert re.findall(r"<script(?![^>]* src=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|https?://", html) == []


@pytest.mark.parametrize("path", PAGES)
def test_every_file_that_a_page_names_is_served_and_may_be_kept_for_ever(
    client: TestClient, path: str
) -> None:
    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get(path).text)
    assert len(named) >= 5
    for address in named:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_modules_import_modules_that_there_are() -> None:
    files = load_assets().files
    imports = {
        (name, target)
        for name, content in files.items()
        if name.startswith("js/")
        for target in re.findall(r'(?:from|import)\s*\(?\s*"(\.[^"]+)"', content.decode())
    }
    missing = [
        f"{name}: {target}"
        for name, target in imports
        if target.removeprefix("../").replace("./", "js/") not in files
    ]
    assert len(imports) > 20
    assert not missing


@pytest.mark.parametrize(
    "path",
    ["js/nothing.js", "../routes.py", "%2e%2e/routes.py", "js/../../assets.py", "/etc/passwd", "vendor", ""],
)
def test_nothing_outside_of_the_static_files_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"{load_assets().root}/{path}").status_code == 404


def test_files_of_another_version_are_not_served_under_its_address(client: TestClient) -> None:
    answer = client.get("/static/0000000000000000/js/ask.js")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


def test_the_address_of_the_files_changes_with_their_content(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("one")
    before = load_assets(tmp_path)
    (tmp_path / "a.js").write_text("two")
    (tmp_path / "notes.py").write_text("no asset")
    after = load_assets(tmp_path)
    assert list(after.files) == ["a.js"]
    assert before.root != after.root
