"""The bundled editor is the one whose versions and licences stand beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from nshot.serving.page.assets import STATIC

VENDOR = STATIC / "vendor"


def test_the_bundle_is_the_one_that_was_built(repo: Path) -> None:
    versions = json.loads((VENDOR / "versions.json").read_text())
    assert hashlib.sha256((VENDOR / versions["file"]).read_bytes()).hexdigest() == versions["sha256"], (
        "the bundle was changed by hand: run python tools/build_editor.py"
    )


def test_the_versions_are_those_that_the_tool_pins(repo: Path) -> None:
    versions = json.loads((VENDOR / "versions.json").read_text())
    wanted = json.loads((repo / "tools" / "editor" / "package.json").read_text())
    assert {name: one["version"] for name, one in versions["packages"].items()} == wanted["dependencies"]
    assert versions["esbuild"] == wanted["devDependencies"]["esbuild"]


def test_the_licence_of_every_bundled_package_is_shipped() -> None:
    versions = json.loads((VENDOR / "versions.json").read_text())
    text = (VENDOR / "LICENSES.txt").read_text()
    for name, package in versions["packages"].items():
        assert package["license"] == "MIT"
        assert f"{name} {package['version']}\n" in text
    assert text.count("Permission is hereby granted") == len(versions["packages"])


def test_the_bundle_names_no_address() -> None:
    text = (VENDOR / "editor.js").read_text().replace("http://www.w3.org/", "")
    assert "http://" not in text
    assert "https://" not in text
