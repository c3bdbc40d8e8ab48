"""What is the same for every command: mistakes, Ctrl-C, help, and what is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nshot import __version__

from .conftest import Run

COMMANDS = (
    "data", "db", "grammar", "index", "retrieve", "prompt", "ask", "log", "serve", "mcp", "pairs", "predict",
    "merge", "eval", "compare", "calibrate", "train", "adapt", "config",
)  # fmt: skip
HEAVY = ("torch", "transformers", "faiss", "sentence_transformers")


def loaded_by(*arguments: object) -> tuple[int, set[str]]:
    """Status of a fresh `nshot` process, and the top-level packages that it had imported at its
    end.
    """
    code = (
        "import sys\n"
        "from nshot.cli import main\n"
        "sys.argv = ['nshot', *sys.argv[1:]]\n"
        "status = 0\n"
        "try:\n    main()\n"
        "except SystemExit as left:\n    status = left.code or 0\n"
        "print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))\n"
        "sys.exit(status)\n"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, set(done.stdout.splitlines()[-1].split())


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version") == (0, f"nshot {__version__}\n", "")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_the_commands_in_the_order_of_the_pipeline(run: Run, flag: str) -> None:
    result = run(flag)
    listed = [line.split()[0] for line in result.out.split("Commands:\n")[1].splitlines()]
    assert result.status == 0
    assert tuple(listed) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    result = run(command, "-h")
    assert result.status == 0
    assert result.out.startswith(f"Usage: nshot {command}")


def test_an_unknown_command_is_named(run: Run) -> None:
    result = run("frobnicate")
    assert result.status == 2
    assert "No such command 'frobnicate'" in result.err
    assert "No such command 'aks'; did you mean ask?" in run("aks", "How many?").err


def test_a_missing_option_is_named(run: Run) -> None:
    result = run("ask", "How many?")
    assert result.status == 2
    assert "Missing option '--db'. Name a database file" in result.err


def test_a_users_mistake_is_one_line_and_status_1(run: Run, tmp_path: Path) -> None:
    result = run("index", "info", tmp_path / "nothing")
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert "nshot index build" in result.mistake


def test_a_fault_of_ours_keeps_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("nshot.index.read_manifest", broken)
    with pytest.raises(ZeroDivisionError):
        run("index", "info", "somewhere")


def test_ctrl_c_ends_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nshot.index.read_manifest", stopped)
    result = run("index", "info", "somewhere")
    assert result.status == 130
    assert "Traceback" not in result.err


def test_what_the_system_refuses_is_one_line(run: Run, sample_index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = run(
        "retrieve", "--questions", "sample", "--index", sample_index, "--strategy", "keyword", "-k", 1,
        "--out", tmp_path / "file" / "out.jsonl",
    )  # fmt: skip
    assert "file" in result.mistake


def test_help_imports_nothing_heavy() -> None:
    status, modules = loaded_by("--help")
    assert status == 0
    assert "typer" in modules
    assert modules.isdisjoint({*HEAVY, "numpy", "sqlglot", "rich"})


def test_keyword_retrieval_imports_no_torch(sample_index: Path) -> None:
    status, modules = loaded_by(
        "retrieve", "How many farms are there?", "--index", sample_index, "--db", "coffee_roastery",
        "--strategy", "masked-keyword",
    )  # fmt: skip
    assert status == 0
    assert "numpy" in modules
    assert modules.isdisjoint(HEAVY)


def test_a_reader_that_leaves_early_gets_no_traceback(sample_index: Path) -> None:
    nshot = [sys.executable, "-c", "from nshot.cli import main; main()"]
    options = ["retrieve", "--questions", "sample", "--index", str(sample_index), "--strategy", "keyword"]
    with subprocess.Popen(
        [*nshot, *options, "-k", "50"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert "Traceback" not in errors
    assert process.returncode != 0


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nshot", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, f"nshot {__version__}")
