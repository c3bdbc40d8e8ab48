"""Keys and passwords are masked wherever they stand, and nothing else is."""

from __future__ import annotations

import logging

import pytest

from nshot import redaction
from nshot.cli import _write_traceback
from nshot.errors import DataError, OptionError
from nshot.generation.engines.config import EngineConfig
from nshot.generation.engines.server.address import ServerAddress, read_key
from nshot.generation.engines.server.http_client import _without_secrets
from nshot.options import Given
from nshot.redaction import conceal, conceal_url, redact, redact_all


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets that a test makes known are its own."""
    monkeypatch.setattr(redaction, "_concealed", set())
    for name in redaction.KEY_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://u:p@host/v1", "http://***@host/v1"),
        ("http://token@host/v1", "http://***@host/v1"),
        ("http://u:p/w?x#y@host/v1", "http://***@host/v1"),
        ("http//u:p@host/v1", "http//***@host/v1"),
        ("postgresql/me:pw@host/shop", "postgresql/me:***@host/shop"),
        ("postgresql+psycopg://me:p%40w@host/shop", "postgresql+psycopg://me:***@host/shop"),
        ("postgresql://me@host/shop", "postgresql://me@host/shop"),
        ("mysql://h/d?user=me&password=x", "mysql://h/d?user=me&password=***"),
        ("http://h/v1?API_KEY=x&v=2", "http://h/v1?API_KEY=***&v=2"),
        ("h?access_token=x&sig=y&code=z#id_token=a", "h?access_token=***&sig=***&code=***#id_token=***"),
        (
            "http://h?X-Amz-Signature=ab&subscription-key=c",
            "http://h?X-Amz-Signature=***&subscription-key=***",
        ),
        ("host=h password=pw user=me", "host=h password=*** user=me"),
        ("Authorization: Bearer sk-1234567", "Authorization: Bearer ***"),
        ("{'api_key': 'x', \"client_secret\": \"y\"}", "{'api_key': '***', \"client_secret\": \"***\"}"),
        ("'http://a:b@c/v1' and http://d:e@f", "'http://***@c/v1' and http://***@f"),
    ],
)
def test_what_stands_in_the_place_of_a_secret_is_masked(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8000/v1",
        "http://h/v1?api-version=2024-06-01",
        "mail me@example.com about postgresql://host/shop",
        "SELECT name FROM users WHERE password = 'x'",
        "Bearer authentication is needed",
        "data/shop.sqlite",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_a_secret_that_is_known_is_masked_wherever_it_stands() -> None:
    conceal_url("http://robot:hunter+2@host/v1?api_key=k%2F9-abc&v=1")
    assert redact("wrong key k/9-abc or k%2F9-abc for robot/hunter+2") == "wrong key *** or *** for robot/***"


@pytest.mark.parametrize(
    "url", ["http://bob:can ary@host/v1", "postgresql://bob:can ary@host/shop", "http://bob:can ary@x@h:1/v1"]
)
def test_a_password_with_a_blank_is_masked(url: str) -> None:
    conceal_url(url)
    shown = redact(f"{url!r} holds a blank")
    assert "can" not in shown
    assert "ary" not in shown


def test_a_password_with_an_at_sign_is_masked_where_a_driver_takes_its_rest_for_the_host() -> None:
    conceal_url("postgresql://reader:tulip@no@10.9.8.7:5432/shop")
    for said in ("failed to resolve host 'no@10.9.8.7'", "no host no@10.9.8.7:5432"):
        assert "no@" not in redact(said)
        assert "***" in redact(said)


def test_everyday_words_are_not_taken_for_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    conceal("none")
    conceal_url("postgresql://postgres:postgres@localhost/shop")
    monkeypatch.setenv("OPENAI_API_KEY", "EMPTY")
    assert redact("encoder none, postgresql, EMPTY") == "encoder none, postgresql, EMPTY"


@pytest.mark.parametrize("value", ["sk-12345\r", "sk-12345\n", ' "sk-12345"\r\n', "\ufeffsk-12345 "])
def test_a_key_of_an_env_file_is_cleaned_and_never_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSHOT_API_KEY", value)
    assert read_key() == "sk-12345"
    assert "sk-12345" not in redact(f"Illegal header value b'Bearer {value}'")


@pytest.mark.parametrize("value", ["sk-ключ", "sk-1\n2", "sk-a b", "sk-\u200b1"])
def test_a_key_that_no_header_can_carry_is_a_clear_error(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSHOT_API_KEY", value)
    with pytest.raises(OptionError, match=r"NSHOT_API_KEY holds a character.*U\+") as caught:
        read_key()
    assert value not in str(caught.value)


def test_an_empty_key_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSHOT_API_KEY", " \r\n")
    monkeypatch.setenv("OPENAI_API_KEY", "other")
    assert read_key() == "other"


def test_an_address_is_taken_apart() -> None:
    found = ServerAddress.parse("http://u%40x:p@[::1]:8000/v1?api-version=1&key=secret-1")
    assert found == (
        "http://[::1]:8000/v1/",
        "::1",
        ("u@x", "p"),
        (("api-version", "1"), ("key", "secret-1")),
    )


def test_errors_reprs_and_logs_are_masked() -> None:
    url = "http://u:hunter22@host/v1?api_key=abc-123"
    error = DataError(f"cannot read {url}")
    record = logging.LogRecord("httpx", logging.INFO, "", 0, "HTTP Request: GET %s", (url,), None)
    assert _without_secrets(record)
    config = EngineConfig(model=url)
    texts = [str(error), repr(error), repr(config), repr(Given(EngineConfig, {"model": url}))]
    for text in [*texts, record.getMessage()]:
        assert "host" in text
        assert "hunter22" not in text
        assert "abc-123" not in text


def test_a_traceback_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    conceal("hunter22")
    with pytest.raises(ValueError) as caught:
        int("hunter22 at http://u:other-1@host")
    _write_traceback(ValueError, caught.value, caught.tb)
    shown = capsys.readouterr().err
    assert "ValueError: invalid literal for int() with base 10: '*** at http://***@host'" in shown
    assert "hunter22" not in shown


def test_values_are_masked_all_through() -> None:
    assert redact_all({"a": ["http://u:p@h", 1, None], "b": ("x",)}) == {
        "a": ["http://***@h", 1, None],
        "b": ["x"],
    }
