"""Download one large file over HTTP completely, even if the connection breaks repeatedly."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nshot.artifacts import Progress, parse_json, put_in_place, stay_silent
from nshot.errors import DataError
from nshot.redaction import conceal_url, redact

if TYPE_CHECKING:
    import httpx

_AGAIN = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class _Origin:
    """The file on the server that a `.part` file belongs to."""

    url: str
    """Without keys and passwords: it is kept in a file."""
    validator: str
    """A strong ETag or the date of the last change; empty if the server sent neither."""
    total: int | None


class _BrokenOff(Exception):
    """The connection broke; the bytes received so far are in the `.part` file."""


def fetch(
    url: str,
    target: Path,
    *,
    progress: Progress = stay_silent,
    retries: int = 5,
    timeout: float = 30.0,
    max_bytes: int = 8 << 30,
    wait: Callable[[float], None] = time.sleep,
) -> Path:
    """Download the URL to `target`.

    The bytes go to `target.part`, which a later call resumes (Range with If-Range). If the server
    has another file by now, or ignores ranges, the download starts again. `target` appears only
    when it is complete; an existing `target` is kept.

    Args:
        url: The address.
        target: The file to write.
        progress: Called with the downloaded bytes and the total.
        retries: Number of attempts in a row without a single byte after which it gives up; it waits
            1, 2, 4
            ... 60 seconds between attempts.
        timeout: Seconds without a byte after which the connection counts as broken.
        max_bytes: Largest size that is accepted.
        wait: Sleeps for a number of seconds.

    Raises:
        DataError: The server refuses, answers with a web page, is unreachable, or sends more than
            `max_bytes`.
    """
    import httpx

    conceal_url(url)
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    if part.exists() and not _origin_file(part).exists():
        raise DataError(f"{part} was not begun by nshot; move it away, or choose another folder")
    failed = 0
    with httpx.Client(
        follow_redirects=True, timeout=timeout, headers={"Accept-Encoding": "identity"}
    ) as client:
        while True:
            before = part.stat().st_size if part.is_file() else 0
            try:
                _attempt(client, url, part, progress, max_bytes)
                break
            except (httpx.TransportError, _BrokenOff) as error:
                gained = part.is_file() and part.stat().st_size > before
                failed = 1 if gained else failed + 1
                if failed > retries:
                    raise DataError(
                        f"{url} broke off {failed} times ({error!r}); run the command again to resume, "
                        "or fetch the file with a browser and give its path"
                    ) from error
                wait(min(60.0, 2.0 ** (failed - 1)))
            except httpx.HTTPError as error:
                raise DataError(
                    f"cannot fetch {url}: {error}; check the address and the connection"
                ) from error
            except httpx.InvalidURL as error:
                raise DataError(f"{url!r} is not a URL: {error}; check the address") from error
    put_in_place(part, target)
    _origin_file(part).unlink(missing_ok=True)
    return target


def _attempt(client: httpx.Client, url: str, part: Path, progress: Progress, max_bytes: int) -> None:
    origin = _known_origin(part, url)
    have = part.stat().st_size if origin else 0
    if origin and origin.total == have and have:
        return
    with client.stream("GET", url, headers=_range(origin, have)) as answer:
        if answer.status_code == 416:
            _forget(part)
            raise _BrokenOff("the partial download cannot be used")
        _check_answer(answer, url)
        start = _start(answer)
        now = _Origin(redact(url), _validator(answer), _total(answer))
        if start != have or (origin and start and origin.total != now.total):
            if start:
                _forget(part)
                raise _BrokenOff("the server has another file by now")
            have = 0
        _check_size(url, now.total or 0, max_bytes)
        _origin_file(part).write_text(json.dumps(asdict(now)), encoding="utf-8")
        _append(answer, part, have, now, progress, max_bytes)


def _append(
    answer: httpx.Response, part: Path, have: int, origin: _Origin, progress: Progress, max_bytes: int
) -> None:
    with part.open("r+b" if have else "wb") as sink:
        sink.seek(have)
        for chunk in answer.iter_raw():
            if not have and chunk.lstrip()[:1] == b"<":
                raise DataError(_web_page(origin.url))
            sink.write(chunk)
            have += len(chunk)
            _check_size(origin.url, have, max_bytes)
            progress(have, origin.total)
        sink.truncate(have)
    if origin.total is not None and have != origin.total:
        raise _BrokenOff(f"{have} of {origin.total} bytes came")


def _check_answer(answer: httpx.Response, url: str) -> None:
    status = answer.status_code
    if status in _AGAIN:
        raise _BrokenOff(f"the server answered {status}")
    if status not in (200, 206):
        raise DataError(
            f"{url} answered {status} {answer.reason_phrase}; check the address, "
            "or fetch the file with a browser and give its path"
        )
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        raise DataError(_web_page(url))


def _web_page(url: str) -> str:
    return (
        f"{url} answered with a web page instead of the archive (Google Drive does so when it wants a "
        "confirmation, or when too many people fetched the file today); open the address in a browser, save "
        "the zip and give its path with `url` FILE.zip"
    )


def _check_size(url: str, size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise DataError(f"{url} is larger than the {max_bytes} bytes that are allowed; check the address")


def _range(origin: _Origin | None, have: int) -> dict[str, str]:
    if origin is None or not have:
        return {}
    headers = {"Range": f"bytes={have}-"}
    return headers | ({"If-Range": origin.validator} if origin.validator else {})


def _start(answer: httpx.Response) -> int:
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if answer.status_code == 206 and found else 0


def _total(answer: httpx.Response) -> int | None:
    found = re.search(r"/(\d+)$", answer.headers.get("Content-Range", ""))
    if answer.status_code == 206:
        return int(found[1]) if found else None
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _validator(answer: httpx.Response) -> str:
    tag = str(answer.headers.get("ETag", ""))
    return tag if tag.startswith('"') else str(answer.headers.get("Last-Modified", ""))


def _origin_file(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _known_origin(part: Path, url: str) -> _Origin | None:
    try:
        origin = _Origin(**parse_json(_origin_file(part).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return origin if origin.url == redact(url) and part.is_file() else None


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _origin_file(part).unlink(missing_ok=True)
