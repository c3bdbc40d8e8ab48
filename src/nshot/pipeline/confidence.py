"""Confidence: which candidate to choose, how probable it is that it is right, and when to give no
answer.

Some signals are combined by a logistic function, whose weights `nshot calibrate` fits for a
model. They are kept beside the model's settings, in `confidence.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple, Self

from nshot.artifacts import parse_json, write_text
from nshot.errors import EngineError, FileMissingError, OptionError, explain
from nshot.generation import EngineConfig, adapter_sha256, model_folder
from nshot.options import option
from nshot.pipeline.reranking import Reranker, count_names, measure_agreement
from nshot.pipeline.unsaid import find_unsaid
from nshot.types import Attempt, Schema

CALIBRATION_FILE: Final = "confidence.json"
FORMAT: Final = 1
LEAST_PROBABILITY: Final = 0.001
"""Of a completion: below, and as far below 1, probabilities are not told apart."""
LEAST_CHOICE: Final = 0.001
"""The same of the share of the reranker's probability."""
LEAST_SHARE: Final = 0.01
"""The same of the share of candidates that agree."""
NEVER_RIGHT: Final = ("empty", "unparsed", "refused", "error")
"""Outcomes of SQL that cannot be right: its confidence is 0."""


class Signals(NamedTuple):
    """What the candidates of a question tell about the chosen one; None where it is not known."""

    logprob: float | None = None
    """Log-probability of the chosen completion, in nats."""
    agreement: float | None = None
    """Share of the candidates' probability that falls to those with the same result, in [0, 1]."""
    unsaid: int = 0
    """Words of the question that the SQL leaves unsaid, see `find_unsaid`."""
    unsaid_names: int = 0
    """How many different ones of them are words of the schema's names."""
    empty: bool = False
    """Whether the result has no row."""
    choice: float | None = None
    """Share of the reranker's probability that falls to candidates with the same result, in [0,
    1]."""

    def scale(self) -> tuple[float | None, float | None, float, float, float, float | None]:
        """The signals as they are weighed, each the higher the better.

        Probabilities become log-odds, log p / (1 - p), with p kept away from 0 and 1; the number of
        words n becomes -log(1 + n).

        >>> Signals(math.log(0.5), 0.5).scale()
        (0.0, 0.0, -0.0, 0.0, 0.0, None)
        """
        logprob, agreement, unsaid, names, empty, choice = self
        return (
            None if logprob is None else _log_odds(math.exp(min(0.0, logprob)), LEAST_PROBABILITY),
            None if agreement is None else _log_odds(agreement, LEAST_SHARE),
            -math.log1p(unsaid),
            0.0 - names,
            0.0 - empty,
            None if choice is None else _log_odds(choice, LEAST_CHOICE),
        )


class ConfidenceWeights(NamedTuple):
    """A logistic function of the scaled signals."""

    bias: float
    logprob: float = 0.0
    agreement: float = 0.0
    unsaid: float = 0.0
    unsaid_names: float = 0.0
    empty: float = 0.0
    choice: float = 0.0

    def probability(self, signals: Signals) -> float:
        """The probability of being right; a signal that is not known counts as 0.

        >>> round(ConfidenceWeights(0.0, logprob=1.0).probability(Signals(math.log(0.75))), 3)
        0.75
        """
        bias, *slopes = self
        logit = bias + sum(
            slope * (value or 0.0) for slope, value in zip(slopes, signals.scale(), strict=True)
        )
        return 1 / (1 + math.exp(-max(-500.0, logit)))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights for a model, by the signals that are known; None where there was nothing to fit
    them on.

    The words that the SQL leaves unsaid are always known.
    """

    both: ConfidenceWeights | None = None
    """With log-probability and agreement."""
    logprob: ConfidenceWeights | None = None
    """With the log-probability alone: of a single candidate, or without executing."""
    agreement: ConfidenceWeights | None = None
    """With the agreement alone: of engines that report no log-probabilities."""
    candidates: int = 1
    """Candidates of each question on which it was fitted."""
    questions: int = 0
    """Questions on which it was fitted."""
    databases: int = 0
    """Their databases."""
    adapter: str | None = None
    """Digest of the adapter's weights; None for a model without an adapter."""
    reranker: Reranker | None = None
    """Chooses among the candidates; None leaves the most probable one the first."""

    @property
    def rates(self) -> bool:
        """Whether it has weights of any signals: without, it only chooses."""
        return any(fit is not None for fit in (self.both, self.logprob, self.agreement))

    def weights(self, signals: Signals) -> ConfidenceWeights | None:
        """The weights for the signals that are known."""
        known = (signals.logprob is not None, signals.agreement is not None)
        fits = {
            (True, True): self.both or self.logprob,
            (True, False): self.logprob,
            (False, True): self.agreement,
        }
        return fits.get(known)

    def rate(self, question: str, attempts: Sequence[Attempt], schema: Schema | None = None) -> float | None:
        """The probability that the first attempt is right.

        Args:
            question: What was asked.
            attempts: All candidates, the chosen one first.
            schema: Of the database.

        Returns:
            0 for SQL that does not run; None if there was no answer, or no signal is known.
        """
        if not attempts or attempts[0].outcome == "failed":
            return None
        if attempts[0].outcome in NEVER_RIGHT:
            return 0.0
        signals = read_signals(question, attempts, schema, self.reranker)
        weights = self.weights(signals)
        return None if weights is None else weights.probability(signals)

    def save(self, path: Path) -> None:
        """Writes `confidence.json` atomically.

        Args:
            path: The file. Its folder must exist.
        """
        write_text(path, json.dumps({"format": FORMAT} | _to_json(self), indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """The calibration in a file.

        Raises:
            EngineError: The file is damaged, or of another format.
        """
        try:
            record = parse_json(path.read_text(encoding="utf-8"))
            _check_format(record.pop("format"))
            fits = {name: record.pop(name) for name in ("both", "logprob", "agreement")}
            fits = {name: None if fit is None else _read_weights(fit) for name, fit in fits.items()}
            reranker = record.pop("reranker", None)
            return cls(**fits, **record, reranker=None if reranker is None else Reranker.of(reranker))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise EngineError(
                f"{path} cannot be read ({explain(error)}); fit it again with nshot calibrate, or remove it"
            ) from error


class Confidence(NamedTuple):
    """How sure answers are, and how sure they must be."""

    calibration: Calibration
    abstain_below: float = 0.0
    rerank: bool = True
    """Whether the calibration's reranker chooses among the candidates."""

    @property
    def ranks(self) -> bool:
        """Whether it chooses among candidates."""
        return self.rerank and self.calibration.reranker is not None

    def order(self, question: str, attempts: Sequence[Attempt], schema: Schema | None) -> tuple[Attempt, ...]:
        """The attempts with the best-ranked one first.

        Args:
            question: What was asked.
            attempts: The candidates, the most probable one first.
            schema: Of the database.
        """
        reranker = self.calibration.reranker if self.rerank else None
        at = 0 if reranker is None else reranker.find_best(question, attempts, schema)
        return (attempts[at], *attempts[:at], *attempts[at + 1 :])

    def abstains(self, confidence: float | None) -> bool:
        """Whether SQL of this confidence is withheld; None is, too, if there is a threshold."""
        return self.abstain_below > 0 and (confidence is None or confidence < self.abstain_below)


@dataclass(frozen=True)
class ConfidenceConfig:
    """Whether answers come with a confidence, and how sure they must be; checked on
    construction."""

    PANEL: ClassVar = "Confidence"

    confidence: bool = option(True)
    """State how probable it is that the SQL is right, if the model has a calibration (nshot
    calibrate). A beam then gives as many candidates as the calibration was fitted with, and all are
    run."""
    calibration: Path | None = option(None, needs=("confidence", (True,)))
    """A calibration, as a file or its folder. By default confidence.json in the folder of the model
    or adapter."""
    rerank: bool = option(True, needs=("confidence", (True,)))
    """Choose the candidate whose SQL and result fit the question best, if the model's calibration
    has weights for it; otherwise, the most probable one. Another way to choose takes precedence."""
    abstain_below: float = option(0.0, needs=("confidence", (True,)))
    """Withhold the answer if its confidence is below this probability, in [0, 1]. The SQL that it
    would have been is shown or stored beside it."""

    def __post_init__(self) -> None:
        if not 0 <= self.abstain_below <= 1:
            raise OptionError(
                f"`abstain_below` must be from 0 to 1, got {self.abstain_below}", option="abstain_below"
            )

    def path(self, engine: EngineConfig) -> Path | None:
        """The file of the calibration; None if the model has none, or no confidence is wanted."""
        if not self.confidence:
            return None
        place = self.calibration or model_folder(engine.model, engine.adapter)
        if place is None:
            return None
        path = place / CALIBRATION_FILE if place != self.calibration or place.is_dir() else place
        return path if self.calibration or path.is_file() else None

    def load(self, engine: EngineConfig) -> Calibration | None:
        """The calibration of a model; None if it has none, or no confidence is wanted.

        Raises:
            FileMissingError: There is no file at the given place.
            EngineError: It is damaged.
        """
        path = self.path(engine)
        if path is not None and not path.is_file():
            raise FileMissingError("calibration", path, "write it with nshot calibrate")
        return None if path is None else Calibration.load(path)


def fits_weights(calibration: Calibration, engine: EngineConfig) -> bool:
    """Whether a calibration was fitted for the weights that a model's adapter has now."""
    return calibration.adapter is None or calibration.adapter == adapter_sha256(engine)


def copy_reranker(start: EngineConfig, adapted: Path) -> None:
    """Gives a model that was tuned further the reranker of the one that it started from.

    The hints speak of question, SQL and results, whichever model wrote the SQL; the confidence's
    weights are the model's own, and are left out.

    Args:
        start: The model that the tuning started from.
        adapted: Folder of the tuned one.
    """
    before = ConfidenceConfig().load(start)
    if before is not None and before.reranker is not None and fits_weights(before, start):
        digest = adapter_sha256(EngineConfig(model=str(adapted)))
        found = Calibration(candidates=before.candidates, adapter=digest, reranker=before.reranker)
        found.save(adapted / CALIBRATION_FILE)


def read_signals(
    question: str,
    attempts: Sequence[Attempt],
    schema: Schema | None = None,
    reranker: Reranker | None = None,
) -> Signals:
    """The signals of the first attempt among all attempts at a question.

    Args:
        question: What was asked.
        attempts: All candidates, the chosen one first.
        schema: Of the database.
        reranker: Chose it; without one, its share is not known.
    """
    first = attempts[0]
    logprob, rows = first.completion.logprob, None if first.rows is None else len(first.rows.rows)
    known = logprob is not None and math.isfinite(logprob)
    agreement = measure_agreement(attempts)
    found = make_signals(question, first.sql, schema, logprob if known else None, agreement, rows)
    if reranker is None:
        return found
    return found._replace(choice=reranker.rate_choice(question, attempts, schema))


def make_signals(
    question: str,
    sql: str,
    schema: Schema | None,
    logprob: float | None,
    agreement: float | None,
    rows: int | None,
) -> Signals:
    """The signals of SQL.

    Args:
        question: What was asked.
        sql: The chosen SQL.
        schema: Of the database; None if it is not known.
        logprob: Of the completion, in nats; None if it is not known.
        agreement: See `measure_agreement`.
        rows: Rows of the result; None if it was not run.
    """
    unsaid = find_unsaid(question, sql)
    return Signals(logprob, agreement, len(unsaid), count_names(unsaid, schema), rows == 0)


def _log_odds(p: float, least: float) -> float:
    p = min(max(p, least), 1 - least)
    return math.log(p / (1 - p))


def _to_json(calibration: Calibration) -> dict[str, Any]:
    found = asdict(calibration)
    for name in ("both", "logprob", "agreement"):
        fit = getattr(calibration, name)
        found[name] = None if fit is None else fit._asdict()
    found["reranker"] = None if calibration.reranker is None else calibration.reranker.record()
    return found


def _check_format(found: object) -> None:
    if found != FORMAT:
        raise ValueError(f"it has format {found}, and this version of nshot reads format {FORMAT}")


def _read_weights(record: dict[str, float]) -> ConfidenceWeights:
    weights = ConfidenceWeights(**record)
    if not all(isinstance(value, int | float) and abs(value) < 1e300 for value in weights):
        raise ValueError(f"weights must be finite numbers, got {record}")
    return weights
