"""The messages of errors that a user can meet, read from the source."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from nshot.cli.options.derive import spell_options

HOLE = "..."
"""Stands for what a message takes from the run: a name, a path, a number."""
ROOT = "NshotError"
OTHERS = {"RequestError": 1, "BadField": 0, "bad_request": 0, "server_error": 1}
"""Further classes whose messages users see, in answers of the server and in lists of rows: which
argument is the message.
"""
OF_CLASS = {
    "UnknownNameError": "unknown {0} ...; choose one of: ...",
    "FileMissingError": "{0} not found: ...; {2}",
    "MissingExtraError": "{0} is not installed; run: pip install 'nshot[...]'",
    "BudgetError": "the smallest prompt for this question needs ... tokens, but only ... are available; "
    "shorten the question, raise `budget`, or use a model with a longer context",
}
"""What classes that write their own messages make of their arguments."""

CURE = "[what to do]"
"""Stands for what a variable called `cure` holds."""
VERBS = (
    "adapt|add|allow|ask|begin|bring|build|change|check|choose|close|convert|copy|correct|create|delete"
    "|download|export|fetch|finish|fit|free|give|hold out|install|keep|leave|list|lower|make|map|move|name"
    "|open|predict|put|raise|read|rebuild|reinstall|remove|rename|repair|replace|restore|resume|run|save|see"
    "|send|set|shorten|show|simplify|start|take|train|try|unpack|upgrade|use|wait|write"
)
INSTRUCTION = re.compile(rf"(?:^|[;:,.?(] |\b(?:or|and) )(?:{VERBS})\b|{re.escape(CURE)}")
"""An instruction: a clause that begins with what to do, such as "; choose another folder"."""


class Message(NamedTuple):
    """A message, and where it is raised."""

    place: str
    """`file:line`."""
    text: str
    """With `HOLE` for each value, and options as flags."""

    @property
    def has_instruction(self) -> bool:
        """Whether a clause of it begins with what to do."""
        return INSTRUCTION.search(self.text.replace(HOLE, "X")) is not None


class Sources:
    """The package, parsed."""

    def __init__(self, package: Path) -> None:
        files = {file.relative_to(package).as_posix(): file for file in sorted(package.rglob("*.py"))}
        self.trees = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in files.items()}
        self.functions: dict[str, list[ast.FunctionDef]] = {}
        self.constants: dict[str, str] = {}
        bases: dict[str, set[str]] = {}
        for tree in self.trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    self.functions.setdefault(node.name, []).append(node)
                elif isinstance(node, ast.ClassDef):
                    bases.setdefault(node.name, set()).update(map(ast.unparse, node.bases))
            for name, value in _assigned(tree.body):
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    self.constants[name] = value.value
        self.errors = {ROOT}
        while new := {name for name, of in bases.items() if of & self.errors} - self.errors:
            self.errors |= new

    def messages(self) -> Iterator[Message]:
        """Every message that is raised, in the order of files and lines."""
        for name, tree in self.trees.items():
            for call, scope in _calls(tree):
                called = ast.unparse(call.func).rpartition(".")[2]
                at = OTHERS.get(called, 0)
                if (called not in self.errors and called not in OTHERS) or len(call.args) <= at:
                    continue
                for text in self._texts(call, called, at, scope):
                    shown = re.sub(rf"(?:{re.escape(HOLE)})+", HOLE, " ".join(text.split()))
                    yield Message(f"{name}:{call.lineno}", spell_options(shown))

    def _texts(self, call: ast.Call, called: str, at: int, scope: Mapping[str, ast.expr]) -> Iterator[str]:
        if called in OF_CLASS:
            arguments = [next(self._read(one, scope), HOLE) for one in call.args]
            yield OF_CLASS[called].format(*arguments, *[""] * 3)
        else:
            yield from self._read(call.args[at], scope)

    def _read(self, node: ast.expr, scope: Mapping[str, ast.expr], depth: int = 4) -> Iterator[str]:
        """The texts that an expression can be; `HOLE` for what only a run tells."""
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=parts):
                ways = [list(self._read(part, scope, depth - 1)) for part in parts]
                yield from ("".join(way) for way in itertools.product(*ways))
            case ast.FormattedValue(value=ast.Name(id=name)) if name in self.constants and name.isupper():
                yield self.constants[name]
            case ast.FormattedValue(value=ast.Name(id="cure") | ast.Call(func=ast.Name(id="cure"))):
                yield CURE
            case ast.FormattedValue(value=ast.IfExp(body=ast.Constant(), orelse=ast.Constant()) as choice):
                yield from self._read(choice, scope, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield next(self._read(left, scope, depth), HOLE) + next(self._read(right, scope, depth), HOLE)
            case ast.IfExp(body=one, orelse=other):
                yield from self._read(one, scope, depth)
                yield from self._read(other, scope, depth)
            case ast.Name(id=name) if name in scope and depth:
                yield from self._read(scope[name], scope, depth - 1)
            case ast.Call(func=func) if depth:
                yield from self._returned(ast.unparse(func).rpartition(".")[2], depth)
            case _:
                yield HOLE

    def _returned(self, name: str, depth: int) -> Iterator[str]:
        found = [one for one in self.functions.get(name, ()) if _is_text(one)]
        for function in found:
            scope = dict(_assigned(ast.walk(function)))
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    yield from self._read(node.value, scope, depth - 1)
        if not found:
            yield HOLE


def _is_text(function: ast.FunctionDef) -> bool:
    return function.returns is not None and ast.unparse(function.returns) == "str"


def _assigned(nodes: Iterator[ast.AST] | list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, dict[str, ast.expr]]]:
    """Each call once, with the values of the names in its function."""
    seen: set[ast.Call] = set()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in [*functions[::-1], tree]:  # inner functions come first
        scope = dict(_assigned(ast.walk(function)))
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and node not in seen:
                seen.add(node)
                yield node, scope
