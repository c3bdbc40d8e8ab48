"""A byte-level vocabulary: read from tokenizer.json, written as GGUF metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nshot.errors import EngineError
from nshot.training.export.gguf.hyperparameters import CURE

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""The pattern by which Llama 3's tokenizer splits text before it merges."""


class Vocabulary(NamedTuple):
    """The vocabulary with which llama.cpp reads and writes text as the tokenizer does."""

    tokens: tuple[str, ...]
    """Tokens by id, in the characters of byte-level BPE."""
    special: frozenset[int]
    """Ids of control tokens, which are not text."""
    added: frozenset[int]
    """Ids of added tokens, whose text is never split."""
    merges: tuple[str, ...]
    splits: str
    """llama.cpp's name of the pre-tokenizer, which splits text before merges."""
    ids: Mapping[str, int]
    """Ids of the tokens bos, eos, unk and pad, if they exist."""
    begins: bool
    """Whether a text begins with the bos token."""
    chat_template: str | None

    def write(self, writer: Any, rows: int) -> None:
        """Adds the vocabulary to a GGUFWriter; further rows of the embedding become unused
        tokens."""
        from gguf import TokenType

        def kind(at: int) -> int:
            if at in self.special:
                return int(TokenType.CONTROL)
            return int(TokenType.USER_DEFINED if at in self.added else TokenType.NORMAL)

        spare = rows - len(self.tokens)
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(self.splits)
        writer.add_token_list([*self.tokens, *(f"[PAD{len(self.tokens) + at}]" for at in range(spare))])
        writer.add_token_types([*map(kind, range(len(self.tokens))), *[int(TokenType.UNUSED)] * spare])
        writer.add_token_merges(list(self.merges))
        for name, at in self.ids.items():
            getattr(writer, f"add_{name}_token_id")(at)
        writer.add_add_bos_token(self.begins)
        writer.add_add_space_prefix(False)
        if self.chat_template:
            writer.add_chat_template(self.chat_template)


def read_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of the tokenizer in a folder of transformers.

    Raises:
        EngineError: It is not a byte-level tokenizer that llama.cpp reads in the same way.
    """
    from transformers import AutoTokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise EngineError(f"the tokenizer has no tokenizer.json and cannot be written by nshot; {CURE}")
    whole = json.loads(path.read_text(encoding="utf-8"))
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model, extra = whole["model"], whole["added_tokens"]
    by_id = {at: token for token, at in model["vocab"].items()} | {one["id"]: one["content"] for one in extra}
    if sorted(by_id) != list(range(len(by_id))):
        raise EngineError(f"the tokenizer's ids are not consecutive; {CURE}")
    ids = {name: getattr(tokenizer, f"{name}_token_id", None) for name in ("bos", "eos", "unk", "pad")}
    first = tokenizer("a", verbose=False)["input_ids"][:1]
    return Vocabulary(
        tokens=tuple(by_id[at] for at in range(len(by_id))),
        special=frozenset(one["id"] for one in extra if one["special"]),
        added=frozenset(one["id"] for one in extra if not one["special"]),
        merges=tuple(one if isinstance(one, str) else " ".join(one) for one in model.get("merges", ())),
        splits=_splits(whole),
        ids={name: at for name, at in ids.items() if at is not None},
        begins=ids["bos"] is not None and first == [ids["bos"]],
        chat_template=tokenizer.chat_template,
    )


def _splits(whole: Mapping[str, Any]) -> str:
    """llama.cpp's name of the tokenizer's pre-tokenizer.

    Raises:
        EngineError: The pre-tokenizer is unknown.
    """
    model, parts = whole["model"], _parts(whole.get("pre_tokenizer"))
    bytes_last = bool(parts) and parts[-1]["type"] == "ByteLevel" and not parts[-1]["add_prefix_space"]
    plain = model["type"] == "BPE" and not whole.get("normalizer") and not model.get("byte_fallback")
    if plain and bytes_last:
        before, regex = parts[:-1], parts[-1].get("use_regex", True)
        whole_words = bool(model.get("ignore_merges"))
        if not before and regex and not whole_words:
            return "gpt-2"
        if len(before) == 1 and before[0]["type"] == "Digits" and regex and not whole_words:
            if before[0]["individual_digits"]:
                return "smollm"
        elif len(before) == 1 and before[0] == _split(LLAMA3) and not regex and whole_words:
            return "llama-bpe"
    raise EngineError(
        "the tokenizer's pre-tokenizer is unknown to nshot (known: those of GPT-2, SmolLM and Llama 3); "
        f"{CURE}"
    )


def _parts(pre_tokenizer: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    if pre_tokenizer is None:
        return []
    found = pre_tokenizer["pretokenizers"] if pre_tokenizer["type"] == "Sequence" else [pre_tokenizer]
    return list(found)


def _split(regex: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}
