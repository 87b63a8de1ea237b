"""Running an attack over a sample: one row per sentence, seeded one by one, resumable."""

from __future__ import annotations

import hashlib
import logging
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spiketext.attack import metrics
from spiketext.attack.preflight import build_attack, textattack_for
from spiketext.attack.reading import Reader
from spiketext.attack.recipes import BUILDERS
from spiketext.attack.sample import Example
from spiketext.attack.store import RowStore
from spiketext.attack.victim import Scorer, Victim
from spiketext.config.attacks import Recipe
from spiketext.errors import SpikeTextError
from spiketext.progress import Progress
from spiketext.tables import write_table

log = logging.getLogger("spiketext")

COLUMNS = (
    "id", "original", "perturbed", "label", "before", "after", "result", "queries", "words", "changed",
)  # fmt: skip


def attack_sample(
    recipe: Recipe,
    scorer: Scorer,
    tokenise: Callable[[str], list[str]],
    max_length: int,
    examples: list[Example],
    manifests: Iterable[str | Path],
    query_batch: int,
    seed: int,
    store: RowStore,
) -> dict[str, Any]:
    """Attack all examples that `store` does not hold yet; its rows are the result.

    Random numbers are seeded for each example by the run's seed, the recipe and the example, so
    that order, interruptions and the method attacked do not change them.

    Args:
        recipe: the attack.
        scorer: the trained classifier.
        tokenise: as in training.
        max_length: tokens that the classifier reads of a text; an attack is shown no more.
        examples: the sample.
        manifests: manifests of the recipe's resources.
        query_batch: sentences classified at once.
        seed: of the run.
        store: finished rows.

    Returns:
        The metrics, the temperature and the substitutions.

    Raises:
        SpikeTextError: a resource is missing, the classifier is not repeatable or reads other words
            than in training, or the recipe finds nothing to change in any sentence.
    """
    reader = Reader(tokenise, max_length, (example.text for example in examples))
    shown = [reader.show(example) for example in examples]
    victim = Victim(scorer, reader.words, query_batch)
    victim.prepare([example.text for example in shown])
    if len(store.rows) < len(examples):
        home = store.path.with_name(f".{recipe.name}.textattack")
        with textattack_for(recipe, manifests, home):
            _attack_rest(recipe, victim, shown, query_batch, seed, store, reader.restore)
    _refuse_idle(recipe, store.rows)
    return {
        **metrics.summarise(store.rows),
        "temperature": victim.temperature,
        "substitutions": list(recipe.substitutions),
    }


def _attack_rest(
    recipe: Recipe,
    victim: Victim,
    examples: list[Example],
    query_batch: int,
    seed: int,
    store: RowStore,
    restore: Callable[[str], str],
) -> None:
    attack = build_attack(recipe, victim, query_batch)
    done = len(store.rows)
    if done:
        log.info("going on after %d of %d sentences", done, len(examples))
    progress = Progress(f"{recipe.title}: sentences attacked", len(examples), done)
    for example in examples[done:]:
        row = _attack_one(recipe, attack, victim, example, seed)
        store.append(row | {text: restore(row[text]) for text in ("original", "perturbed")})
        progress.advance()
    log.info("%s: %d sentences scored by the network", recipe.title, victim.scored)


def _attack_one(recipe: Recipe, attack: Any, victim: Victim, example: Example, seed: int) -> dict[str, Any]:
    """Attack one sentence; returns its row, with figures that the CSV leaves out."""
    from textattack.attack_results import SkippedAttackResult, SuccessfulAttackResult

    _seed(f"{seed} {recipe.name} {example.id}")
    victim.forget()
    attack.clear_cache()
    result = attack.attack(BUILDERS[recipe.name].text(example.text), example.label)
    before, after = result.original_result, result.perturbed_result
    kind = metrics.FAILED
    if isinstance(result, SuccessfulAttackResult):
        kind = metrics.SUCCESSFUL
    elif isinstance(result, SkippedAttackResult):
        kind = metrics.SKIPPED
    ranked = 0 if kind == metrics.SKIPPED else attack.get_indices_to_order(before.attacked_text)[0]
    return {
        "id": example.id,
        "original": example.text,
        "perturbed": after.attacked_text.text,
        "label": example.label,
        "before": int(before.output),
        "after": int(after.output),
        "result": kind,
        "queries": after.num_queries,
        "words": before.attacked_text.num_words,
        "changed": metrics.changed_words(before.attacked_text.words, after.attacked_text.words),
        # TextAttack asks once for the sentence, once for each word that it ranks, and for candidates.
        "candidates": after.num_queries - 1 - ranked if kind != metrics.SKIPPED else 0,
    }


def _seed(key: str) -> None:
    """Seed all generators that attacks draw from."""
    import torch

    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4])
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


def _refuse_idle(recipe: Recipe, rows: list[dict[str, Any]]) -> None:
    attacked = [row for row in rows if row["result"] != metrics.SKIPPED]
    if attacked and not any(row["candidates"] for row in attacked):
        raise SpikeTextError(
            f"attack recipe {recipe.name} found nothing to change in any of {len(attacked)} sentences, which "
            "would look like perfect robustness; choose a recipe for the language of the data set"
        )


def write_rows(path: str | Path, rows: list[dict[str, Any]]) -> None:
    """Write one row per text.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    write_table(path, pd.DataFrame(rows, columns=COLUMNS))
