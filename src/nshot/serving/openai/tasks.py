"""Tasks that chat programs send to the model they talk to (titles, tags ...), answered without the
model.
"""

from __future__ import annotations

import json
import re

LONGEST = 60
"""Characters of a title."""
_KEY = re.compile(r'\{\s*"(title|tags|follow_ups|queries|text|prompt)"')
_FIRST = re.compile(r"(?:^|<chat_history>)\s*USER:\s*(.+)", re.MULTILINE | re.IGNORECASE)


def answer_task(prompt: str) -> str:
    """The answer to one of Open WebUI's `### Task:` prompts, in the JSON that it asks for.

    The title is the first question of the conversation; there are no tags, queries and follow-ups.

    >>> answer_task('### Task: title. { "title": "..." } <chat_history>USER: How many farms?</chat_history>')
    '{"title": "How many farms?"}'
    >>> answer_task('### Task: tags. JSON format: { "tags": ["tag1"] }')
    '{"tags": []}'
    """
    found = _KEY.search(prompt)
    kind = found[1] if found else ""
    if kind == "title":
        return json.dumps({"title": _title(prompt)}, ensure_ascii=False)
    if kind in ("tags", "follow_ups", "queries"):
        return json.dumps({kind: []})
    return json.dumps({kind: ""}) if kind else ""


def _title(prompt: str) -> str:
    first = _FIRST.search(prompt)
    text = " ".join(first[1].removesuffix("</chat_history>").split()) if first else "Question"
    return text if len(text) <= LONGEST else text[: LONGEST - 3].rsplit(" ", 1)[0] + "..."
