"""Export to NIR: a graph of the standard's nodes alone gives the same scores."""

import nir
import numpy as np
import pytest
import torch
from torch import nn

from spiketext.config.conversions import Conversion
from spiketext.config.encodings import Analog, Latency, Rate
from spiketext.config.inputs import WordVectors
from spiketext.config.methods import Method
from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import Texts
from spiketext.kinds import module_of
from spiketext.networks import assemble
from spiketext.networks.nir.build import Graph
from spiketext.networks.nir.run import NirNetwork
from spiketext.networks.textcnn.nir import graph
from spiketext.neurons.integrate_and_fire import NeuronModel
from tests.training.test_loop import converted, dnn
from tests.training_helpers import small_method, small_sentences, small_words

TOKENS = 9
NEURONS = [
    {},
    {"theta": 0.7},
    {"beta": 0.95, "theta": 1.3},
    {"initial": 0.5},
]


def spiking(transform="positive", **conversion):
    """A converted network, and a text of `TOKENS` tokens."""
    words, sentences = small_words(transform=transform), small_sentences()
    plain = small_method()
    inputs = WordVectors(transform=transform)
    method = Method(**{**dict(plain), "inputs": inputs, "conversion": Conversion(**conversion)})
    method = method.model_copy(update={"finetuning": method.finetuning.model_copy(update={"steps": 40})})
    rows = np.random.default_rng(0).integers(1, len(words.values), TOKENS)
    text = Texts(rows, np.array([0, TOKENS]), np.array([1]), TOKENS)
    return converted(method, dnn(words), sentences), text.batch(np.arange(1))


def by_token(classifier, batch):
    """What the network is fed, `[T, D, L]`: NIR knows no distinct words."""
    fed = classifier.read(batch)
    spikes = fed.inputs[:, torch.from_numpy(fed.layout.index)]  # [T, L, D]
    return spikes.float().transpose(1, 2)


@pytest.mark.parametrize("pooled_neurons", [True, False])
@pytest.mark.parametrize("readout", ["potential", "spike-count"])
@pytest.mark.parametrize("neuron", NEURONS)
def test_a_graph_that_was_written_and_read_gives_the_same_scores(neuron, readout, pooled_neurons, tmp_path):
    """At every step, for all neurons that NIR can say; sums are added in another order."""
    classifier, batch = spiking(neuron=neuron, readout=readout, pooled_neurons=pooled_neurons)
    expected = classifier.scores(batch)[:, 0]
    assert expected.abs().max() > 0
    path = tmp_path / "network.nir"
    nir.write(path, graph(classifier.network, TOKENS))
    found = NirNetwork.read(path)(by_token(classifier, batch))
    torch.testing.assert_close(found.float(), expected, rtol=1e-4, atol=1e-4)


def test_the_file_says_what_a_reader_needs(tmp_path):
    classifier, _ = spiking()
    path = tmp_path / "network.nir"
    nir.write(path, graph(classifier.network, TOKENS))
    read = nir.read(path)
    assert read.metadata["dt"] == 1e-4
    assert read.metadata["tokens"] == TOKENS
    assert "one neuron a dimension" in str(read.metadata["input"])
    assert {type(node).__name__ for node in read.nodes.values()} == {
        "Input", "Output", "Conv1d", "Flatten", "Scale", "Linear", "I", "Threshold",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("conversion", "tokens", "problem"),
    [
        ({"encoder": Latency()}, TOKENS, "weighs more or less by its step"),
        ({"delay": 1}, TOKENS, "`conversion.delay`"),
        ({"neuron": {"initial": 0.5, "beta": 0.9}}, TOKENS, "`neuron.initial`"),
        ({"encoder": Rate()}, 4, "fewer than the widest window has, 5"),
    ],
)
def test_what_nir_cannot_say_is_refused_by_name(conversion, tokens, problem):
    method = small_method(**{"steps": [4], **conversion})
    words, sentences = small_words(), small_sentences()
    network = converted(method, dnn(words), sentences).network
    with pytest.raises(SpikeTextError, match=problem):
        graph(network, tokens)


def test_networks_without_spikes_and_with_maxima_are_refused():
    with pytest.raises(SpikeTextError, match="a DNN has none that do"):
        graph(dnn(small_words()).network, TOKENS)
    method = small_method(encoder=Analog())
    network = method.network.model_copy(update={"pooling": "max"})
    method = method.model_copy(update={"network": network})
    source = assemble.dnn(method, small_words(), 2, None)
    with pytest.raises(SpikeTextError, match="no maximum over windows"):
        graph(converted(method, source, small_sentences()).network, TOKENS)


@pytest.mark.parametrize("kind", ["crnn", "python"])
def test_architectures_that_nir_cannot_say_are_refused(kind):
    """Whatever their networks are."""
    with pytest.raises(SpikeTextError, match=f"`kind: {kind}` cannot be exported"):
        module_of(f"{assemble.ROOM}.{kind}", "nir").graph(nn.Identity(), TOKENS)


@pytest.mark.parametrize("encoder", ["on-off", "analog"])
@pytest.mark.parametrize("rule", ["percentile", "local-threshold-balancing"])
def test_other_codes_and_a_gain_for_each_channel(encoder, rule, tmp_path):
    """ON and OFF neurons, values in place of spikes, and thresholds by channel."""
    transform = "standardised" if encoder == "on-off" else "positive"
    classifier, batch = spiking(transform, encoder={"kind": encoder}, rule={"kind": rule})
    assert (classifier.network.pool_gain.numel() > 1) == (rule == "local-threshold-balancing")
    path = tmp_path / "network.nir"
    nir.write(path, graph(classifier.network, TOKENS))
    found = NirNetwork.read(path)(by_token(classifier, batch))
    torch.testing.assert_close(found.float(), classifier.scores(batch)[:, 0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("checked", "problem"),
    [
        (True, "one input and one output"),  # where types are checked, nir gives lonely nodes their own
        (False, "nothing leads to the NIR node 'other'"),
    ],
)
def test_a_graph_must_lead_from_one_input_to_one_output(checked, problem):
    ends = {"input": nir.Input(np.array([2])), "output": nir.Output(np.array([2]))}
    nodes = ends | {"other": nir.Scale(np.ones(2))}
    lonely = nir.NIRGraph(nodes, [("input", "output")], type_check=checked)
    with pytest.raises(SpikeTextError, match=problem):
        NirNetwork(lonely)


def test_a_threshold_that_is_met_does_not_fire():
    """As NIR has it, and as in Lv et al. 2023, section 3.2; a soft reset leaves what is above."""
    graph = Graph((1,))
    spikes = graph.neurons("neuron", (1,), NeuronModel(), "input")
    network = NirNetwork(graph.finished(1, spikes, metadata={}))
    counts = network(torch.full((7, 1), 0.5, dtype=torch.float64)).flatten().round()
    assert counts.tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_a_file_that_is_no_graph_is_one_line(tmp_path):
    path = tmp_path / "network.nir"
    path.write_bytes(b"no HDF5")
    with pytest.raises(SpikeTextError, match="cannot be read as NIR"):
        NirNetwork.read(path)


def test_a_node_that_is_unknown_here_is_named(tmp_path):
    node = nir.CubaLIF(*[np.ones(2)] * 5)
    unknown = nir.NIRGraph.from_list(nir.Input(np.array([2])), node)
    with pytest.raises(SpikeTextError, match="'cubalif' is of the type CubaLIF, unknown here"):
        NirNetwork(unknown)
