"""Encoding texts by OpenVINO: in float32, or with weights of 8 bits.

Batches of texts of like length are divided among lanes, one for each thread: a thread that works
alone never waits for another. A question and its masked form take as long as one of them. The
vectors are those of sentence-transformers, up to the rounding of float32 (docs/scale.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from nshot.arrays import Float32Array
from nshot.index.bert.folder import open_bert
from nshot.index.bert.graph import build_graph

BATCH = 16
"""Texts of one call; 64 take a tenth longer for each."""
STEP = 8
"""Tokens: the length of a few texts is a multiple of it."""
GROUP = 384
"""Numbers of a row that are rounded to 8 bits with one factor."""
HIDDEN = np.float32(-1e9)
"""Added to the score of a token that is padding."""
MOST_KERNELS = 64
"""Kernels that are kept, one for each shape of a batch."""


class BertEncoder:
    """Unit vectors of texts by a BERT encoder."""

    def __init__(self, graph: Any, tokenizer: Any, pad: int, *, rounded: bool) -> None:
        """
        Args:
            graph: By `build_graph`.
            tokenizer: It truncates and does not pad.
            pad: The token of padding.
            rounded: As for `build_graph`.
        """
        import torch
        from openvino import AsyncInferQueue, Core

        lanes = torch.get_num_threads()
        how = {
            "NUM_STREAMS": lanes,
            "INFERENCE_NUM_THREADS": lanes,
            "INFERENCE_PRECISION_HINT": "f32",
            "ENABLE_CPU_PINNING": False,
            "CPU_RUNTIME_CACHE_CAPACITY": MOST_KERNELS,
            **({"DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUP} if rounded else {}),
        }
        self._queue: Any = AsyncInferQueue(Core().compile_model(graph, "CPU", how), lanes)
        self._tokenizer, self._pad, self._lanes = tokenizer, pad, lanes
        self._one_at_a_time = Lock()  # the queue has one callback, and encoders are shared by threads
        self.dim = int(graph.output(0).partial_shape[1].get_length())

    def encode(self, texts: Sequence[str]) -> Float32Array:
        """(len(texts), dim) float32, each row of length 1."""
        clean = [text.strip() for text in texts]
        # One by one a few are read faster: the library wakes its threads for a batch.
        found = (
            map(self._tokenizer.encode, clean) if len(texts) <= BATCH else self._tokenizer.encode_batch(clean)
        )
        ids = [one.ids for one in found]
        if not ids:
            return np.empty((0, self.dim), dtype=np.float32)
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        failed: list[BaseException] = []

        def keep(request: Any, places: list[int]) -> None:
            try:
                vectors[places] = request.get_output_tensor(0).data
            except BaseException as error:  # noqa: BLE001 a lane must not die unseen
                failed.append(error)

        with self._one_at_a_time:
            self._queue.set_callback(keep)
            for places, inputs in self._batches(ids, order):
                self._queue.start_async(inputs, places)
            self._queue.wait_all()
        if failed:
            raise failed[0]
        return vectors

    def _batches(
        self, ids: Sequence[Sequence[int]], order: Sequence[int]
    ) -> Iterator[tuple[list[int], dict[str, Any]]]:
        size = min(BATCH, -(-len(order) // self._lanes))  # a few texts are divided among the lanes
        for start in range(0, len(order), size):
            places = list(order[start : start + size])
            # Where a person waits, lengths are few: another length than before costs as much as the texts.
            step = STEP if len(order) <= BATCH else 1
            rows, longest = len(places), -(-len(ids[places[-1]]) // step) * step
            inputs: dict[str, Any] = {
                "ids": np.full((rows, longest), self._pad, dtype=np.int64),
                "mask": np.full((rows, 1, 1, longest), HIDDEN),
                "share": np.zeros((rows, 1, longest), dtype=np.float32),
            }
            for row, place in enumerate(places):
                one = ids[place]
                inputs["ids"][row, : len(one)] = one
                inputs["mask"][row, ..., : len(one)] = 0
                inputs["share"][row, :, : len(one)] = 1 / len(one)
            yield places, inputs


def load_bert(folder: Path, adapter: Path | None = None, *, rounded: bool) -> BertEncoder | None:
    """The encoder of a folder; None if it is of another kind than `open_bert` says.

    Args:
        folder: As sentence-transformers writes it.
        adapter: A LoRA adapter over it, as peft writes it.
        rounded: Whether weights are of 8 bits.
    """
    try:
        with open_bert(folder, adapter) as found:
            if found is None:
                return None
            graph = build_graph(found, rounded=rounded)
        pad = int(found.config.get("pad_token_id") or 0)
        return BertEncoder(graph, found.tokenizer, pad, rounded=rounded)
    except Exception:  # noqa: BLE001 whatever is wrong with the files, sentence-transformers says it in its words
        return None
