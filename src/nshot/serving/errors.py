"""What a request is refused with: OpenAI's error objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nshot.errors import (
    BudgetError,
    DatabaseNotFoundError,
    DataError,
    EngineError,
    NshotError,
    OptionError,
    PairNotFoundError,
    SqlError,
    SqlParseError,
    SqlRefusedError,
    SqlTimeoutError,
)


class RequestError(NshotError):
    """A request that is answered with an error; the fields are those of OpenAI's error objects."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """
        Args:
            status: HTTP status.
            message: What was expected, what came and what to do.
            code: A word for programs, which the metrics count by, too.
            kind: The `type` of the error object.
            param: The field of the request at fault, where there is one.
            headers: Of the response, in addition.
        """
        super().__init__(message)
        self.status, self.code, self.kind, self.param = status, code, kind, param
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The JSON object of the response."""
        error = {"message": str(self), "type": self.kind, "param": self.param, "code": self.code}
        return {"error": error}


def bad_request(message: str, param: str | None = None, code: str = "invalid_value") -> RequestError:
    """Status 400 for a field with a value that cannot be used."""
    return RequestError(400, message, code, param=param)


def server_error(status: int, message: str, code: str, **more: Any) -> RequestError:
    """An error that is not the request's fault."""
    return RequestError(status, message, code, kind="server_error", **more)


_KINDS: tuple[tuple[type[NshotError], int, str, str], ...] = (
    (BudgetError, 400, "invalid_request_error", "context_length_exceeded"),
    (SqlRefusedError, 400, "sql_refused", "sql_refused"),
    (SqlParseError, 400, "sql_error", "sql_unparsed"),
    (SqlTimeoutError, 400, "sql_timeout", "sql_timeout"),
    (SqlError, 400, "sql_error", "sql_error"),
    (OptionError, 400, "invalid_request_error", "invalid_value"),
    (EngineError, 502, "server_error", "model_failed"),
)


_GONE = "the database is not where it was; put it back: the server's log tells the file"
_UNREADABLE = "a database or the file of pairs cannot be used"


def as_request_error(error: BaseException) -> RequestError:
    """The answer to a request that ended with this error.

    An error that is no `NshotError` is a bug of nshot: its text, which may hold rows, stays inside.
    """
    if isinstance(error, RequestError):
        return error
    if isinstance(error, PairNotFoundError):  # its own text names the journal's path
        return RequestError(
            404, "no such pair, as it was edited or retracted; list the pairs again", "pair_not_found"
        )
    if isinstance(error, DatabaseNotFoundError):  # so does its text
        return RequestError(404, _GONE, "database_not_found")
    for kind, status, name, code in _KINDS:
        if isinstance(error, kind):
            return RequestError(status, str(error), code, kind=name)
    if isinstance(error, DataError):  # its text names paths of this machine
        return server_error(500, f"{_UNREADABLE}; read the server's log", "data_unusable")
    if isinstance(error, NshotError):
        return RequestError(400, str(error), "invalid_value")
    return server_error(
        500, "an unexpected error; read the server's log, which has the request id", "internal"
    )


def details_for_log(error: BaseException) -> dict[str, str]:
    """What the log may hold of an error that the client sees in general words only."""
    cause = error.__cause__ if isinstance(error, RequestError) else error
    return {"error": str(cause)} if isinstance(cause, DataError) else {}
