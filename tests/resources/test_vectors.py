"""From a web server to a table of word vectors: the true formats, and what goes wrong on the way."""

import gzip
import io
import tracemalloc
import zipfile
from dataclasses import dataclass

import numpy as np
import pytest
from resource_helpers import cut_after, sha256

from spiketext.config.data import Embedding
from spiketext.config.resources import Resource
from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.compose import Composition, open_source
from spiketext.inputs.embeddings.sources import streams
from spiketext.inputs.embeddings.table import build_table
from spiketext.resources.fetch import fetch

WIDTH = 6
Table = dict[bytes, np.ndarray]
rng = np.random.default_rng(5)


def vector(width: int = WIDTH) -> np.ndarray:
    return rng.normal(0, 0.4, width).round(5)


def lines(words: list[bytes], width: int = WIDTH, end: bytes = b"\n") -> tuple[bytes, Table]:
    """Text form of random vectors, and the first vector of each word."""
    rows = [(word, vector(width)) for word in words]
    content = b"".join(word + b" " + " ".join(map(str, v)).encode() + end for word, v in rows)
    return content, {word: v for word, v in reversed(rows)}


# As in GloVe 840B and fastText: words with spaces, no-break spaces and a next-line character inside, numbers
# that look like values, the same word twice, and bytes that are no UTF-8.
ODD = [
    b"the",
    b". . .",
    b"at name@domain.com",
    "1\u00a0000".encode(),
    "x\u0085y".encode(),
    b"12.5",
    b"the",
    b"\xff\xfe\xfa",
    "é".encode(),
    b"film",
]
CORPUS = ["", "the", "film", "é", "12.5", "absent"]
COUNTS = np.array([0, 9, 5, 2, 1, 3])


def glove_zip() -> tuple[bytes, Table]:
    """Several tables in one archive, as Stanford packs them; the wanted one is not the first."""
    buffer = io.BytesIO()
    content, table = lines(ODD)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("glove.6B.4d.txt", lines(ODD, 4)[0])
        archive.writestr(f"glove.6B.{WIDTH}d.txt", content)
        archive.writestr("glove.6B.9d.txt", lines(ODD, 9)[0])
    return buffer.getvalue(), table


def fasttext_gz() -> tuple[bytes, Table]:
    """With a line that counts words and width, and a space at the end of each line."""
    content, table = lines(ODD, end=b" \n")
    return gzip.compress(f"{len(ODD)} {WIDTH}\n".encode() + content), table


def word2vec_bin() -> tuple[bytes, Table]:
    """As Mikolov's tool writes it; words of this form hold no spaces."""
    rows = [(word, vector()) for word in ODD if b" " not in word]
    content = f"{len(rows)} {WIDTH}\n".encode()
    content += b"".join(word + b" " + v.astype("<f4").tobytes() + b"\n" for word, v in rows)
    return content, {word: v for word, v in reversed(rows)}


@dataclass
class Format:
    archive: str
    kind: str
    file: str
    content: bytes
    table: Table
    members: dict[str, str]


@pytest.fixture(params=["GloVe zip", "fastText gz", "word2vec binary"])
def form(request) -> Format:
    if request.param == "GloVe zip":
        name = f"glove.6B.{WIDTH}d.txt"
        return Format("glove.6B.zip", "text", name, *glove_zip(), {name: name})
    if request.param == "fastText gz":
        return Format("cc.zh.300.vec.gz", "text", "cc.zh.300.vec.gz", *fasttext_gz(), {})
    return Format("vectors.bin", "word2vec", "vectors.bin", *word2vec_bin(), {})


@pytest.fixture
def embed(tmp_path, server):
    """A function that fetches vectors from the server and makes the table of `CORPUS`."""

    def embed(form: Format, **changes):
        url = f"{server.url}/data/{form.archive}"
        server.files.setdefault(f"/data/{form.archive}", form.content)
        known = {"bytes": len(form.content), "sha256": sha256(form.content)}
        values = {"version": "1", "licence": "none", "url": url, "members": form.members, **known, **changes}
        folder = tmp_path / "results/resources/words"
        fetch("words", Resource(**values), folder)
        source = {"kind": form.kind, "resource": "words", "file": form.file, "width": WIDTH}
        spec = Embedding.model_validate({"sources": [source]})
        sources = Composition(spec, lambda one: open_source(one, [folder / "manifest.json"]))
        return build_table(spec, sources, CORPUS, COUNTS)

    return embed


def check(table, form: Format) -> None:
    assert table.covered.tolist() == [False, True, True, True, True, False]
    for row, word in enumerate(CORPUS):
        expected = form.table.get(word.encode(), np.zeros(WIDTH)) if word else np.zeros(WIDTH)
        assert table.vectors[row] == pytest.approx(expected, abs=1e-6), word
    assert table.report["coverage"]["tokens"] == 0.85


UNPINNED = {"bytes": None, "sha256": None, "unpinned": True}


@pytest.mark.parametrize("changes", [{}, UNPINNED], ids=["pinned", "unpinned"])
def test_every_format_over_a_good_line(embed, form, changes):
    check(embed(form, **changes), form)


@pytest.mark.parametrize("changes", [{}, UNPINNED], ids=["pinned", "unpinned"])
def test_a_line_that_breaks_and_a_busy_server(embed, form, server, changes):
    half = len(form.content) // 2
    server.script = [
        lambda handler: handler.reply(503, b"busy"),
        cut_after(half),
        lambda handler: handler.reply(503, b"busy again", {"Retry-After": "0"}),
    ]
    check(embed(form, **changes), form)
    assert server.ranges == [None, None, f"bytes={half}-", f"bytes={half}-"]


@pytest.mark.parametrize("changes", [{}, UNPINNED], ids=["pinned", "unpinned"])
def test_a_server_without_ranges_begins_anew(embed, form, server, changes):
    server.script = [cut_after(len(form.content) // 2), lambda handler: handler.send_file(None)]
    check(embed(form, **changes), form)
    assert len(server.ranges) == 2


def test_a_file_that_is_cut_short_on_the_server(embed, form, server):
    server.files[f"/data/{form.archive}"] = form.content[:-20]
    with pytest.raises(SpikeTextError, match=r"words cannot be had: .*wrong size: expected \d+ bytes"):
        embed(form)


def test_an_unpinned_file_that_is_cut_short_on_the_server(embed, form, server):
    """Nothing states its size; the formats themselves show it."""
    server.files[f"/data/{form.archive}"] = form.content[:-20]
    with pytest.raises(SpikeTextError, match=r"damaged|cannot be read|the file ends") as caught:
        embed(form, **UNPINNED)
    assert "\n" not in str(caught.value)


def test_a_file_of_another_checksum(embed, form, server):
    changed = bytearray(form.content)
    changed[len(changed) // 2] ^= 1
    server.files[f"/data/{form.archive}"] = bytes(changed)
    with pytest.raises(SpikeTextError, match=r"wrong checksum: expected sha256 .* Put the file") as caught:
        embed(form)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("member", ["glove.6B.4d.txt", "glove.6B.9d.txt"])
def test_a_member_of_another_width(embed, member):
    content, table = glove_zip()
    form = Format("glove.6B.zip", "text", member, content, table, {member: member})
    with pytest.raises(SpikeTextError, match=rf"{member}, line 1: not a word and {WIDTH} values"):
        embed(form)


def test_a_member_that_is_not_there(embed):
    content, table = glove_zip()
    form = Format("glove.6B.zip", "text", "x", content, table, {"x": "glove.6B.300d.txt"})
    with pytest.raises(SpikeTextError, match=r"no 'glove.6B.300d.txt' in it \(it begins with glove.6B.4d"):
        embed(form)


def test_memory_holds_the_vocabulary_and_not_the_file(tmp_path):
    """Six megabytes of text, or three of numbers, in less than one."""
    row = " ".join(["0.12345"] * 300) + "\n"
    path = tmp_path / "big.vec.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("2500 300\n")
        file.writelines(f"w{number} {row}" for number in range(2500))
    tracemalloc.start()
    try:
        vectors, covered, _ = streams.TextVectors(path, 300).embed(["w7", "w2499", "absent"])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert covered.tolist() == [True, True, False]
    assert vectors[:2] == pytest.approx(0.12345)
    assert peak < 2**20


def test_reading_tells_how_far_it_is(tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(streams, "LOOK_EVERY", 1000)
    monkeypatch.setattr(streams.Progress, "__init__", _impatient(streams.Progress.__init__))
    path = tmp_path / "big.txt"
    path.write_bytes(b"".join(lines([f"w{n}".encode() for n in range(1000)])[0] for _ in range(40)))
    streams.TextVectors(path, WIDTH).embed(["absent"])
    assert any(line.startswith("big.txt: MiB read: 1 of 2 (50 %)") for line in caplog.messages)


def _impatient(init):
    return lambda self, what, total, done=0, every=10.0: init(self, what, total, done, every=0.0)
