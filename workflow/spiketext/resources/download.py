"""Downloading over http and https: retries with back-off, resuming, and nothing believed unchecked."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import requests
import urllib3
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from spiketext.resources.transfer import (
    CHUNK,
    UNSTATED_LIMIT,
    ChecksumError,
    Expected,
    MissingError,
    SourceError,
    Truncated,
    receive,
    size_of,
    whole_number,
)

log = logging.getLogger("spiketext")

TIMEOUT = (10.0, 60.0)  # seconds until connected, seconds without a byte
LONGEST_WAIT = 60.0  # seconds between two tries, even if the server asks for more


class TransientError(SourceError):
    """A failure that another try may cure."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        """`wait`: seconds that the server asks to wait."""
        super().__init__(reason)
        self.wait = wait


class Download:
    """One file from one address, over as many tries as it takes.

    The tries are counted anew whenever the file has grown, so a long download survives a line
    that breaks often.

    Without a checksum, nothing would tell if two parts of different files had been joined. Then a part that
    an earlier run has left is not used, the server is asked (`If-Range`) to send the rest only if the file
    has not changed, and it must say how long the file is.
    """

    tries = 5
    pause = 1.0  # seconds before the second try; they double with each further one

    def __init__(self, url: str, partial: Path, expected: Expected) -> None:
        self.url, self.partial, self.expected = url, partial, expected
        self.stated = expected.bytes
        self.version = ""  # the server's mark of the file's version
        if expected.sha256 is None:
            partial.unlink(missing_ok=True)
        self.failures = 0
        self.longest = size_of(partial)

    def run(self) -> None:
        """Fetch the file to `partial`.

        Raises:
            SourceError: no, and why (`MissingError`: the server does not have it).
            SpikeTextError: the disk is full or the folder cannot be written.
        """
        Retrying(
            retry=retry_if_exception_type(TransientError),
            after=self._count,
            wait=self._seconds,
            stop=lambda _: self.failures >= self.tries,
            before_sleep=self._say,
            reraise=True,
        )(self._try)

    def _count(self, state: RetryCallState) -> None:
        size = size_of(self.partial)
        self.failures = 1 if size > self.longest else self.failures + 1
        self.longest = max(self.longest, size)

    def _seconds(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, TransientError) else None
        doubled = self.pause * (2 ** (self.failures - 1) + random.random())
        return min(doubled if asked is None else asked, LONGEST_WAIT)

    def _say(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0
        log.warning("%s: %s; trying again in %.0f s", self.expected.label, error, seconds)

    def _try(self) -> None:
        if self.expected.sha256 is None and not self.version:
            self.partial.unlink(missing_ok=True)  # nothing would tell that the rest is of another file
        have = size_of(self.partial)
        if self.expected.bytes is not None and have >= self.expected.bytes:
            self.partial.unlink()  # complete files are renamed, so this one cannot be right
            have = 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self.version:
                headers["If-Range"] = self.version
        try:
            with requests.get(self.url, headers=headers, stream=True, timeout=TIMEOUT) as response:
                resumed = self._check(response, have)
                try:
                    receive(_chunks(response), self.partial, self.expected, resume=resumed)
                except ChecksumError:
                    if not resumed:
                        raise
                    # The kept part may have been of another file; the whole gets one more chance.
                    raise TransientError("the kept part and the rest do not fit together") from None
                except Truncated as error:
                    raise TransientError(str(error)) from error
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise SourceError(f"not a usable address: {error}") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise TransientError(reason_of(error)) from error
        except ValueError as error:  # an address or a header that the libraries themselves stumble over
            raise SourceError(f"the server's answer makes no sense: {str(error)[:120]}") from error

    def _check(self, response: requests.Response, have: int) -> bool:
        """Refuse what is not the file; True if the answer continues after the `have` bytes held."""
        status = response.status_code
        if status in (408, 425, 429) or status >= 500:
            raise TransientError(f"HTTP status {status}", _retry_after(response))
        if status == 416:
            self.partial.unlink(missing_ok=True)
            raise TransientError("the server has no such range")
        if status in (404, 410):
            raise MissingError(f"HTTP status {status}")
        if status not in (200, 206):
            raise SourceError(f"HTTP status {status}")
        kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind == "text/html" and not self.expected.name.endswith((".html", ".htm")):
            raise ChecksumError("the server sent a web page instead of the file")
        resumed = status == 206
        start = response.headers.get("Content-Range", "")
        if resumed and (not have or not start.startswith(f"bytes {have}-")):
            self.partial.unlink(missing_ok=True)
            raise TransientError("the server sent another range than asked for")
        if not resumed:
            self.expected = replace(self.expected, bytes=self.stated)
            self.version = _version(response)
        length = whole_number(response.headers.get("Content-Length", ""))
        total = length if length is None or not resumed else length + have
        if self.expected.bytes is None and self.expected.sha256 is None:
            if total is None:
                raise SourceError("the server does not say how long the file is; state its `bytes`")
            if total > UNSTATED_LIMIT:
                raise SourceError(
                    f"{total} bytes are more than the {UNSTATED_LIMIT} allowed without a checksum; "
                    f"state `bytes: {total}` if you want it"
                )
            self.expected = replace(self.expected, bytes=total)
        if total is not None and self.expected.bytes not in (None, total):
            raise ChecksumError(f"wrong size: expected {self.expected.bytes} bytes, got {total}")
        return resumed


def _chunks(response: requests.Response) -> Iterator[bytes]:
    # The bytes as sent: a file that is itself compressed must not be unpacked on the way.
    yield from response.raw.stream(CHUNK, decode_content=False)


def _version(response: requests.Response) -> str:
    """What `If-Range` takes: an entity tag, unless it is a weak one, else the date of the last change."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _retry_after(response: requests.Response) -> float | None:
    return whole_number(response.headers.get("Retry-After", ""))


def reason_of(error: BaseException) -> str:
    """A failed connection in a few words."""
    text = str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate is not trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy cannot be reached"
    if re.search(r"timed? ?out", text, re.IGNORECASE):
        return "timed out"
    if re.search(r"name resolution|not known|getaddrinfo|NameResolution", text):
        return "the host's name is not found (is there a network?)"
    for known in ("Connection refused", "Network is unreachable", "No route to host", "Connection reset"):
        if known.lower() in text.lower():
            return known.lower()
    return "the connection broke" if "IncompleteRead" in text else f"{type(error).__name__}: {text[:120]}"
