import numpy as np
import pytest

from spiketext.config.data import Embedding
from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.compose import Composition, open_source
from spiketext.inputs.embeddings.embedder import Embedder
from spiketext.inputs.embeddings.sources import streams
from spiketext.inputs.embeddings.table import build_table

from .conftest import TENCENT


def compose(sources, manifests=(), fitted=None):
    spec = Embedding(sources=sources)
    return spec, Composition(spec, lambda one: open_source(one, manifests), fitted)


@pytest.fixture
def glove(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_text("the 1 2\ngood 3 4\nfilms 5 6\nrare 7 8\n")
    return path


def test_sources_stand_side_by_side_and_missing_parts_are_zero(minilm, glove, source):
    path, _ = minilm
    spec, sources = compose([source("text", glove), source("minilm", path, reduce_to=3)])
    table = build_table(spec, sources, ["", "good", "the", "xyz", "bad", "…"], np.array([0, 4, 3, 2, 1, 10]))
    assert table.vectors.shape == (6, 5)
    assert table.covered.tolist() == [False, True, True, False, True, False]
    deviation = np.float32(np.std(np.arange(1, 9)))  # of all values of the file
    assert table.vectors[1, :2].tolist() == pytest.approx([3.0 / deviation, 4.0 / deviation])
    assert table.vectors[1, 2:].any()
    assert table.vectors[2].tolist() == pytest.approx([1.0 / deviation, 2.0 / deviation, 0.0, 0.0, 0.0])
    assert not table.vectors[4, :2].any()
    assert table.vectors[4, 2:].any()
    assert not table.vectors[[0, 3, 5]].any()
    report = table.report
    assert report["width"] == 5
    assert report["coverage"] == {"types": 0.6, "tokens": 0.4, "lettered_tokens": 0.8}
    assert report["sources"][0] == {
        "kind": "text",
        "width": 2,
        "types": 0.4,
        "tokens": 0.35,
        "lettered_tokens": 0.7,
    }
    assert report["cased"] == {"types": 0, "tokens": 0}
    assert report["uncovered_examples"] == ["xyz", "…"]
    known = table.vectors[[1, 2, 4]]
    assert report["mean"] == pytest.approx(known.mean())
    assert report["std"] == pytest.approx(known.std())


def test_frequent_words_are_kept_after_the_vocabulary(glove, tmp_path, source):
    other = tmp_path / "other.txt"
    other.write_text("films 1\nnew 2\n")
    spec, sources = compose(
        [source("text", glove, keep_frequent=3), source("text", other, keep_frequent=2, width=1)]
    )
    table = build_table(spec, sources, ["", "good"], np.array([0, 1]))
    assert table.words == ["", "good", "the", "films", "new"]
    scales = np.array([np.std(np.arange(1, 9))] * 2 + [0.5])
    unscaled = [[0, 0, 0], [3, 4, 0], [1, 2, 0], [5, 6, 1], [0, 0, 2]]
    assert table.vectors * scales == pytest.approx(np.array(unscaled), abs=1e-6)
    assert table.report["extra_words"] == 3
    assert table.report["mean"] == pytest.approx(7 / 3 / scales[0])  # of the corpus's word only


def test_words_found_with_capitals_are_counted(tmp_path, source):
    path = tmp_path / "cased.txt"
    path.write_text("The 1 2\nGood 3 4\nfilms 5 6\nRare 7 8\n")
    spec, sources = compose([source("text", path, keep_frequent=9)])
    table = build_table(spec, sources, ["", "good", "films", "the", "xyz"], np.array([9, 4, 3, 2, 1]))
    assert table.words == ["", "good", "films", "the", "xyz", "rare"]
    assert table.vectors[:, 0].tolist() == [0, 3, 5, 1, 0, 7]
    assert table.report["cased"] == {"types": 2, "tokens": 6}


def test_sources_of_different_deviation_are_brought_to_one_scale(tmp_path, source):
    """As GloVe's values and principal components of MiniLM differ: else the network hears only the louder."""
    rng = np.random.default_rng(0)
    paths = []
    for name, deviation in (("loud", 30.0), ("soft", 0.1)):
        paths.append(tmp_path / name)
        rows = (f"w{row} " + " ".join(map(str, rng.normal(0, deviation, 4))) for row in range(200))
        paths[-1].write_text("\n".join(rows))
    words = ["", *(f"w{row}" for row in range(200))]
    spec, sources = compose([source("text", paths[0]), source("text", paths[1], reduce_to=3)])
    table = build_table(spec, sources, words, np.ones(201, dtype=int))
    parts = table.vectors[1:, :4], table.vectors[1:, 4:]
    assert [part.std() for part in parts] == pytest.approx([1.0, 1.0], abs=1e-5)
    assert table.vectors.dtype == np.float32
    assert table.report["std"] == pytest.approx(1.0, abs=0.02)
    _, alone = compose([source("text", paths[0])])
    assert alone.embed(["w0"]).vectors[0] / 30 == pytest.approx(table.vectors[1, :4], rel=0.1)
    assert alone.fit() == {}


def test_the_reduction_does_not_depend_on_the_vocabulary(tencent, source):
    fits = []
    for words in (["", "好"], ["", "电影", "不", "坏"]):
        spec, sources = compose([source("tencent-characters", tencent, reduce_to=2)])
        build_table(spec, sources, words, np.arange(len(words)))
        fits.append(sources.fit())
    assert fits[0].keys() == {"0.mean", "0.components"}
    for name in fits[0]:
        assert (fits[0][name] == fits[1][name]).all()


def test_words_of_another_language(glove, source):
    spec, sources = compose([source("text", glove)])
    with pytest.raises(SpikeTextError, match="no word of the corpus"):
        build_table(spec, sources, ["", "好"], np.array([0, 1]))


def test_new_words_get_what_the_table_would_have_held(tencent, source, stored):
    described = [source("tencent", tencent), source("tencent-characters", tencent, reduce_to=2)]
    spec, sources = compose(described)
    words = ["", "好", "电影", "不好", "喜欢", "脑"]
    whole = build_table(spec, sources, words, np.arange(6))
    part = build_table(spec, sources, words[:2], np.arange(2))
    embedder = Embedder.load(*stored(part, sources.fit()), spec, [])
    vectors, covered = embedder.embed([*words, "好", "不好"])
    assert covered.tolist() == [*whole.covered, True, True]
    assert (vectors[:6] == whole.vectors).all()
    assert (vectors[6:] == whole.vectors[[1, 3]]).all()
    assert covered[-1]
    assert embedder.width == 5


def test_the_fit_is_used_again_and_not_made_anew(tencent, source, stored):
    spec, sources = compose([source("tencent", tencent, reduce_to=2)])
    table = build_table(spec, sources, ["", "好"], np.arange(2))
    fitted = sources.fit()
    fitted["0.components"] = fitted["0.components"] * 2
    vectors, _ = Embedder.load(*stored(table, fitted), spec, []).embed(["坏"])
    assert vectors[0] == pytest.approx(2 * sources.embed(["坏"]).vectors[0], rel=1e-5)


def test_large_files_are_not_read_again_for_new_words(minilm, glove, source, stored, monkeypatch):
    path, _ = minilm
    spec, sources = compose([source("text", glove), source("minilm", path)])
    table = build_table(spec, sources, ["", "good"], np.arange(2))
    embedder = Embedder.load(*stored(table, sources.fit()), spec, [])
    monkeypatch.setattr(streams.TextVectors, "embed", lambda *_: pytest.fail("read again"))
    vectors, covered = embedder.embed(["the", "bad", "good"])
    assert covered.tolist() == [False, True, True]  # "the" is in the large file only
    assert not vectors[1, :2].any()
    assert vectors[1, 2:].any()
    assert (vectors[2] == table.vectors[1]).all()


def test_known_words_need_no_source(glove, source, stored):
    spec, sources = compose([source("text", glove)])
    table = build_table(spec, sources, ["", "good"], np.arange(2))
    paths = stored(table, sources.fit())
    glove.unlink()
    embedder = Embedder.load(*paths, spec, [])
    assert embedder.embed(["good", ""])[1].tolist() == [True, False]
    assert embedder.embed([])[0].shape == (0, 2)


def test_files_are_found_through_manifests(tencent, minilm, manifests):
    path, _ = minilm
    found = manifests("zh", tencent) + manifests("en", path, path.parent / "tokenizer.json")
    _, sources = compose([{"kind": "tencent", "resource": "zh"}, {"kind": "minilm", "resource": "en"}], found)
    vectors, covered, _ = sources.embed(["好", "good"])
    assert vectors[0, :3].tolist() == pytest.approx(TENCENT["好"] / np.std(list(TENCENT.values())))
    assert covered.tolist() == [[True, False], [False, True]]
    with pytest.raises(SpikeTextError, match="kind text needs `file`"):
        compose([{"kind": "text", "resource": "zh"}], found)
    with pytest.raises(SpikeTextError, match="no file 'x'"):
        compose([{"kind": "text", "resource": "zh", "file": "x"}], found)


@pytest.mark.parametrize("kind", ["tencent", "text", "minilm"])
def test_a_wrong_width_is_one_line(kind, tencent, minilm, glove, source):
    path = {"tencent": tencent, "text": glove, "minilm": minilm[0]}[kind]
    with pytest.raises(SpikeTextError, match=r"width|not a word and 7 values") as caught:
        _, sources = compose([source(kind, path, width=7)])
        sources.embed(["good"])
    assert path.name in str(caught.value)
