"""Checksums in files: no byte changes unnoticed, and the message says which rule makes the file anew."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.arrays import read_arrays, write_arrays
from spiketext.errors import SpikeTextError
from spiketext.files import read_json, write_json
from spiketext.seal import MAKERS, unusable
from spiketext.tables import open_table, read_table, write_table

ROOT = Path(__file__).parents[1]
WORDS = {"words": ["", 'checksum": "' + "0" * 64, "é\u2028"], "number": 0.1, "deep": {"checksum": "a" * 64}}
ARRAYS = {
    "ids": np.arange(7, dtype=np.int32),
    "checksum": np.frombuffer(b'checksum":"' + b"0" * 64, np.uint8),
}
FRAME = pd.DataFrame({"row": [3, 4, 5], "text": ["a", "checksum\x18@" + "0" * 64, "ü"]})
FORMATS = {
    "a.json": (lambda path: write_json(path, WORDS), read_json),
    "a.safetensors": (lambda path: write_arrays(path, ARRAYS), read_arrays),
    "a.parquet": (lambda path: write_table(path, FRAME), lambda path: read_table(path, ["row", "text"])),
}


@pytest.fixture(scope="module", params=FORMATS)
def stored(request, tmp_path_factory):
    """A good file of each format, and its reader."""
    write, read = FORMATS[request.param]
    path = tmp_path_factory.mktemp("sealed") / request.param
    write(path)
    return path, read, path.read_bytes()


def test_what_was_written_is_read_even_if_it_looks_like_a_checksum(tmp_path):
    for name, (write, _) in FORMATS.items():
        write(tmp_path / name)
    assert read_json(tmp_path / "a.json") == WORDS
    for name, array in read_arrays(tmp_path / "a.safetensors").items():
        np.testing.assert_array_equal(array, ARRAYS[name])
    pd.testing.assert_frame_equal(
        read_table(tmp_path / "a.parquet", ["row", "text"]), FRAME, check_dtype=False
    )


def test_equal_contents_are_equal_bytes(stored, tmp_path):
    path, _, good = stored
    FORMATS[path.name][0](tmp_path / path.name)
    assert (tmp_path / path.name).read_bytes() == good


def test_every_changed_byte_is_noticed(stored, tmp_path):
    path, read, good = stored
    damaged = tmp_path / path.name
    for place in range(len(good)):
        damaged.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(SpikeTextError, match="delete it and run again"):
            read(damaged)


@settings(max_examples=300)
@given(st.data())
def test_any_damage_is_one_line(stored, tried, tmp_path_factory, data):
    """Cut off, lengthened, patched or replaced: refused, or the bytes are the good ones."""
    path, read, good = stored
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(good))] * 2)))
    bad = good[:begin] + data.draw(st.binary(max_size=80)) + good[end:]
    damaged = tmp_path_factory.getbasetemp() / path.name
    damaged.write_bytes(bad)
    tried()
    if bad == good:
        read(damaged)
        return
    with pytest.raises(SpikeTextError) as caught:
        read(damaged)
    assert str(caught.value).isprintable()


def test_files_of_an_older_version_are_refused(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(SpikeTextError, match="older version"):
        read_json(tmp_path / "a.json")
    FRAME.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(SpikeTextError, match="older version"):
        open_table(tmp_path / "a.parquet", ["row"])


def test_json_that_is_kept_in_the_repository_may_lack_a_checksum_but_not_have_a_wrong_one(tmp_path):
    path = tmp_path / "provenance.json"
    path.write_text('{"a": 1}')
    assert read_json(path, sealed=False) == {"a": 1}
    write_json(path, {"a": 1})
    assert read_json(path, sealed=False) == {"a": 1}
    path.write_text(path.read_text().replace('"a": 1', '"a": 2'))
    with pytest.raises(SpikeTextError, match="checksum does not fit"):
        read_json(path, sealed=False)


@pytest.mark.parametrize("text", ["", "{", "\xff", "[1]", "[" * 100_000, "1" * 5000])
def test_json_that_is_none_is_one_line(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SpikeTextError, match="cannot be read"):
        read_json(path, sealed=False)


def test_the_message_names_the_rule(tmp_path):
    path = tmp_path / "results/mr/text/tokens.safetensors"
    with pytest.raises(SpikeTextError, match=r"tokens\.safetensors is missing; run again: rule tokenise or "):
        read_arrays(path)
    write_arrays(path, ARRAYS)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SpikeTextError) as caught:
        read_arrays(path)
    assert str(caught.value) == (
        f"{path} is damaged (its checksum does not fit); delete it and run again: rule tokenise or "
        "read_sequences makes it anew"
    )


def test_the_rules_named_are_those_that_make_the_files():
    """Every output of every rule that has a checksum."""
    found = {}
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        for part in re.split(r"\n(?:use )?rule ", file.read_text(encoding="utf-8"))[1:]:
            name = re.match(r"(?:\w+ as )?(\w+)", part)[1]
            outputs = re.search(r"\n    output:\n(.*?)\n    \w+:", part, re.DOTALL)[1]
            for path in re.findall(r'"(\S+\.(?:json|parquet|safetensors))"', outputs):
                filled = path.replace("{SEED_FOLDER}", "results/mr/dnn/seed1").replace("{{stage}}", "dnn")
                filled = filled.replace("{{vectors}}", "embeddings")
                filled = filled.replace("{RESOURCES}", "results/resources")
                found[filled.replace("{RESULTS}", "results")] = name
    assert len(found) >= 20
    for path, name in found.items():
        made_by = re.search(r"rule (.*) makes", str(unusable(path, "is damaged")))[1]
        assert name in made_by.split(" or "), path
    named = {name for names in MAKERS.values() for name in names.split(" or ")}
    assert named == set(found.values()) | {"fetch"}


def test_no_key_of_ours_is_a_checksum(tmp_path):
    """It would be taken for the file's own."""
    with pytest.raises(AssertionError):
        write_json(tmp_path / "a.json", {"checksum": ""})
    assert json.loads(json.dumps(WORDS)) == WORDS
