import errno
import itertools
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from resource_helpers import cut_after, expected_for

from spiketext.errors import SpikeTextError
from spiketext.resources import transfer
from spiketext.resources.download import Download
from spiketext.resources.transfer import ChecksumError, Expected, MissingError, SourceError, whole_number

DATA = random.Random(1).randbytes(700_000)  # some chunks long


@pytest.fixture
def fetch(server, tmp_path):
    """Download DATA (or what the server makes of it); returns the partial file's path."""
    url = server.serve("data.bin", DATA)
    expected = expected_for(DATA)
    partial = expected.partial(tmp_path)

    def run() -> Path:
        Download(url, partial, expected).run()
        return partial

    run.partial = partial
    return run


def answer(status: int, body: bytes = b"oh dear", **headers: str):
    return lambda handler: handler.reply(status, body, {k.replace("_", "-"): v for k, v in headers.items()})


def test_plain_download(fetch, server):
    assert fetch().read_bytes() == DATA
    assert server.ranges == [None]


def test_503_twice_then_fine(fetch, server):
    server.script = [answer(503), answer(503)]
    assert fetch().read_bytes() == DATA
    assert len(server.ranges) == 3


def test_gives_up_on_503_after_five_tries(fetch, server):
    server.script = [answer(503)] * 9
    with pytest.raises(SourceError, match="HTTP status 503"):
        fetch()
    assert len(server.ranges) == 5


def test_429_waits_as_long_as_the_server_asks(fetch, server):
    server.script = [answer(429, Retry_After="1")]
    began = time.monotonic()
    assert fetch().read_bytes() == DATA
    assert time.monotonic() - began >= 1


def test_pauses_double(server, tmp_path, monkeypatch):
    monkeypatch.setattr(Download, "pause", 1.0)
    slept = []
    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    server.script = [answer(503)] * 5
    with pytest.raises(SourceError):
        Download(f"{server.url}/x", tmp_path / "x", expected_for(DATA)).run()
    assert len(slept) == 4
    assert all(2**n <= pause <= 2**n + 1 for n, pause in enumerate(slept))


@pytest.mark.parametrize("status", [404, 410])
def test_missing_is_not_retried(fetch, server, status):
    server.script = [answer(status)]
    with pytest.raises(MissingError, match=str(status)):
        fetch()
    assert len(server.ranges) == 1


def test_forbidden_is_not_retried(fetch, server):
    server.script = [answer(403)]
    with pytest.raises(SourceError, match="403"):
        fetch()
    assert len(server.ranges) == 1


def test_cut_off_is_resumed(fetch, server):
    server.script = [cut_after(300_000)]
    assert fetch().read_bytes() == DATA
    assert server.ranges == [None, "bytes=300000-"]


def test_a_file_that_grows_has_more_tries_than_five(fetch, server):
    server.script = [cut_after(50_000)] * 12
    assert fetch().read_bytes() == DATA
    assert len(server.ranges) == 13


def test_partial_file_of_an_earlier_run_is_resumed(fetch, server):
    fetch.partial.write_bytes(DATA[:123_456])
    assert fetch().read_bytes() == DATA
    assert server.ranges == ["bytes=123456-"]


def test_partial_file_survives_a_dead_server(fetch, server):
    server.script = [cut_after(200_000)] + [answer(500)] * 9
    with pytest.raises(SourceError):
        fetch()
    assert fetch.partial.read_bytes() == DATA[:200_000]


def test_server_that_ignores_ranges(fetch, server):
    fetch.partial.write_bytes(DATA[:123_456])
    server.script = [lambda handler: handler.send_file(None)]
    assert fetch().read_bytes() == DATA
    assert server.ranges == ["bytes=123456-"]


def test_server_that_answers_another_range(fetch, server):
    fetch.partial.write_bytes(DATA[:1000])
    server.script = [answer(206, DATA[500:], Content_Range=f"bytes 500-{len(DATA) - 1}/{len(DATA)}")]
    assert fetch().read_bytes() == DATA
    assert server.ranges == ["bytes=1000-", None]


def test_server_without_that_range(fetch, server):
    fetch.partial.write_bytes(DATA[:1000])
    server.script = [answer(416)]
    assert fetch().read_bytes() == DATA
    assert server.ranges == ["bytes=1000-", None]


@pytest.mark.parametrize("left", [b"x" * 1000, DATA[:-1] + b"!", DATA + b"too long"])
def test_wrong_partial_file_is_replaced(fetch, left):
    fetch.partial.write_bytes(left)
    assert fetch().read_bytes() == DATA


def test_wrong_checksum_is_deleted_and_told(fetch, server):
    other = bytes(len(DATA))
    server.files["/data.bin"] = other
    with pytest.raises(ChecksumError) as caught:
        fetch()
    assert expected_for(DATA).sha256 in str(caught.value)
    assert expected_for(other).sha256 in str(caught.value)
    assert not fetch.partial.exists()
    assert len(server.ranges) == 1


@pytest.mark.parametrize("body", [b"<html>come back later</html>", b"{}", DATA + b"more"])
def test_error_page_with_status_200(fetch, server, body):
    server.script = [answer(200, body)]
    with pytest.raises(ChecksumError, match=r"wrong size: expected 700000 bytes, got \d+"):
        fetch()
    assert not fetch.partial.exists()


def test_error_page_of_unknown_length(fetch, server):
    server.script = [answer(200, b"<html>", Content_Length="", Content_Type="text/html; charset=utf-8")]
    with pytest.raises(ChecksumError, match="web page"):
        fetch()
    assert not fetch.partial.exists()


def chunked(handler):
    """An endless body without a length."""
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    try:
        for _ in itertools.count():
            handler.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
    except OSError:  # the client has hung up
        handler.close_connection = True


def test_endless_body_is_stopped(fetch, server):
    server.script = [chunked]
    with pytest.raises(ChecksumError, match="more than the expected"):
        fetch()
    assert not fetch.partial.exists()


# ---------------------------------------------------------------------------- without a checksum


@pytest.fixture
def unpinned(server, tmp_path):
    """Like `fetch`, of a file of which nothing is known."""
    url = server.serve("data.bin", DATA)
    partial = tmp_path / "partial"

    def run(size: int | None = None) -> Path:
        Download(url, partial, Expected("test", "data.bin", size)).run()
        return partial

    run.partial = partial
    return run


def test_unpinned_file_is_resumed_within_a_run(unpinned, server):
    server.script = [cut_after(300_000)]
    assert unpinned().read_bytes() == DATA
    assert server.ranges == [None, "bytes=300000-"]


def test_unpinned_file_that_changes_while_it_comes_is_begun_anew(unpinned, server):
    """`If-Range` keeps two versions from being joined; no checksum would tell."""
    other = bytes(len(DATA) + 5)

    def change(handler):
        cut_after(300_000)(handler)
        server.files["/data.bin"] = other

    server.script = [change]
    assert unpinned().read_bytes() == other


def test_part_of_an_unpinned_file_is_not_used_by_another_run(unpinned, server):
    unpinned.partial.write_bytes(bytes(1000))
    assert unpinned().read_bytes() == DATA
    assert server.ranges == [None]


def test_unpinned_file_that_stays_too_short(unpinned, server):
    server.script = [cut_after(200_000)] + [cut_after(0)] * 9
    with pytest.raises(SourceError, match=r"connection broke|ended after 200000 of"):
        unpinned()


def test_unpinned_file_of_unknown_length_needs_its_size_stated(unpinned, server):
    server.script = [answer(200, DATA, Content_Length="")]
    with pytest.raises(SourceError, match="how long the file is; state its `bytes`"):
        unpinned()
    server.script = [answer(200, DATA, Content_Length="")]
    assert unpinned(len(DATA)).read_bytes() == DATA


def test_unpinned_file_of_another_size_than_stated(unpinned):
    with pytest.raises(ChecksumError, match="wrong size: expected 700001 bytes, got 700000"):
        unpinned(len(DATA) + 1)


def test_compressed_files_stay_as_they_are(fetch, server):
    server.script = [lambda handler: handler.reply(200, DATA, {"Content-Encoding": "gzip"})]
    assert fetch().read_bytes() == DATA


def test_refused_connection(tmp_path, dead_url):
    with pytest.raises(SourceError, match=r"^connection refused$"):
        Download(dead_url, tmp_path / "x", expected_for(DATA)).run()
    assert list(tmp_path.iterdir()) == []


def test_unknown_host(tmp_path):
    with pytest.raises(SourceError, match="host's name is not found"):
        Download("http://no-such-host.invalid/x", tmp_path / "x", expected_for(DATA)).run()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_leaves_nothing(fetch, tmp_path, monkeypatch, number):
    real = transfer.open_partial

    class Full:
        def __init__(self, stream):
            self.stream, self.room = stream, 300_000

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

        def write(self, data):
            self.room -= len(data)
            if self.room < 0:
                raise OSError(number, "No space left on device")
            return self.stream.write(data)

    monkeypatch.setattr(transfer, "open_partial", lambda path, mode: Full(real(path, mode)))
    with pytest.raises(SpikeTextError, match=r"No space left on device.*free some space"):
        fetch()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "length", ["\xb2", "\xb9\xb2", "+5", "5,5", "1" * 40, "1" * 5000, "-1", "0x10", "1_0", "\u0663"]
)
def test_a_length_that_is_no_number_is_as_good_as_none(fetch, server, length):
    """Some of these are digits to Python; the checksum still decides."""

    def strange(handler):
        handler.send_response(200)
        handler.wfile.write(b"".join(handler._headers_buffer))
        handler._headers_buffer = []
        handler.wfile.write(
            b"Content-Length: " + length.encode("utf-8" if length > "\xff" else "latin-1") + b"\r\n\r\n"
        )
        handler.wfile.write(DATA)
        handler.close_connection = True

    server.script = [strange]
    assert fetch().read_bytes() == DATA
    assert whole_number(length) is None


@pytest.mark.parametrize("wait", ["\xb2", "1e9", "inf", "nan", "-5", "9" * 400])
def test_a_wait_that_is_no_number_is_not_waited_for(fetch, server, wait):
    server.script = [answer(503, Retry_After=wait)]
    began = time.monotonic()
    assert fetch().read_bytes() == DATA
    assert time.monotonic() - began < 30


def test_an_unpinned_file_may_not_be_endless(unpinned, server):
    """More than 2 GiB only if its size is stated, and the message says how."""
    server.script = [answer(200, b"x", Content_Length=str(2**31 + 1))]
    with pytest.raises(SourceError, match=r"more than the 2147483648 allowed.*state `bytes: 2147483649`"):
        unpinned()
    assert len(server.ranges) == 1


@pytest.mark.parametrize("bomb", [{f"X-{i}": "y" for i in range(5000)}, {"X": "y" * 2_000_000}])
def test_header_bombs_are_bounded(fetch, server, bomb):
    server.script = [answer(200, **bomb)] * 9
    with pytest.raises(SourceError):
        fetch()
    assert len(server.ranges) == 5


HEADERS = [
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Content-Encoding",
    "Transfer-Encoding",
    "Location",
    "Retry-After",
    "ETag",
    "Last-Modified",
    "Set-Cookie",
    "Connection",
]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_answer_of_a_server_does_anything_but_one_line(server, tmp_path_factory, tried, data):
    """Any status, any headers: the right file, or a reason in one line."""
    url, folder = server.serve("data.bin", b"abc"), tmp_path_factory.getbasetemp()
    expected = data.draw(st.sampled_from([expected_for(b"abc"), Expected("test", "data.bin")]))
    text = st.one_of(
        st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20),
        st.sampled_from(["3", "\xb2", "bytes 1-2/3", "bytes 0-2/3", "text/html", "gzip"]),
        st.sampled_from(["http://[", "file:///etc/passwd", "//a..b", "/data.bin"]),
    )
    names = st.sampled_from(HEADERS)
    headers = data.draw(st.dictionaries(names, text, max_size=4))
    status = data.draw(st.sampled_from([200, 200, 206, 301, 302, 307, 304, 416, 404, 500, 100, 999]))

    def reply(handler):
        handler.close_connection = True
        lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        handler.wfile.write("\r\n".join(lines).encode("latin-1") + b"abc")

    server.script = [reply]
    tried()
    partial = expected.partial(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spiketext.resources.download.LONGEST_WAIT", 0.001)
        try:
            Download(url, partial, expected).run()
        except (SourceError, SpikeTextError):
            return
    assert partial.read_bytes() == b"abc" or expected.sha256 is None
