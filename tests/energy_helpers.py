"""Networks small enough to count by hand."""

import numpy as np
import torch

from spiketext.config.energy import CostTable
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.config.schedules import Finetuning
from spiketext.evaluation.counter import Counter
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import WordTable
from spiketext.networks import assemble

MEMORY = ("access", "look-up")
TABLE = CostTable(title="test", citation="test", mac_pj=4.6, ac_pj=0.9)
KERNEL = [[0.5, 0.5], [0.5, 0.0]]  # row 0: first place, row 1: second place
READOUT = [[1.0], [-1.0]]
WORDS = [[0, 0], [1, 0], [1, 1]]  # padding, a, b
# The tiny networks have width 2, C = 1, D = 2 and two classes; there are three words, texts of up to three.
LONGEST = 3


def method(widths=(2,), channels=1, steps=2, **conversion):
    """A method without dropout."""
    return Method(
        network=TextCNN(widths=list(widths), channels=channels, dropout=0.0),
        conversion={"encoder": {"kind": "deterministic-rate"}, "steps": [steps], **conversion},
        finetuning=Finetuning(steps=steps),
    )


def word_table(values):
    """Words of these values, padding first."""
    names = [str(i) for i in range(len(values))]
    return WordTable.of(np.array(values, dtype=np.float32), names, torch.device("cpu"))


def one_sentence(ids):
    """A batch of one sentence."""
    return Texts(np.array(ids), np.array([0, len(ids)]), np.array([0]), 64).batch(np.array([0]))


def tiny_spiking(values=WORDS, kernel=KERNEL, readout=READOUT, steps=2, **conversion):
    """The tiny spiking network."""
    weights = {
        "kernel": torch.tensor(kernel),
        "pool_gain": torch.tensor(2.0),
        "readout": torch.tensor(readout),
    }
    return assemble.spiking(method(steps=steps, **conversion), word_table(values), weights, steps, seed=0)


def tiny_dnn(values=WORDS, kernel=KERNEL, readout=READOUT, transform="positive", **network):
    """The tiny DNN; with levels, values are rounded to whole numbers."""
    weights = {"kernel": torch.tensor(kernel), "readout": torch.tensor(readout)}
    if network.get("bias"):
        weights |= {"kernel_bias": torch.zeros(1), "readout_bias": torch.zeros(2)}
    if network.get("levels"):
        weights |= {f"{layer}.log_step": torch.tensor(0.0) for layer in ("inputs", "convolution")}
    settings = Method(inputs={"transform": transform}, network={"widths": [2], "channels": 1, **network})
    return assemble.dnn(settings, word_table(values), 2, weights)


def account_of(classifier, batch, longest=LONGEST):
    """All operations of a network on a batch."""
    counter = Counter(classifier.wiring(classifier.network.layout(batch), longest))
    for step, _ in classifier.simulate(batch):
        counter.add(step)
    return counter.account()


def steps_of(counts, layer, operation):
    """`[T]` of the one count of a layer and an operation, as a list."""
    (found,) = [c for c in counts if (c.layer, c.operation) == (layer, operation)]
    return found.per_step.tolist()


def operations(counts):
    """Sums over steps of all but memory traffic, by layer and operation."""
    return _sums(((c.layer, c.operation), c) for c in counts if c.operation not in MEMORY)


def traffic(counts):
    """Sums over steps of memory traffic, by layer and size of the memory."""
    return _sums(((c.layer, c.words), c) for c in counts if c.operation in MEMORY)


def _sums(counts):
    total = {}
    for key, count in counts:
        total[key] = total.get(key, 0) + float(count.per_step.sum())
    return total
