"""Running an attack over a sample: one row per sentence, seeded one by one, resumable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spiketext.attack import metrics
from spiketext.attack.modes import Scorer, shares
from spiketext.attack.preflight import attacked_text, build_attack, textattack_for
from spiketext.attack.reading import Reader
from spiketext.attack.sample import Example
from spiketext.attack.seeds import seed_generators
from spiketext.attack.store import RowStore
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
    mode: str = "fixed",
    draws: int = 1,
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
        mode: of the victim, one of `modes.MODES`.
        draws: over how many a mode averages that does.

    Returns:
        The metrics, the temperature and the substitutions.

    Raises:
        SpikeTextError: a resource is missing, the classifier is not repeatable where the mode means it to be
            or reads other words than in training, or the recipe finds nothing to change in any sentence.
    """
    manifests = list(manifests)
    reader = Reader(tokenise, max_length, (example.text for example in examples))
    shown = [reader.show(example) for example in examples]
    victim = Victim(scorer, reader.words, query_batch, mode, draws)
    victim.prepare([example.text for example in shown])
    if len(store.rows) < len(examples):
        home = store.path.with_name(f".{recipe.name}.textattack")
        with textattack_for(recipe, manifests, home):
            _attack_rest(recipe, victim, shown, manifests, query_batch, seed, store, reader.restore)
    _refuse_idle(recipe, store.rows)
    _score(victim, store.rows)
    return {
        **metrics.SUMMARIES[recipe.goal](store.rows),
        "temperature": victim.temperature,
        "substitutions": list(recipe.substitutions),
    }


def _attack_rest(
    recipe: Recipe,
    victim: Victim,
    examples: list[Example],
    manifests: list[str | Path],
    query_batch: int,
    seed: int,
    store: RowStore,
    restore: Callable[[str], str],
) -> None:
    attack = build_attack(recipe, victim, manifests, query_batch)
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
    """Attack one sentence; returns its row, with figures that the log of the attack leaves out."""
    import torch

    key = f"{seed} {recipe.name} {example.id}"
    seed_generators(key)
    victim.begin(key)
    attack.clear_cache()
    attack.offered = 0
    text = attacked_text(recipe, example.text)
    output = int(victim([example.text]).argmax())
    row = {
        "id": example.id, "original": example.text, "perturbed": example.text, "label": example.label,
        "before": output, "after": output,
        "result": metrics.FAILED if output == example.label else metrics.SKIPPED,
        "queries": 1, "words": len(text.words), "changed": 0, "words_left": 0,
    }  # fmt: skip
    if text.words:  # recipes divide by their number, or draw one of them
        try:
            row |= _searched(attack, text, example.label)
        except (SpikeTextError, MemoryError, torch.OutOfMemoryError):
            raise
        except Exception:  # whatever TextAttack stumbles on in one text; the others are still worth an answer
            log.exception("%s: the search fails on text %d, which is counted apart", recipe.title, example.id)
            row["result"], attack.offered = metrics.ERROR, 0
    read = {"before": victim.read(example.text), "after": victim.read(str(row["perturbed"]))}
    return {**row, "read": read, "candidates": attack.offered}


def _score(victim: Victim, rows: list[dict[str, Any]]) -> None:
    """Note how often each text is right before and after its attack.

    Where the network draws anew for each text, that is by draws that no search has seen; else both are 0 or
    1, and the search knows them.
    """
    labels = np.array([row["label"] for row in rows])
    for name, text in (("right", "before"), ("held", "after")):
        found = [float(row[text] == row["label"]) for row in rows]
        if victim.mode.redraws and victim.model.stochastic:
            found = shares(victim.model, [row["read"][text] for row in rows], labels)
        for row, share in zip(rows, found, strict=True):
            row[name] = share


def _searched(attack: Any, text: Any, label: int) -> dict[str, Any]:
    """What the attack made of a text."""
    result = attack.attack(text, label)
    after = result.perturbed_result
    return {
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
    """Write one row per text.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    write_table(path, pd.DataFrame(rows, columns=COLUMNS))
