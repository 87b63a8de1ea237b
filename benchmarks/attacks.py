"""How many queries a second an attack has answered: `python -m benchmarks.attacks`; docs/speed.md says how.

The same recipes on the same texts and the same trained spiking network, once by the attack stage and once by
TextAttack's own loop around a model wrapper, as its documentation has it: around our network, and around its
plain form, of spikingjelly's modules. What the attacks find must be the same to the letter.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tabulate import tabulate

from benchmarks.data import ROOT, snakemake
from spiketext import load
from spiketext.attack.modes import MODES, softmax
from spiketext.attack.preflight import build_attack, textattack_for
from spiketext.attack.reading import Reader
from spiketext.attack.run import SampleAttack
from spiketext.attack.sample import Example, read_sample
from spiketext.attack.seeds import seed_generators
from spiketext.config.attacks import find_recipe
from spiketext.evaluation.predictor import Predictor
from spiketext.files import write_json
from spiketext.report.machine import machine, versions
from spiketext.text.tokenisers import tokenise
from spiketext.use.classifier import TrainedClassifier

FOLDER = Path("results/mr/lv2023/seed1")
RECIPES = ("deepwordbug", "pwws")
SEED, TEXTS, BATCH = 1, 40, 128
MADE_UP = "qzxvk"  # no data set has it: its vector is asked for where word vectors come from
ENGLISH = partial(tokenise, language="en")
FOUND = Path(__file__).with_name("attacks.json")
OURS, LOOP, PLAIN = "attack stage", "TextAttack's loop, our network", "TextAttack's loop, plain network"
BAR = 5.0  # times as many queries a second as TextAttack's loop around the plain network
Result = dict[int, tuple[str, int]]  # by text: what the attack left of it, and the class that it then got


class Wrapper:
    """A classifier as TextAttack's documentation wraps one: texts in, probabilities `[n, classes]` out."""

    def __init__(self, predictor: Predictor, reader: Reader, temperature: float) -> None:
        """Words and temperature are those of the attack stage, else the search would see other scores."""
        self.model, self.reader, self.temperature = predictor, reader, temperature
        self.mode = MODES["fixed"](predictor, 1)  # so that recipes are built as for the attack stage

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        scores = self.model.scores([self.reader.words(text) for text in texts]).astype(np.float64)
        return np.stack([softmax(row / self.temperature) for row in scores])


def plain(classifier: TrainedClassifier) -> TrainedClassifier:
    """The same network in its plain form, of spikingjelly's modules."""
    network = classifier.predictor.classifier.network  # type: ignore[attr-defined]
    network.backend = "spikingjelly"
    return classifier


@dataclass(frozen=True)
class Taken:
    """What a side took, in seconds of the processor.

    Attributes:
        set_up: from the trained network to the first text: TextAttack's recipe and its data, word vectors.
        searching: of all texts.
        queries: texts that the searches had scored, as TextAttack counts them.
        found: by text, what was left of it and its class then.
        temperature: by which scores were divided.
    """

    set_up: float
    searching: float
    queries: int
    found: Result
    temperature: float


def by_stage(
    name: str, classifier: TrainedClassifier, examples: list[Example], manifests: list[Path]
) -> Taken:
    """The attack stage."""
    began = time.process_time()
    length = classifier.card.tokeniser.max_length
    sample = SampleAttack(
        find_recipe(name), classifier.predictor, ENGLISH, length, examples, manifests, BATCH, SEED
    )
    with tempfile.TemporaryDirectory() as folder, sample.ready(Path(folder) / "home") as attack_one:
        sample.victim([MADE_UP])
        ready = time.process_time()
        rows = [attack_one(example) for example in sample.shown]
        done = time.process_time()
    found = {row["id"]: (row["perturbed"], row["after"]) for row in rows}
    queries = sum(row["queries"] for row in rows)
    return Taken(ready - began, done - ready, queries, found, sample.victim.temperature)


def by_loop(
    name: str,
    classifier: TrainedClassifier,
    examples: list[Example],
    manifests: list[Path],
    temperature: float,
) -> Taken:
    """TextAttack's loop, with its batches and its cache; nothing else remembers words."""
    recipe = find_recipe(name)
    began = time.process_time()
    reader = Reader(ENGLISH, classifier.card.tokeniser.max_length, (example.text for example in examples))
    classifier.predictor.memory = None
    wrapper = Wrapper(classifier.predictor, reader, temperature)
    with tempfile.TemporaryDirectory() as folder, textattack_for(recipe, manifests, Path(folder) / "home"):
        attack = build_attack(recipe, wrapper, manifests, 32)
        shown = [reader.show(example) for example in examples]
        wrapper([MADE_UP])
        found: Result = {}
        queries = 0
        ready = time.process_time()
        for example in shown:
            seed_generators(f"{SEED} {name} {example.id}")
            after = attack.attack(example.text, example.label).perturbed_result
            found[example.id] = reader.restore(after.attacked_text.text), int(after.output)
            queries += after.num_queries
        done = time.process_time()
    return Taken(ready - began, done - ready, queries, found, temperature)


def measure(folder: Path, recipes: Sequence[str], texts: int, threads: int) -> list[dict[str, Any]]:
    """A row a recipe: queries, seconds and queries a second of each side, and the ratios."""
    dataset = folder.parents[1]
    split = dataset / "splits" / f"{folder.name}.safetensors"
    examples = read_sample(dataset / "text/corpus.parquet", split, texts, SEED)
    rows = []
    for name in recipes:
        manifests = [ROOT / f"results/resources/{one}/manifest.json" for one in find_recipe(name).resources]
        with tempfile.TemporaryDirectory() as home, textattack_for(find_recipe(name), manifests, Path(home)):
            pass  # TextAttack is imported before the clocks start
        ours = by_stage(name, load(folder, threads=threads), examples, manifests)
        taken = {OURS: ours}
        for side, classifier in (
            (LOOP, load(folder, threads=threads)),
            (PLAIN, plain(load(folder, threads=threads))),
        ):
            own = taken[side] = by_loop(name, classifier, examples, manifests, ours.temperature)
            if (own.found, own.queries) != (ours.found, ours.queries):
                apart = [number for number in ours.found if own.found[number] != ours.found[number]]
                raise SystemExit(
                    f"{name}: {side} finds something else in texts {apart}, {own.queries}, {ours.queries}"
                )
        rows.append(
            {
                "recipe": name,
                "texts": len(examples),
                "queries": ours.queries,
                "set_up_seconds": {side: one.set_up for side, one in taken.items()},
                "seconds": {side: one.searching for side, one in taken.items()},
                "queries_per_second": {side: ours.queries / one.searching for side, one in taken.items()},
                "times_faster": {side: taken[side].searching / ours.searching for side in (LOOP, PLAIN)},
                "times_faster_with_set_up": {
                    side: (taken[side].set_up + taken[side].searching) / (ours.set_up + ours.searching)
                    for side in (LOOP, PLAIN)
                },
            }
        )
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """A row a recipe."""
    sides = (OURS, LOOP, PLAIN)
    cells = [
        [row["recipe"], row["queries"], *(f"{row['queries_per_second'][side]:,.0f}" for side in sides),
         *(f"{row['times_faster'][side]:.1f}" for side in sides[1:]),
         f"{row['times_faster_with_set_up'][PLAIN]:.1f}",
         " / ".join(f"{row['set_up_seconds'][side]:.1f}" for side in sides)]
        for row in rows
    ]  # fmt: skip
    columns = [
        "recipe", "queries", *(f"{side}, queries a second" for side in sides), "times", "times plain",
        "with set-up", "set-up, seconds",
    ]  # fmt: skip
    return tabulate(cells, columns, tablefmt="github", disable_numparse=True)


def missed(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The recipes whose attack stage is slower than `BAR` asks."""
    return [row["recipe"] for row in rows if row["times_faster"][PLAIN] < BAR]


def main() -> None:
    """Train the network where there is none, attack it, print the table and write attacks.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of a trained English network")
    parser.add_argument("--recipes", nargs="+", default=list(RECIPES))
    parser.add_argument("--texts", type=int, default=TEXTS)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    resources = [
        f"results/resources/{one}/manifest.json"
        for name in chosen.recipes
        for one in find_recipe(name).resources
    ]
    if not snakemake([str(chosen.folder / "card.json"), *resources]):
        raise SystemExit("the workflow could not train the network; its messages above say why")
    rows = measure(ROOT / chosen.folder, chosen.recipes, chosen.texts, chosen.threads)
    print(f"\n{machine()} {versions()}\n\n{table(rows)}")
    about = {"machine": machine(), "date": datetime.now(UTC).isoformat(timespec="seconds")}
    write_json(FOUND, {**about, "threads": chosen.threads, "recipes": rows})
    if slow := missed(rows):
        raise SystemExit(f"fewer than {BAR:g} times the queries a second of {PLAIN}: {', '.join(slow)}")


if __name__ == "__main__":
    main()
