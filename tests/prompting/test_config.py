from __future__ import annotations

from typing import Any

import pytest

from nshot.errors import OptionError
from nshot.prompting import PromptConfig


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"context": "xml"}, "unknown context 'xml'; choose one of: natural, ddl, compact"),
        ({"scope": "gold"}, "unknown scope 'gold'; choose one of: full, relevant"),
        ({"example_context": "some"}, "choose one of: full, tables, gold, none"),
        ({"form": "upper"}, "choose one of: written, tidy, named, from-first"),
        ({"order": "random"}, "choose one of: best-last, best-first"),
        ({"budget": 0}, "`budget` must be at least 1, got 0"),
        ({"max_tables": 0}, "`max_tables` must be at least 1"),
        ({"max_columns": -1}, "`max_columns` must be at least 1"),
    ],
)
def test_a_wrong_setting_is_refused_when_made(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        PromptConfig(**settings)
