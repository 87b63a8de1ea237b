"""What a trained classifier answers, of many texts: a killed job goes on where it was."""

import logging
import time
from pathlib import Path

import numpy as np

from spiketext.arrays import Layout, check_arrays, read_arrays, write_arrays
from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import Texts
from spiketext.networks.classifier import CLASSIFIED, BaseClassifier
from spiketext.networks.predict import Places
from spiketext.progress import Progress

log = logging.getLogger("spiketext")

EVERY = 60.0  # seconds between checkpoints


def soft_labels(
    classifier: BaseClassifier,
    texts: Texts,
    rows: np.ndarray,
    classes: int,
    checkpoint: Path,
    fingerprint: str,
) -> np.ndarray:
    """Scores after all steps, on the scale of training.

    Args:
        classifier: the teacher.
        texts: of a data set.
        rows: which of them, distinct.
        classes: how many there are.
        checkpoint: where what has been answered is kept meanwhile; the caller removes it.
        fingerprint: of the run that it belongs to.

    Returns:
        `[len(rows), classes]` float32, in the order of `rows`.
    """
    scores, done = _answered(checkpoint, fingerprint, (len(rows), classes))
    progress, saved = Progress("texts answered", len(rows), done), time.monotonic()
    places = Places(rows)
    left = rows[np.argsort(texts.lengths[rows], kind="stable")][done:]
    for batch in texts.in_order(left, CLASSIFIED):
        answer = classifier.last_scores(batch, None) / classifier.scale(classifier.steps)
        scores[places(batch.rows)] = answer.cpu().numpy()
        done += len(batch.rows)
        progress.advance(len(batch.rows))
        if time.monotonic() - saved > EVERY:
            name = np.frombuffer(fingerprint.encode(), dtype=np.uint8)
            write_arrays(checkpoint, {"scores": scores, "done": np.array([done]), "fingerprint": name})
            saved = time.monotonic()
    return scores


def _answered(path: Path, fingerprint: str, shape: tuple[int, int]) -> tuple[np.ndarray, int]:
    """What an earlier run of the same job answered; nothing if there was none."""
    fresh = np.zeros(shape, dtype=np.float32), 0
    if not path.exists():
        return fresh
    try:
        arrays = read_arrays(path)
        if "fingerprint" in arrays and arrays["fingerprint"].tobytes() != fingerprint.encode():
            return fresh
        layout = {
            "scores": Layout("float32", shape),
            "done": Layout("int64", (1,), low=0, high=shape[0]),
            "fingerprint": Layout("uint8", (len(fingerprint),)),
        }
        check_arrays(arrays, layout)
    except SpikeTextError as error:
        log.warning("the teacher starts anew: %s", error)
        return fresh
    log.info("going on after %d of %d texts", int(arrays["done"][0]), shape[0])
    return arrays["scores"].copy(), int(arrays["done"][0])
