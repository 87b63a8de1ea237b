"""What a white-box attack climbs is the network that is evaluated; only the derivative differs."""

import numpy as np
import pytest
import torch

from spiketext.attack.white_box.target import LOSSES, OWN, SURROGATES, Target, forms
from spiketext.config.encodings import OnOff
from spiketext.config.methods import Method
from spiketext.errors import SpikeTextError
from spiketext.inputs.encoding.base import encoder_class, make_encoder
from spiketext.networks import assemble
from spiketext.networks.occurrences import straight_through
from tests.attack.white_box.conftest import predictor_of
from tests.networks.test_python import EXAMPLES, method
from tests.training_helpers import small_words

NAMES = ("dnn", "rate", "masked")


@pytest.mark.parametrize("name", NAMES)
def test_texts_as_vectors_have_the_scores_of_the_text(name, target, examples):
    """Word by word the same draws, whatever stands beside them."""
    own = target(name)
    for example in examples[:4]:
        tokens = list(example.tokens[:10])
        values, keys = own.read(tokens)
        expected = own.predictor.scores([tokens])[0]
        found = own.scores(values.expand(3, *values.shape), keys).numpy()
        np.testing.assert_allclose(found, np.tile(expected, (3, 1)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_every_form_climbs_the_scores_of_the_network_itself(name, target, examples):
    """The margin of the differentiable form is that of the real scores, also of vectors that were moved."""
    own = target(name)
    values, keys = own.read(list(examples[0].tokens[:10]))
    generator = torch.Generator().manual_seed(1)
    moved = (values + 0.1 * torch.randn(2, *values.shape, generator=generator)).clamp(0, 1)
    scores = own.scores(moved, keys)
    label = examples[0].label
    for form in own.forms:
        if "potentials" not in form:
            loss, gradient = own.climb(form, moved, keys, label, ["margin", "margin"])
            torch.testing.assert_close(loss, LOSSES["margin"](scores, label), rtol=1e-4, atol=1e-4)
            assert gradient.shape == moved.shape


def test_the_gradient_of_a_dnn_is_that_of_its_scores(target, examples):
    """By differences, in the direction of the gradient and in a random one."""
    own, label = target("dnn"), examples[0].label
    values, keys = own.read(list(examples[0].tokens[:10]))
    _, gradient = own.climb(OWN, values[None], keys, label, ["cross-entropy"])
    for direction in (gradient, torch.randn(gradient.shape, generator=torch.Generator().manual_seed(2))):
        step = 1e-2 * direction / direction.norm()
        ends = own.scores(torch.cat([values + step, values - step]), keys)
        losses = LOSSES["cross-entropy"](ends, label)
        assert float(losses[0] - losses[1]) / 2 == pytest.approx(float((gradient * step).sum()), rel=0.05)


def test_losses_by_hand():
    scores = torch.tensor([[1.0, 3.0, 2.0]])
    assert LOSSES["margin"](scores, 0).item() == 2.0
    assert LOSSES["margin"](scores, 1).item() == -1.0
    assert LOSSES["cross-entropy"](scores, 1).item() == pytest.approx(0.4076059)


def test_of_two_classes_both_losses_climb_in_one_direction(target, examples):
    """So that one of them is enough; of three they differ."""
    own, label = target("rate"), examples[0].label
    values, keys = own.read(list(examples[0].tokens[:10]))
    _, (first, second) = own.climb(OWN, values.expand(2, *values.shape), keys, label, list(LOSSES))
    cosine = torch.nn.functional.cosine_similarity(first.flatten(), second.flatten(), dim=0)
    assert float(cosine) == pytest.approx(1.0, abs=1e-5)
    assert own.losses == ["margin"]
    assert Target(own.predictor, classes=3).losses == list(LOSSES)


def test_a_spike_s_derivative_is_that_of_the_value_it_stands_for():
    """Of rate coding one at every step; of ON and OFF neurons ±1 over the full scale."""
    values = torch.tensor([[0.3, -0.7]], requires_grad=True)
    settings = OnOff(full_scale=2.0)
    encoder = make_encoder(settings, 2, 3)
    spikes = encoder.encode(values, 3).float()
    currents = straight_through(encoder, values, spikes)
    assert torch.equal(currents, spikes)
    weights = torch.tensor([5.0, 7.0, 1.0, 2.0])  # ON of both values, OFF of both
    (gradient,) = torch.autograd.grad((currents * weights).sum(), values)
    torch.testing.assert_close(gradient, torch.tensor([[3 * (5.0 - 1) / 2, 3 * (7.0 - 2) / 2]]))
    assert encoder_class(settings).polarities == 2


def test_forms_are_all_derivatives_that_a_network_can_have(target):
    """A DNN has its own; spikes have others too, and a count of spikes the potentials behind it."""
    spiking = [OWN, *(f"{surrogate} {slope:g}" for surrogate, slope in SURROGATES)]
    assert list(target("dnn").forms) == [OWN]
    assert list(target("rate").forms) == spiking
    assert list(target("masked").forms) == [*spiking, *(f"{name}, potentials" for name in spiking)]


def test_what_has_fewer_derivatives_is_tried_as_often(target):
    tried = {name: len(target(name).forms) * target(name).tries for name in ("dnn", "rate")}
    assert tried == {"dnn": 5, "rate": 5}


def test_a_look_at_potentials_changes_nothing(classifier):
    """The network goes on counting spikes: whole numbers over its six steps."""
    predictor, words = predictor_of(classifier("masked")), [["w3", "w21", "w7", "w30"], ["w25", "w26"]]
    before = predictor.scores(words)
    np.testing.assert_allclose(before * 6, np.round(before * 6), atol=1e-5)
    assert before.any()
    Target(predictor, classes=2)
    np.testing.assert_array_equal(predictor.scores(words), before)


def test_forms_differ_in_their_gradients(target, examples):
    own = target("rate")
    values, keys = own.read(list(examples[0].tokens[:10]))
    found = [own.climb(form, values[None], keys, 0, ["margin"])[1] for form in own.forms]
    assert all(gradient.abs().sum() > 0 for gradient in found)
    for i, one in enumerate(found):
        assert not any(torch.allclose(one, other, rtol=1e-3) for other in found[:i])


def test_a_network_of_one_s_own_is_differentiated_through_its_modules():
    """spikingjelly's neurons get other surrogates in a copy; a derivative that is code stays as it is."""
    words = small_words()
    torch.manual_seed(1)
    recurrent = assemble.spiking(method(EXAMPLES / "recurrent_lif.py"), words, None, 4, 1, 2)
    plain = assemble.spiking(method(EXAMPLES / "plain_torch.py"), words, None, 4, 1, 2)
    before = recurrent.network.module.hidden.surrogate_function
    own = Target(predictor_of(recurrent), classes=2)
    assert len(own.forms) == 1 + len(SURROGATES)
    assert recurrent.network.module.hidden.surrogate_function is before
    assert list(forms(plain.network)) == [OWN]
    values, keys = own.read(["w3", "w21", "w7", "w30"])
    expected = own.scores(values[None], keys)
    for form in own.forms:
        loss, gradient = own.climb(form, values[None], keys, 1, ["margin"])
        torch.testing.assert_close(loss, LOSSES["margin"](expected, 1), rtol=1e-4, atol=1e-5)
        assert gradient.abs().sum() > 0


def test_what_has_no_gradient_is_refused():
    """A classifier that is fitted at once."""
    weights = {"coefficients": torch.zeros(1, 12).double(), "intercepts": torch.zeros(1).double()}
    fitted = assemble.alone(Method(network={"kind": "mean-vector"}), small_words(), 2, weights)
    with pytest.raises(SpikeTextError, match="attack it by recipes"):
        Target(predictor_of(fitted), classes=2)
