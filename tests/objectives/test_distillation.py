"""Distillation: the loss by hand, what joins the training texts, and the spike budget around it."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spiketext.arrays import write_arrays
from spiketext.config.objectives import CrossEntropy, Distillation, SpikeBudget
from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import UNLABELLED
from spiketext.inputs.taught import SoftLabels
from spiketext.inputs.words import WordTable
from spiketext.objectives.base import make_objective
from tests.training_helpers import small_sentences

TRAIN = np.array([0, 2, 5])
OWN = np.array([[2.0, -1.0], [0.5, 0.0], [-3.0, 1.0]], np.float32)
MORE = np.array([[0.1, 0.0], [4.0, 0.0], [0.0, 3.0]], np.float32)
TABLE = WordTable.of(np.zeros((60, 4), np.float32), [""] + [f"w{i}" for i in range(59)], torch.device("cpu"))


@pytest.fixture
def files(tmp_path):
    """A teacher's answers, and three texts without a label of 2, 1 and 12 tokens."""
    SoftLabels(TRAIN, OWN, MORE).save(tmp_path / "taught.safetensors")
    offsets = np.array([0, 2, 3, 15])
    arrays = {"ids": np.arange(41, 56, dtype=np.int32), "offsets": offsets}
    write_arrays(tmp_path / "texts.safetensors", arrays)
    return SimpleNamespace(
        taught=[tmp_path / "taught.safetensors"], unlabelled=[tmp_path / "texts.safetensors"]
    )


def prepared(settings, files, weights=None):
    objective = make_objective(settings, weights)
    objective.prepare(files, {}, TABLE)
    texts, train = objective.examples(small_sentences(12), TRAIN)
    return objective, texts, train


def soft(scores, temperature):
    exponents = [math.exp(one / temperature) for one in scores]
    return [one / sum(exponents) for one in exponents]


def kl(teacher, student, temperature):
    p, q = soft(teacher, temperature), soft(student, temperature)
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))


def test_texts_without_a_label_stand_behind_those_of_the_data_set(files):
    _, texts, train = prepared(Distillation(teacher="t"), files)
    own = small_sentences(12)
    assert train.tolist() == [0, 2, 5, 12, 13, 14]
    batch = texts.batch(train)
    assert batch.labels.tolist() == [*own.labels[TRAIN].tolist(), *[UNLABELLED] * 3]
    assert batch.lengths.tolist()[3:] == [2, 1, 10]  # the last is cut, as the data set's texts are
    assert batch.ids[-13:].tolist() == [41, 42, 43, *range(44, 54)]
    assert texts.batch(np.arange(12)).ids.tolist() == own.batch(np.arange(12)).ids.tolist()


def test_the_teacher_must_be_sure_of_them(files):
    """Its largest probabilities are 0.52, 0.98 and 0.95."""
    _, texts, train = prepared(Distillation(teacher="t", confidence=0.9), files)
    assert train.tolist() == [0, 2, 5, 12, 13]
    assert texts.batch(train[3:]).ids.tolist() == [43, *range(44, 54)]
    objective, _, _ = prepared(Distillation(teacher="t", confidence=0.96), files)
    assert objective.scores[12:].tolist() == [[4.0, 0.0]]


def test_none_join_where_the_rule_has_none(files):
    files.unlabelled = []
    _, texts, train = prepared(Distillation(teacher="t"), files)
    assert train is TRAIN and len(texts.labels) == 12


def test_other_training_texts_are_refused(files):
    objective = make_objective(Distillation(teacher="t"))
    objective.prepare(files, {}, TABLE)
    with pytest.raises(SpikeTextError, match="other training texts"):
        objective.examples(small_sentences(12), np.array([0, 2, 6]))


def test_the_loss_by_hand(files):
    """Two steps; two texts with a label, one without."""
    objective, texts, train = prepared(Distillation(teacher="t", weight=0.3, temperature=2.0), files)
    batch = texts.batch(train[[0, 2, 4]])
    generator = torch.Generator().manual_seed(1)
    outputs = torch.randn(2, 3, 2, generator=generator, dtype=torch.float64)
    teacher = [OWN[0].tolist(), OWN[2].tolist(), MORE[1].tolist()]
    hard, far = 0.0, 0.0
    for step in outputs.tolist():
        for scores, label, wanted in zip(step, batch.labels.tolist(), teacher, strict=True):
            far += kl(wanted, scores, 2.0)
            hard += 0.0 if label == UNLABELLED else -math.log(soft(scores, 1.0)[label])
    expected = (0.7 * hard + 0.3 * 4 * far) / 6
    assert float(objective.judged(outputs, batch)) == pytest.approx(expected, rel=1e-6)


def test_classes_weigh_in_the_cross_entropy_only(files):
    weights = torch.tensor([0.5, 3.0])
    plain, texts, train = prepared(Distillation(teacher="t", weight=1.0), files)
    weighed, _, _ = prepared(Distillation(teacher="t", weight=1.0), files, weights)
    outputs, batch = torch.randn(1, 3, 2), texts.batch(train[:3])
    assert float(plain.judged(outputs, batch)) == float(weighed.judged(outputs, batch))
    hard, _, _ = prepared(Distillation(teacher="t", weight=0.5), files, weights)
    soft_part = float(plain.judged(outputs, batch))
    expected = 0.5 * soft_part + 0.5 * float(make_objective(CrossEntropy(), weights).judged(outputs, batch))
    assert float(hard.judged(outputs, batch)) == pytest.approx(expected, rel=1e-5)


def test_a_budget_may_stand_around_it(files):
    """It learns from the same texts, and within the budget the loss is the task's."""
    task = Distillation(teacher="t", weight=0.3)
    budget, texts, train = prepared(SpikeBudget(spikes=0.5, task=task), files)
    plain, _, _ = prepared(task, files)
    assert train.tolist() == [0, 2, 5, 12, 13, 14]
    batch, outputs = texts.batch(train), torch.randn(1, 6, 2)

    class Fed(SimpleNamespace):
        """What a classifier reads."""

    class Classifier:
        words = TABLE

        def __init__(self, spikes):
            self.spikes = spikes

        def read(self, batch, generator=None):
            layout = SimpleNamespace(reads=torch.ones(10))
            return Fed(inputs=torch.full((1, 10, 4), self.spikes), layout=layout)

        def forward(self, fed):
            return outputs

    within = float(budget.loss(Classifier(0.5), batch, None))
    assert within == pytest.approx(float(plain.judged(outputs, batch)))
    beyond = float(budget.loss(Classifier(0.75), batch, None))
    assert beyond == pytest.approx(within + 0.5)
    assert SpikeBudget(spikes=0.5, task=task).kinds == ["spike-budget", "distillation"]
    assert SpikeBudget(spikes=0.5, task=task).learns_from == "t"
