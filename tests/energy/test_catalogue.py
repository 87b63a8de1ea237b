"""What every network of the catalogue declares, against hooks on modules that do the same work."""

import numpy as np
import pytest
import torch

from spiketext.config.load import load_config
from spiketext.conversion.convert import find_thresholds
from spiketext.networks import assemble
from tests.energy_helpers import account_of, operations
from tests.training_helpers import WIDTH, small_sentences, small_words

METHODS = load_config({}).define.methods
CHANNELS, CLASSES, STEPS = 4, 2, 6
TEXTS = small_sentences()
LONG = np.flatnonzero(TEXTS.lengths >= 5)  # no window of these reaches into padding
BATCH = TEXTS.batch(LONG[:7])
CASES = [
    (name, stage)
    for name, method in METHODS.items()
    for stage in ("dnn", "spiking")
    if method.network.kind == "textcnn" and (stage == "dnn" or method.conversion is not None)
]


def build(name, stage):
    """The method's network with few channels, fresh or converted from a fresh one."""
    torch.manual_seed(0)
    method = METHODS[name]
    method = method.model_copy(update={"network": method.network.model_copy(update={"channels": CHANNELS})})
    dnn = assemble.dnn(method, small_words(transform=method.inputs.transform), CLASSES, None)
    if stage == "dnn":
        return method, dnn
    balanced = assemble.balanced(method)
    thresholds = find_thresholds(dnn, TEXTS, np.arange(100), method.conversion.rule, balanced)
    steps = STEPS if method.conversion.encoder.kind != "learned" else 1
    weights = assemble.converted(method, dnn, thresholds, steps)
    return method, assemble.spiking(method, dnn.words, weights, steps, seed=0)


class Hooked:
    """A convolution of each width and a read-out, all weights 1: a hook adds up what they give.

    Fed with ones where an event is, each output is the number of operations that it takes.
    """

    def __init__(self, widths):
        self.total = {"convolution": 0.0, "readout": 0.0}
        self.convolutions = [torch.nn.Conv1d(WIDTH, CHANNELS, k, bias=False) for k in widths]
        self.readout = torch.nn.Linear(len(widths) * CHANNELS, CLASSES, bias=False)
        for layer, modules in (("convolution", self.convolutions), ("readout", [self.readout])):
            for module in modules:
                torch.nn.init.ones_(module.weight)
                module.register_forward_hook(lambda _, __, out, layer=layer: self.add(layer, out))

    def add(self, layer, out):
        self.total[layer] += float(out.sum())


def by_text(inputs, layout):
    """`[T, n, P · D]` → a text at a time, `[T, P · D, L]`."""
    start = 0
    for length in layout.lengths:
        own = torch.from_numpy(layout.index[start : start + length])
        start += length
        yield inputs[:, own].transpose(1, 2)


def convolve(hooked, spikes):
    """Both polarities have weights of their own and reach the same windows."""
    for half in spikes.split(WIDTH, 1):
        for convolution in hooked.convolutions:
            convolution((half != 0).float())


@pytest.mark.parametrize(("name", "stage"), CASES)
@torch.no_grad()
def test_declared_operations_are_those_of_hooked_modules(name, stage):
    method, classifier = build(name, stage)
    hooked, dense = Hooked(method.network.widths), Hooked(method.network.widths)
    fed, account = classifier.read(BATCH), account_of(classifier, BATCH)
    found = operations(account.layers)
    spiking = classifier.network.encoder.spiking
    ((first, _), *_) = classifier.simulate(BATCH)
    fires = fed.inputs if stage == "spiking" else first.events["vectors"][None]  # a DNN may round to zero
    for inputs in by_text(fires, fed.layout):
        once = inputs if spiking else inputs[:1]  # values are multiplied once a text
        convolve(hooked, once)
        convolve(dense, torch.ones_like(once))
    if not spiking:
        assert found["convolution", "MAC"] == dense.total["convolution"] > 0
    else:
        assert found["convolution", "AC"] == hooked.total["convolution"] > 0
        assert hooked.total["convolution"] < dense.total["convolution"]
    if stage == "dnn":
        skipping = operations(account.zero_skipping)
        assert skipping["convolution", "MAC"] == hooked.total["convolution"]
        assert found["readout", "MAC"] == len(BATCH.rows) * len(method.network.widths) * CHANNELS * CLASSES
        return
    for step, _ in classifier.simulate(BATCH):
        last = "pooled" if "pooled" in step.events else "convolution"
        hooked.readout(step.events[last].float())
    assert found["readout", "AC"] == hooked.total["readout"] > 0
