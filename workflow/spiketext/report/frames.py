"""The frames of a study: a row for each data set, method, stage, seed and what else it is by."""

from typing import Any

import pandas as pd

STAGE = ["dataset", "method", "stage", "seed"]
# Columns of the frames beside these four.
COLUMNS = {
    "accuracy": [
        "T", "dev_accuracy", "dev_macro_f1", "test_accuracy", "macro_f1", "n_test", "draws", "draw_sd",
        "macro_f1_draw_sd", "detailed",
    ],
    "energy": ["T", "accounting", "cost_table", "energy_uj", "dnn_energy_uj"],
    "terms": [
        "T", "accounting", "cost_table", "layer", "operation", "role", "per_sentence", "rate", "by_value",
        "energy_uj",
    ],
    "attacks": [
        "recipe", "mode", "n", "clean_accuracy", "after_attack_accuracy", "success_rate", "mean_queries",
        "mean_changed", "area", "budgets", "queries", "temperature", "substitutions", "errors",
        "similarity",
    ],
    "attack_texts": [
        "recipe", "mode", "id", "result", "words", "changed", "queries", "right", "held", "steps",
    ],
    "attack_examples": [
        "recipe", "mode", "id", "label", "result", "words", "changed", "queries", "original", "perturbed",
    ],
    "reductions": ["recipe", "mode", "n", "share_left", "errors"],
    "transfers": [
        "source_method", "source_stage", "mode", "recipe", "target_mode", "found", "n", "transfer_rate",
        "low", "high", "unchanged_rate",
    ],
    "trainings": ["epochs", "best_epoch", "chosen_on", "dev_accuracy", "dev_loss"],
    "settling": ["step", "spiked", "decided"],
    "layers": ["layer", "neurons", "rate", "dead", "saturated"],
    "confusion": ["true", "predicted", "texts"],
    "correct": ["correct", "label", "prediction"],
}  # fmt: skip
# Of columns where some are missing.
TYPES: dict[str, Any] = {"T": "Int64", "rate": float, "by_value": float}


def frame_of(kind: str, rows: Any = ()) -> pd.DataFrame:
    """One of the frames of `COLUMNS`, from rows or another frame; columns that it lacks are missing."""
    frame = pd.DataFrame(rows).reindex(columns=[*STAGE, *COLUMNS[kind]])
    return frame.astype({name: kind for name, kind in TYPES.items() if name in frame})
