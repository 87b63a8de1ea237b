"""The spikes of one sentence."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from spiketext.arrays import read_arrays, write_arrays
from spiketext.config.conversions import Conversion
from spiketext.config.networks import TextCNN, WordVectors
from spiketext.inputs.batches import Texts
from spiketext.inputs.encoding import rate
from spiketext.inputs.words import WordTable
from spiketext.networks.classifier import Classifier
from spiketext.networks.textcnn.spiking import SpikingTextCNN
from spiketext.neurons.integrate_and_fire import NeuronModel
from spiketext.report import style
from spiketext.report.raster import NEURONS, Raster, choose, describe, draw_raster, raster_chart, record
from spiketext.report.style import first_words, words_shown

STEPS, WIDTHS, WIDTH = 5, [3, 4], 6
WORDS = ["", "a", "very", "$good$", "film", "不好", "indeed", "it", "is"]


@pytest.fixture
def sentences():
    ids = np.array([1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 2, 2], dtype=np.int32)
    return Texts(ids, np.array([0, 9, 11, 12]), np.array([1, 0, 0]), max_length=64)


@pytest.fixture
def classifier():
    torch.manual_seed(1)
    values = np.random.default_rng(1).random((len(WORDS), WIDTH), dtype=np.float32)
    values[0] = 0
    words = WordTable.of(values, WORDS, torch.device("cpu"))
    weights = {
        "kernel": torch.randn(sum(WIDTHS) * 20, WIDTH) * 0.5,
        "pool_gain": torch.tensor(2.0),
        "readout": torch.randn(2, 40) * 0.2,
    }
    settings = TextCNN(widths=WIDTHS, channels=20), WordVectors(), Conversion()
    network = SpikingTextCNN(*settings, weights, rate.Encoder(), NeuronModel())
    return Classifier(network, words, STEPS, seed=3)


def table(rows, right):
    labels = np.zeros(len(rows), dtype=np.int64)
    return pd.DataFrame({"row": rows, "label": labels, "prediction": np.where(right, 0, 1)})


def test_choice_of_the_sentence():
    lengths = np.array([12, 30, 14, 10, 12, 5])
    assert choose(table([5, 4, 3, 2, 1, 0], [True] * 6), lengths) == 0
    assert choose(table([5, 4, 3, 2, 1, 0], [True] * 4 + [False] * 2), lengths) == 4
    assert choose(table([3, 2], [True, True]), lengths) == 2  # both two words off: the first in the corpus
    assert choose(table([1, 5, 0], [True, True, False]), lengths) == 5  # none of 8 to 20 words is right
    assert choose(table([1, 0], [False, False]), lengths) == 0
    with pytest.raises(ValueError, match="no test sentences"):
        choose(table([], []), lengths)


def test_recorded_spikes_are_those_of_the_network(classifier, sentences):
    raster, names = record(classifier, sentences, 0)
    assert names == {"placed": "convolution", "others": "pooled"}
    batch = sentences.batch(np.array([0]))
    fed, activity = classifier.activity(batch)
    assert raster.input.shape == (STEPS, 9)
    word = fed.layout.index[4]
    np.testing.assert_allclose(raster.input[:, 4], fed.inputs[:, word].float().mean(1), rtol=1e-6)
    # 7 windows of width 3 stand at the first 7 words, 6 of width 4 at the first 6.
    spikes = activity.placed["convolution"].numpy()
    assert spikes[:, :7, :20].any() and spikes[:, :6, 20:].any()
    assert not spikes[:, 7:, :20].any() and not spikes[:, 6:, 20:].any()
    for place in (0, NEURONS - 1):
        np.testing.assert_array_equal(raster.placed[:, place], spikes[:, :, raster.neurons[place]])
    fired = raster.placed.sum((0, 2))
    assert (np.diff(fired.astype(int)) <= 0).all()
    steps = [step for step, _ in classifier.simulate(batch)]
    np.testing.assert_array_equal(spikes.sum(1), [step.events["convolution"][0].numpy() for step in steps])
    np.testing.assert_array_equal(raster.others, [step.events["pooled"][0].numpy() for step in steps])
    np.testing.assert_allclose(raster.scores[-1], classifier.scores(batch)[-1, 0], rtol=1e-5)


def test_a_sentence_shorter_than_the_windows(classifier, sentences):
    raster, _ = record(classifier, sentences, 2)
    assert raster.input.shape == (STEPS, 1)
    assert raster.placed.shape == (STEPS, NEURONS, 1)


def test_description(sentences):
    predictions = pd.DataFrame({"row": [1, 0], "label": [0, 1], "prediction": [0, 0]})
    found = describe(sentences, 0, WORDS, predictions)
    assert found == {"row": 0, "words": [*WORDS[1:], "a"], "label": 1, "prediction": 0}


def test_figure_is_the_same_in_every_run(classifier, sentences, tmp_path):
    raster, populations = record(classifier, sentences, 0)
    write_arrays(tmp_path / "spikes.safetensors", raster.arrays())
    again = Raster(**read_arrays(tmp_path / "spikes.safetensors"))
    sentence = {
        "title": "$x",
        "words": [*WORDS[1:], "a"],
        "classes": ["负", "positive"],
        "label": 1,
        "prediction": 0,
        "populations": populations,
    }
    pictures = []
    for i, one in enumerate((raster, again)):
        draw_raster(one, {**sentence, "analog": False}, tmp_path / f"{i}.png")
        pictures.append((tmp_path / f"{i}.png").read_bytes())
    assert pictures[0] == pictures[1]


def test_words_without_a_font_become_numbers(monkeypatch):
    monkeypatch.setattr(style, "families", lambda: ["DejaVu Sans"])
    assert words_shown(["good", "é"]) == (["good", "é"], False)
    assert words_shown(["不", "好"]) == (["1", "2"], True)
    assert style.legible("中文", "zh") == "zh"


def test_no_character_without_a_glyph(classifier, sentences, tmp_path, monkeypatch, recwarn):
    monkeypatch.setattr(style, "families", lambda: ["DejaVu Sans"])
    sentence = {
        "title": "x",
        "words": ["不"] * 9,
        "classes": ["负", "正"],
        "label": 1,
        "prediction": 0,
        "analog": True,
    }
    raster, populations = record(classifier, sentences, 0)
    draw_raster(raster, {**sentence, "populations": populations}, tmp_path / "a.png")
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_long_texts_and_words_make_no_large_figure(classifier, tmp_path):
    ids = np.arange(3000, dtype=np.int32) % 8 + 1
    sentences = Texts(ids, np.array([0, 3000]), np.array([1]), max_length=4096)
    raster, populations = record(classifier, sentences, 0)
    words = ["https://example.com/" + "x" * 1500, "word" * 5000, *["good"] * 2998]
    sentence = {"title": "x", "words": words, "classes": ["a", "b"], "label": 1, "prediction": 0}
    sentence["populations"] = populations
    assert max(map(len, first_words(words))) == 24
    assert first_words(words)[0] == "https://example.com/xxx…"
    path = tmp_path / "long.png"
    draw_raster(raster, {**sentence, "analog": False}, path)
    with Image.open(path) as image:
        width, height = (pixels / image.info["dpi"][0] for pixels in image.size)
    assert width < 22
    assert height < 12
    with style.settings():
        axes = raster_chart(raster, {**sentence, "analog": False}).axes[1]
    assert len(axes.get_xticklabels()) == 40
    assert axes.get_xlim() == (0, 40)
