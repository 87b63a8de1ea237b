"""Running an attack over a sample: one row per sentence, seeded one by one, resumable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spiketext.attack import metrics
from spiketext.attack.modes import Scorer, redrawn, shares
from spiketext.attack.preflight import attacked_text, build_attack, textattack_for
from spiketext.attack.reading import Reader
from spiketext.attack.sample import Example
from spiketext.attack.seeds import seed_generators
from spiketext.attack.store import RowStore
from spiketext.attack.trail import Trail
from spiketext.attack.victim import Victim
from spiketext.config.attacks import Recipe
from spiketext.errors import SpikeTextError
from spiketext.progress import Progress
from spiketext.tables import write_table

log = logging.getLogger("spiketext")

COLUMNS = (
    "id", "original", "perturbed", "label", "before", "after", "right", "held", "result", "queries",
    "words", "changed",
)  # fmt: skip


class SampleAttack:
    """An attack on a sample of texts, all of them or a part; several jobs may take parts.

    Whatever texts share, such as the temperature, is found on the whole sample in each job, and random
    numbers are seeded for each text by the run's seed, the recipe and the text: order, interruptions, parts
    and the method attacked do not change them.
    """

    def __init__(
        self,
        recipe: Recipe,
        scorer: Scorer,
        tokenise: Callable[[str], list[str]],
        max_length: int,
        examples: list[Example],
        manifests: Iterable[str | Path],
        query_batch: int,
        seed: int,
        mode: str = "fixed",
        draws: int = 1,
    ) -> None:
        """Show the victim the sample.

        Args:
            recipe: the attack.
            scorer: the trained classifier.
            tokenise: as in training.
            max_length: tokens that the classifier reads of a text; an attack is shown no more.
            examples: the sample.
            manifests: manifests of the recipe's resources.
            query_batch: sentences classified at once.
            seed: of the run.
            mode: of the victim, one of `modes.MODES`.
            draws: over how many a mode averages that does.

        Raises:
            SpikeTextError: the classifier is not repeatable where the mode means it to be, or reads other
                words than in training.
        """
        self.recipe, self.manifests, self.query_batch, self.seed = recipe, list(manifests), query_batch, seed
        self.reader = Reader(tokenise, max_length, (example.text for example in examples))
        self.shown = [self.reader.show(example) for example in examples]
        self.victim = Victim(scorer, self.reader.words, query_batch, mode, draws)
        self.victim.prepare([example.text for example in self.shown])
        self.redraws = self.victim.mode.redraws and scorer.stochastic

    def run(self, store: RowStore, part: slice = slice(None)) -> list[dict[str, Any]]:
        """Attack those texts of a part of the sample that `store` does not hold yet; returns its rows.

        Raises:
            SpikeTextError: a resource is missing.
        """
        examples, done = self.shown[part], len(store.rows)
        if done == len(examples):
            return store.rows
        if done:
            log.info("going on after %d of %d sentences", done, len(examples))
        name = store.path.with_suffix("").with_suffix(".textattack").name
        with self.ready(store.path.with_name(f".{name}")) as attack_one:
            progress = Progress(f"{self.recipe.title}: sentences attacked", len(examples), done)
            for example in examples[done:]:
                store.append(attack_one(example))
                progress.advance()
        log.info("%s: %d sentences scored by the network", self.recipe.title, self.victim.scored)
        return store.rows

    @contextmanager
    def ready(self, home: Path) -> Iterator[Callable[[Example], dict[str, Any]]]:
        """TextAttack, set up in a folder of its own: a function that attacks a text that is `shown`."""
        with textattack_for(self.recipe, self.manifests, home):
            from spiketext.attack.shortcuts import shortcuts  # imports TextAttack

            attack = build_attack(self.recipe, self.victim, self.manifests, self.query_batch)
            _end_as_told(attack.goal_function, self.victim)
            with shortcuts(attack, self.victim):
                yield partial(self._attack_one, attack, Trail(attack) if self.redraws else None)

    def summary(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """The metrics of the whole sample's rows, the temperature and the substitutions.

        Notes in each row how often the text is right before and after.

        Raises:
            SpikeTextError: the recipe found nothing to change in any sentence.
        """
        _refuse_idle(self.recipe, rows)
        _score(redrawn(self.victim.model) if self.redraws else None, rows)
        return {
            **metrics.SUMMARIES[self.recipe.goal](rows),
            "temperature": self.victim.temperature,
            "substitutions": list(self.recipe.substitutions),
        }

    def _attack_one(self, attack: Any, trail: Trail | None, example: Example) -> dict[str, Any]:
        """Attack one text; returns its row, with figures that the log of the attack leaves out."""
        import torch

        recipe, victim = self.recipe, self.victim
        key = f"{self.seed} {recipe.name} {example.id}"
        seed_generators(key)
        victim.begin(key, example.label)
        attack.clear_cache()
        attack.offered = 0
        text = attacked_text(recipe, example.text)
        output = int(victim([example.text]).argmax())
        row: dict[str, Any] = {
            "id": example.id, "original": example.text, "perturbed": example.text, "label": example.label,
            "before": output, "after": output,
            "result": metrics.FAILED if output == example.label else metrics.SKIPPED,
            "queries": 1, "words": len(text.words), "changed": 0, "words_left": 0,
            **({} if trail is None else {"steps": []}),
        }  # fmt: skip
        if text.words:  # recipes divide by their number, or draw one of them
            try:
                row |= _searched(attack, trail, text, example.label)
            except (SpikeTextError, MemoryError, torch.OutOfMemoryError):
                raise
            except Exception:  # whatever TextAttack stumbles on in one text; the others still have answers
                said = "%s: the search fails on text %d, which is counted apart"
                log.exception(said, recipe.title, example.id)
                row["result"], attack.offered = metrics.ERROR, 0
        read = {"before": victim.read(example.text), "after": victim.read(str(row["perturbed"]))}
        if trail is not None:
            row["steps"] = [
                {"read": victim.read(step["text"]), "changed": step["changed"], "queries": step["queries"]}
                for step in row["steps"]
            ]
        row |= {text: self.reader.restore(str(row[text])) for text in ("original", "perturbed")}
        return {**row, "read": read, "candidates": attack.offered}


def _end_as_told(goal: Any, victim: Victim) -> None:
    """Have a search end where its victim says so, if it does; else as TextAttack's goal has it."""
    own = goal._is_goal_complete

    def complete(output: Any, text: Any) -> bool:
        said = victim.ends(text.tokenizer_input)
        return bool(own(output, text)) if said is None else said

    goal._is_goal_complete = complete


def _score(asked: Sequence[Scorer] | None, rows: list[dict[str, Any]]) -> None:
    """Note how often each text is right before and after its attack, and along its trail if it has one.

    Where the network draws anew for each text, that is by draws `asked` that no search has seen; else both
    are 0 or 1, and the search knows them.
    """
    labels = np.array([row["label"] for row in rows])
    steps = [(row["label"], step) for row in rows for step in row.get("steps", [])]
    for name, text in (("right", "before"), ("held", "after")):
        found = [float(row[text] == row["label"]) for row in rows]
        if asked is not None:
            found = shares(asked, [row["read"][text] for row in rows], labels)
        for row, share in zip(rows, found, strict=True):
            row[name] = share
    if asked is not None and steps:
        held = shares(asked, [step["read"] for _, step in steps], np.array([label for label, _ in steps]))
        for (_, step), share in zip(steps, held, strict=True):
            step["held"] = share


def _searched(attack: Any, trail: Trail | None, text: Any, label: int) -> dict[str, Any]:
    """What the attack made of a text, and its trail, if it is watched."""
    if trail is not None:
        trail.begin()
    result = attack.attack(text, label)
    after = result.perturbed_result
    found = {} if trail is None else {"steps": trail.steps(result)}
    return {
        **found,
        "perturbed": after.attacked_text.text,
        "before": int(result.original_result.output),
        "after": int(after.output),
        "result": _kind(result),
        "queries": after.num_queries,
        "changed": metrics.changed_words(text.words, after.attacked_text.words),
        "words_left": after.attacked_text.num_words,
    }


def _kind(result: Any) -> str:
    """What became of a sentence, by the class of TextAttack's result."""
    from textattack import attack_results

    if isinstance(result, attack_results.SuccessfulAttackResult):
        return metrics.SUCCESSFUL
    if isinstance(result, attack_results.SkippedAttackResult):
        return metrics.SKIPPED
    if isinstance(result, attack_results.MaximizedAttackResult):
        return metrics.REDUCED
    return metrics.FAILED


def _refuse_idle(recipe: Recipe, rows: list[dict[str, Any]]) -> None:
    rows, errors = metrics.without_errors(rows)
    attacked = [row for row in rows if row["result"] != metrics.SKIPPED]
    if errors and not attacked:
        raise SpikeTextError(
            f"attack recipe {recipe.name} failed on all {errors} texts that it could have changed; "
            "the log says how"
        )
    if attacked and not any(row["candidates"] for row in attacked):
        raise SpikeTextError(
            f"attack recipe {recipe.name} found nothing to change in any of {len(attacked)} sentences, which "
            "would look like perfect robustness; choose a recipe for the language of the data set"
        )


def write_rows(path: str | Path, rows: list[dict[str, Any]]) -> None:
    """Write one row per text; of a victim that draws anew, with the steps of the search.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    table = pd.DataFrame(rows, columns=COLUMNS)
    if any("steps" in row for row in rows):
        named = ("changed", "queries", "held")
        steps = [[{name: step[name] for name in named} for step in row["steps"]] for row in rows]
        table["steps"] = pd.Series(steps, dtype=object)
    write_table(path, table)
