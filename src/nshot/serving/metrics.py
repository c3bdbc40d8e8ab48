"""Figures of a running server for Prometheus. Labels are fixed words: never a question, SQL or a
key.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
BATCHES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The figures of one server."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "nshot_requests",
            "Requests by route, method and status.",
            ("route", "method", "status"),
            registry=registry,
        )
        self.answers = Counter("nshot_answers", "Questions by outcome.", ("outcome",), registry=registry)
        self.refusals = Counter(
            "nshot_refusals", "Requests and SQL that were refused, by reason.", ("reason",), registry=registry
        )
        self.waiting = Gauge("nshot_queue_depth", "Questions that wait for the model.", registry=registry)
        self.batch = Histogram(
            "nshot_batch_size", "Questions answered together.", buckets=BATCHES, registry=registry
        )
        self.stages = Histogram(
            "nshot_stage_seconds",
            "Seconds of a question in a stage.",
            ("stage",),
            buckets=SECONDS,
            registry=registry,
        )
        self.tokens = Counter(
            "nshot_tokens", "Tokens of prompts and completions.", ("kind",), registry=registry
        )
        self.pairs = Counter(
            "nshot_pairs",
            "Verified pairs that were sent, by result.",
            ("result",),
            registry=registry,
        )

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)
