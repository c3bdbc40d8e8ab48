"""The engine over any server with OpenAI's interface (vLLM, llama.cpp, Ollama, a provider ...)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from nshot.errors import AnswerCancelledError, EngineError, OptionError
from nshot.generation.cancellation import Cancellation, Cancellations, make_cancelled
from nshot.generation.decode.stops import cut, cut_tokens, stream_until
from nshot.generation.decoding import Decoding
from nshot.generation.engines.config import EngineConfig
from nshot.generation.engines.server.address import ServerAddress, read_key
from nshot.generation.engines.server.http_body import MAX_BYTES, decode, read_json, whole_characters
from nshot.generation.engines.server.http_client import HttpClient, ServerReply
from nshot.generation.engines.server.http_retry import RETRIED, Retry
from nshot.generation.engines.server.openai_answers import ServerChoice, read_choices, read_events, read_lines
from nshot.generation.engines.server.parameters import OPTIONAL, ServerParameters
from nshot.models import SERVER_CONTEXT
from nshot.prompting import PLAIN
from nshot.redaction import KEY_VARIABLES
from nshot.types import Completion, Message, Prompt

if TYPE_CHECKING:
    from nshot.models import Api

_STOPS_SENT = 4
_REFUSED = frozenset((400, 413, 422))
_MAY_NAME = frozenset((400, 404, 422))
"""HTTP statuses with which a server may refuse a single parameter."""


class ServerEngine:
    """Sends prompts to a server, several at once; answers come back in the order of the prompts."""

    def __init__(
        self,
        url: str,
        model: str | None = None,
        *,
        api: Api = EngineConfig.api,
        context_length: int = SERVER_CONTEXT,
        concurrency: int = EngineConfig.concurrency,
        timeout: float = EngineConfig.timeout,
        extra: Mapping[str, Any] | None = None,
        max_bytes: int = MAX_BYTES,
        retry: Retry | None = None,
    ) -> None:
        """Connects lazily, but requests the list of models if none is named.

        Args:
            url: Base address, with its version part: `http://localhost:8000/v1`.
            model: The model's name at the server; None: the only one it lists.
            api: `chat` sends turns to `/chat/completions`, `completions` text to `/completions`.
            context_length: Tokens of prompt and completion; the server is not queried for it.
            concurrency: Most requests at the same time.
            timeout: Time limit of one request with all its tries and waits, seconds.
            extra: Further parameters for every request; None leaves one out.
            max_bytes: Limit of an answer, decompressed.
            retry: When and how often to try again.

        Raises:
            OptionError: The address or the key cannot be used, or an argument is out of range.
            EngineError: The server does not list its models.
        """
        if concurrency < 1:
            raise OptionError(f"`concurrency` must be at least 1, got {concurrency}", option="concurrency")
        address = ServerAddress.parse(url)
        self._retry = retry or Retry()
        self._client = HttpClient(
            address,
            read_key(),
            connections=concurrency,
            timeout=timeout,
            retry=self._retry,
            limit=max_bytes,
        )
        self._host = address.host
        self._chat, self._concurrency = api == "chat", concurrency
        self._context_length = context_length
        self._parameters = ServerParameters(address.host, extra)
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
        """The turns as text, for hashing and counting only; the server gets the turns
        themselves."""
        return "\n\n".join(f"{role}: {content}" for role, content in messages) if self._chat else None

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        """`decoding.n` candidates for each prompt, by summed log-probability if the server reports
        it.

        A prompt that the server refuses (400, 413, 422) gets completions with finish `error`, and
        the other prompts continue; if the server has refused every prompt so far, the call fails.
        The request of a cancelled prompt is closed.

        Raises:
            EngineError: No answer after all tries, or an error that concerns all prompts (key,
                model).
            OptionError: The decoding needs beam search or constraints, which this interface does
                not have.
        """
        decoding.refuse_local_only("a server")
        flags = cancellations if cancellations is not None else [None] * len(prompts)
        # Each request gets a flag, so that all are closed when one fails or the wait is interrupted.
        own = [flag or Cancellation() for flag in flags]
        with self._client.waiting(), ThreadPoolExecutor(self._concurrency) as pool:
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
        """Yields one completion in pieces. Only the connection is retried, never a stream that has
        begun.

        A server that does not stream gives the whole completion as one piece.

        Raises:
            AnswerCancelledError: The flag is set; the connection is closed.
            EngineError: As in `generate`, or the stream breaks off.
        """
        decoding.refuse_local_only("a server")
        if decoding.n > 1:
            raise OptionError(
                "a stream has one candidate, greedy or sampled; set `candidates` 1, "
                "and another `method` than beam"
            )
        asked = self._body(prompt, decoding, 1, 0) | {"stream": True}
        asked.pop("logprobs", None)
        for _ in range(len(OPTIONAL) + 1):
            body = self._parameters.apply(asked)
            with (
                self._client.waiting(),
                self._client.stream(self._path, body, cancellation) as (status, data),
            ):
                if status == 200:
                    for piece in stream_until(read_events(read_lines(data)), _stop(prompt, decoding)):
                        if cancellation is not None:
                            cancellation.check()
                        yield piece
                    return
                refusal = ServerReply(status, {}, decode(b"".join(data)))
            if status not in _MAY_NAME or not self._parameters.learn(body, refusal.text):
                break
        raise self._failure(refusal)

    @property
    def _path(self) -> str:
        return "chat/completions" if self._chat else "completions"

    def _candidates(self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation) -> list[Completion]:
        try:
            return self._request_candidates(prompt, decoding, cancellation)
        except AnswerCancelledError:
            return make_cancelled(decoding.n)

    def _request_candidates(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation
    ) -> list[Completion]:
        choices: list[ServerChoice] = []
        while len(choices) < decoding.n:
            missing = decoding.n - len(choices)
            reply = self._post(self._body(prompt, decoding, missing, len(choices)), cancellation)
            if reply.status in _REFUSED:
                error = str(self._failure(reply))
                return [Completion("", 0, "error", None, error)] * decoding.n
            if reply.status != 200:
                raise self._failure(reply)
            choices += self._choices(reply)[:missing]
        self._answered = True
        stop = _stop(prompt, decoding)
        completions = [_completion(choice, stop, decoding) for choice in choices]
        if all(completion.logprob is not None for completion in completions):
            completions.sort(key=lambda completion: -(completion.logprob or 0.0))
        return completions

    def _post(self, asked: Mapping[str, Any], cancellation: Cancellation) -> ServerReply:
        """The answer; requested again without the parameters that the server refuses by name."""
        for _ in range(len(OPTIONAL) + 1):
            body = self._parameters.apply(asked)
            reply = self._client.post(self._path, body, cancellation)
            if reply.status not in _MAY_NAME or not self._parameters.learn(body, reply.text):
                break
        return reply

    def _choices(self, reply: ServerReply) -> list[ServerChoice]:
        try:
            choices = read_choices(reply.text)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise EngineError(
                f"expected a completion from {self._host}, got {reply.text[:200]!r}; "
                "check the address and the interface (chat or completions)"
            ) from error
        if not choices:
            raise EngineError(
                f"expected a completion from {self._host}, got an answer without choices; check the address"
            )
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
        if decoding.n > 1 or decoding.token_logprobs:
            body["logprobs"] = True if self._chat else 1
        if self._chat:
            turns = prompt.messages or (Message("user", prompt.text),)
            body["messages"] = [
                {"role": turn.role, "content": whole_characters(turn.content)} for turn in turns
            ]
        else:
            body["prompt"] = whole_characters(prompt.text)
        return body

    def _only_model(self) -> str:
        reply = self._client.get("models")
        if reply.status != 200:
            raise self._failure(reply)
        try:
            names = [str(entry["id"]) for entry in read_json(reply.text)["data"]]
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError(f"{self._host} lists no models; name one (`server_model`)") from error
        if len(names) != 1:
            shown = ", ".join(names[:20])[:1000] or "none"
            raise EngineError(f"{self._host} serves {len(names)} models ({shown}); name one (`server_model`)")
        return names[0]

    def _failure(self, reply: ServerReply) -> EngineError:
        cures: Mapping[int, str] = {
            401: f"; set {KEY_VARIABLES[0]} or {KEY_VARIABLES[1]}",
            403: f"; check the key in {KEY_VARIABLES[0]} or {KEY_VARIABLES[1]}",
            404: "; check the address (it ends in /v1 on most servers) and the model's name",
        }
        tried = f" after {self._retry.retries + 1} tries" if reply.status in RETRIED else ""
        cure = cures.get(reply.status, "")
        if place := reply.headers.get("location"):
            cure = f"; it leads to {place[:200]!r}, and a key is not sent on; give the right address"
        text = " ".join(reply.text[:1000].split())[:300] or "(nothing)"
        return EngineError(f"{self._host} answered {reply.status}{tried}: {text}{cure}")


def _completion(choice: ServerChoice, stop: Sequence[str], decoding: Decoding) -> Completion:
    text = cut(choice.text, stop)[0]
    each = cut_tokens(choice.token_logprobs, text) if decoding.token_logprobs else ()
    return Completion(text, choice.tokens, choice.finish, choice.logprob, token_logprobs=each)


def _stop(prompt: Prompt, decoding: Decoding) -> tuple[str, ...]:
    return (*prompt.stop, *decoding.stop)
