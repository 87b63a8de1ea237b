import gzip
import io
import stat
import tarfile
import tempfile
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resource_helpers import sha256

from spiketext.config.resources import is_safe_name
from spiketext.errors import SpikeTextError
from spiketext.resources import archives
from spiketext.resources.archives import unpack

MIB = 2**20


def write_tar(path: Path, entries) -> Path:
    """`entries`: (name, content) or a ready TarInfo."""
    mode = {".gz": "w:gz", ".tgz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz", ".tar": "w"}[path.suffix]
    with tarfile.open(path, mode) as tar:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                tar.addfile(entry)
                continue
            info = tarfile.TarInfo(entry[0])
            info.size = len(entry[1])
            tar.addfile(info, io.BytesIO(entry[1]))
    return path


def write_zip(path: Path, entries) -> Path:
    """`entries`: (name or ZipInfo, content)."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        warnings.simplefilter("ignore")  # a name that is there twice is meant
        for name, content in entries:
            zipped.writestr(name, content)
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zip_link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


CONTENT = [("pkg-1/setup.py", b"boom()"), ("pkg-1/data/a.txt", b"one\r\ntwo\r\n"), ("pkg-1/data/b.txt", b"b")]


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tgz", "x.tar.bz2", "x.tar.xz", "x.zip", "x.whl"])
def test_takes_only_what_is_wanted(tmp_path, out, name):
    write = write_zip if name.endswith(("zip", "whl")) else write_tar
    archive = write(tmp_path / name, CONTENT)
    files = unpack(archive, {"deep/a.csv": "pkg-1/data/a.txt"}, out, limit=MIB)
    assert names_in(out) == ["deep/a.csv"]
    assert (out / "deep/a.csv").read_bytes() == b"one\r\ntwo\r\n"
    assert files == {"deep/a.csv": {"bytes": 10, "sha256": sha256(b"one\r\ntwo\r\n")}}


@pytest.mark.parametrize("write, name", [(write_tar, "x.tar.gz"), (write_zip, "x.zip")])
def test_pattern_takes_one_folder(tmp_path, out, write, name):
    archive = write(tmp_path / name, [*CONTENT, ("pkg-1/data/deeper/c.txt", b"c")])
    files = unpack(archive, {"here/": "*/data/*.txt"}, out, limit=MIB)
    assert names_in(out) == sorted(files) == ["here/a.txt", "here/b.txt"]


def test_names_may_begin_with_a_dot_and_slash(tmp_path, out):
    unpack(write_tar(tmp_path / "x.tar.gz", [("./a", b"a")]), {"a": "a"}, out, limit=MIB)
    assert names_in(out) == ["a"]


def test_gzip_of_one_file(tmp_path, out):
    archive = tmp_path / "words.txt.gz"
    archive.write_bytes(gzip.compress(b"hello"))
    assert unpack(archive, {"w.txt": "words.txt"}, out, limit=MIB)["w.txt"]["bytes"] == 5
    assert (out / "w.txt").read_bytes() == b"hello"


def test_carriage_returns_go_also_between_chunks(tmp_path, out, monkeypatch):
    monkeypatch.setattr(archives, "CHUNK", 4)
    archive = write_tar(tmp_path / "x.tar.gz", CONTENT)
    files = unpack(archive, {"a": "pkg-1/data/a.txt"}, out, limit=MIB, transform="strip-cr")
    assert (out / "a").read_bytes() == b"one\ntwo\n"
    assert files["a"] == {"bytes": 8, "sha256": sha256(b"one\ntwo\n")}


def test_missing_member_is_named(tmp_path, out):
    archive = write_zip(tmp_path / "x.zip", CONTENT)
    with pytest.raises(
        SpikeTextError, match=r"x.zip: no 'pkg-2/a.txt' in it \(it begins with pkg-1/setup.py"
    ):
        unpack(archive, {"a": "pkg-2/a.txt"}, out, limit=MIB)


EVIL_NAMES = [
    "../evil",
    "a/../../evil",
    "/tmp/evil",
    "//evil",
    "a\\..\\evil",
    "C:evil",
    "..",
    ".",
    "nul\n",
    " x",
]


@pytest.mark.parametrize("name", EVIL_NAMES)
@pytest.mark.parametrize("write, suffix", [(write_tar, "x.tar.gz"), (write_zip, "x.zip")])
def test_names_that_lead_elsewhere(tmp_path, out, name, write, suffix):
    archive = write(tmp_path / suffix, [(name, b"evil")])
    for members in ({"d/": "*"}, {"d/": "*/*"}, {"d/": "*/*/*"}, {"d/": "*/*/*/*"}):
        try:
            unpack(archive, members, out, limit=MIB)
        except SpikeTextError:
            pass
        else:
            pytest.fail(f"{name!r} was unpacked as {names_in(out)}")
    assert names_in(tmp_path) == [suffix]


@pytest.mark.parametrize(
    "entry",
    [
        special("a", tarfile.SYMTYPE, "/etc/passwd"),
        special("a", tarfile.LNKTYPE, "b"),
        special("a", tarfile.CHRTYPE),
        special("a", tarfile.BLKTYPE),
        special("a", tarfile.FIFOTYPE),
    ],
    ids=["symbolic link", "hard link", "character device", "block device", "pipe"],
)
@pytest.mark.parametrize("members", [{"a": "a"}, {"d/": "*"}])
def test_tar_of_something_else_than_files(tmp_path, out, entry, members):
    archive = write_tar(tmp_path / "x.tar.gz", [("b", b"secret"), entry])
    with pytest.raises(SpikeTextError, match="'a' is no regular file"):
        unpack(archive, members, out, limit=MIB)
    assert not (out / "a").exists() and not (out / "d/a").exists()


def test_zip_with_a_link(tmp_path, out):
    archive = write_zip(tmp_path / "x.zip", [(zip_link("a"), b"/etc/passwd")])
    with pytest.raises(SpikeTextError, match="'a' is no regular file"):
        unpack(archive, {"a": "a"}, out, limit=MIB)
    assert names_in(out) == []


def test_a_link_cannot_be_written_through(tmp_path, out):
    entries = [special("d", tarfile.SYMTYPE, str(tmp_path / "elsewhere")), ("d/a", b"evil")]
    (tmp_path / "elsewhere").mkdir()
    unpack(write_tar(tmp_path / "x.tar.gz", entries), {"d/a": "d/a"}, out, limit=MIB)
    assert names_in(tmp_path / "elsewhere") == []
    assert not (out / "d").is_symlink()


def test_the_same_member_twice(tmp_path, out):
    archive = write_tar(tmp_path / "x.tar.gz", [("a", b"1"), ("a", b"2")])
    with pytest.raises(SpikeTextError, match="'a' is there twice"):
        unpack(archive, {"a": "a"}, out, limit=MIB)


BOMB = bytes(3 * MIB)


@pytest.mark.parametrize("wanted", ["bomb", "small"])
def test_tar_bomb(tmp_path, out, wanted):
    archive = write_tar(tmp_path / "x.tar.gz", [("bomb", BOMB), ("small", b"s")])
    with pytest.raises(SpikeTextError, match="more than the 1048576 bytes allowed"):
        unpack(archive, {"a": wanted}, out, limit=MIB)


def test_zip_bomb(tmp_path, out):
    archive = write_zip(tmp_path / "x.zip", [("a", BOMB)])
    with pytest.raises(SpikeTextError, match="more than the 1048576 bytes allowed"):
        unpack(archive, {"a": "a"}, out, limit=MIB)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_of_a_method_that_zipfile_cannot_bound(tmp_path, out, method):
    """It would unpack hundreds of megabytes of zeros at once."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", method) as zipped:
        zipped.writestr("a", bytes(MIB))
    with pytest.raises(SpikeTextError, match="another way than deflated"):
        unpack(tmp_path / "x.zip", {"a": "a"}, out, limit=MIB)


def many_members(name, count):
    """An archive with `count` empty members of one name, made by hand, because the libraries are slow."""
    if name == "x.tar":
        return tarfile.TarInfo("empty").tobuf() * count + bytes(1024)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("empty", b"")
    content = buffer.getvalue()
    begin, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    directory = content[begin:end] * count
    sizes = len(directory).to_bytes(4, "little") + begin.to_bytes(4, "little")
    return content[:begin] + directory + content[end : end + 12] + sizes + content[end + 20 :]


@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
def test_a_hundred_thousand_empty_members(tmp_path, out, name, monkeypatch):
    """Refused after 64 MiB's worth of them, long before all are looked at; a thousand are fine."""
    seen = []
    claim = archives._Wanted.claim
    monkeypatch.setattr(archives._Wanted, "claim", lambda *a, **k: seen.append(1) or claim(*a, **k))
    (tmp_path / name).write_bytes(many_members(name, 100_000))
    with pytest.raises(SpikeTextError, match="unpacks to more than"):
        unpack(tmp_path / name, {"a": "a"}, out, limit=64 * MIB)
    assert len(seen) <= 64 * MIB / archives.MEMBER_BYTES
    (tmp_path / name).write_bytes(many_members(name, 1000))
    with pytest.raises(SpikeTextError, match="no 'a' in it"):
        unpack(tmp_path / name, {"a": "a"}, out, limit=64 * MIB)
    assert len(seen) >= 1000


@pytest.mark.parametrize("field", ["file_size", "compress_size", "header_offset", "CRC"])
@pytest.mark.parametrize("lie", [0, 1, 7, 2**31, 2**32 - 2])
def test_zip_with_lying_sizes(tmp_path, out, field, lie):
    """What its directory says of sizes and places is not believed: the true bytes, or none."""
    archive = write_zip(tmp_path / "x.zip", [("a", b"some text " * 100)])
    content = bytearray(archive.read_bytes())
    begin = content.rindex(b"PK\x01\x02")
    place = begin + {"CRC": 16, "compress_size": 20, "file_size": 24, "header_offset": 42}[field]
    true = content[place : place + 4]
    content[place : place + 4] = lie.to_bytes(4, "little")
    if content[place : place + 4] == true:
        pytest.skip("no lie")
    archive.write_bytes(content)
    try:
        unpack(archive, {"a": "a"}, out, limit=MIB)
    except SpikeTextError as error:
        assert "x.zip: damaged" in str(error)
    else:
        assert lie > 1000 and field.endswith("size")
        assert (out / "a").read_bytes() == b"some text " * 100


def test_gzip_bomb(tmp_path, out):
    archive = tmp_path / "a.gz"
    archive.write_bytes(gzip.compress(BOMB))
    with pytest.raises(SpikeTextError, match="more than the 1048576 bytes allowed"):
        unpack(archive, {"a": "a"}, out, limit=MIB)


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tar.bz2", "x.tar.xz", "x.tar", "x.zip", "x.gz"])
@pytest.mark.parametrize("keep", [0.01, 0.5, None])
def test_damaged_archive(tmp_path, out, name, keep):
    archive = tmp_path / name
    if keep is None:
        archive.write_bytes(b"this is no archive at all" * 100)
    elif name == "x.gz":
        archive.write_bytes(gzip.compress(bytes(range(256)) * 20))
    else:
        write = write_zip if name == "x.zip" else write_tar
        write(archive, [("a", bytes(range(256)) * 200)])
    if keep is not None:
        archive.write_bytes(archive.read_bytes()[: int(archive.stat().st_size * keep)])
    with pytest.raises(SpikeTextError, match=name):
        unpack(archive, {"a": "a" if name != "x.gz" else "x"}, out, limit=MIB)


def test_encrypted_zip(tmp_path, out):
    archive = write_zip(tmp_path / "x.zip", [("a", b"secret")])
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    data[data.index(b"PK\x03\x04") + 6] |= 1
    archive.write_bytes(data)
    with pytest.raises(SpikeTextError, match=r"x\.zip: damaged"):
        unpack(archive, {"a": "a"}, out, limit=MIB)


def test_full_disk(tmp_path, out, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    real = Path.open
    monkeypatch.setattr(
        Path, "open", lambda self, mode="r", *a, **k: Full() if mode == "xb" else real(self, mode, *a, **k)
    )
    archive = write_zip(tmp_path / "x.zip", CONTENT)
    with pytest.raises(SpikeTextError, match=r"No space left on device.*free some space"):
        unpack(archive, {"a": "pkg-1/data/a.txt"}, out, limit=MIB)


pieces = st.sampled_from(
    ["..", ".", "", "a", "b.txt", "/", "\\", "C:", "~", " ", "\n", "é", "...", "CON", "-rf"]
)
evil = st.lists(st.one_of(pieces, st.text(max_size=8)), min_size=1, max_size=6).map("/".join) | st.text(
    max_size=40
)


@settings(max_examples=100, deadline=None)
@given(
    names=st.lists(evil, min_size=1, max_size=4),
    key=st.sampled_from(["d/", "d/e/"]),
    pattern=st.lists(st.just("*"), min_size=1, max_size=5).map("/".join),
    zipped=st.booleans(),
)
def test_no_name_leads_out_of_the_target(names, key, pattern, zipped):
    with tempfile.TemporaryDirectory() as box:
        out = Path(box) / "x/y/out"
        out.mkdir(parents=True)
        archive = Path(box) / ("a.zip" if zipped else "a.tar")
        entries = [(name.encode("utf-8", "replace").decode(), b"evil") for name in names]
        try:
            if zipped:
                write_zip(archive, [(name.replace("\0", "0"), data) for name, data in entries])
            else:
                write_tar(archive, entries)
        except (ValueError, IndexError):  # not every text can be stored as a name
            return
        try:
            files = unpack(archive, {key: pattern}, out, limit=MIB)
        except SpikeTextError:
            files = None
        written = names_in(Path(box))
        assert [name for name in written if not name.startswith(("x/y/out/" + key, archive.name))] == []
        if files is not None:
            assert names_in(out) == sorted(files)
            assert all(is_safe_name(name) for name in files)


@given(name=evil)
def test_safe_names_stay_below_their_folder(name):
    if is_safe_name(name):
        base = Path("/base/folder")
        path = Path(*(part for part in (base / name).parts))
        assert ".." not in path.parts and path.is_relative_to(base) and path != base


GOOD = {}


def good_archive(name, folder):
    """An archive of a kind and its bytes; made once."""
    if name not in GOOD:
        path = folder / name
        if name == "x.txt.gz":
            path.write_bytes(gzip.compress(b"some text\n" * 30, mtime=0))
        else:
            (write_zip if name.endswith("zip") else write_tar)(path, CONTENT)
        GOOD[name] = path.read_bytes()
    return GOOD[name]


@settings(max_examples=300)
@given(data=st.data())
def test_no_damaged_archive_does_anything_but_one_line(tmp_path_factory, tried, data):
    """Good archives with some bytes changed, cut out or put in: unpacked within the limit, or refused."""
    name = data.draw(
        st.sampled_from(["x.tar", "x.tar.gz", "x.tar.bz2", "x.tar.xz", "x.zip", "x.zip", "x.txt.gz"])
    )
    content = bytearray(good_archive(name, tmp_path_factory.getbasetemp()))
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.sampled_from([0, 1, 2, 4, 8, 512]))
        content[begin : begin + cut] = data.draw(st.binary(max_size=12))
    wanted = {"a.txt": "x.txt" if name == "x.txt.gz" else "pkg-1/data/a.txt"}
    tried()
    with tempfile.TemporaryDirectory() as folder:
        archive, out = Path(folder, name), Path(folder, "out")
        archive.write_bytes(content)
        out.mkdir()
        try:
            unpack(archive, wanted, out, limit=MIB)
        except SpikeTextError as error:
            assert str(error).isprintable()
        assert sum(path.stat().st_size for path in out.rglob("*")) <= MIB


@settings(max_examples=200)
@given(data=st.data())
def test_no_tar_header_does_anything_but_one_line(tmp_path_factory, tried, data):
    """Headers with right checksums and wrong numbers: sizes, kinds, pax records."""
    info = tarfile.TarInfo("a")
    buffer = bytearray(info.tobuf())
    number = st.one_of(
        st.binary(min_size=12, max_size=12), st.integers(0, 8**11 - 1).map(lambda n: b"%011o\0" % n)
    )
    buffer[124:136] = data.draw(st.one_of(number, st.sampled_from([b"\x80" + b"\xff" * 11, b"\xff" * 12])))
    buffer[156:157] = data.draw(st.sampled_from([b"0", b"x", b"g", b"L", b"K", b"S", b"1", b"5", b"\0"]))
    buffer[148:156] = b" " * 8
    buffer[148:156] = b"%06o\0 " % sum(buffer[:512])
    body = data.draw(
        st.one_of(st.binary(max_size=64), st.from_regex(r"[0-9]{1,30} [a-z.]{1,20}=.*\n").map(str.encode))
    )
    tried()
    with tempfile.TemporaryDirectory() as folder:
        archive, out = Path(folder, "x.tar"), Path(folder, "out")
        archive.write_bytes(bytes(buffer[:512]) + body.ljust(512, b"\0")[:512] + info.tobuf() + bytes(1024))
        out.mkdir()
        try:
            unpack(archive, {"a": "a"}, out, limit=MIB)
        except SpikeTextError as error:
            assert str(error).isprintable()
