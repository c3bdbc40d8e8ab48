"""What a request for a chat completion asks; fields that nshot does not know are accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nshot.serving.errors import RequestError, bad_request
from nshot.serving.questions.events import Asked
from nshot.serving.questions.followup import Turn
from nshot.serving.questions.job import AskOptions
from nshot.serving.service import Service

MODEL = "nshot"
MOST_CHOICES = 8
MOST_SHOTS = 50
TASK = "### Task:"
"""How the prompts begin by which Open WebUI asks for titles, tags and the like."""


@dataclass(frozen=True)
class ChatRequest:
    """A request, checked."""

    model: str
    asked: Asked
    choices: int = 1
    stream: bool = False
    include_usage: bool = False
    logprobs: bool = False
    task: str | None = None
    """The whole prompt of a client's own task, which is no question."""


def read_chat_request(body: Mapping[str, Any], service: Service) -> ChatRequest:
    """The request in a body.

    Raises:
        RequestError: A field has a value that cannot be used.
    """
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise bad_request(f"`model` must be {MODEL} or {MODEL}/DATABASE, got {model!r}", "model")
    own = _object(body, "nshot")
    turns = _turns(body.get("messages"))
    question, history = turns[-1][1], _history(turns[:-1])
    task = question if question.lstrip().startswith(TASK) else None
    choices = _whole(body, "n", 1, MOST_CHOICES) or 1
    stream_options = _object(body, "stream_options")
    options = replace(read_options(own, choices), token_logprobs=bool(body.get("logprobs")))
    return ChatRequest(
        model,
        Asked(question, _database(model, own, service), options, history),
        choices,
        bool(body.get("stream")),
        bool(stream_options.get("include_usage")),
        options.token_logprobs,
        task,
    )


def read_options(own: Mapping[str, Any], choices: int = 1, where: str = "nshot.") -> AskOptions:
    """The options that a request sets.

    Args:
        own: The object that holds them.
        choices: SQL candidates that are asked for.
        where: What the object is called in errors.
    """
    from nshot.retrieval import STRATEGIES

    strategy = own.get("strategy")
    if strategy is not None and strategy not in STRATEGIES:
        raise bad_request(
            f"`{where}strategy` must be one of {', '.join(STRATEGIES)}, got {strategy!r}", f"{where}strategy"
        )
    execute = own.get("execute", True)
    if not isinstance(execute, bool):
        raise bad_request(f"`{where}execute` must be true or false, got {execute!r}", f"{where}execute")
    shots = _whole(own, "shots", 0, MOST_SHOTS, where)
    return AskOptions(shots, strategy, choices if choices > 1 else None, execute=execute)


def _database(model: str, own: Mapping[str, Any], service: Service) -> str:
    name, slash, db_id = model.partition("/")
    if name != MODEL or (slash and not db_id):
        raise RequestError(
            404, f"no model {model!r}; use {MODEL}, or {MODEL}/DATABASE", "model_not_found", param="model"
        )
    named = own.get("db_id")
    if named is not None and not isinstance(named, str):
        raise bad_request("`nshot.db_id` must be text", "nshot.db_id")
    return service.database(named or db_id or None)


def _turns(messages: Any) -> list[tuple[str, str]]:
    """Role and text of each message up to the last one of the user."""
    if not isinstance(messages, list) or not messages:
        raise bad_request("`messages` must be a list with at least one message", "messages")
    turns = []
    for number, message in enumerate(messages):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise bad_request(f"`messages[{number}]` must be an object with a role", "messages")
        turns.append((message["role"], _text(message.get("content"), number)))
    while turns and turns[-1][0] != "user":
        turns.pop()
    if not turns or not turns[-1][1].strip():
        raise bad_request("the last message of the user holds no question; write one", "messages")
    return turns


def _text(content: Any, number: int) -> str:
    """The text of a content, which is a text or a list of parts; parts of other kinds are left
    out."""
    if content is None:
        return ""
    if isinstance(content, str):
        text = content
    elif isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        text = "\n".join(part for part in parts if isinstance(part, str))
    else:
        raise bad_request(f"`messages[{number}].content` must be text or a list of parts", "messages")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise bad_request(
            f"`messages[{number}].content` is not valid Unicode; correct its encoding", "messages"
        ) from error
    return text


def _history(turns: Sequence[tuple[str, str]]) -> tuple[Turn, ...]:
    """Earlier questions with the SQL that answered them."""
    from nshot.generation import read_sql

    found = []
    question = ""
    for role, text in turns:
        if role == "user":
            question = text
        elif role == "assistant" and question:
            if sql := read_sql(text):
                found.append(Turn(question, sql))
            question = ""
    return tuple(found)


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise bad_request(f"`{name}` must be an object", name)
    return found


def _whole(body: Mapping[str, Any], name: str, least: int, most: int, where: str = "") -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise bad_request(
            f"`{where}{name}` must be a whole number in {least}..{most}, got {value!r}", f"{where}{name}"
        )
    return value
