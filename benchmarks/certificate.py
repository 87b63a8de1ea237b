"""How many test texts no substitution by synonyms can fell, at least.

`python -m benchmarks.certificate results/robust [DATASET …]` takes the trained networks of a study
(config/robust.yaml) and prints, for each stage of `METHODS`, clean accuracy and the share of test texts
that are classified rightly whatever words are substituted by synonyms, any number of them
(`networks.textcnn.certificate`): a lower bound of what every attack by these lists leaves.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks.stored import Data
from spiketext.config.files import read_yaml
from spiketext.config.load import load_config
from spiketext.inputs.perturbations import Hull
from spiketext.inputs.synonyms import Synonyms
from spiketext.networks.textcnn.certificate import least_margins

STUDY = Path(__file__).parents[1] / "config" / "robust.yaml"
METHODS = ("plain", "retrofitted", "ozdenizci2024", "retrofitted-robust", "retrofitted-mild")
BATCH = 32


def shares(results: Path, dataset: str, method: str, stage: str, seed: int) -> tuple[float, float] | None:
    """Clean and certified accuracy of a stage on the test texts; None: no method there needed synonyms."""
    config = load_config(read_yaml(STUDY), [STUDY])
    definition, data = config.define.methods[method], config.define.datasets[dataset]
    stored = Data.load(results, dataset, definition, seed, len(data.classes), data.max_length)
    file = stored.vectors / "synonyms.safetensors"
    if not file.exists():
        return None
    words = stored.words
    synonyms = Synonyms.load(file, len(words.values), stored.transform, torch.device("cpu"))
    classifier = stored.classifier(method, definition, stage, definition.detailed_steps(stage))
    test = stored.rows["test"]
    right, certain = 0, 0
    for batch in stored.texts.in_order(test, BATCH):
        own = words.values[torch.from_numpy(batch.ids.astype(np.int64))]
        hull, lengths = Hull(own, batch.ids, synonyms), torch.from_numpy(batch.lengths)
        right += int((classifier.scores(batch)[-1].argmax(1) == batch.labels).sum())
        certain += int((least_margins(classifier, hull, lengths, batch.labels) > 0).sum())
    return right / len(test), certain / len(test)


def main(results: Path, datasets: Sequence[str]) -> None:
    """Print a line for each network that has been trained."""
    for path in sorted(results.glob("*/*/seed*/*.safetensors")):
        dataset, method, seed = path.parents[2].name, path.parents[1].name, path.parent.name
        if method in METHODS and (not datasets or dataset in datasets):
            found = shares(results, dataset, method, path.stem, int(seed.removeprefix("seed")))
            told = (
                "not asked, no network that was trained against an attacker reads these vectors"
                if found is None
                else f"{100 * found[0]:.1f} % right, {100 * found[1]:.1f} % whatever synonyms are put in"
            )
            print(f"{dataset} {method} {path.stem} {seed}: {told}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
