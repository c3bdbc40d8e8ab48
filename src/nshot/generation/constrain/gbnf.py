"""Writes a context-free grammar as GBNF, which llama.cpp and vLLM (by xgrammar) read.

Source: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
"""

from __future__ import annotations

from collections.abc import Sequence

from nshot.generation.constrain.context_free import NAME, ContextFreeGrammar, Part, RuleName
from nshot.generation.constrain.items import Literal

_FREE = {
    "string": r"""string ::= "'" ([^'\x00-\x08\x0a-\x1f] | "''")* "'" """,
    "number": """number ::= [0-9]+ ("." [0-9]+)?""",
    "whole": """whole ::= [0-9]+""",
    NAME: r"""name ::= [a-z_] [a-z0-9_]* | "\"" [^"\x00-\x08\x0a-\x1f]+ "\"" """,
}
_RULE_OF = {Literal.STRING: "string", Literal.NUMBER: "number", Literal.WHOLE: "whole"}


def to_gbnf(grammar: ContextFreeGrammar) -> str:
    """The grammar as text, one rule a line; `root` is the first. Lists of many names, such as those
    of all columns, are rules of their own.
    """
    writer = _GbnfWriter()
    lines = [
        f"{name} ::= " + " | ".join(writer.write(parts) for parts in alternatives)
        for name, alternatives in grammar.rules.items()
    ]
    return "\n".join([*lines, *writer.lists.values(), *(rule.rstrip() for rule in _FREE.values())]) + "\n"


class _GbnfWriter:
    def __init__(self) -> None:
        self.lists: dict[tuple[str, ...], str] = {}
        """Rules of lists of texts."""

    def write(self, parts: Sequence[Part]) -> str:
        """An alternative."""
        found: list[str] = []
        text = ""
        for part in parts:
            if isinstance(part, str):
                text += part
                continue
            if text:
                found.append(_quote(text))
                text = ""
            found.append(self._write_part(part))
        return " ".join([*found, _quote(text)] if text else found)

    def _write_part(self, part: tuple[str, ...] | Literal | RuleName) -> str:
        if isinstance(part, RuleName):
            return part.name
        if isinstance(part, Literal):
            return _RULE_OF[part]
        if len(part) == 1:
            return _quote(part[0])
        if part not in self.lists:
            texts = " | ".join(map(_quote, part))
            self.lists[part] = f"list-{len(self.lists)} ::= {texts}"
        return self.lists[part].partition(" ")[0]


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
