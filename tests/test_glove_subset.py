"""The vectors that are cut from GloVe's archive: which words, in which order, byte for byte."""

import gzip
import hashlib
import zipfile

import pytest

from spiketext.config.load import load_config
from spiketext.errors import SpikeTextError
from tools.glove_subset import DATASETS, MEMBER, SUBSET, WIDTH, check, cut, wanted

VALUES = " ".join(f"{i / 7:.5g}" for i in range(WIDTH))
WORDS = ["the", ",", "a", "film", "n't", "mr.", "2002", "pg-13", "café", "—", "…", "unseen"]


def archive(path, lines):
    """A zip file like Stanford's, with two members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("glove.6B.50d.txt", "the 0.5\n")
        file.writestr(MEMBER, "".join(f"{line}\n" for line in lines))
    return path


def test_wanted_are_tokens_and_their_synonyms():
    """Between blanks, in lower case; synonyms of synonyms are not wanted."""
    synonyms = {"film": ["movie", "picture"], "movie": ["flick"], "dull": ["boring"]}
    assert wanted(["A film , the", "FILM"], synonyms) == {"a", "film", ",", "the", "movie", "picture"}


def test_the_lines_are_those_of_the_archive(tmp_path):
    """In its order, of wanted words of the form; the same lines are the same bytes, without name or date."""
    words = set(WORDS) - {"unseen"}
    made = archive(tmp_path / "glove.6B.zip", [f"{word} {VALUES}" for word in WORDS])
    assert cut(made, words, tmp_path / "a.gz") == 5
    packed = (tmp_path / "a.gz").read_bytes()
    expected = "".join(f"{word} {VALUES}\n" for word in ["the", ",", "film", "pg-13", "…"])
    assert gzip.decompress(packed).decode() == expected
    assert packed[:10] == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
    assert cut(made, words, tmp_path / "b.gz") == 5
    assert (tmp_path / "b.gz").read_bytes() == packed


def test_values_have_five_significant_digits(tmp_path):
    """However the archive writes them."""
    line = " ".join(["the", "-0.00007592", "0.334400", "-3.02430012", *["0"] * (WIDTH - 3)])
    cut(archive(tmp_path / "glove.6B.zip", [line]), {"the"}, tmp_path / "a.gz")
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()).split()[1:5] == [
        b"-7.592e-05", b"0.3344", b"-3.0243", b"0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b"<html>"), "cannot be read"),
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_bytes(path.read_bytes()[:-40]), "cannot be read"),
        (lambda path: zipfile.ZipFile(path, "w").close(), f"has no {MEMBER}"),
        (lambda path: archive(path, ["the 0.1 0.2"]), "the line of 'the': 2 values, not 100"),
        (lambda path: archive(path, [f"the {VALUES[:-1]}x"]), "the line of 'the': could not convert"),
    ],
)
def test_another_archive_is_refused_in_one_line(tmp_path, spoil, said):
    """Damaged, missing, of something else."""
    path = archive(tmp_path / "glove.6B.zip", [f"the {VALUES}"])
    spoil(path)
    with pytest.raises(SpikeTextError, match=said) as error:
        cut(path, {"the"}, tmp_path / "a.gz")
    assert "\n" not in str(error.value)


def test_other_vectors_than_those_of_the_registry_are_refused(tmp_path):
    """By their checksum; the data sets whose texts are read are those with these vectors."""
    define = load_config({}, []).define
    path = tmp_path / "a.gz"
    path.write_bytes(b"other")
    with pytest.raises(SpikeTextError, match=f"sha256 {hashlib.sha256(b'other').hexdigest()}, not that"):
        check(path, define.resources[SUBSET])
    fed = {name for name, one in define.embeddings.items() if SUBSET in [s.resource for s in one.sources]}
    assert [name for name, one in define.datasets.items() if one.embedding in fed] == list(DATASETS)
