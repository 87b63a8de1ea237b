"""Networks of the user's own: the examples, the count by hand, and what is said of wrong ones."""

from pathlib import Path

import numpy as np
import pytest
import torch

from spiketext.config.methods import Method
from spiketext.errors import SpikeTextError
from spiketext.evaluation.measure import measure
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import WordTable
from spiketext.metrics import Choice
from spiketext.networks import assemble
from spiketext.networks.predict import predict
from spiketext.objectives.base import make_objective
from spiketext.training.loop import Split, fit
from tests.energy_helpers import operations
from tests.training_helpers import small_sentences, small_words

EXAMPLES = Path(__file__).parents[2] / "examples"
HEAD = """
import torch
from torch import nn

class Fire(nn.Module):
    def forward(self, u):
        return (u > 0.5).float()
"""
TWICE = (
    HEAD
    + """
class Network(nn.Module):
    populations = {"hidden": "fire"}
    synapses = [("input", "first"), ("hidden", "last")]

    def __init__(self, width, classes):
        super().__init__()
        self.first, self.fire, self.last = nn.Linear(width, 3), Fire(), nn.Linear(3, classes, bias=False)
        nn.init.ones_(self.first.weight)
        nn.init.zeros_(self.first.bias)

    def forward(self, x, lengths):
        return self.last(self.fire(self.first(x))).sum(1)
"""
)


def method(file, steps=4, **direct):
    """A method with the network of a file, on evenly spaced spikes."""
    direct = {"encoder": {"kind": "deterministic-rate"}, "steps": steps, **direct}
    return Method(network={"kind": "python", "file": str(file)}, direct=direct)


def own(tmp_path, text, steps=2):
    """The classifier of a file with this text, on two words of ones and zeros."""
    (tmp_path / "own.py").write_text(text)
    values = np.array([[0, 0], [1, 1], [1, 0]], dtype=np.float32)
    words = WordTable.of(values, ["", "a", "b"], torch.device("cpu"))
    torch.manual_seed(0)
    return assemble.spiking(method(tmp_path / "own.py", steps), words, None, steps, 0, 2)


def texts(*ids):
    """Texts of these words."""
    offsets = np.cumsum([0, *map(len, ids)])
    return Texts(np.concatenate(ids), offsets, np.zeros(len(ids), dtype=np.int64), 64)


def measured(classifier, data, steps=2):
    return measure(classifier, data, np.arange(len(data.labels)), [steps], steps)


@pytest.mark.parametrize("name", ["recurrent_lif", "plain_torch"])
def test_the_examples_learn_and_are_counted(name, tmp_path):
    """Under 80 lines; better than guessing after training; weights read back give the same scores."""
    file = EXAMPLES / f"{name}.py"
    assert len(file.read_text().splitlines()) < 80
    words, data = small_words(), small_sentences(160)
    definition = method(file, epochs=6, learning_rate=0.01)
    torch.manual_seed(0)
    classifier = assemble.spiking(definition, words, None, 4, 1, 2)
    rows = np.arange(160)
    objective = make_objective(definition.direct.objective)
    found = fit(
        classifier, data, Split(rows[:120], rows[120:]), objective, definition.direct,
        Choice("accuracy", 2), 1, tmp_path / "c", "f", keep_start=False,
    )  # fmt: skip
    assert found.dev["dev_accuracy"] > 0.7
    again = assemble.spiking(definition, words, found.weights, 4, 1, 2)
    chosen = [predict(one, data, rows, [1, 4]) for one in (classifier, again)]
    np.testing.assert_array_equal(*chosen)
    result = measured(again, data, 4)
    names = [layer["name"] for layer in result.layers]
    assert names[0] == "input" and len(names) == 2
    assert 0 < result.layers[1]["rate"] < 1
    assert operations(result.account.layers)[f"{names[1]} neurons", "update"] > 0


def test_counts_by_hand(tmp_path):
    """Two texts, (a, b) and (a), of a = (1, 1) and b = (1, 0); all neurons fire where a spike comes in.

    At each of 2 steps 2 + 1 + 2 = 5 spikes go in, 5 · 3 accumulates; 3 tokens · 3 neurons fire, each reaching
    2 classes; 2 texts of 2 places have 12 neurons.
    """
    result = measured(own(tmp_path, TWICE), texts([1, 2], [1]))
    found = operations(result.account.layers)
    assert found["input → first", "AC"] == 2 * 15
    assert found["hidden → last", "AC"] == 2 * 9 * 2
    assert found["hidden neurons", "update"] == 2 * 12
    assert found["bias", "AC"] == 2 * 12  # one for each output of the first layer
    assert found["encoder", "AC"] == 2 * 3 * 2  # three tokens of two values, one addition a step
    assert result.account.spikes["hidden"].tolist() == [9, 9]
    assert result.account.spikes["input"].tolist() == [5, 5]
    (rate,) = [layer for layer in result.layers if layer["name"] == "hidden"]
    assert rate["rate"] == 9 / 12


def test_signed_spikes_do_not_cancel(tmp_path):
    """+1 and −1 are two events."""
    signed = TWICE.replace("(u > 0.5).float()", "torch.sign(u) * torch.tensor([1.0, -1.0, 0.0])")
    result = measured(own(tmp_path, signed), texts([1]), 1)
    assert result.account.spikes["hidden"].tolist() == [2, 2]
    assert operations(result.account.layers)["hidden → last", "AC"] == 2 * 2 * 2


def test_a_convolution_reaches_its_borders(tmp_path):
    """Kernel 3 without padding on 3 places, 2 channels: 1, 1 and 1 windows see the places, 2 spikes each."""
    text = TWICE.replace("nn.Linear(width, 3)", "nn.Conv1d(width, 3, 3)").replace(
        "self.first(x)", "self.first(x.transpose(1, 2)).transpose(1, 2)"
    )
    result = measured(own(tmp_path, text), texts([1, 1, 1]))
    assert operations(result.account.layers)["input → first", "AC"] == 2 * 3 * 2 * 3
    wider = text.replace("width, 3, 3)", "width, 3, 3, padding=1)")
    result = measured(own(tmp_path, wider), texts([1, 1, 1]))
    assert operations(result.account.layers)["input → first", "AC"] == 2 * (2 + 3 + 2) * 2 * 3
    # Two windows, at places 0 and 2, of one place each; then one window, of places 0 and 2.
    for shape in ("width, 3, 1, stride=2)", "width, 3, 2, dilation=2)"):
        result = measured(own(tmp_path, text.replace("width, 3, 3)", shape)), texts([1, 1, 1]))
        assert operations(result.account.layers)["input → first", "AC"] == 2 * 2 * 2 * 3, shape


PAIRS = '("input", "first"), ("hidden", "last")'
WRONG = [
    ("populations = ", "others = ", "declare `populations = {name: module}`"),
    ('"hidden": "fire"', '"hidden": "fires"', "population `hidden`: the network has no module `fires`"),
    ('"hidden": "fire"', '"input": "fire"', "a population cannot be called `input`"),
    (PAIRS, '("hiden", "last")', "synapses from `hiden`: no such population"),
    (PAIRS, '("hidden", "fire")', "`fire` must be a Linear or Conv1d"),
    (PAIRS, '("hidden", "first"), ("input", "last")', "do not add up"),
    ("(u > 0.5).float()", "u", "`hidden` sends values other than 0, 1 and −1: 2"),
    ("self.fire(self.first(x))", "(self.first(x) > 0).float()", "`hidden` is declared, but its module"),
    (".sum(1)", "", "a step must give scores [B, classes] = [2, 2], not [2, 2, 2]"),
    ("class Network", "class Other", "has no class `Network`"),
    ("width, classes)", "width)", "`Network(width, classes, …)` fails: TypeError"),
    ("self.first(x)", "self.first(x + 1)", "the scores of a text depend on the texts beside it"),
    ("self.fire(self.first(x))", "self.fire(self.first(x)) * torch.tensor([1.0, 0.5, 2.0])", "is no spikes"),
    (
        "nn.init.ones_",
        "self.more = nn.Linear(3, 3)\n        nn.init.ones_",
        "`more` has weights that no synapses",
    ),
    (PAIRS, PAIRS + ', ("hidden", "last")', "`last` stands in two synapses"),
    (PAIRS, '("input",)', "declare `populations = {name: module}`"),
    ("self.first(x)", "self.first(x[..., :1])", "a step on [B, L, D] = [2, 2, 2] fails: RuntimeError"),
    (PAIRS + "]", PAIRS + "]\n    work = {'hidden': {'mul': 1}}", "`mul` is none of AC, MAC, multiply"),
    (
        PAIRS + "]",
        PAIRS + "]\n    work = {'hiden': {'multiply': 1}}",
        "`work` of `hiden`: no such population",
    ),
    ("import torch", "import nowhere_to_be_found", "cannot be run: ModuleNotFoundError"),
]


@pytest.mark.parametrize(("right", "wrong", "line"), WRONG)
def test_a_wrong_network_is_one_line(right, wrong, line, tmp_path):
    """It names the file, and the population or synapse that does not add up."""
    with pytest.raises(SpikeTextError) as error:
        measured(own(tmp_path, TWICE.replace(right, wrong, 1)), texts([1, 2], [1]))
    assert line in str(error.value)
    assert str(tmp_path / "own.py") in str(error.value)
    assert "\n" not in str(error.value)


def test_weights_of_another_network_are_refused(tmp_path):
    """By name and shape."""
    weights = own(tmp_path, TWICE).network.weights()
    weights["network.last.weight"] = torch.zeros(5, 5)
    with pytest.raises(SpikeTextError, match=r"network\.last\.weight"):
        assemble.spiking(method(tmp_path / "own.py", 2), own(tmp_path, TWICE).words, weights, 2, 0, 2)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"direct": None}, "go together"),
        ({"conversion": {}}, "there is no `conversion`"),
        ({"direct": {"encoder": {"kind": "analog"}}}, "takes spikes"),
        ({"direct": {"encoder": {"kind": "phase"}}}, "takes spikes"),
        ({"direct": {"encoder": {"kind": "on-off"}}}, "transform: standardised"),
        ({"direct": {"objective": {"kind": "spike-budget", "spikes": 1}}}, "spike budget"),
    ],
)
def test_wrong_entries_are_refused(values, line):
    """With the reason."""
    entry = {"network": {"kind": "python", "file": "a.py"}, "direct": {"steps": 2}, **values}
    with pytest.raises(ValueError, match=line):
        Method(**entry)


STATE = """
class Sum(nn.Module):
    total = None

    def reset(self):
        self.total = None

    def forward(self, x):
        self.total = x if self.total is None else self.total + x
        return self.total

class Network("""


def test_state_is_forgotten_before_each_batch_and_training_is_off(tmp_path):
    """In submodules too; a normalisation's running figures stay as they were trained."""
    text = TWICE.replace("\nclass Network(", STATE, 1)
    text = text.replace("Fire(), nn", "Fire(), nn").replace(
        "nn.init.ones_", "self.sum = Sum()\n        nn.init.ones_"
    )
    text = text.replace("self.fire(self.first(x))", "self.fire(self.sum(self.first(x)))")
    classifier, batch = own(tmp_path, text), texts([1, 2], [1]).batch(np.arange(2))
    torch.testing.assert_close(classifier.scores(batch), classifier.scores(batch))
    classifier.network.train()
    classifier.wiring(classifier.network.layout(batch), 2)
    assert not classifier.network.training


def test_dataclasses_in_the_file(tmp_path):
    """With postponed annotations, they look up the module by its name."""
    head = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    text = head + TWICE + "\n@dataclass\nclass Setting:\n    size: int = 3\n"
    assert own(tmp_path, text) is not None


def test_a_shortest_text(tmp_path):
    """A convolution without padding needs as many tokens as it is wide; texts are padded to them."""
    text = TWICE.replace("nn.Linear(width, 3)", "nn.Conv1d(width, 3, 3)").replace(
        "self.first(x)", "self.first(x.transpose(1, 2)).transpose(1, 2)"
    )
    with pytest.raises(SpikeTextError, match="give the network `shortest`"):
        measured(own(tmp_path, text), texts([1]))
    padded = text.replace(
        "    def __init__(self, width", "    shortest = 3\n\n    def __init__(self, width", 1
    )
    result = measured(own(tmp_path, padded), texts([1]))
    assert operations(result.account.layers)["input → first", "AC"] == 2 * 2 * 3
