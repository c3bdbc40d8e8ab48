from __future__ import annotations

from typing import Any

import pytest

from nshot.generation.constrain import Pieces

from .conftest import lines

TEXT = "from singer select \"höhe\" where name = 'né à 北京 🎵'"


def joined(pieces: Pieces, ids: list[int]) -> str:
    return b"".join(pieces[token] or b"" for token in ids).decode()


def sentencepiece_like() -> Any:
    """Blanks as ▁ and unknown characters as single bytes, as Llama 2 has it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<unk>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *map(chr, range(33, 127))]
    words += ["fr", "om", "from", "▁from", "se", "sel", "▁sel", "ec", "ect", "▁select"]
    merges = [("f", "r"), ("o", "m"), ("fr", "om"), ("▁", "from"), ("s", "e"), ("se", "l"), ("▁", "sel")]
    merges += [("e", "c"), ("ec", "t"), ("▁sel", "ect")]
    vocabulary = {word: at for at, word in enumerate(words)}
    inner = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True))
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    inner.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="</s>", unk_token="<unk>")


def test_pieces_of_a_byte_level_tokenizer_make_the_text(sql_tokenizer: Any) -> None:
    pieces = Pieces(sql_tokenizer, [0])
    for text in (*lines("accepted.txt"), TEXT):
        assert joined(pieces, sql_tokenizer(text)["input_ids"]) == text


def test_pieces_of_a_sentencepiece_tokenizer_make_the_text() -> None:
    tokenizer = sentencepiece_like()
    pieces = Pieces(tokenizer, [1])
    ids = tokenizer(TEXT, add_special_tokens=False)["input_ids"]
    assert joined(pieces, ids).lstrip(" ") == TEXT


def test_special_tokens_have_no_piece(sql_tokenizer: Any) -> None:
    pieces = Pieces(sql_tokenizer, [sql_tokenizer.eos_token_id])
    assert pieces[sql_tokenizer.eos_token_id] is None
    assert pieces[len(sql_tokenizer) + 5] is None


@pytest.mark.parametrize("beginning", [b"s", b" se", b"\xc3"])
def test_fitting_tokens_are_found_without_a_check_of_all(sql_tokenizer: Any, beginning: bytes) -> None:
    pieces = Pieces(sql_tokenizer, [0])
    asked = []

    def fits(piece: bytes) -> int:
        asked.append(piece)
        same = (at for at in range(len(piece)) if piece[at : at + 1] != beginning[at : at + 1])
        return next(same, len(piece)) if len(piece) < len(beginning) or piece[:3] != beginning else len(piece)

    found = sorted(pieces.find_fitting(fits))
    everything = [token for token in range(len(sql_tokenizer)) if (pieces[token] or b"") != b""]
    assert found == [token for token in everything if fits(pieces[token] or b"") == len(pieces[token] or b"")]
    assert found
    assert len(set(asked)) <= len(everything)
