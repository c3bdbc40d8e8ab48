"""The engine over any server with OpenAI's interface (vLLM, llama.cpp, Ollama, a provider ...)."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nshot.errors import AnswerCancelledError, EngineError, OptionError
from nshot.generation.cancellation import Cancellation, Cancellations, cancelled_completions
from nshot.generation.decode.stops import cut, stream_until
from nshot.generation.decoding import Decoding
from nshot.generation.engines.http_requests import CancellableRequests
from nshot.generation.engines.http_retry import RETRIED, Retry
from nshot.generation.engines.openai_answers import ServerChoice, read_choices, read_events
from nshot.prompting import PLAIN
from nshot.types import Completion, Message, Prompt

if TYPE_CHECKING:
    import httpx

    from nshot.models import Api

KEYS = ("NSHOT_API_KEY", "OPENAI_API_KEY")
"""Environment variables for the API key; the first one that is set is sent."""
_STOPS_SENT = 4
_REFUSED = frozenset((400, 413, 422))


class ServerEngine:
    """Sends prompts to a server, several at once; answers come back in the order of the prompts."""

    def __init__(
        self,
        url: str,
        model: str | None = None,
        *,
        api: Api = "chat",
        context_length: int = 8192,
        concurrency: int = 4,
        timeout: float = 120.0,
        retry: Retry | None = None,
    ) -> None:
        """Connects lazily, but requests the list of models if none is named.

        Args:
            url: Base address, with its version part: `http://localhost:8000/v1`.
            model: The model's name at the server; None: the only one it lists.
            api: `chat` sends turns to `/chat/completions`, `completions` text to `/completions`.
            context_length: Tokens of prompt and completion; the server is not queried for it.
            concurrency: Most requests at the same time.
            timeout: Time limit of one request, seconds.
            retry: When and how often to try again.
        """
        import httpx

        if concurrency < 1:
            raise OptionError(f"concurrency must be at least 1, got {concurrency}")
        if not urlsplit(url).hostname:
            raise OptionError(f"{url!r} names no host; expected an address like http://localhost:8000/v1")
        self._key = next((os.environ[name] for name in KEYS if os.environ.get(name)), "")
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        options: dict[str, Any] = {
            "base_url": url.rstrip("/") + "/",
            "headers": headers,
            "timeout": httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            "limits": httpx.Limits(max_connections=concurrency),
        }
        self._client, self._requests = httpx.Client(**options), CancellableRequests(**options)
        weakref.finalize(self, self._client.close)
        self._host = urlsplit(url).hostname
        self._retry, self._chat, self._concurrency = retry or Retry(), api == "chat", concurrency
        self._context_length = context_length
        self._logprobs = True
        self._answered = False
        self._model = model or self._only_model()

    @property
    def name(self) -> str:
        return f"{self._model}@{self._host}"

    @property
    def context_length(self) -> int:
        return self._context_length

    @property
    def settings(self) -> None:
        """None: a server does not report settings."""

    def count_tokens(self, text: str) -> int:
        """An estimate, rather too high: the server's tokenizer is unknown here."""
        return PLAIN.count_tokens(text)

    def chat(self, content: str) -> str | None:
        """The content unchanged: the server applies its own chat template."""
        return content if self._chat else None

    def turns(self, messages: Sequence[Message]) -> str | None:
        """The turns as text, for hashing and counting only; the server gets the turns themselves."""
        return "\n\n".join(f"{role}: {content}" for role, content in messages) if self._chat else None

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        """`decoding.n` candidates for each prompt, by summed log-probability if the server reports it.

        A prompt that the server refuses (400, 413, 422) gets completions with finish `error`, and the
        other prompts continue; if the server has refused every prompt so far, the call fails. The request
        of a cancelled prompt is closed.

        Raises:
            EngineError: No answer after all tries, or an error that concerns all prompts (key, model).
            OptionError: The decoding needs beam search or constraints, which this interface does not have.
        """
        decoding.refuse_local_only("a server")
        flags = cancellations if cancellations is not None else [None] * len(prompts)
        # Each request gets a flag, so that all are closed when one fails or the wait is interrupted.
        own = [flag or Cancellation() for flag in flags]
        with ThreadPoolExecutor(self._concurrency) as pool:
            jobs = zip(prompts, own, strict=True)
            waiting = [pool.submit(self._candidates, prompt, decoding, flag) for prompt, flag in jobs]
            try:
                found = [future.result() for future in waiting]
            except BaseException:
                for flag in own:
                    flag.cancel()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        asked = [candidates for candidates, flag in zip(found, own, strict=True) if not flag.cancelled]
        refused = [candidates[0].error for candidates in asked if candidates[0].finish == "error"]
        if refused and len(refused) == len(asked) and not self._answered:
            raise EngineError(f"the server refuses every prompt: {refused[0]}")
        return found

    def stream(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation | None = None
    ) -> Iterator[str]:
        """Yields one completion in pieces. Only the connection is retried, never a stream that has begun.

        Raises:
            AnswerCancelledError: The flag is set; it is looked at with each event of the server.
            EngineError: As in `generate`, or the stream breaks off.
        """
        import httpx

        decoding.refuse_local_only("a server")
        if decoding.n > 1:
            raise OptionError("only one candidate, greedy or sampled, can be streamed")
        body = self._body(prompt, decoding, 1, 0) | {"stream": True}
        body.pop("logprobs", None)
        response = self._retry.send(
            lambda: self._client.send(self._client.build_request("POST", self._path, json=body), stream=True)
        )
        try:
            if response.status_code != 200:
                response.read()
                raise self._failure(response)
            for piece in stream_until(read_events(response.iter_lines()), _stop(prompt, decoding)):
                if cancellation is not None:
                    cancellation.check()
                yield piece
        except httpx.TransportError as error:
            raise EngineError(f"the stream from {self._host} broke off: {self._safe(str(error))}") from error
        finally:
            response.close()

    @property
    def _path(self) -> str:
        return "chat/completions" if self._chat else "completions"

    def _candidates(self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation) -> list[Completion]:
        try:
            return self._request_candidates(prompt, decoding, cancellation)
        except AnswerCancelledError:
            return cancelled_completions(decoding.n)

    def _request_candidates(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation
    ) -> list[Completion]:
        choices: list[ServerChoice] = []
        while len(choices) < decoding.n:
            missing = decoding.n - len(choices)
            response = self._post(self._body(prompt, decoding, missing, len(choices)), cancellation)
            if response.status_code in _REFUSED:
                error = str(self._failure(response))
                return [Completion("", 0, "error", None, error)] * decoding.n
            if response.status_code != 200:
                raise self._failure(response)
            choices += self._choices(response)[:missing]
        self._answered = True
        stop = _stop(prompt, decoding)
        completions = [
            Completion(cut(choice.text, stop)[0], choice.tokens, choice.finish, choice.logprob)
            for choice in choices
        ]
        if all(completion.logprob is not None for completion in completions):
            completions.sort(key=lambda completion: -(completion.logprob or 0.0))
        return completions

    def _post(self, body: dict[str, Any], cancellation: Cancellation) -> httpx.Response:
        """The response; requested again without log-probabilities if the server refuses them."""

        def request() -> httpx.Response:
            if not self._logprobs:
                body.pop("logprobs", None)
            return self._requests.post(self._path, body, cancellation)

        response = self._retry.send(request, cancellation)
        if response.status_code in _REFUSED and "logprobs" in body and "logprob" in response.text:
            self._logprobs = False
            response = self._retry.send(request, cancellation)
        return response

    def _choices(self, response: httpx.Response) -> list[ServerChoice]:
        try:
            choices = read_choices(response.json())
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise EngineError(
                f"expected a completion from {self._host}, got {self._safe(response.text[:200])!r}; "
                "check the address and the interface (chat or completions)"
            ) from error
        if not choices:
            raise EngineError(f"expected a completion from {self._host}, got an answer without choices")
        return choices

    def _body(self, prompt: Prompt, decoding: Decoding, n: int, done: int) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self._model, "max_tokens": decoding.max_new_tokens}
        body |= (
            {"temperature": 0.0}
            if decoding.method == "greedy"
            else {
                "temperature": decoding.temperature,
                "top_p": decoding.top_p,
                "seed": decoding.seed + done,
                "n": n,
            }
        )
        if stop := _stop(prompt, decoding)[:_STOPS_SENT]:
            body["stop"] = list(stop)
        if decoding.n > 1 and self._logprobs:
            body["logprobs"] = True if self._chat else 1
        if self._chat:
            turns = prompt.messages or (Message("user", prompt.text),)
            body["messages"] = [turn._asdict() for turn in turns]
        else:
            body["prompt"] = prompt.text
        return body

    def _only_model(self) -> str:
        response = self._retry.send(lambda: self._client.get("models"))
        if response.status_code != 200:
            raise self._failure(response)
        try:
            names = [str(entry["id"]) for entry in response.json()["data"]]
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError(f"{self._host} lists no models; name one (`server_model`)") from error
        if len(names) != 1:
            shown = ", ".join(names[:20]) or "none"
            raise EngineError(f"{self._host} serves {len(names)} models ({shown}); name one (`server_model`)")
        return names[0]

    def _failure(self, response: httpx.Response) -> EngineError:
        status = response.status_code
        cures: Mapping[int, str] = {
            401: f"; set {KEYS[0]} or {KEYS[1]}",
            403: f"; check the key in {KEYS[0]} or {KEYS[1]}",
            404: "; check the address (it ends in /v1 on most servers) and the model's name",
        }
        tried = f" after {self._retry.retries + 1} tries" if status in RETRIED else ""
        detail = self._safe(response.text.strip()[:300])
        return EngineError(f"{self._host} answered {status}{tried}: {detail}{cures.get(status, '')}")

    def _safe(self, text: str) -> str:
        """The text without the API key, in case a server or a library repeats it."""
        return text.replace(self._key, "[key]") if self._key else text


def _stop(prompt: Prompt, decoding: Decoding) -> tuple[str, ...]:
    return (*prompt.stop, *decoding.stop)
