"""HotFlip: words swapped where the gradient says that it helps most (Ebrahimi et al. 2018)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from spiketext.attack import metrics
from spiketext.attack.sample import Example
from spiketext.attack.white_box import base
from spiketext.attack.white_box.neighbours import Neighbours
from spiketext.attack.white_box.target import Target, margin

BEAM = 2  # texts that a member goes on from, of a network with all derivatives
TRIED = 8  # swaps of each of them that are really scored, the most promising first
SCORED = 128  # texts scored together

Words = tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """One search of the ensemble: a derivative of the network, and the loss that it climbs."""

    form: str
    loss: str

    @property
    def name(self) -> str:
        """In tables."""
        return f"{self.form}, {self.loss}"


@dataclass
class Search:
    """A text under attack.

    Attributes:
        label: its class.
        original: its words.
        places: `[N]`, place of each swap that is allowed.
        words: their new words, `[N]`.
        values: `[N, D]` of these.
        read: values and key of every word that can occur.
        known: scores of texts.
    """

    label: int
    original: Words
    places: np.ndarray
    words: list[str]
    values: Tensor
    read: Mapping[str, tuple[Tensor, np.uint64]]
    known: dict[Words, np.ndarray] = field(default_factory=dict)


class Attack(base.Attack):
    """Beam search for each derivative and loss; the network itself scores every text that counts."""

    columns: ClassVar[Sequence[str]] = (
        "id", "original", "perturbed", "label", "before", "after", "result", "queries", "words", "changed",
        "mode", "member",
    )  # fmt: skip

    def __init__(self, target: Target, vocabulary: base.Vocabulary) -> None:
        """See `base.Attack`."""
        self.target = target
        self.neighbours = Neighbours(vocabulary.words, vocabulary.vectors, vocabulary.covered)
        self.members = [Member(form, loss) for form in target.forms for loss in target.losses]
        self.names = [member.name for member in self.members]

    def row(self, example: Example, tokens: list[str], before: int, seed: int) -> base.Row:
        """See `base.Attack`; nothing is drawn."""
        search = self._begin(example.label, tuple(tokens))
        found = self._search(search) if search.words else {}
        joined = {"perturbed": " ".join(tokens), "after": before, "changed": 0, "member": None}
        if found:
            member = min(found, key=lambda one: metrics.changed_words(tokens, found[one]))
            worst = found[member]
            joined = {
                "perturbed": " ".join(worst), "after": int(search.known[worst].argmax()),
                "changed": metrics.changed_words(tokens, worst), "member": member.name,
            }  # fmt: skip
        fell = {one.name: metrics.changed_words(tokens, text) for one, text in found.items()}
        return {**joined, "fell": fell, "queries": 1 + len(search.known), "candidates": len(search.words)}

    def _begin(self, label: int, original: Words) -> Search:
        swaps = [(place, other) for place, word in enumerate(original) for other in self.neighbours.of(word)]
        words = [other for _, other in swaps]
        every = list(dict.fromkeys([*original, *words]))
        values, keys = self.target.read(every)
        read = {word: (values[i], keys[i]) for i, word in enumerate(every)}
        own = torch.stack([read[word][0] for word in words]) if words else values[:0]
        return Search(
            label, original, np.array([place for place, _ in swaps], dtype=np.int64), words, own, read
        )

    def _search(self, search: Search) -> dict[Member, Words]:
        """The text with which each member succeeds, if it does; all members take each step together."""
        found: dict[Member, Words] = {}
        beams: dict[Member, list[Words]] = {one: [search.original] for one in self.members}
        beam = BEAM * self.target.tries
        for _ in search.original:
            swapped = self._swap(search, beams)
            self._score(search, [text for texts in swapped.values() for text in texts])
            beams = {}
            for member, texts in swapped.items():
                best = sorted(texts, key=lambda text: -self._margin(search, text))[:beam]  # ties: as foreseen
                if best and search.known[best[0]].argmax() != search.label:
                    found[member] = best[0]
                elif best:
                    beams[member] = best
            if not beams:
                break
        return found

    def _swap(self, search: Search, beams: Mapping[Member, list[Words]]) -> dict[Member, list[Words]]:
        """The texts that each member finds most promising, by first order."""
        found: dict[Member, list[Words]] = {}
        for form in dict.fromkeys(member.form for member in beams):
            own = [(member, text) for member in beams if member.form == form for text in beams[member]]
            for (member, text), gains in zip(own, self._gains(search, form, own), strict=True):
                for swap in np.argsort(-gains, kind="stable")[:TRIED]:
                    if gains[swap] > -np.inf:
                        place = int(search.places[swap])
                        new = (*text[:place], search.words[swap], *text[place + 1 :])
                        found.setdefault(member, []).append(new)
        return {member: list(dict.fromkeys(texts)) for member, texts in found.items()}

    def _gains(self, search: Search, form: str, own: Sequence[tuple[Member, Words]]) -> np.ndarray:
        """What swaps add to the loss by first order, `[B, N]`: ∇·(new − old); −∞ at words swapped before."""
        values = torch.stack([torch.stack([search.read[word][0] for word in text]) for _, text in own])
        keys = np.array([[search.read[word][1] for word in text] for _, text in own], dtype=np.uint64)
        _, gradient = self.target.climb(form, values, keys, search.label, [one.loss for one, _ in own])
        places = torch.from_numpy(search.places).to(values.device)
        away = search.values - values[:, places]
        gains: np.ndarray = (gradient[:, places] * away).sum(-1).double().cpu().numpy()
        for row, (_, text) in zip(gains, own, strict=True):
            fixed = np.array([new != old for new, old in zip(text, search.original, strict=True)])
            row[fixed[search.places]] = -np.inf
        return gains

    def _score(self, search: Search, texts: Sequence[Words]) -> None:
        """Have the network score texts that it has not scored yet."""
        new = [text for text in dict.fromkeys(texts) if text not in search.known]
        for start in range(0, len(new), SCORED):
            some = new[start : start + SCORED]
            scores = self.target.predictor.scores(some)
            search.known.update(zip(some, scores, strict=True))

    @staticmethod
    def _margin(search: Search, text: Words) -> float:
        """The best other class over the right one; a tie counts as the class that the network would say."""
        scores = search.known[text]
        own = float(margin(torch.from_numpy(scores[None]), search.label)[0])
        return np.inf if scores.argmax() != search.label else own

    def stands(self, row: base.Row) -> bool:
        """See `base.Attack`."""
        return metrics.within([_judged(row)], metrics.HEADLINE) == 1

    def summarise(self, rows: Sequence[base.Row]) -> dict[str, Any]:
        """See `base.Attack`; the rest as of attacks by recipes."""
        alone = {
            name: {
                budget: metrics.within([_judged(_alone(row, name)) for row in rows], budget)
                for budget in metrics.BUDGETS
            }
            for name in self.names
        }
        worst = metrics.summarise([_judged(row) for row in rows])
        return {**worst, "headline": metrics.HEADLINE, "members": alone}


def _judged(row: base.Row) -> base.Row:
    """The row with `right` and `held` as of `metrics`, by the one draw that was attacked."""
    return {
        **row,
        "right": float(row["result"] != metrics.SKIPPED),
        "held": float(row["result"] == metrics.FAILED),
    }


def _alone(row: base.Row, member: str) -> base.Row:
    """The row if only this member had been there."""
    if row["result"] == metrics.SKIPPED or member in row["fell"]:
        return {**row, "changed": row["fell"].get(member, 0)}
    return {**row, "result": metrics.FAILED, "changed": 0}
