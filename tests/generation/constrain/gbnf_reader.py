"""Reads GBNF as `to_gbnf` writes it, and says whether a text is in its language."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"|(?P<name>[a-z][a-z0-9-]*)|(?P<or>\|)')
_FREE = {
    "string": re.compile(r"'(?:[^'\x00-\x08\x0a-\x1f]|'')*'"),
    "number": re.compile(r"[0-9]+(?:\.[0-9]+)?"),
    "whole": re.compile(r"[0-9]+"),
    "name": re.compile(r'[a-z_][a-z0-9_]*|"[^"\x00-\x08\x0a-\x1f]+"'),
}
"""The rules with classes of characters. Each is read to its longest end; numbers to every end."""


class Gbnf:
    """A grammar that was read."""

    def __init__(self, text: str) -> None:
        self.rules: dict[str, list[list[tuple[str, str]]]] = {}
        for line in text.splitlines():
            name, _, right = line.partition(" ::= ")
            assert name not in self.rules, f"two rules {name}"
            self.rules[name] = [] if name in _FREE else self._read(right)
        used = {
            one for rule in self.rules.values() for parts in rule for kind, one in parts if kind == "name"
        }
        assert used <= self.rules.keys(), f"no rule for {sorted(used - self.rules.keys())}"

    def accepts(self, text: str) -> bool:
        """Whether the whole text is in the language."""
        self._text, self._known = text, dict[tuple[str, int], frozenset[int]]()
        return len(text) in self._ends("root", 0)

    def _ends(self, rule: str, at: int) -> frozenset[int]:
        """Where the rule may end if it begins there."""
        if rule in _FREE:
            found = _FREE[rule].match(self._text, at)
            return frozenset((found.end(),)) if found else frozenset()
        key = (rule, at)
        if key not in self._known:
            ends: set[int] = set()
            for parts in self.rules[rule]:
                here = {at}
                for kind, value in parts:
                    here = (
                        {one + len(value) for one in here if self._text.startswith(value, one)}
                        if kind == "text"
                        else {end for one in here for end in self._ends(value, one)}
                    )
                    if not here:
                        break
                ends |= here
            self._known[key] = frozenset(ends)
        return self._known[key]

    @staticmethod
    def _read(right: str) -> list[list[tuple[str, str]]]:
        alternatives: list[list[tuple[str, str]]] = [[]]
        at = 0
        while at < len(right):
            found = _TOKEN.match(right, at)
            assert found is not None, f"unread: {right[at : at + 40]!r}"
            if found["or"]:
                alternatives.append([])
            elif found["name"]:
                alternatives[-1].append(("name", found["name"]))
            else:
                text = re.sub(r"\\(.)", lambda one: {"n": "\n", "t": "\t"}.get(one[1], one[1]), found["text"])
                alternatives[-1].append(("text", text))
            at = found.end()
            while at < len(right) and right[at] == " ":
                at += 1
        return alternatives
