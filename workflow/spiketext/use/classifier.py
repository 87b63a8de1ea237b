"""A trained network to use: texts in; classes, spikes and an estimate of the energy out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from spiketext.config.energy import CostTable
from spiketext.config.stages import STAGES
from spiketext.devices import prepare
from spiketext.energy.prices import energy_uj
from spiketext.errors import SpikeTextError
from spiketext.evaluation.counter import Counter
from spiketext.evaluation.predictor import Predictor, load_predictor
from spiketext.kinds import module_of
from spiketext.networks import assemble
from spiketext.networks.classifier import CLASSIFIED, Classifier
from spiketext.use.card import CARD, Card, check_sources, read_card
from spiketext.use.explanation import Explanation, by_leaving_out, by_read_out
from spiketext.use.prediction import Prediction
from spiketext.use.reading import Reader, SequenceReader, TextReader, all_tokens
from spiketext.use.stopping import Stopping

SECTIONS = {"inputs", "network", "conversion", "finetuning", "direct"}


class TrainedClassifier:
    """The network of one stage of a method, as a study trained it.

    It classifies texts, or arrays `[L]` and `[L, D]` where sequences of numbers trained it. Texts pass
    through the tokeniser, word vectors and transform of the study. Words that the study lacks get
    their vector from the same sources; where these have none, the words are silent.

    Attributes:
        card: what the network was made with.
        stage: whose network it is.
        steps: T of the study's main results; 1 of a DNN.
        longest_run: the largest T that it was evaluated with.
        cost_table: name of the table that prices operations.
        reader: of what it classifies.
    """

    def __init__(self, card: Card, stage: str, predictor: Predictor, reader: Reader, cost_table: str) -> None:
        """See `load`."""
        self.card, self.stage, self.predictor, self.cost_table = card, stage, predictor, cost_table
        self.reader = reader
        self.spiking = STAGES[stage].spiking
        self.steps = card.stages[stage].steps or 1
        self.longest_run = predictor.classifier.steps

    @property
    def _network(self) -> Classifier:
        """The classifier, which is a network."""
        assert isinstance(self.predictor.classifier, Classifier)
        return self.predictor.classifier

    @property
    def _readout(self) -> Any:
        """The module that knows the network's read-out."""
        return module_of(f"{assemble.ROOM}.{self.card.definition.network.kind}", "readout")

    @property
    def classes(self) -> list[str]:
        """Names of the classes, in the order of the scores."""
        return self.card.classes

    @property
    def costs(self) -> CostTable:
        """The table that prices operations."""
        return self.card.cost_tables[self.cost_table]

    def predict(
        self,
        texts: Iterable[Any],
        *,
        steps: int | None = None,
        margin: float | None = None,
        all_steps: bool = False,
        counted: bool = True,
    ) -> list[Prediction]:
        """Classify texts; see `stream`."""
        return list(self.stream(texts, steps=steps, margin=margin, all_steps=all_steps, counted=counted))

    def stream(
        self,
        texts: Iterable[Any],
        *,
        steps: int | None = None,
        margin: float | None = None,
        all_steps: bool = False,
        counted: bool = True,
    ) -> Iterator[Prediction]:
        """Classify texts as they come; each stops when the steps left cannot change its class any more.

        A text that is counted is simulated alone, so that spikes and energy are its own; others in batches,
        several times as fast.

        Args:
            texts: any texts, or arrays.
            steps: T; None: as in the study's main results.
            margin: stop too when the best score a step leads by this much, even if later steps could change
                the class; None: do not.
            all_steps: run all T steps.
            counted: count spikes and estimate the energy.

        Raises:
            SpikeTextError: T is not within what the network was evaluated with, the margin is not above 0, or
                something is no text; its place counts from 1.
        """
        asked = self._asked(steps)
        if margin is not None and not 0 < margin < math.inf:
            raise SpikeTextError(f"margin: {margin} must be above 0")
        stopping = None
        if asked > 1 and not all_steps:
            stopping = Stopping(self._readout.most_added(self._network.network), margin)
        return self._stream(all_tokens(self.reader, texts), asked, stopping, counted)

    def _stream(
        self, texts: Iterator[list[str]], steps: int, stopping: Stopping | None, counted: bool
    ) -> Iterator[Prediction]:
        while some := list(islice(texts, 1 if counted else CLASSIFIED)):
            yield from self._classify(some, steps, stopping, counted)

    def _asked(self, steps: int | None) -> int:
        asked = self.steps if steps is None else steps
        if not self.spiking and asked != 1:
            raise SpikeTextError(f"steps: {asked}, and {self.stage} has no time steps; leave them out")
        if self.longest_run == 1 and asked != 1:
            raise SpikeTextError(f"steps: {asked}, and the study evaluated {self.stage} with T = 1 only")
        if not 1 <= asked <= self.longest_run:
            raise SpikeTextError(
                f"steps: {asked} is not within 1 to {self.longest_run}, with which the study evaluated it"
            )
        return asked

    @torch.no_grad()
    def _classify(
        self, token_lists: list[list[str]], steps: int, stopping: Stopping | None, counted: bool
    ) -> list[Prediction]:
        """Predictions of a batch; of a single text if it is counted."""
        batch = self.predictor.batch(token_lists)
        ((classifier, _),) = self.predictor.classifier.runs([steps])
        delay = classifier.delay
        layout, counter = classifier.layout(batch), None
        if counted:
            longest = max(self.card.longest, int(batch.lengths.max()))
            counter = Counter(classifier.wiring(layout, longest))
        ran = torch.zeros(len(token_lists), dtype=torch.long)  # steps of each text; 0: it still runs
        final = torch.zeros(len(token_lists), len(self.classes), dtype=torch.float64)
        for t, (step, scores) in enumerate(classifier.simulate(batch, layout), 1):
            if counter is not None:
                counter.add(step)
            scores = scores.cpu()
            ends = ran == 0
            if t < steps:
                nothing = torch.zeros_like(ends)
                ends &= (
                    stopping(scores, classifier.scale(t - delay), steps - max(t, delay))
                    if stopping
                    else nothing
                )
            final[ends], ran[ends] = scores[ends].double(), t
            if ran.all():
                break
        spikes, energy = None, None
        if counter is not None:
            account = counter.account()
            energy = energy_uj(account.layers, int(ran[0]), 1, self.costs)
            spikes = round(sum(float(sent.sum()) for sent in account.spikes.values()))
        scale = torch.tensor([classifier.scale(t) for t in ran.tolist()])
        shares = torch.softmax(final / scale[:, None], 1)
        return [
            Prediction(
                self.classes[best] if tokens else None,
                dict(zip(self.classes, share.tolist(), strict=True)),
                int(own) if self.spiking else None,
                spikes if self.spiking else None,
                energy,
                sum(self._known(tokens)),
            )
            for tokens, best, share, own in zip(
                token_lists, final.argmax(1).tolist(), shares, ran, strict=True
            )
        ]

    def explain(self, texts: Iterable[Any], *, steps: int | None = None) -> Iterator[Explanation]:
        """What each word of each text speaks for, after all T steps.

        Where the read-out's inputs can be told apart, contributions add up; of a network of one's own, each
        is what the scores lose without the word.

        Raises:
            SpikeTextError: as `stream` does.
        """
        asked = self._asked(steps)
        return (self._explain(tokens, asked) for tokens in all_tokens(self.reader, texts))

    @torch.no_grad()
    def _explain(self, tokens: list[str], steps: int) -> Explanation:
        known = self._known(tokens)
        if self.card.definition.network.only_stage:
            return by_leaving_out(self.classes, tokens, known, lambda texts: self._scores(texts, steps))
        classifier = self._network
        classifier.network.eval()
        fed = classifier.read(self.predictor.batch([tokens]))
        found = self._readout.evidence(
            classifier.network, classifier.currents(fed.inputs)[:steps], fed.layout
        )
        if found is not None:
            scale = classifier.scale(steps)
            return by_read_out(self.classes, tokens, known, found, scale, self.spiking)
        return by_leaving_out(self.classes, tokens, known, lambda texts: self._scores(texts, steps))

    def _known(self, tokens: list[str]) -> list[bool]:
        """Which tokens have a vector; all, where the classifier reads none."""
        if not self.predictor.classifier.reads_vectors:
            return [True] * len(tokens)
        known: list[bool] = self.predictor.embedder.embed(tokens)[1].tolist()
        return known

    def _scores(self, token_lists: list[list[str]], steps: int) -> np.ndarray:
        """Scores `[n, classes]` after so many steps, on the scale that training used."""
        batch = self.predictor.batch(token_lists)
        ((classifier, _),) = self.predictor.classifier.runs([steps])
        scores = classifier.scores(batch)[steps - 1] / classifier.scale(steps)
        return scores.cpu().numpy()


def load(
    folder: str | Path,
    stage: str | None = None,
    *,
    cost_table: str | None = None,
    device: str = "auto",
    threads: int = 1,
) -> TrainedClassifier:
    """The trained classifier of a method, a data set and a seed.

    A network of your own is Python code, which runs: load folders that you trust.

    Args:
        folder: such as `results/mr/sparse-20/seed1`, with the model card.
        stage: whose network: `dnn`, `converted`, `finetuned`, `trained`, `tuned` or `fitted`; None: the last.
        cost_table: of the study, to price operations; None: its main one.
        device: `auto`, `cpu` or `cuda`.
        threads: of torch.

    Raises:
        SpikeTextError: the folder is no such folder, or something in it is missing, damaged or of another
            study.
    """
    folder = Path(folder)
    card = read_card(folder)
    last = list(card.stages)[-1]
    stage = _one_of("stage", stage or last, card.stages, folder)
    cost_table = _one_of("cost table", cost_table or next(iter(card.cost_tables)), card.cost_tables, folder)
    vectors, own = card.vectors, card.stages[stage]
    files = SimpleNamespace(
        weights=own.weights.within(folder),
        vector_manifests=[folder / one for one in vectors.manifests],
        **{
            name: getattr(vectors, name).within(folder)
            for name in ("table", "words", "fit", "vectors_report")
        },
    )
    params = SimpleNamespace(
        method=card.definition.model_dump(mode="json", include=SECTIONS, exclude_none=True),
        embedding=None if vectors.definition is None else vectors.definition.model_dump(mode="json"),
        stage=stage,
        steps=card.definition.steps(stage)[-1],
        classes=len(card.classes),
        max_length=card.tokeniser.max_length,
        seed=card.seed,
    )
    ready = prepare(device, threads, card.seed)
    longest = card.tokeniser.max_length
    if card.tokeniser.language is None:
        sequences = SequenceReader(files.table, files.words, files.fit, longest)
        return TrainedClassifier(
            card, stage, load_predictor(files, params, ready, sequences), sequences, cost_table
        )
    predictor = load_predictor(files, params, ready)
    if predictor.classifier.reads_vectors:
        check_sources(card, folder)
    return TrainedClassifier(card, stage, predictor, TextReader(card.tokeniser.language, longest), cost_table)


def _one_of(what: str, name: str, known: Iterable[str], folder: Path) -> str:
    if name not in known:
        raise SpikeTextError(f"{folder / CARD} has no {what} `{name}`; it has {', '.join(known)}")
    return name
