"""What a task makes of labels and outputs, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spiketext.config.objectives import SquaredError
from spiketext.errors import SpikeTextError
from spiketext.objectives.base import make_objective
from spiketext.tasks import TASKS, make_task

LABELS, TOLD = np.array([1.0, -2.0, 0.5]), np.array([[2.0, -2.0, 0.0], [1.0, 0.0, 0.5]])
VALUE, CLASSES = make_task("value", 0), make_task("classes", 3)


def test_a_value_is_the_one_output_on_the_scale_of_training():
    """And may be negative; a class is the place of the largest output, whatever the scale."""
    scores = torch.tensor([[[6.0], [-3.0]]])
    assert VALUE.outputs == 1 and VALUE.read(scores, 3).tolist() == [[2.0, -1.0]]
    assert CLASSES.outputs == 3 and CLASSES.read(torch.tensor([[0.0, 3.0, 1.0]]), 3).tolist() == [1]


def test_the_loss_by_hand():
    """Squared errors 1, 0, 1/4, and 0, 4, 0 of another draw."""
    assert VALUE.test_scores(LABELS, TOLD) == {
        "test_loss": pytest.approx((1.25 / 3 + 4 / 3) / 2),
        "test_loss_draws": [pytest.approx(1.25 / 3), pytest.approx(4 / 3)],
    }
    name, errors = VALUE.by_example(LABELS, TOLD)
    assert name == "squared_error" and errors.tolist() == [0.5, 2.0, 0.125]
    assert VALUE.behind(LABELS, TOLD[1:], TOLD[0]) == pytest.approx((4 - 1.25) / 3)
    parts = {"train": np.array([0.0, 1.0]), "test": LABELS}
    assert VALUE.details(parts, TOLD[0]) == {"constant_loss": pytest.approx((0.25 + 6.25 + 0) / 3)}


def test_the_least_loss_on_dev_is_the_best():
    """However large it is; of classes, the largest metric."""
    scores = [VALUE.dev_scores(LABELS, told) for told in TOLD]
    assert [set(one) for one in scores] == [set(VALUE.on_dev)] * 2
    assert VALUE.merit(scores[0]) > VALUE.merit(scores[1])
    assert VALUE.said(VALUE.merit(scores[0])) == "loss 0.416667"
    one = CLASSES.dev_scores(np.array([0, 1]), np.array([0, 2]))
    assert set(one) == set(CLASSES.on_dev) and CLASSES.said(CLASSES.merit(one)) == "accuracy 50.00 %"


def test_the_squared_error_that_training_minimises():
    """Mean over two steps and two examples, whatever type the targets are stored in."""
    outputs = torch.tensor([[[1.0], [2.0]], [[3.0], [0.0]]], requires_grad=True)
    batch = SimpleNamespace(labels=torch.tensor([1.0, 1.0], dtype=torch.float64))
    loss = make_objective(SquaredError()).judged(outputs, batch)
    assert loss.item() == pytest.approx((0 + 1 + 4 + 1) / 4)
    loss.backward()
    assert outputs.grad.flatten().tolist() == [0.0, 0.5, 1.0, -0.5]


def test_targets_are_finite_numbers(tmp_path):
    """Whole ones too; the first that is none is named."""
    found = VALUE.coded(tmp_path, np.array([3, -1]), [])
    assert found.dtype == np.float64 and found.tolist() == [3.0, -1.0]
    for strange in (np.nan, np.inf):
        with pytest.raises(SpikeTextError, match="the target of sequence 2 is no finite number"):
            VALUE.coded(tmp_path, np.array([0.5, strange, strange]), [])


def test_every_target_of_the_configuration_is_a_task():
    """And all values are one group of a split."""
    assert set(TASKS) == {"classes", "value"}
    strata, names = VALUE.strata(LABELS, [])
    assert strata.tolist() == [0, 0, 0] and len(names) == 1
