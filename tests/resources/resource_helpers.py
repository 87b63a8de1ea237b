"""A real web server that misbehaves on demand, and small resources."""

import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from spiketext.config.resources import Resource
from spiketext.resources.transfer import Expected


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def expected_for(data: bytes, name: str = "data.bin") -> Expected:
    return Expected("test", name, len(data), sha256(data))


def resource_for(data: bytes, **source) -> Resource:
    """A resource that is pinned to `data`."""
    return Resource(version="1", licence="none", bytes=len(data), sha256=sha256(data), **source)


def cut_after(size: int) -> Callable[["Handler"], None]:
    """A handler that promises all of the file, or of its rest, sends `size` bytes and hangs up."""
    return lambda handler: handler.send_file(handler.headers.get("Range"), size)


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of some tests."""


class Server:
    """Serves `files`; the handlers in `script` answer first, one request each."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.script: list[Callable[[Handler], None]] = []
        self.ranges: list[str | None] = []  # the Range header of each request
        outer = self

        class Bound(Handler):
            server_state = outer

        self.http = QuietServer(("127.0.0.1", 0), Bound)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def serve(self, name: str, data: bytes) -> str:
        self.files[f"/{name}"] = data
        return f"{self.url}/{name}"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    server_state: Server

    def do_GET(self) -> None:
        state = self.server_state
        wanted = self.headers.get("Range")
        state.ranges.append(wanted)
        if state.script:
            state.script.pop(0)(self)
        else:
            self.send_file(wanted)

    def send_file(self, wanted: str | None, most: int | None = None) -> None:
        """The file or the rest of it; of that, `most` bytes before the connection breaks."""
        data = self.server_state.files.get(self.path)
        if data is None:
            self.reply(404, b"no such file")
            return
        tag = f'"{sha256(data)}"'
        whole = not wanted or self.headers.get("If-Range", tag) != tag
        start = 0 if whole or wanted is None else int(wanted.removeprefix("bytes=").rstrip("-"))
        headers = {"ETag": tag, "Content-Length": str(len(data) - start)}
        if not whole:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        end = None if most is None else start + most
        self.reply(200 if whole else 206, data[start:end], headers)
        self.close_connection = most is not None

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        headers = {"Content-Length": str(len(body)), "Content-Type": "application/octet-stream"} | (
            headers or {}
        )
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
