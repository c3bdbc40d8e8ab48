"""How the server is reached and what a request may cost."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from typing import ClassVar

from nshot.errors import OptionError
from nshot.options import option
from nshot.redaction import clean_key, conceal


@dataclass(frozen=True)
class ServeConfig:
    """How the server is reached and what a request may cost; checked on construction."""

    PANEL: ClassVar = "Server"

    host: str = option("127.0.0.1", common=True)
    """Address to listen on. Any other than a loopback address needs `api_key_env`."""
    port: int = option(8765, common=True)
    """Port to listen on; 0 takes a free one."""
    api_key_env: str | None = option(None, common=True)
    """Name of the environment variable that holds the API key. Clients send it as a bearer token.
    By default no key is asked for."""
    allow_save: bool = option(False, common=True)
    """Let MCP clients save verified pairs. The page may always do so."""
    allow_host: tuple[str, ...] = option(())
    """A host name by which clients reach the server, beside localhost; may be repeated. Requests
    for other names are refused (DNS rebinding)."""
    max_waiting: int = option(64)
    """Questions that may wait for the model; further ones get status 429."""
    max_body: int = option(1_000_000)
    """Longest body of a request, in bytes."""
    body_timeout: float = option(10.0)
    """Seconds in which the body of a request must arrive."""
    queue_timeout: float = option(120.0)
    """Seconds that a question may wait for the model."""
    prepare_timeout: float = option(30.0)
    """Seconds that the search for examples and the prompt of a question may take, each."""
    generate_timeout: float = option(120.0)
    """Seconds that the model may write. Then the question is given up and the model stopped."""
    keep_answers: int = option(1000)
    """Answers that are kept in memory for links to them."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise OptionError(f"`port` must be from 0 to 65535, got {self.port}", option="port")
        for name in ("max_waiting", "max_body", "keep_answers"):
            if getattr(self, name) < 1:
                raise OptionError(f"`{name}` must be at least 1, got {getattr(self, name)}", option=name)
        for name in ("body_timeout", "queue_timeout", "prepare_timeout", "generate_timeout"):
            if not getattr(self, name) > 0:
                raise OptionError(f"`{name}` must be above 0 seconds, got {getattr(self, name)}", option=name)
        if self.api_key_env is not None and not self.key:
            raise OptionError(
                f"the environment variable {self.api_key_env} is empty or not set; put the key into it, or "
                "leave `api_key_env` out",
                option="api_key_env",
            )
        if not self.is_local and self.api_key_env is None:
            raise OptionError(
                f"`host` {self.host} can be reached from other machines; set a key with `api_key_env`",
                option="host",
            )

    @property
    def key(self) -> str | None:
        """The API key, read from the environment; None asks for none."""
        if self.api_key_env is None:
            return None
        key = clean_key(os.environ.get(self.api_key_env, ""))
        conceal(key)
        return key

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server.

        >>> ServeConfig().is_local
        True
        """
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False
