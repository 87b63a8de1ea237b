import gzip
import pickle

import numpy as np
import pytest
from safetensors.numpy import save_file

from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.sources.minilm import MiniLM
from spiketext.inputs.embeddings.sources.tencent import Tencent, TencentCharacters

from .conftest import PIECES, TENCENT


def test_minilm_is_the_mean_of_the_centred_rows_of_the_pieces(minilm):
    path, table = minilm
    centred = table - table.mean(axis=0)
    vectors, covered, cased = MiniLM(path, path.parent / "tokenizer.json").embed(
        ["good", "Films", "n't", "xyz", ""]
    )
    assert not cased.any()
    assert covered.tolist() == [True, True, True, False, False]
    row = PIECES.index
    assert vectors[0] == pytest.approx(centred[row("good")], abs=1e-6)
    assert vectors[1] == pytest.approx(centred[[row("film"), row("##s")]].mean(axis=0), abs=1e-6)
    assert vectors[2] == pytest.approx(centred[[row("n"), row("'"), row("t")]].mean(axis=0), abs=1e-6)
    assert not vectors[3:].any()


def test_minilm_with_a_piece_that_is_unknown_uses_the_others(minilm):
    path, _ = minilm
    vectors, covered, cased = MiniLM(path, path.parent / "tokenizer.json").embed(["xyz'good", "'good"])
    assert covered.all()
    assert not cased.any()
    assert (vectors[0] == vectors[1]).all()


def test_minilm_fits_to_the_whole_table(minilm):
    path, table = minilm
    rows = MiniLM(path, path.parent / "tokenizer.json").fitting_rows()
    assert rows.shape == table.shape
    assert rows.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-6)


def test_damaged_minilm(tmp_path, minilm):
    path, _ = minilm
    save_file({"other": np.zeros((2, 2), dtype=np.float32)}, tmp_path / "other.safetensors")
    with pytest.raises(SpikeTextError, match=r"other\.safetensors: no table"):
        MiniLM(tmp_path / "other.safetensors", path.parent / "tokenizer.json")
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(SpikeTextError, match=r"broken\.json: not a tokenizer"):
        MiniLM(path, tmp_path / "broken.json")


def test_tencent_backs_off_to_characters(tencent):
    vectors, covered, cased = Tencent(tencent).embed(["好", "电影", "不好", "电脑", "脑", ""])
    assert not cased.any()
    assert covered.tolist() == [True, True, True, True, False, False]
    assert vectors.tolist() == [
        TENCENT["好"],
        TENCENT["电影"],  # its own, though the character 电 is known
        [0.5, 0.5, 0.0],
        TENCENT["电"],
        [0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0],
    ]


def test_tencent_characters_never_use_the_word_itself(tencent):
    vectors, covered, cased = TencentCharacters(tencent).embed(["电影", "好", "喜欢"])
    assert not cased.any()
    assert covered.tolist() == [True, True, False]
    assert vectors[:2].tolist() == [TENCENT["电"], TENCENT["好"]]


def tencent_of(tmp_path, lines):
    path = tmp_path / "cased.model"
    path.write_bytes(pickle.dumps((lines,), protocol=3))
    return path


def test_tencent_takes_forms_with_capitals_before_characters(tmp_path):
    path = tencent_of(tmp_path, ["KTV 1 0", "K 2 0", "v 4 0", "T恤 5 0", "Ktv 6 0", "Up 7 0", "up 8 0"])
    vectors, covered, cased = Tencent(path).embed(["ktv", "t恤", "kv", "v", "up", "x"])
    assert vectors[:, 0].tolist() == [1.0, 5.0, 3.0, 4.0, 8.0, 0.0]
    assert covered.tolist() == [True, True, True, True, True, False]
    assert cased.tolist() == [True, True, True, False, False, False]
    assert TencentCharacters(path).embed(["ktv"]).vectors.tolist() == [[3.0, 0.0]]


def test_tencent_lists_and_fitting_rows(tencent):
    assert Tencent(tencent).leading(2) == ["好", "不"]
    assert Tencent(tencent).fitting_rows().shape == (6, 3)
    assert TencentCharacters(tencent).fitting_rows().shape == (5, 3)  # 喜欢 has no known character


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (["好 1 2", "不 1"], "one width"),
        ((["好 1 2", "不 1"],), "one width"),
        ((["好 1 x"],), "one width"),
        (([],), "list of words"),
        ((["好 1 nan"],), "not finite"),
        (3, "list of words"),
        ((["好"],), "missing"),
    ],
)
def test_other_pickles_are_refused(tmp_path, content, problem):
    path = tmp_path / "other.model"
    path.write_bytes(gzip.compress(pickle.dumps(content, protocol=3)))
    with pytest.raises(SpikeTextError, match=problem):
        Tencent(path)


def test_a_pickle_with_code_is_refused(tmp_path):
    path = tmp_path / "evil.model"
    path.write_bytes(pickle.dumps(print))
    with pytest.raises(SpikeTextError, match="refused"):
        Tencent(path)
