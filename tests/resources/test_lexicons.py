"""Lists of synonyms, as the resources hold them."""

import json

import pytest
from resource_helpers import sha256

from spiketext.errors import SpikeTextError
from spiketext.files import write_json
from spiketext.resources.lexicons import READERS


@pytest.fixture
def make_resource(tmp_path):
    """Writes a fetched resource of files; its manifest."""

    def write(name, files):
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_bytes(content)
        facts = {file: {"bytes": len(content), "sha256": sha256(content)} for file, content in files.items()}
        write_json(tmp_path / name / "manifest.json", {"files": facts})
        return tmp_path / name / "manifest.json"

    return write


def test_counterfitted_neighbours_are_read_as_they_stand(make_resource):
    """The nearest first."""
    content = json.dumps({"good": ["fine", "decent"], "bad": []}).encode()
    manifest = make_resource("counterfitted-neighbours", {"counterfitted_neighbors.json": content})
    found = READERS["counterfitted-neighbours"]([manifest])
    assert found == {"good": ["fine", "decent"], "bad": []}


@pytest.mark.parametrize("content", [b"[1, 2]", b"{", b'{"good": 3}'])
def test_other_content_is_refused(make_resource, content):
    manifest = make_resource("counterfitted-neighbours", {"counterfitted_neighbors.json": content})
    with pytest.raises(SpikeTextError, match="is no JSON object of lists of words"):
        READERS["counterfitted-neighbours"]([manifest])


def test_cilin_gives_the_others_of_a_group(make_resource):
    """Synonyms (`=`), not words that are merely related (`#`) or alone (`@`)."""
    table = "Aa01A01= 人 人类\nAa01A02# 土地 河流\nAa01A03@ 天\nAa01A04= 人类 生人\n"
    manifest = make_resource("cilin", {"cilin_ex.txt": table.encode()})
    found = READERS["cilin"]([manifest])
    assert found == {"人": ["人类"], "人类": ["人", "生人"], "生人": ["人类"]}
