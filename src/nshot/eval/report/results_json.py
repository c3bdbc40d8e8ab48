"""`results.json`: a comparison as tidy JSON, one record per line, that can be read back without
loss.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nshot.artifacts import parse_json
from nshot.errors import DataError, FileMissingError, explain
from nshot.eval.comparison import Answer, Case, Comparison, Run
from nshot.eval.confidence.json import (
    counts_from_json,
    counts_to_json,
    report_from_json,
    report_to_json,
)
from nshot.eval.scores import Contrast, Correlation, Estimate, Score, System

KIND: Final = "nshot comparison"
FORMAT: Final = 1
"""Incremented whenever an older reader would misread a newer file."""


def to_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON values; an undefined number (NaN) is null.

    Systems are in one list; everything else refers to them by index.
    """
    place = {system: at for at, system in enumerate(comparison.systems)}
    return {
        "kind": KIND,
        "format": FORMAT,
        "title": comparison.title,
        "info": dict(comparison.info),
        "ceiling": dict(comparison.ceiling),
        "judged_by": comparison.judged_by,
        "systems": [{**system._asdict(), "label": system.label} for system in comparison.systems],
        "scores": [
            {"system": place[s.system], "measure": s.measure, "group": s.group, **_from_estimate(s.estimate)}
            for s in comparison.scores
        ],
        "contrasts": [_from_contrast(contrast, place) for contrast in comparison.contrasts],
        "correlations": [_replace_nan(one._asdict()) for one in comparison.correlations],
        "mistakes": {label: dict(counts) for label, counts in comparison.mistakes.items()},
        "runs": [{"system": place[run.system], "seed": run.seed} for run in comparison.runs],
        **_from_confidence(comparison),
        "cases": [_from_case(case) for case in comparison.cases],
    }


def from_json(content: Mapping[str, Any]) -> Comparison:
    """The comparison that `to_json` wrote.

    Raises:
        DataError: The content is of another kind or format, or a part of it is missing.
    """
    if content.get("kind") != KIND:
        raise DataError(f"expected the results of a comparison (kind {KIND!r}), got {content.get('kind')!r}")
    if content.get("format") != FORMAT:
        raise DataError(
            f"expected results in format {FORMAT}, got {content.get('format')!r}; "
            "read them with the nshot that wrote them, or run the comparison again"
        )
    try:
        return _comparison(content)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise DataError(f"results are incomplete: {error!r}; write them again with nshot compare") from error


def read_comparison(path: Path) -> Comparison:
    """Read the comparison from a `results.json`, or from the folder that contains it.

    Raises:
        DataError: The file is missing, is not JSON, or was not written by `write_comparison`.
    """
    file = path / "results.json" if path.is_dir() else path
    if not file.is_file():
        raise FileMissingError("results of a comparison", file, "write them with nshot compare")
    try:
        content = parse_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file} cannot be read: {explain(error)}; give the results.json that nshot compare writes"
        ) from error
    if not isinstance(content, dict):
        raise DataError(f"{file}: expected a JSON object, got {type(content).__name__}")
    try:
        return from_json(content)
    except DataError as error:
        raise DataError(f"{file}: {error}") from error


def dump(content: Mapping[str, Any]) -> Iterator[str]:
    """The JSON text in pieces: one record per line, so that two files can be compared line by
    line."""
    yield "{\n"
    for at, (key, value) in enumerate(content.items()):
        yield (",\n" if at else "") + f"{_text(key)}: "
        if isinstance(value, list) and value:
            yield "[\n"
            for row, record in enumerate(value):
                yield (",\n" if row else "") + _text(record)
            yield "\n]"
        else:
            yield _text(value)
    yield "\n}\n"


def _text(value: object) -> str:
    # ASCII only: a model may write halves of surrogate pairs, which UTF-8 cannot encode
    return json.dumps(value, allow_nan=False)


def _replace_nan(fields: Mapping[str, Any]) -> dict[str, Any]:
    undefined = {key for key, value in fields.items() if isinstance(value, float) and math.isnan(value)}
    return {key: None if key in undefined else value for key, value in fields.items()}


def _from_estimate(estimate: Estimate) -> dict[str, Any]:
    return _replace_nan(estimate._asdict())


def _from_contrast(contrast: Contrast, place: Mapping[System, int]) -> dict[str, Any]:
    return {
        "system": place[contrast.system],
        "baseline": place[contrast.baseline],
        "measure": contrast.measure,
        "difference": _from_estimate(contrast.difference),
        "wins": contrast.wins,
        "losses": contrast.losses,
        "test": contrast.test,
        **_replace_nan({"p": contrast.p, "p_holm": contrast.p_holm}),
    }


def _from_confidence(comparison: Comparison) -> dict[str, Any]:
    """What is known of confidences; nothing for a comparison without any."""
    report, answered = comparison.confidence, comparison.answered
    return {
        **({} if report is None else {"confidence": report_to_json(report)}),
        **({} if answered is None else {"answered": counts_to_json(answered)}),
    }


def _from_case(case: Case) -> dict[str, Any]:
    answers = [{name: getattr(answer, name) for name in Answer.__slots__} for answer in case.answers]
    return {**{name: getattr(case, name) for name in Case.__slots__}, "answers": answers}


def _comparison(content: Mapping[str, Any]) -> Comparison:
    systems = tuple(System(row["strategy"], row["select"], row["shots"]) for row in content["systems"])
    return Comparison(
        title=content["title"],
        info=content["info"],
        systems=systems,
        scores=tuple(
            Score(systems[row["system"]], row["measure"], row["group"], _estimate(row))
            for row in content["scores"]
        ),
        contrasts=tuple(_contrast(row, systems) for row in content["contrasts"]),
        correlations=tuple(_correlation(row) for row in content["correlations"]),
        mistakes=content["mistakes"],
        runs=tuple(Run(systems[row["system"]], row["seed"]) for row in content["runs"]),
        cases=tuple(_case(row) for row in content["cases"]),
        ceiling=content["ceiling"],
        confidence=None if (found := content.get("confidence")) is None else report_from_json(found),
        answered=None if (found := content.get("answered")) is None else counts_from_json(found),
        judged_by=content.get("judged_by", "ex"),
    )


def _estimate(row: Mapping[str, Any]) -> Estimate:
    value, low, high = (_number(row[key]) for key in ("value", "low", "high"))
    return Estimate(value, low, high, row["questions"], row["sd"], row["seeds"])


def _contrast(row: Mapping[str, Any], systems: Sequence[System]) -> Contrast:
    return Contrast(
        system=systems[row["system"]],
        baseline=systems[row["baseline"]],
        measure=row["measure"],
        difference=_estimate(row["difference"]),
        wins=row["wins"],
        losses=row["losses"],
        test=row["test"],
        p=_number(row["p"]),
        p_holm=_number(row["p_holm"]),
    )


def _correlation(row: Mapping[str, Any]) -> Correlation:
    pearson, spearman = _number(row["pearson"]), _number(row["spearman"])
    return Correlation(row["measure"], row["outcome"], row["shots"], row["systems"], pearson, spearman)


def _case(row: Mapping[str, Any]) -> Case:
    answers = tuple(_answer(answer) for answer in row["answers"])
    return Case(row["id"], row["db_id"], row["hardness"], row["question"], row["gold"], answers)


def _answer(row: Mapping[str, Any]) -> Answer:
    return Answer(
        sql=row["sql"],
        ex=row["ex"],
        em=row["em"],
        reason=row["reason"],
        mistakes=tuple(row["mistakes"]),
        demonstrations=tuple(row["demonstrations"]),
        prompt=row["prompt"],
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else value
