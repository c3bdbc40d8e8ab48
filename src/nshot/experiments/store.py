"""A store of completions by request: an interrupted grid can be resumed, and nothing is computed
twice.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from nshot.artifacts import check_seal, hold_file, parse_json, seal, sync
from nshot.errors import DataError
from nshot.generation import Decoding
from nshot.options import effective_options
from nshot.types import Completion, Prompt

_BEGIN = b'{"key": "'
"""How every line begins, an unfinished one too."""


class StoredCompletions(NamedTuple):
    """The completions of one prompt."""

    completions: tuple[Completion, ...]
    seconds: float
    """Its share of the time of the batch in which it was computed."""


class CompletionStore:
    """An append-only JSONL file; use it in a `with` block. Only one process may write to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept: dict[str, StoredCompletions] = {}

    def __enter__(self) -> Self:
        """Open the file and read it; an incomplete last line, left by a kill, is removed.

        Raises:
            DataError: Another process writes to it, or a line is damaged.
        """
        with ExitStack() as held:
            held.enter_context(hold_file(self.path, "another folder"))
            self._read()
            self._stream = held.enter_context(self.path.open("ab"))
            sync(self.path.parent)
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def __getitem__(self, key: str) -> StoredCompletions:
        return self._kept[key]

    def put(self, found: Iterable[tuple[str, StoredCompletions]]) -> None:
        """Store a batch and force it to disk. Failed completions are used in this run but not
        written.
        """
        lines = []
        for key, kept in found:
            self._kept[key] = kept
            if all(completion.finish != "error" for completion in kept.completions):
                lines.append(_line(key, kept))
        self._stream.write("".join(lines).encode("utf-8", "backslashreplace"))
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def _read(self) -> None:
        if not self.path.exists():
            return
        whole = 0
        with self.path.open("rb") as stream:
            for number, raw in enumerate(stream, 1):
                if not raw.endswith(b"\n"):
                    if not raw.startswith(_BEGIN[: len(raw)]):
                        raise DataError(f"{self.path} is not nshot's; choose another folder")
                    break
                try:
                    key, stored = _read_line(raw)
                    self._kept[key] = stored
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise DataError(
                        f"{self.path}:{number} is damaged; delete that line, and it is computed again"
                    ) from error
                whole += len(raw)
        if whole < self.path.stat().st_size:
            os.truncate(self.path, whole)


def completion_key(prompt: Prompt, decoding: Decoding, model: str) -> str:
    """Hex digest of everything that decides a completion.

    Args:
        prompt: The prompt.
        decoding: Every option that has an effect counts; the seed counts if the method samples.
        model: Identity of the model: name, weights, adapter, precision.
    """
    decided = effective_options(decoding)
    if decoding.method == "sample":
        decided["seed"] = decoding.seed
    if decoding.method == "beam":
        decided["beams"] = decoding.width  # fewer than the candidates are as many as the candidates
    asked: list[Any] = [model, prompt.text, [list(message) for message in prompt.messages], prompt.stop]
    asked += [decided, repr(prompt.schema) if decoding.constrain else None]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _read_line(raw: bytes) -> tuple[str, StoredCompletions]:
    """What `_line` wrote.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: The line is damaged.
    """
    record = parse_json(raw)
    if not check_seal(record):
        raise ValueError("the checksum differs")
    completions = tuple(Completion(**one) for one in record["completions"])
    return record["key"], StoredCompletions(completions, record["seconds"])


def _line(key: str, kept: StoredCompletions) -> str:
    completions = [
        {
            "text": completion.text,
            "tokens": completion.tokens,
            "finish": completion.finish,
            "logprob": completion.logprob,
        }
        for completion in kept.completions
    ]
    record = {"key": key, "completions": completions, "seconds": round(kept.seconds, 6)}
    return json.dumps(seal(record), ensure_ascii=False) + "\n"
