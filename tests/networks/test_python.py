"""Networks of the user's own: the examples, the count by hand, and what is said of wrong ones."""

from pathlib import Path

import numpy as np
import pytest
import torch

from spiketext.config.methods import Method
from spiketext.energy.prices import terms
from spiketext.errors import SpikeTextError
from spiketext.evaluation.measure import measure
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import WordTable
from spiketext.networks import assemble
from spiketext.networks.predict import predict
from spiketext.objectives.base import make_objective
from spiketext.tasks.classes import Classes
from spiketext.training.loop import Split, fit
from tests.energy_helpers import TABLE, operations, steps_of, traffic
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


def own(tmp_path, text, steps=2, values=((0, 0), (1, 1), (1, 0)), **direct):
    """The classifier of a file with this text, on two words of ones and zeros, or of other values."""
    (tmp_path / "own.py").write_text(text)
    words = WordTable.of(np.array(values, dtype=np.float32), ["", "a", "b"], torch.device("cpu"))
    torch.manual_seed(0)
    return assemble.spiking(method(tmp_path / "own.py", steps, **direct), words, None, steps, 0, 2)


def entering(classifier, path):
    """What enters a module of the network at each call from now on, as a hook of the test's own sees it."""
    found = []
    classifier.network.module.get_submodule(path).register_forward_hook(
        lambda _, given, __: found.append(given[0].clone())
    )
    return found


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
        Classes("accuracy", 2), 1, tmp_path / "c", "f", keep_start=False,
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


def test_spikes_for_each_value_leave_out_padding(tmp_path):
    """The texts (a, b) and (a) have six values, the place of padding none: T·r = 2 · 5 / 6."""
    result = measured(own(tmp_path, TWICE), texts([1, 2], [1]))
    rows = {(row["layer"], row["operation"]): row for row in terms(result.account.layers, 2, 2, TABLE)}
    assert rows["input → first", "AC"]["by_value"] == pytest.approx(2 * 5 / 6)
    assert rows["input → first", "AC"]["rate"] == pytest.approx(5 / 6)
    assert rows["hidden → last", "AC"]["by_value"] is None
    assert rows["hidden → last", "AC"]["rate"] == 9 / 12
    assert rows["hidden neurons", "update"]["role"] == "neurons"
    assert rows["input → first", "AC"]["role"] == "layer"


def test_spikes_of_several_sizes(tmp_path):
    """Phase: at T = 2 a spike weighs 1, then a half, of which b's leaves a neuron at its threshold.

    A spike is one accumulate whatever it weighs; each output's sum is multiplied by the step's weight.
    """
    classifier = own(tmp_path, TWICE, encoder={"kind": "phase"})
    seen = entering(classifier, "first")
    result = measured(classifier, texts([1, 2], [1]))
    steps = seen[-2:]
    assert [sorted(set(values.unique().tolist())) for values in steps] == [[0, 1], [0, 0.5]]
    found = operations(result.account.layers)
    assert found["input → first", "AC"] == 3 * sum(int(values.count_nonzero()) for values in steps) == 30
    assert found["input → first", "MAC"] == 2 * 12
    assert result.account.spikes["hidden"].tolist() == [9, 6]
    assert ("input → first", "MAC") not in operations(
        measured(own(tmp_path, TWICE), texts([1, 2], [1])).account.layers
    )


VALUES = ((0, 0), (0.25, -1.5), (0.75, 0))


def test_values_are_multiplied_once_a_text(tmp_path):
    """Direct coding: 3 tokens of 2 values, a zero among them too, for 3 neurons; 12 sums are kept and added
    at every step, beside the 12 biases."""
    classifier = own(tmp_path, TWICE, 4, VALUES, encoder={"kind": "analog"})
    seen = entering(classifier, "first")
    account = measured(classifier, texts([1, 2], [1]), 4).account
    expected = torch.tensor([[VALUES[1], VALUES[0]], [VALUES[1], VALUES[2]]])  # the shorter one first
    assert all(torch.equal(values, expected) for values in seen[-4:])
    assert steps_of(account.layers, "input → first", "MAC") == [3 * 2 * 3, 0, 0, 0]
    assert steps_of(account.layers, "input → first", "AC") == [12] * 4
    assert operations(account.layers)["bias", "AC"] == 4 * 12
    # Weights are read for each product; values of the longest text, 4; 6 sums are kept of it.
    (weights,) = (one for one in account.layers if one.weights and one.layer == "input → first")
    assert (weights.words, weights.per_step.tolist()) == (6, [18, 0, 0, 0])
    memory = traffic(account.layers)
    assert memory["input → first", 4] == 18
    assert memory["input → first", 6] == 18 + 12 + 4 * 12
    assert "input" not in account.spikes and ("encoder", "AC") not in operations(account.layers)
    (own_row,) = (row for row in terms(account.layers, 4, 2, TABLE) if row["by_value"] is not None)
    assert (own_row["operation"], own_row["by_value"], own_row["rate"]) == ("MAC", 1, None)


def test_values_that_change_are_multiplied_again(tmp_path):
    """A network that attends to its input at the third step only computes its products twice more."""
    gated = TWICE.replace("self.first(x)", "self.first(x * self.gate())").replace(
        "    def forward(self, x, l",
        "    def reset(self):\n        self.t = 0\n\n"
        "    def gate(self):\n        self.t += 1\n        return 1 + (self.t == 3)\n\n"
        "    def forward(self, x, l",
    )
    account = measured(
        own(tmp_path, gated, 4, VALUES, encoder={"kind": "analog"}), texts([1, 2], [1]), 4
    ).account
    assert steps_of(account.layers, "input → first", "MAC") == [18, 0, 18, 18]


@pytest.mark.parametrize("kind", ["rate", "latency", "phase", "analog", "deterministic-rate"])
def test_each_distinct_word_is_encoded_once(kind, tmp_path):
    """And stands, with the same spikes, wherever the word does; nothing at padding."""
    classifier = own(tmp_path, TWICE, 4, ((0, 0), (0.3, 0.8), (0.6, 0.1)), encoder={"kind": kind})
    batch = texts([1, 2, 1, 1], [1, 2], [2]).batch(np.arange(3))
    for generator in (None, torch.Generator().manual_seed(0)):
        fed = classifier.read(batch, generator)
        assert fed.layout.words.tolist() == [0, 1, 2] and fed.inputs.shape == (4, 3, 2)
        inputs = classifier.currents(fed.inputs).float()
        for values, given in zip(inputs, map(fed.layout.spread, inputs), strict=True):
            a, b, nothing = values[1], values[2], torch.zeros(2)
            wanted = [[a, b, a, a], [a, b, nothing, nothing], [b, nothing, nothing, nothing]]
            assert torch.equal(given, torch.stack([torch.stack(row) for row in wanted]))
    assert fed.layout.index.tolist() == [1, 2, 1, 1, 1, 2, 2]
    assert fed.layout.places.tolist() == fed.layout.reads.tolist() == [0, 4, 3]


def test_gradients_reach_an_encoder_from_every_place(tmp_path):
    """Those of a learned encoder's thresholds are the sums over the places of a word."""
    values = torch.tensor([[0.0, 0], [1, 2], [3, 4]], requires_grad=True)
    batch = texts([1, 2, 1], [2]).batch(np.arange(2))
    layout = own(tmp_path, TWICE).layout(batch)
    (layout.spread(values) * torch.arange(6).reshape(2, 3, 1)).sum().backward()
    assert values.grad.tolist() == [[4 + 5] * 2, [0 + 2] * 2, [1 + 3] * 2]


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
        (
            {"inputs": {"transform": "standardised"}, "direct": {"encoder": {"kind": "phase"}}},
            "`phase` needs `inputs: {transform: positive}`",
        ),
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
