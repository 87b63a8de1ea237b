import io
import logging
import os
import tarfile
from pathlib import Path

import pytest
from resource_helpers import resource_for, sha256

from spiketext.config.resources import Resource
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.resources import archives
from spiketext.resources import fetch as module
from spiketext.resources.fetch import fetch
from spiketext.resources.manifest import resource_file, resource_folder

DATA = b"0 a sentence\n" * 50
OTHER = b"1 another one\n" * 50


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "results/resources/words"


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a resource but the manifest and the private record."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in paths
        if path.name not in ("manifest.json", ".fetched.json")
    }


def tarball(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"pkg/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_url(server, folder):
    resource = resource_for(DATA, url=server.serve("words.txt", DATA), citation="Me 2020")
    manifest = fetch("words", resource, folder)
    assert contents(folder) == {"words.txt": DATA}
    assert read_json(folder / "manifest.json") == manifest
    assert manifest == {
        "resource": "words",
        "version": "1",
        "source": f"{server.url}/words.txt",
        "sha256": sha256(DATA),
        "pinned": True,
        "bytes": len(DATA),
        "licence": "none",
        "citation": "Me 2020",
        "files": {"words.txt": {"bytes": len(DATA), "sha256": sha256(DATA)}},
    }
    assert resource_file([folder / "manifest.json"], "words", "words.txt").read_bytes() == DATA


def test_archive(server, folder):
    archive = tarball(a=b"1\r\n", b=b"2\r\n", c=b"3")
    resource = resource_for(
        archive,
        url=server.serve("x.tar.gz", archive),
        members={"first.txt": "pkg/a", "corpora/b": "pkg/b"},
        transform="strip-cr",
    )
    manifest = fetch("words", resource, folder)
    assert contents(folder) == {"first.txt": b"1\n", "corpora/b": b"2\n"}
    assert manifest["sha256"] == sha256(archive)
    assert manifest["files"]["corpora/b"] == {"bytes": 2, "sha256": sha256(b"2\n")}
    assert resource_folder([folder / "manifest.json"], "words") == folder


def test_file_address(tmp_path, folder):
    (tmp_path / "my words.txt").write_bytes(DATA)
    url = (tmp_path / "my words.txt").as_uri()
    fetch("words", resource_for(DATA, url=url, archive="words.txt"), folder)
    assert contents(folder) == {"words.txt": DATA}


@pytest.mark.parametrize("form", ["folder", "file address", "web address"])
def test_mirror_is_tried_first(server, mirror, folder, form):
    (mirror / "words.txt").write_bytes(DATA)
    server.files["/base/words.txt"] = DATA
    setting = {"folder": str(mirror), "file address": mirror.as_uri(), "web address": f"{server.url}/base/"}[
        form
    ]
    manifest = fetch("words", resource_for(DATA, url=f"{server.url}/own/words.txt"), folder, setting)
    assert contents(folder) == {"words.txt": DATA}
    assert manifest["source"].startswith("mirror ")
    assert len(server.ranges) == (1 if form == "web address" else 0)


@pytest.mark.parametrize("form", ["folder", "web address", "no such folder"])
def test_mirror_without_the_file(server, mirror, folder, form):
    setting = {"folder": mirror, "web address": f"{server.url}/base", "no such folder": mirror / "x"}[form]
    manifest = fetch("words", resource_for(DATA, url=server.serve("words.txt", DATA)), folder, str(setting))
    assert manifest["source"] == f"{server.url}/words.txt"
    assert contents(folder) == {"words.txt": DATA}


def test_corrupt_mirror_is_skipped_with_a_warning(server, mirror, folder, caplog):
    (mirror / "words.txt").write_bytes(DATA[:-1] + b"!")
    url = server.serve("words.txt", DATA)
    with caplog.at_level(logging.WARNING):
        manifest = fetch("words", resource_for(DATA, url=url), folder, str(mirror))
    assert manifest["source"] == url
    assert contents(folder) == {"words.txt": DATA}
    (warning,) = [record.getMessage() for record in caplog.records]
    assert f"mirror {mirror}/words.txt: wrong checksum: expected sha256 {sha256(DATA)}, got" in warning


def test_dead_mirror_is_skipped(server, dead_url, folder):
    resource = resource_for(DATA, url=server.serve("words.txt", DATA))
    assert fetch("words", resource, folder, dead_url)["source"] == f"{server.url}/words.txt"


def test_mirror_serves_what_has_no_source(mirror, folder):
    resource = resource_for(DATA, origin="cut from a larger table", archive="words.txt")
    with pytest.raises(
        SpikeTextError, match=r"no `mirror` is set; no source of its own \(cut from a larger table\)"
    ):
        fetch("words", resource, folder)
    (mirror / "words.txt").write_bytes(DATA)
    fetch("words", resource, folder, str(mirror))
    assert contents(folder) == {"words.txt": DATA}


def test_offline_message(mirror, folder, dead_url):
    with pytest.raises(SpikeTextError) as caught:
        fetch("words", resource_for(DATA, url=dead_url), folder, str(mirror))
    assert str(caught.value) == (
        f"resource words cannot be had: mirror {mirror}/data.bin: no such file; "
        f"{dead_url}: connection refused. Put the file data.bin ({len(DATA)} bytes, sha256 {sha256(DATA)}) "
        "into a folder and set `mirror: FOLDER` in the config"
    )
    assert not (folder / "manifest.json").exists()
    assert contents(folder) == {}


def test_passwords_are_not_written_down(server, folder):
    server.serve("words.txt?key=secret", DATA)
    secret = server.url.replace("http://", "http://me:secret@")
    fetch("words", resource_for(DATA, url=f"{secret}/words.txt?key=secret"), folder)
    assert "secret" not in (folder / "manifest.json").read_text()


def test_broken_download_goes_on_in_the_next_run(server, folder):
    url = server.serve("words.txt", DATA)
    resource = resource_for(DATA, url=url)
    server.files["/words.txt"] = DATA[:100]
    server.script = [lambda handler: handler.reply(200, DATA[:100], {"Content-Length": str(len(DATA))})]
    server.script += [lambda handler: handler.reply(503, b"")] * 9
    with pytest.raises(SpikeTextError):
        fetch("words", resource, folder)
    assert list(contents(folder).values()) == [DATA[:100]]
    assert all(name.startswith(".words.txt.") for name in contents(folder))
    server.script, server.files["/words.txt"] = [], DATA
    fetch("words", resource, folder)
    assert server.ranges[-1] == "bytes=100-"
    assert contents(folder) == {"words.txt": DATA}


def test_local_path(tmp_path, folder):
    original = tmp_path / "mine.txt"
    original.write_bytes(DATA)
    resource = Resource(version="1", licence="own", path=str(original))
    assert fetch("words", resource, folder)["sha256"] == sha256(DATA)
    assert contents(folder) == {"mine.txt": DATA}
    original.write_bytes(OTHER)
    assert fetch("words", resource, folder)["sha256"] == sha256(OTHER)
    assert contents(folder) == {"mine.txt": OTHER}
    original.unlink()
    with pytest.raises(SpikeTextError, match=r"cannot be had: /.*mine\.txt: no such file\. Mend `path` of"):
        fetch("words", resource, folder)


def test_a_mirror_does_not_replace_a_local_file_without_checksum(tmp_path, mirror, folder):
    (tmp_path / "mine.txt").write_bytes(DATA)
    (mirror / "mine.txt").write_bytes(OTHER)
    resource = Resource(version="1", licence="own", path=str(tmp_path / "mine.txt"))
    fetch("words", resource, folder, str(mirror))
    assert contents(folder) == {"mine.txt": DATA}


# ---------------------------------------------------------------------------- without a checksum


@pytest.fixture
def unpinned(server):
    return Resource(version="1", licence="none", url=server.serve("words.txt", DATA), unpinned=True)


def test_an_unpinned_file_is_called_so_in_manifest_and_log(folder, unpinned, caplog):
    manifest = fetch("words", unpinned, folder)
    assert contents(folder) == {"words.txt": DATA}
    assert (manifest["pinned"], manifest["sha256"], manifest["bytes"]) == (False, sha256(DATA), len(DATA))
    assert "nothing vouches for this one" in caplog.text


def test_an_unpinned_file_is_kept_while_its_address_stays(server, folder, unpinned):
    fetch("words", unpinned, folder)
    server.ranges.clear()
    assert fetch("words", unpinned, folder)["pinned"] is False
    assert server.ranges == []
    fetch("words", unpinned.model_copy(update={"url": server.serve("v2/words.txt", OTHER)}), folder)
    assert contents(folder) == {"words.txt": OTHER}


def test_a_mirror_may_supply_an_unpinned_file(mirror, folder, unpinned, dead_url):
    away = unpinned.model_copy(update={"url": dead_url})
    with pytest.raises(SpikeTextError, match=r"Put the file data\.bin into a folder and set `mirror"):
        fetch("words", away, folder, str(mirror))
    (mirror / "data.bin").write_bytes(OTHER)
    assert fetch("words", away, folder, str(mirror))["sha256"] == sha256(OTHER)


# ---------------------------------------------------------------------------- a second time


@pytest.fixture
def fetched(server, folder):
    archive = tarball(a=b"1", b=b"2")
    resource = resource_for(
        archive, url=server.serve("x.tar.gz", archive), members={"a": "pkg/a", "b": "pkg/b"}
    )
    fetch("words", resource, folder)
    server.ranges.clear()
    return resource


def test_fetched_files_are_kept(server, folder, fetched):
    (folder / "manifest.json").unlink()  # as Snakemake does before it runs a rule again
    other = fetched.model_copy(update={"citation": "new", "url": "http://elsewhere.invalid/x.tar.gz"})
    manifest = fetch("words", other, folder, "/no/such/mirror")
    assert server.ranges == []
    assert manifest["citation"] == "new"
    assert manifest["source"] == fetched.url
    assert contents(folder) == {"a": b"1", "b": b"2"}


def test_changed_files_are_fetched_again(server, folder, fetched):
    (folder / "a").write_bytes(b"X")
    fetch("words", fetched, folder)
    assert len(server.ranges) == 1
    assert contents(folder) == {"a": b"1", "b": b"2"}


def test_other_members_replace_the_old(server, folder, fetched):
    fetch("words", fetched.model_copy(update={"members": {"deep/b": "pkg/b"}}), folder)
    assert contents(folder) == {"deep/b": b"2"}
    assert len(server.ranges) == 1


def test_other_unpacking_code_unpacks_again(server, folder, fetched, monkeypatch):
    monkeypatch.setattr(module, "code_digest", lambda path: f"changed {path == archives.__file__}")
    fetch("words", fetched, folder)
    assert len(server.ranges) == 1


# ---------------------------------------------------------------------------- trouble


def test_failed_unpacking_leaves_nothing(server, folder):
    archive = tarball(a=b"1")
    resource = resource_for(
        archive, url=server.serve("x.tar.gz", archive), members={"a": "pkg/a", "b": "pkg/b"}
    )
    with pytest.raises(SpikeTextError, match=r"x.tar.gz: no 'pkg/b' in it"):
        fetch("words", resource, folder)
    assert contents(folder) == {}
    assert list(folder.iterdir()) == []


def test_full_disk_while_unpacking_leaves_nothing(server, folder, monkeypatch):
    def full(path, chunks, transform):
        path.write_bytes(b"half")
        with archives.storage_errors(path):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "_write", full)
    archive = tarball(a=b"1")
    resource = resource_for(archive, url=server.serve("x.tar.gz", archive), members={"a": "pkg/a"})
    with pytest.raises(SpikeTextError, match=r"No space left on device.*free some space"):
        fetch("words", resource, folder)
    assert list(folder.iterdir()) == []


def test_remains_of_a_killed_run_do_no_harm(server, folder):
    (folder / ".unpacking/.archive").mkdir(parents=True)
    (folder / ".unpacking/a").write_bytes(b"half")
    (folder / ".pip").mkdir()
    archive = tarball(a=b"1")
    resource = resource_for(archive, url=server.serve("x.tar.gz", archive), members={"a": "pkg/a"})
    fetch("words", resource, folder)
    assert contents(folder) == {"a": b"1"}
    assert not (folder / ".unpacking").exists()


def test_nobody_else_may_write(server, folder):
    """nltk refuses data that others could change, whatever the umask."""
    archive = tarball(a=b"1")
    resource = resource_for(archive, url=server.serve("x.tar.gz", archive), members={"corpora/x/a": "pkg/a"})
    before = os.umask(0)
    try:
        fetch("words", resource, folder)
    finally:
        os.umask(before)
    for path in (folder, folder / "corpora", folder / "corpora/x", folder / "corpora/x/a"):
        assert path.stat().st_mode & 0o022 == 0
        assert path.stat().st_mode & 0o044 == 0o044


def test_a_local_folder_is_copied_and_followed(tmp_path):
    """Its visible files, without folders in it; a change, a new file and one that is gone are noticed."""
    own, folder = tmp_path / "model", tmp_path / "out"
    (own / "inner").mkdir(parents=True)
    for name in ("config.json", "words.txt", ".hidden"):
        (own / name).write_text(name)
    resource = Resource(version="1", licence="own", path=str(own))
    assert resource.watched == [own / "config.json", own / "words.txt"]
    manifest = fetch("model", resource, folder)
    facts = {"bytes": 9, "sha256": sha256(b"words.txt")}
    assert manifest["files"]["words.txt"] == facts
    assert sorted(manifest["files"]) == ["config.json", "words.txt"]
    assert (folder / "words.txt").read_text() == "words.txt"
    (own / "words.txt").unlink()
    (own / "config.json").write_text("{}")
    (own / "new.json").write_text("[]")
    changed = fetch("model", resource, folder)
    assert sorted(changed["files"]) == ["config.json", "new.json"]
    assert changed["sha256"] != manifest["sha256"]
    assert (folder / "config.json").read_text() == "{}" and not (folder / "words.txt").exists()


def test_an_archive_that_says_no_size_may_unpack_to_twenty_times_its_own(tmp_path, folder, monkeypatch):
    """A local file of the user has neither `bytes` nor `unpacked_bytes`."""
    monkeypatch.setattr("spiketext.config.resources.most_unpacked", lambda size: 20 * size)
    archive = tmp_path / "own.tar"
    with tarfile.open(archive, "w") as packed:
        packed.add(__file__, "pkg/a")
    fetch("words", Resource(path=str(archive), members={"a": "pkg/a"}, licence="own", version="1"), folder)
    assert (folder / "a").read_bytes() == Path(__file__).read_bytes()
