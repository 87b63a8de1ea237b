"""A real web server that misbehaves on demand, and small resources."""

import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from spiketext.resources.registry import Resource
from spiketext.resources.transfer import Expected


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def expected_for(data: bytes, name: str = "data.bin") -> Expected:
    return Expected("test", name, len(data), sha256(data))


def resource_for(data: bytes, **source) -> Resource:
    """A resource that is pinned to `data`."""
    return Resource(version="1", licence="none", bytes=len(data), sha256=sha256(data), **source)


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

    def send_file(self, wanted: str | None) -> None:
        data = self.server_state.files.get(self.path)
        if data is None:
            self.reply(404, b"no such file")
        elif wanted:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            place = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self.reply(206, data[start:], {"Content-Range": place})
        else:
            self.reply(200, data)

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
