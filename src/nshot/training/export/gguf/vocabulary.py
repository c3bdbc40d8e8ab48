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
"""How Llama 3's tokenizer splits text before it merges."""


class Vocabulary(NamedTuple):
    """What llama.cpp has to know to read and write text as the tokenizer does."""

    tokens: tuple[str, ...]
    """By id; in the alphabet of bytes."""
    special: frozenset[int]
    """Ids that stand for something else than text."""
    added: frozenset[int]
    """Ids of text that is never split."""
    merges: tuple[str, ...]
    splits: str
    """llama.cpp's name for the way in which text is split before merges."""
    ids: Mapping[str, int]
    """Of bos, eos, unk, pad, as far as there are any."""
    begins: bool
    """Whether a text gets the bos token in front."""
    chat_template: str | None

    def write(self, writer: Any, rows: int) -> None:
        """Puts it into a GGUFWriter; rows of the embedding beyond the tokens become unused ones."""
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
    """Of the tokenizer in a folder of transformers.

    Raises:
        EngineError: It is not a byte-level one that llama.cpp reads in the same way.
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
        raise EngineError(f"the tokenizer leaves ids out between its tokens; {CURE}")
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
    """llama.cpp's name for the tokenizer's way of splitting.

    Raises:
        EngineError: It has none that we know.
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
        "the tokenizer splits text in a way that nshot has no name for in GGUF (known: those of GPT-2, "
        f"SmolLM and Llama 3); {CURE}"
    )


def _parts(pre_tokenizer: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    if pre_tokenizer is None:
        return []
    found = pre_tokenizer["pretokenizers"] if pre_tokenizer["type"] == "Sequence" else [pre_tokenizer]
    return list(found)


def _split(regex: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}
