"""What is reported of a data set of sequences, in the place of the reports on texts and word vectors."""

import logging
from typing import Any

import numpy as np

from spiketext.config.sequences import SequenceSet
from spiketext.sequences.dataset import BATCH, Sequences, task_of
from spiketext.text.duplicates import CONFLICTING, KEPT, OVERLAPPING, RELABELLED
from spiketext.text.encode import Lengths

log = logging.getLogger(__name__)


def report(found: Sequences, spec: SequenceSet) -> dict[str, Any]:
    """Counts of sequences, as report.json of the text stage has them of texts.

    Repeated ones are counted; `dataset` says which are kept.
    """
    status = found.status
    counted = {
        "repeated": int((status != KEPT).sum()),
        "overlapping": int(np.isin(status, [OVERLAPPING, RELABELLED]).sum()),
        "conflicting": int((status == CONFLICTING).sum()),
    }
    log.info("%d sequences, %d repeated", len(found.labels), counted["repeated"])
    return {
        "read": len(status),
        "kept": len(found.labels),
        **counted,
        **task_of(spec).summary(found.labels, spec.classes),
        "permutation": spec.permutation,
        "scale": spec.scale,
        "files": found.files,
    }


def lengths_of(found: Sequences, spec: SequenceSet) -> Lengths:
    """What the statistics of lengths are made of."""
    strata, names = task_of(spec).strata(found.labels, spec.classes)
    lengths = np.diff(found.offsets).astype(np.int32)
    used = np.zeros((len(names), len(found.vectors)), dtype=bool)
    for begin in range(0, len(lengths), BATCH):
        some = slice(begin, begin + BATCH)
        ids = found.ids[found.offsets[begin] : found.offsets[min(begin + BATCH, len(lengths))]]
        used[np.repeat(strata[some], lengths[some]), ids] = True
    return Lengths(lengths, strata.astype(np.int16), used)


def vectors_report(found: Sequences) -> dict[str, Any]:
    """Width, mean and deviation of the distinct elements, as report.json of the embeddings stage has them."""
    elements = found.vectors[1:]
    mean, std = float(elements.mean(dtype=np.float64)), float(elements.std(dtype=np.float64))
    return {
        "width": found.vectors.shape[1],
        "words": len(elements),
        "extra_words": 0,
        "coverage": {"types": 1.0, "tokens": 1.0},
        "sources": [{"kind": "values", "width": found.vectors.shape[1], "types": 1.0, "tokens": 1.0}],
        "warning": None,
        "mean": mean,
        "std": std or 1.0,
    }
