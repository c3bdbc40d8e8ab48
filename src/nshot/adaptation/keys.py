"""Whether prompts should show keys that a database does not declare: as the joins of its pairs
tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from nshot.generation import ModelSettings
from nshot.prompting import answer_form
from nshot.types import Question, Schema

if TYPE_CHECKING:
    from nshot.data import Catalog


def with_keys(settings: ModelSettings, pairs: Iterable[Question], catalog: Catalog) -> ModelSettings:
    """The settings with `found_keys` where found keys explain joins of the pairs that declared ones
    do not.

    In the form from-first, a join along a key needs no ON. A model that has to write ON for joins
    along keys that nobody declares has to guess columns that its prompt does not connect.

    Args:
        settings: Of the start model.
        pairs: With their SQL.
        catalog: Their databases.
    """
    if settings.prompt.found_keys or settings.prompt.form != "from-first":
        return settings
    some = list(pairs)
    declared = sum(_has_on(pair, catalog.schema(pair.db_id)) for pair in some)
    found = sum(_has_on(pair, _with_found(pair.db_id, catalog)) for pair in some)
    if found >= declared:
        return settings
    return replace(settings, prompt=replace(settings.prompt, found_keys=True))


def _has_on(pair: Question, schema: Schema) -> bool:
    """Whether the answer that a model is to write names the columns of a join."""
    return " on " in answer_form(pair.sql or "", "from-first", schema)[0].lower()


def _with_found(db_id: str, catalog: Catalog) -> Schema:
    schema = catalog.schema(db_id)
    return replace(schema, foreign_keys=(*schema.foreign_keys, *catalog.found_keys(db_id)))
