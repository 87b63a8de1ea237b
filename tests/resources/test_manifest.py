import json

import pytest

from spiketext.errors import SpikeTextError
from spiketext.resources.manifest import resource_file, resource_folder


@pytest.fixture
def manifest(tmp_path):
    folder = tmp_path / "resources/words"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/a.txt").write_bytes(b"abc")
    path = folder / "manifest.json"
    path.write_text(json.dumps({"resource": "words", "files": {"deep/a.txt": {"bytes": 3, "sha256": ""}}}))
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


def test_changed_or_missing_file(manifest):
    (manifest.parent / "deep/a.txt").write_bytes(b"ab")
    for check in (
        lambda: resource_file([manifest], "words", "deep/a.txt"),
        lambda: resource_folder(manifest, "words"),
    ):
        with pytest.raises(SpikeTextError, match=r"has 2 bytes, not 3; delete .*manifest.json and run again"):
            check()
    (manifest.parent / "deep/a.txt").unlink()
    with pytest.raises(SpikeTextError, match=r"a\.txt is missing"):
        resource_file([manifest], "words", "deep/a.txt")


def test_missing_manifest(tmp_path):
    with pytest.raises(SpikeTextError, match="cannot read"):
        resource_file([tmp_path / "words/manifest.json"], "words", "a.txt")
