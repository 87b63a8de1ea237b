"""Which words of a text speak for which class, and through which neurons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from spiketext.networks.evidence import Evidence

SHOWN = 10  # neurons of a text


@dataclass(frozen=True)
class Word:
    """A word of a text.

    Attributes:
        text: as the network reads it.
        known: whether it has a vector; else it is silent.
        gives: `[classes]`, what it adds to the score a step of each class.
    """

    text: str
    known: bool
    gives: np.ndarray


@dataclass(frozen=True)
class Neuron:
    """A neuron that a window of words made fire.

    Attributes:
        number: of the feature map, from 0; those of the first width come first.
        words: of the window.
        fired: spikes; None of a DNN.
        gives: `[classes]`, likewise.
    """

    number: int
    words: tuple[str, ...]
    fired: int | None
    gives: np.ndarray


@dataclass(frozen=True)
class Explanation:
    """Of one text.

    The decision is between the class with the largest score and the runner-up: what speaks for it is how much
    more a word gives to the first than to the second.

    Attributes:
        classes: all names.
        words: of the text.
        neurons: those that matter most to the decision; none where only words are left out.
        scores: `[classes]`, on the scale that training used.
        rest: `[classes]`, what no word accounts for: biases, padding, and of a read-out that fires, what
            its thresholds make of the currents; None where contributions do not add up.
    """

    classes: list[str]
    words: list[Word]
    neurons: list[Neuron]
    scores: np.ndarray
    rest: np.ndarray | None

    @property
    def first(self) -> int:
        """Place of the class with the largest score."""
        return int(self.scores.argmax())

    @property
    def second(self) -> int:
        """Place of the runner-up."""
        others = self.scores.copy()
        others[self.first] = -np.inf
        return int(others.argmax())

    def lead(self, gives: np.ndarray) -> float:
        """How much more something gives to the first class than to the second."""
        return float(gives[self.first] - gives[self.second])


def by_read_out(
    classes: list[str],
    tokens: Sequence[str],
    known: Sequence[bool],
    found: Evidence,
    scale: int,
    spiking: bool,
) -> Explanation:
    """From what the read-out was given; what a neuron passed on is shared among the words that drove it.

    Each word of its window gets a share as large as the current that it sent, if that was positive; where
    none was in the end, all get the same. Words and rest add up to the scores.

    Args:
        classes: names.
        tokens: of the text.
        known: which of them have a vector.
        found: of the text.
        scale: what sums of all steps are divided by (`Classifier.scale`).
        spiking: whether neurons fire.
    """
    amounts, fired, drive, weights, scores = (
        one.detach().cpu().double().numpy()
        for one in (found.amounts / scale, found.fired, found.drive, found.weights, found.scores / scale)
    )
    spans, length = np.array(found.spans), len(tokens)
    places = np.arange(drive.shape[1])[None, :, None]
    words_of = (places < spans) & (np.arange(len(drive))[:, None, None] + places < length)
    drive = np.where(words_of, drive.clip(min=0), 0)
    drive = np.where(drive.any(1, keepdims=True), drive, words_of)
    share = drive / drive.sum(1, keepdims=True).clip(min=np.finfo(float).tiny)
    gives = np.zeros((length, len(classes)))
    for place in range(share.shape[1]):  # in the window
        given = (amounts * share[:, place]) @ weights.T
        gives[place:] += given[: max(0, length - place)]
    words = [Word(*one) for one in zip(tokens, known, gives, strict=True)]
    explanation = Explanation(classes, words, [], scores, scores - gives.sum(0))
    weight = amounts * (weights[explanation.first] - weights[explanation.second])
    ranked = np.argsort(-abs(weight[:length]), axis=None, kind="stable")[:SHOWN]
    for begin, number in np.transpose(np.unravel_index(ranked, weight[:length].shape)).tolist():
        if weight[begin, number]:
            window = tuple(tokens[begin : begin + spans[number]])
            given = amounts[begin, number] * weights[:, number]
            spikes = round(fired[begin, number]) if spiking else None
            explanation.neurons.append(Neuron(number, window, spikes, given))
    return explanation


def by_leaving_out(
    classes: list[str],
    tokens: Sequence[str],
    known: Sequence[bool],
    scores_of: Callable[[list[list[str]]], np.ndarray],
) -> Explanation:
    """From what the scores lose without each word in turn.

    Args:
        classes: names.
        tokens: of the text.
        known: which of them have a vector.
        scores_of: scores a step `[n, classes]` of token lists.
    """
    whole = list(tokens)
    scores = scores_of([whole, *(whole[:place] + whole[place + 1 :] for place in range(len(whole)))])
    scores = scores.astype(np.float64)
    words = [Word(*one) for one in zip(tokens, known, scores[0] - scores[1:], strict=True)]
    return Explanation(classes, words, [], scores[0], None)
