"""Training of one adapter by several processes, as `accelerate launch` starts them; usually there
is one.

Each process computes its share of a step's packs; gradients are summed, so the step is the same as
that of a single process. Only the main process writes files and messages.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from nshot.errors import OptionError
from nshot.training.tuning.packing.packs import LabelledPack


class Share(NamedTuple):
    """A pack of one process."""

    number: int
    """Number of the pack in its step."""
    batch: LabelledPack
    counts: bool
    """False for a pack that only fills up the list, so that every process has equally many."""


class Distributed:
    """This process among several; with one process every method returns its argument.

    As a context it leaves the group of processes at the end, however that comes. A group that
    outlives the program has threads of its own, and their end at a moment of their own can abort a
    process whose work is done.
    """

    def __init__(self, rank: int = 0, size: int = 1, device: str | None = None) -> None:
        """
        Args:
            rank: Number of this process, from 0.
            size: Number of processes.
            device: Device of this process; None: the recipe's.
        """
        self.rank, self.size, self.device = rank, size, device
        self.sharded = size > 1 and os.environ.get("ACCELERATE_USE_FSDP", "").lower() == "true"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Leaves the group; after an error without waiting for the others, which may wait for this
        one.
        """
        if self.size == 1:
            return
        import gc

        import torch.distributed as dist
        from accelerate import PartialState

        try:
            # A barrier after an error would wait for ever for the process that failed.
            gc.collect()  # sharded weights hold the group
            if kind is None and dist.is_initialized():
                dist.barrier()
        finally:
            if dist.is_initialized():
                dist.destroy_process_group()
            PartialState._reset_state()

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and messages."""
        return self.rank == 0

    def shard(self, batches: Sequence[LabelledPack]) -> list[Share]:
        """This process's packs, balanced by tokens; every process has equally many entries."""
        if self.size == 1:
            return [Share(number, batch, True) for number, batch in enumerate(batches)]
        loads = [0] * self.size
        dealt: list[list[Share]] = [[] for _ in loads]
        # Greedy balancing: the largest pack first, each to the process with the least to do so far. Computed
        # by every process for itself from the same list, so nothing is sent.
        by_size = sorted(enumerate(batches), key=lambda pair: -pair[1].pack.tokens)
        for number, batch in by_size:
            to = min(range(self.size), key=lambda rank: (loads[rank], rank))
            loads[to] += batch.pack.tokens
            dealt[to].append(Share(number, batch, True))
        # The smallest pack fills up: it costs least, and its gradient is not counted.
        number, batch = by_size[-1]
        own = dealt[self.rank]
        return own + [Share(number, batch, False)] * (max(map(len, dealt)) - len(own))

    def sum_up(self, tensors: Sequence[Any]) -> None:
        """Adds each tensor over all processes, in place."""
        if self.size > 1:
            import torch.distributed as dist

            for tensor in tensors:
                dist.all_reduce(tensor)

    def total(self, number: float) -> float:
        """The sum of all processes' numbers."""
        return float(sum(self.gather(number)))

    def broadcast(self, value: Any) -> Any:
        """The value of the main process."""
        return self.gather(value)[0]

    def any(self, flag: bool) -> bool:
        """Whether the flag is true in any process."""
        return any(self.gather(flag))

    def gather(self, value: Any) -> list[Any]:
        """The values of all processes, in their order."""
        if self.size == 1:
            return [value]
        import torch.distributed as dist

        found: list[Any] = [None] * self.size
        dist.all_gather_object(found, value)
        return found

    def shard_model(self, model: Any) -> None:
        """Shards the frozen weights of the layers over the processes, if accelerate is configured
        for FSDP.

        The adapter, embedding and head stay whole in each process.

        Raises:
            OptionError: FSDP is configured with version 1.
        """
        if not self.sharded:
            return
        from accelerate import FullyShardedDataParallelPlugin
        from torch.distributed.fsdp import CPUOffloadPolicy, OffloadPolicy, fully_shard

        plugin = FullyShardedDataParallelPlugin()
        if plugin.fsdp_version != 2:
            raise OptionError(
                f"the adapter needs FSDP version 2, got {plugin.fsdp_version}; set fsdp_version: 2 in the "
                "configuration of accelerate"
            )
        offload = CPUOffloadPolicy() if isinstance(plugin.cpu_offload, CPUOffloadPolicy) else OffloadPolicy()
        # Only frozen weights are sharded: the adapter is small, and its gradients are summed by `sum_up`.
        trained = {one for one in model.parameters() if one.requires_grad}
        for layer in model.get_base_model().model.layers:
            fully_shard(
                layer,
                reshard_after_forward=bool(plugin.reshard_after_forward),
                offload_policy=offload,
                ignored_params=trained,
            )


def join() -> Distributed:
    """The processes that this one was started with; to be used as a context."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Distributed()
    import torch
    from accelerate import PartialState

    here = PartialState(cpu=not torch.cuda.is_available())
    device = f"cuda:{here.local_process_index}" if torch.cuda.is_available() else "cpu"
    return Distributed(here.process_index, here.num_processes, device)
