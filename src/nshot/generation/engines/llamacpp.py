"""The engine over llama.cpp, for GGUF files; optional (`pip install 'nshot[llamacpp]'`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nshot.errors import AnswerCancelledError, BudgetError, EngineError, MissingExtraError, OptionError
from nshot.generation.cancellation import Cancellation, Cancellations, make_cancelled
from nshot.generation.decode.stops import cut
from nshot.generation.decoding import Decoding
from nshot.generation.model_settings import ModelSettings
from nshot.types import Completion, Message, Prompt

if TYPE_CHECKING:
    from nshot.models import ChatMode


class LlamaCppEngine:
    """Runs prompts one by one, sorted by their tokens, as llama.cpp reuses a prefix of the last
    prompt.

    Sampled candidates of a prompt take the seeds `seed`, `seed + 1`, ... and keep that order, as
    log-probabilities are not requested.
    """

    def __init__(
        self,
        file: Path,
        *,
        chat: ChatMode = ModelSettings.chat,
        context_length: int = 0,
        settings: ModelSettings | None = None,
    ) -> None:
        """Loads the file.

        Args:
            file: A `.gguf` file.
            chat: Whether prompts get the chat template in the file; `auto`: if there is one.
            context_length: Tokens; 0: the number in the file.
            settings: The settings that the model was tuned with.
        """
        try:
            import llama_cpp
        except ImportError as error:
            raise MissingExtraError("llama-cpp-python", "llamacpp") from error
        try:
            self._llama: Any = llama_cpp.Llama(model_path=str(file), n_ctx=context_length, verbose=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise EngineError(
                f"llama.cpp cannot load {file}: {error}; check that the file is whole"
            ) from error
        template = self._llama.metadata.get("tokenizer.chat_template")
        if chat == "on" and not template:
            raise OptionError(f"{file.name} has no chat template; choose chat mode off")
        self._template = template if chat != "off" else None
        self._name, self._settings = f"{file.stem}+llama.cpp", settings

    @property
    def name(self) -> str:
        return self._name

    @property
    def context_length(self) -> int:
        return int(self._llama.n_ctx())

    @property
    def settings(self) -> ModelSettings | None:
        return self._settings

    def count_tokens(self, text: str) -> int:
        return len(self._encode(text))

    def chat(self, content: str) -> str | None:
        return self.turns((Message("user", content),))

    def turns(self, messages: Sequence[Message]) -> str | None:
        if not self._template:
            return None
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        template = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(
            self._template
        )
        return template.render(
            messages=[message._asdict() for message in messages],
            add_generation_prompt=True,
            bos_token=self._special(self._llama.token_bos()),
            eos_token=self._special(self._llama.token_eos()),
        )

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        """`decoding.n` candidates for each prompt.

        Raises:
            BudgetError: A prompt and `max_new_tokens` together are longer than the context.
            OptionError: The decoding needs beam search or constraints, which this engine does not
                have.
        """
        decoding.refuse_local_only("llama.cpp")
        ids = [self._encode_prompt(prompt, decoding) for prompt in prompts]
        results: list[list[Completion]] = [[] for _ in prompts]
        for at in sorted(range(len(prompts)), key=lambda at: (ids[at], at)):
            flag = cancellations[at] if cancellations is not None else None
            try:
                results[at] = [
                    self._complete(prompts[at], ids[at], decoding, number, flag)
                    for number in range(decoding.n)
                ]
            except AnswerCancelledError:
                results[at] = make_cancelled(decoding.n)
        return results

    def stream(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation | None = None
    ) -> Iterator[str]:
        decoding.refuse_local_only("llama.cpp")
        if decoding.n > 1:
            raise OptionError(
                "a stream has one candidate, greedy or sampled; set `candidates` 1, "
                "and another `method` than beam"
            )
        ids = self._encode_prompt(prompt, decoding)
        for event in self._llama.create_completion(ids, stream=True, **_options(prompt, decoding, 0)):
            if cancellation is not None:
                cancellation.check()
            yield event["choices"][0]["text"]

    def _complete(
        self,
        prompt: Prompt,
        ids: list[int],
        decoding: Decoding,
        number: int,
        cancellation: Cancellation | None,
    ) -> Completion:
        options = _options(prompt, decoding, number)
        if cancellation is not None:
            cancellation.check()
            options["stopping_criteria"] = [lambda *_: cancellation.cancelled]
        answer = self._llama.create_completion(ids, **options)
        if cancellation is not None:
            cancellation.check()
        choice = answer["choices"][0]
        finish: Literal["stop", "length"] = "length" if choice["finish_reason"] == "length" else "stop"
        text = cut(choice["text"], (*prompt.stop, *decoding.stop))[0]
        return Completion(text, int(answer["usage"]["completion_tokens"]), finish)

    def _encode(self, text: str) -> list[int]:
        return list(self._llama.tokenize(text.encode(), add_bos=not self._template, special=True))

    def _encode_prompt(self, prompt: Prompt, decoding: Decoding) -> list[int]:
        ids = self._encode(prompt.text)
        if len(ids) + decoding.max_new_tokens > self.context_length:
            raise BudgetError(len(ids), self.context_length - decoding.max_new_tokens)
        return ids

    def _special(self, token: int) -> str:
        return str(self._llama.detokenize([token], special=True).decode("utf-8", "replace"))


def _options(prompt: Prompt, decoding: Decoding, number: int) -> dict[str, Any]:
    greedy = decoding.method == "greedy"
    return {
        "max_tokens": decoding.max_new_tokens,
        "temperature": 0.0 if greedy else decoding.temperature,
        "top_p": 1.0 if greedy else decoding.top_p,
        "top_k": 0,
        "min_p": 0.0,
        "repeat_penalty": 1.0,
        "seed": decoding.seed + number,
        "stop": [*prompt.stop, *decoding.stop],
    }
