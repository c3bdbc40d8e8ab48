"""The engine over a transformers model in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial, reduce
from operator import add
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from nshot.errors import BudgetError, OptionError
from nshot.generation.cancellation import (
    Cancellation,
    Cancellations,
    find_cancelled,
    make_cancelled,
)
from nshot.generation.constrain import ConstraintState, Pieces, constrain_pick, recogniser
from nshot.generation.decode.batching import CACHE_BYTES, MAX_ROWS, Batch, Capacity, join, plan
from nshot.generation.decode.beam import Hypothesis, beam
from nshot.generation.decode.kv_cache import ROOM
from nshot.generation.decode.lanes import LEAST, ROWS, divide, follow, run_in_lanes
from nshot.generation.decode.prefill import (
    Abilities,
    Prefilled,
    abilities,
    join_batches,
    prefill,
    token_bytes,
)
from nshot.generation.decode.prefix_cache import PrefixCache, use_known
from nshot.generation.decode.sampling import decode_tokens, greedy, sampler
from nshot.generation.decode.stops import cut, cut_tokens, stream_until
from nshot.generation.decoding import Decoding
from nshot.generation.memory import trim
from nshot.generation.model_settings import ModelSettings
from nshot.models import TokenizerFormat
from nshot.types import Completion, Message, Prompt, TokenLogprob

if TYPE_CHECKING:
    from nshot.models import ChatMode

DEFAULT_CONTEXT = 2048
Done = Callable[[int, list[Completion]], object]
"""Gets the place of a prompt and its candidates."""


class TransformersEngine:
    """Batches prompts over a causal language model; a prefix that a batch shares is computed once.

    Tokens are chosen from the model's own distribution: penalties and other logits processors of a
    model's generation config are not applied.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        name: str,
        chat: ChatMode = ModelSettings.chat,
        context_length: int | None = None,
        max_rows: int = MAX_ROWS,
        cache_bytes: int = CACHE_BYTES,
        share_prefix: bool = True,
        prefix_bytes: int = 0,
        settings: ModelSettings | None = None,
    ) -> None:
        """Takes a loaded model and its tokenizer.

        Args:
            model: A transformers causal language model, or a peft model around one.
            tokenizer: Its tokenizer.
            name: Name for people and files.
            chat: Whether prompts get the chat template; `auto`: if the tokenizer has one.
            context_length: Tokens; by default the number in the model's configuration.
            max_rows: Most rows that are decoded together.
            cache_bytes: Memory for the KV cache of their prompts and first new tokens, bytes.
            share_prefix: False computes every prompt in full (for comparison).
            prefix_bytes: Memory for the KV cache of prompts' beginnings that later calls may share,
                bytes; 0 for a model whose weights change.
            settings: The settings that the model was tuned with.
        """
        self._model = model.eval()
        self._tokenizer = tokenizer
        self._name, self._settings = name, settings
        self._format = TokenizerFormat(tokenizer, name=name, chat=chat)
        longest = getattr(model.config, "max_position_embeddings", None)
        self._context_length = int(context_length or longest or DEFAULT_CONTEXT)
        self._max_rows, self._cache_bytes = max_rows, cache_bytes
        self._share_prefix = share_prefix
        self._prefix_bytes = prefix_bytes
        self._ends = _end_tokens(model, tokenizer)

    @property
    def name(self) -> str:
        return self._name

    @property
    def context_length(self) -> int:
        return self._context_length

    @property
    def settings(self) -> ModelSettings | None:
        return self._settings

    def count_tokens(self, text: str) -> int:
        return self._format.count_tokens(text)

    def chat(self, content: str) -> str | None:
        return self._format.chat(content)

    def turns(self, messages: Sequence[Message]) -> str | None:
        return self._format.turns(messages)

    def warm_up(self) -> None:
        """Loads what only batches of several prompts need."""
        getattr(self._model, "lanes", ())

    def release(self) -> None:
        """Gives back the memory of the last batch; what is kept of prompts stays."""
        if hasattr(self._model, "release"):
            self._model.release()
        trim()

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        """`decoding.n` candidates for each prompt, by summed log-probability (ties: the earlier
        drawn).

        Raises:
            BudgetError, OptionError: As in `generate_each`.
        """
        # Every prompt has a result from the start; only prompts that were cancelled keep this one.
        results = [make_cancelled(decoding.n) for _ in prompts]
        self.generate_each(prompts, decoding, cancellations, results.__setitem__)
        return results

    def generate_each(
        self,
        prompts: Sequence[Prompt],
        decoding: Decoding,
        cancellations: Cancellations | None,
        on_done: Done,
    ) -> None:
        """The candidates of `generate`, each prompt's as soon as they are settled.

        A beam settles those of one prompt after another; otherwise all of a batch come with its
        end. Cancellations are looked at before each forward pass: a batch's prompts are one pass or
        two.

        Many prompts are divided among models that can be called at the same time, where there are
        such.

        Args:
            prompts: What is sent.
            decoding: How tokens are chosen.
            cancellations: One for each prompt.
            on_done: Gets the place of a prompt and its candidates, unless the prompt was cancelled.
                It may be called in another thread, but never twice at the same time.

        Raises:
            BudgetError: A prompt and `max_new_tokens` together are longer than the context.
            OptionError: The decoding is constrained and a prompt has no schema.
        """
        import torch

        ids = [self._encode(prompt, decoding) for prompt in prompts]
        lanes = self._lanes(len(ids))
        groups = self._group(ids, decoding, len(lanes))
        constraints = [self._constraint(prompt, decoding) for prompt in prompts]
        run = self._beam if decoding.method == "beam" else self._sample
        one_at_a_time = Lock()

        def decode(model: Any, group: Sequence[Batch], cancellations: Cancellations | None) -> None:
            wanted = _drop_cancelled(group, cancellations)
            rows = [row for batch in wanted for row in batch.rows]
            if not rows:
                return
            flags = cancellations and [cancellations[row] for row in rows]

            def done(at: int, completions: list[Completion]) -> None:
                if not find_cancelled(flags, at):
                    # A stable sort: of equal log-probabilities the candidate drawn first stays first.
                    completions.sort(key=lambda completion: -(completion.logprob or 0.0))
                    with one_at_a_time:
                        on_done(rows[at], completions[: decoding.n])

            with torch.inference_mode():
                state = self._prefill(model, ids, wanted)
                asked = [prompts[row] for row in rows]
                run(asked, state, decoding, [constraints[row] for row in rows], flags, done)

        if not lanes or len(groups) == 1:
            for group in groups:
                decode(self._model, group, cancellations)
            return
        with follow(cancellations, len(ids)) as flags:

            def stop() -> None:
                for flag in flags:
                    flag.cancel()

            run_in_lanes(lanes, groups, lambda model, some: decode(model, some, flags), stop)

    def _lanes(self, prompts: int) -> Sequence[Any]:
        """The models for this many prompts that can be called at the same time; none: there is one
        model, or too few prompts."""
        lanes = getattr(self._model, "lanes", ()) if prompts > LEAST else ()
        return lanes if prompts >= LEAST * len(lanes) else ()

    def _group(self, ids: Sequence[Sequence[int]], decoding: Decoding, lanes: int) -> list[tuple[Batch, ...]]:
        """The prompts that are decoded together."""
        # Memory is reserved for the first ROOM new tokens of a row; the KV cache grows beyond them.
        room = min(decoding.max_new_tokens, ROOM)
        capacity = Capacity(rows=self._max_rows, tokens=self._max_tokens, width=decoding.width, room=room)
        if not lanes:
            return self._plan(range(len(ids)), ids, capacity)
        parts = divide(ids, lanes, ROWS // decoding.width)
        return [group for part in parts for group in self._plan(part, ids, capacity)]

    def _plan(
        self, part: Sequence[int], ids: Sequence[Sequence[int]], capacity: Capacity
    ) -> list[tuple[Batch, ...]]:
        """Groups of batches of some of the prompts."""
        share, apart = self._share_prefix and self._abilities.share, self._abilities.apart
        some = [ids[at] for at in part]
        batches = plan(some, capacity, share=share, apart=apart)
        if self._prefixes is not None:
            batches = use_known(batches, some, self._prefixes)
        batches = [batch._replace(rows=tuple(part[row] for row in batch.rows)) for batch in batches]
        # Batches are prefilled one by one (each has its own prefix) but decoded together where possible,
        # because a decoding step reads all weights, however few rows it has.
        return join(batches, ids, capacity) if apart else [(batch,) for batch in batches]

    def stream(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation | None = None
    ) -> Iterator[str]:
        """Yields the text in pieces; greedy, or sampled with the draws of the first candidate.

        Raises:
            AnswerCancelledError: The flag is set.
            OptionError: The decoding has a beam or several candidates.
            BudgetError: As in `generate`.
        """
        if decoding.method == "beam" or decoding.n > 1:
            raise OptionError(
                "a stream has one candidate, greedy or sampled; set `candidates` 1, "
                "and another `method` than beam"
            )
        import torch

        ids = self._encode(prompt, decoding)
        growing = torch.inference_mode()(self._texts)(prompt, ids, decoding, cancellation)
        return stream_until(growing, _stop(prompt, decoding))

    def _texts(
        self, prompt: Prompt, ids: list[int], decoding: Decoding, cancellation: Cancellation | None
    ) -> Iterator[str]:
        batches = [Batch((0,), 0)]
        if self._prefixes is not None:
            batches = use_known(batches, [ids], self._prefixes)
        state = self._prefill(self._model, [ids], batches)
        pick = sampler(decoding, [f"{prompt.sha256}:0"]) if decoding.method == "sample" else greedy
        if decoding.constrain:
            pick = constrain_pick(pick, [self._constraint(prompt, decoding)])
        new: list[int] = []
        for (step,) in decode_tokens(state, pick, set(), decoding.max_new_tokens):
            if cancellation is not None:
                cancellation.check()
            if step.token in self._ends:
                break
            new.append(step.token)
            # A token may end inside a character, which decodes to U+FFFD until the next token completes it.
            yield self._decode(new).rstrip("\N{REPLACEMENT CHARACTER}")
        yield self._decode(new)

    def _sample(
        self,
        prompts: list[Prompt],
        state: Prefilled,
        decoding: Decoding,
        constraints: Sequence[ConstraintState | None],
        cancellations: Cancellations | None,
        on_done: Done,
    ) -> None:
        n = decoding.n
        if n > 1:
            state.repeat(n)
        # Candidate c of prompt p is row p * n + c. The name of a row selects its random stream, so the
        # draws of a prompt do not depend on the batch.
        names = [f"{prompt.sha256}:{number}" for prompt in prompts for number in range(n)]
        stops = [_stop(prompt, decoding) for prompt in prompts for _ in range(n)]
        pick = sampler(decoding, names) if decoding.method == "sample" else greedy
        if decoding.constrain:
            pick = constrain_pick(pick, [constraint for constraint in constraints for _ in range(n)])
        tokens: list[list[int]] = [[] for _ in names]
        each: list[list[float]] = [[] for _ in names]
        closed: set[int] = set()
        for steps in decode_tokens(state, pick, closed, decoding.max_new_tokens):
            for row, token, logprob in steps:
                tokens[row].append(token)
                each[row].append(logprob)
                if self._has_ended(tokens[row], stops[row]) or find_cancelled(cancellations, row // n):
                    closed.add(row)
        rows = [
            self._completion(tokens[row], each[row], stops[row], row in closed, decoding)
            for row in range(len(names))
        ]
        for prompt in range(len(prompts)):
            on_done(prompt, rows[prompt * n : (prompt + 1) * n])

    def _beam(
        self,
        prompts: list[Prompt],
        state: Prefilled,
        decoding: Decoding,
        constraints: Sequence[ConstraintState | None],
        cancellations: Cancellations | None,
        on_done: Done,
    ) -> None:
        stops = [_stop(prompt, decoding) for prompt in prompts]
        ended: list[Callable[[Sequence[int]], bool]] = [partial(self._has_ended, stop=stop) for stop in stops]

        def done(at: int, lines: list[Hypothesis]) -> None:
            stop = stops[at]
            completions = [
                self._completion(line.tokens, line.logprobs, stop, line.finished, decoding) for line in lines
            ]
            on_done(at, completions)

        beam(
            state,
            decoding.width,
            decoding.max_new_tokens,
            ended,
            constraints,
            decoding.n,
            cancellations,
            decoding.beam_margin,
            done,
        )

    def _prefill(self, model: Any, ids: Sequence[Sequence[int]], batches: Sequence[Batch]) -> Prefilled:
        """The forward pass of these batches' prompts, as one batch for decoding."""

        def read(batch: Batch) -> Prefilled:
            prompts = [ids[row] for row in batch.rows]
            apart, known = self._abilities.apart, self._prefixes
            return prefill(model, prompts, batch.prefix, self._pad, apart=apart, prefixes=known)

        return join_batches([read(batch) for batch in batches])

    @cached_property
    def _prefixes(self) -> PrefixCache | None:
        """Beginnings of earlier prompts; None for a model that cannot share them."""
        shares = self._share_prefix and self._abilities.share
        return PrefixCache(self._prefix_bytes) if self._prefix_bytes and shares else None

    @cached_property
    def _abilities(self) -> Abilities:
        return abilities(self._model)

    def _constraint(self, prompt: Prompt, decoding: Decoding) -> ConstraintState | None:
        """The constraint on the completion; None: there is none."""
        if not decoding.constrain:
            return None
        if prompt.schema is None:
            raise OptionError(
                "constrained decoding needs a prompt with a schema, got one without; leave `constrain` out"
            )
        return ConstraintState(
            recogniser(prompt.schema, decoding.limits).start(), self._pieces, _stop(prompt, decoding)
        )

    @cached_property
    def _max_tokens(self) -> int:
        return self._cache_bytes // token_bytes(self._model)

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(self._tokenizer, self._ends)

    def _decode(self, tokens: Sequence[int]) -> str:
        text = self._tokenizer.decode(
            list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return str(text)

    def _encode(self, prompt: Prompt, decoding: Decoding) -> list[int]:
        ids = self._format.encode(prompt.text)
        if len(ids) + decoding.max_new_tokens > self.context_length:
            raise BudgetError(len(ids), self.context_length - decoding.max_new_tokens)
        # The model needs at least one token to start from; any id will do.
        return ids or [self._pad]

    def _has_ended(self, tokens: Sequence[int], stop: Sequence[str]) -> bool:
        if tokens[-1] in self._ends:
            return True
        # A stop string may span several tokens, so the whole text is decoded, not only the last token.
        return self._may_complete(tokens[-1], stop) and cut(self._decode(tokens), stop)[1]

    def _may_complete(self, token: int, stop: Sequence[str]) -> bool:
        """Whether a stop string may end in this token: most have no byte of its last one."""
        # Without a constraint the bytes of tokens are not known, and not worth finding out.
        piece = self._pieces[token] if stop and "_pieces" in self.__dict__ else None
        return bool(stop) if piece is None else any(mark.encode()[-1:] in piece for mark in stop)

    def _completion(
        self,
        tokens: Sequence[int],
        logprobs: Sequence[float],
        stop: Sequence[str],
        finished: bool,
        decoding: Decoding,
    ) -> Completion:
        body = tokens[:-1] if tokens and tokens[-1] in self._ends else tokens
        finish: Literal["stop", "length"] = "stop" if finished else "length"
        text = cut(self._decode(body), stop)[0]
        each: tuple[TokenLogprob, ...] = ()
        if decoding.token_logprobs:
            known = zip(body, logprobs, strict=False)  # the end token, if there is one, is the last
            each = cut_tokens((TokenLogprob(self._pieces[token] or b"", one) for token, one in known), text)
        # One after the other, as a beam adds them up; `sum` rounds otherwise in some versions of Python.
        total = reduce(add, logprobs, 0.0)
        return Completion(text, len(body), finish, total, token_logprobs=each)

    @property
    def _pad(self) -> int:
        return min(self._ends, default=0)


def _drop_cancelled(batches: Sequence[Batch], cancellations: Cancellations | None) -> list[Batch]:
    """The batches without cancelled prompts, and without batches that have no other."""
    left = [
        batch._replace(rows=tuple(row for row in batch.rows if not find_cancelled(cancellations, row)))
        for batch in batches
    ]
    return [batch for batch in left if batch.rows]


def _stop(prompt: Prompt, decoding: Decoding) -> tuple[str, ...]:
    return (*prompt.stop, *decoding.stop)


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """The end tokens in the generation config and the tokenizer; a model may have several."""
    # Chat models often end a turn with another token than the tokenizer's eos token.
    named = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    several = named if isinstance(named, list | tuple) else [named]
    return frozenset(token for token in (*several, tokenizer.eos_token_id) if token is not None)
