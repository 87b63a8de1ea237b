"""The spikes of one sentence."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import torch

from spiketext.arrays import read_arrays, write_arrays
from spiketext.config.conversions import Conversion
from spiketext.config.inputs import WordVectors
from spiketext.config.networks import TextCNN
from spiketext.inputs.batches import Texts
from spiketext.inputs.encoding import rate
from spiketext.inputs.words import WordTable
from spiketext.networks.classifier import Classifier
from spiketext.networks.textcnn.spiking import SpikingTextCNN
from spiketext.neurons.integrate_and_fire import NeuronModel
from spiketext.report.figures import style
from spiketext.report.figures.raster import (
    NEURONS,
    Raster,
    choose,
    describe,
    draw_raster,
    first_words,
    raster_chart,
    record,
)

STEPS, WIDTHS, WIDTH = 5, [3, 4], 6
SVG = "{http://www.w3.org/2000/svg}"
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
        draw_raster(one, {**sentence, "analog": False}, tmp_path / f"{i}.svg")
        pictures.append((tmp_path / f"{i}.svg").read_bytes())
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("steps", [1, STEPS])
def test_chinese_words_and_classes_are_text(classifier, sentences, tmp_path, recwarn, steps):
    """The browser draws them with its own fonts; nothing warns that matplotlib has none."""
    raster, populations = record(classifier, sentences, 0)
    first = Raster(**{
        key: value if key == "neurons" else value[:steps] for key, value in raster.arrays().items()
    })  # fmt: skip
    sentence = {
        "title": "影评\x00", "words": ["不好"] * 9, "classes": ["负面<b>", "正面"], "label": 1,
        "prediction": 0, "analog": True, "populations": populations,
    }  # fmt: skip
    draw_raster(first, sentence, tmp_path / "a.svg")
    texts = [text.text for text in ElementTree.parse(tmp_path / "a.svg").iter(f"{SVG}text")]
    assert texts.count("不好") == 9
    assert {"负面<b>", "正面"} <= set(texts)
    assert f"影评\ufffd, T = {steps}: true class 正面, predicted 负面<b>" in texts
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_one_step_shows_which_words_fire_which_neurons(classifier, sentences):
    """A filled cell for each spike; neurons from the top in the order of the words, scores side by side."""
    raster, populations = record(classifier, sentences, 0)
    arrays = {key: value if key == "neurons" else value[:1] for key, value in raster.arrays().items()}
    sentence = {"title": "x", "words": [*WORDS[1:], "a"], "classes": ["no", "yes"], "label": 1}
    sentence |= {"prediction": 1, "analog": False, "populations": populations}
    with style.settings():
        _, middle, bottom = raster_chart(Raster(**arrays), sentence).axes
    cells = [
        (round(one.get_y() + 0.42), int(one.get_x())) for one in middle.patches if one.get_height() == 0.84
    ]
    assert len(cells) == arrays["placed"].sum() > 0
    numbers = [int(label.get_text()) for label in middle.get_yticklabels()]
    for row, word in cells:
        assert arrays["placed"][0, list(raster.neurons).index(numbers[row - 1]), word] == 1
    firsts = [min(word for row, word in cells if row == one) for one in sorted({row for row, _ in cells})]
    assert firsts == sorted(firsts)
    assert sorted(bar.get_width() for bar in bottom.patches) == pytest.approx(sorted(arrays["scores"][0]))
    assert "step" not in middle.get_xlabel() + bottom.get_xlabel()


def test_at_most_six_classes(classifier, sentences):
    """Of ten classes those whose outputs end highest."""
    raster, populations = record(classifier, sentences, 0)
    scores = np.arange(10)[None] * np.arange(1, STEPS + 1)[:, None]
    sentence = {"title": "x", "words": [*WORDS[1:], "a"], "classes": [f"class {i}" for i in range(10)]}
    sentence |= {"label": 9, "prediction": 9, "analog": False, "populations": populations}
    with style.settings():
        axes = raster_chart(replace(raster, scores=scores), sentence).axes[-1]
    assert [line.get_label() for line in axes.get_lines()] == [f"class {i}" for i in range(9, 3, -1)]


def test_long_texts_and_words_make_no_large_figure(classifier, tmp_path):
    ids = np.arange(3000, dtype=np.int32) % 8 + 1
    sentences = Texts(ids, np.array([0, 3000]), np.array([1]), max_length=4096)
    raster, populations = record(classifier, sentences, 0)
    words = ["https://example.com/" + "x" * 1500, "word" * 5000, *["good"] * 2998]
    sentence = {"title": "x", "words": words, "classes": ["a", "b"], "label": 1, "prediction": 0}
    sentence["populations"] = populations
    assert max(map(len, first_words(words))) == 24
    assert first_words(words)[0] == "https://example.com/xxx…"
    path = tmp_path / "long.svg"
    draw_raster(raster, {**sentence, "analog": False}, path)
    drawing = ElementTree.parse(path).getroot()
    width, height = (float(drawing.get(side).removesuffix("pt")) / 72 for side in ("width", "height"))
    assert width < 12
    assert height < 12
    assert path.stat().st_size < 1_000_000
    with style.settings():
        axes = raster_chart(raster, {**sentence, "analog": False}).axes[1]
    assert len(axes.get_xticklabels()) == 24
    assert axes.get_xlim() == (0, 24)
