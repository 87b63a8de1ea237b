import pytest
from resource_helpers import sha256

from spiketext.errors import SpikeTextError
from spiketext.files import write_json
from spiketext.resources.manifest import resource_file, resource_folder


@pytest.fixture
def manifest(tmp_path):
    folder = tmp_path / "resources/words"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/a.txt").write_bytes(b"abc")
    path = folder / "manifest.json"
    write_json(path, {"resource": "words", "files": {"deep/a.txt": {"bytes": 3, "sha256": sha256(b"abc")}}})
    return path


def test_finds_the_file(manifest):
    other = manifest.parent.parent / "other/manifest.json"  # is not even read
    wanted = manifest.parent / "deep/a.txt"
    assert resource_file([str(other), str(manifest)], "words", "deep/a.txt") == wanted
    assert resource_file(str(manifest), "words", "deep/a.txt") == wanted
    assert resource_folder([manifest], "words") == manifest.parent


def test_unknown_resource_and_file(manifest):
    with pytest.raises(SpikeTextError, match=r"resource other is not among the resources given \(words\)"):
        resource_file([manifest], "other", "a.txt")
    with pytest.raises(SpikeTextError, match=r"no file 'b.txt' \(it has: deep/a.txt\)"):
        resource_file([manifest], "words", "b.txt")


@pytest.mark.parametrize("content", [b"ab", b"abd", b""])
def test_changed_or_missing_file(manifest, content):
    """Also a change that keeps the size."""
    (manifest.parent / "deep/a.txt").write_bytes(content)
    for check in (
        lambda: resource_file([manifest], "words", "deep/a.txt"),
        lambda: resource_folder(manifest, "words"),
    ):
        with pytest.raises(
            SpikeTextError, match=r"sha256 does not fit\); delete .*manifest.json and run again"
        ):
            check()
    (manifest.parent / "deep/a.txt").unlink()
    with pytest.raises(SpikeTextError, match=r"a\.txt is missing.*No such file"):
        resource_file([manifest], "words", "deep/a.txt")


def test_missing_manifest(tmp_path):
    with pytest.raises(SpikeTextError, match="rule fetch makes it anew"):
        resource_file([tmp_path / "resources/words/manifest.json"], "words", "a.txt")


@pytest.mark.parametrize(
    "files",
    [
        {"../../secret": {"bytes": 3, "sha256": sha256(b"abc")}},
        {"/etc/passwd": {"bytes": 3, "sha256": sha256(b"abc")}},
        {"deep/a.txt": {"bytes": -3, "sha256": sha256(b"abc")}},
        {"deep/a.txt": {"bytes": 3, "sha256": ""}},
        {"deep/a.txt": {"bytes": 3}},
        {"deep/a.txt": [3]},
        {"deep/a.txt\x1b": {"bytes": 3, "sha256": sha256(b"abc")}},
        ["deep/a.txt"],
        None,
    ],
)
def test_an_absurd_manifest_is_refused(manifest, files):
    write_json(manifest, {"resource": "words", "files": files})
    with pytest.raises(SpikeTextError, match=r"is no manifest.*rule fetch makes it anew"):
        resource_file(manifest, "words", "deep/a.txt")
    write_json(manifest, {})
    with pytest.raises(SpikeTextError, match="is no manifest"):
        resource_folder(manifest, "words")
