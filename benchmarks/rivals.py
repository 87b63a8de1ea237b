"""How a spiking network stands to the same DNN run more cleverly: `python -m benchmarks.rivals RESULTS`.

The report compares with a DNN that reads a weight for every product and computes its first layer. Two DNNs of
the very same accuracy do better, and a claim of saving has to be seen beside them:

- one that reads each weight of the convolution once a text, and uses it for all windows while it is at hand;
- one whose first layer is tabulated: word vectors are frozen, so the product of a kernel row with a word
  never changes. A word then costs S · C additions and reads, instead of S · C · D multiply-accumulates.

The operations are those that the evaluation counted (`evaluation/*.counts.json`); nothing is run. The spiking
network is left as it is, so this favours the DNN.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from spiketext.config.energy import CostTable
from spiketext.config.load import load_config
from spiketext.config.study import Config
from spiketext.energy.prices import energy_uj
from spiketext.errors import SpikeTextError
from spiketext.evaluation.account import Account, Count
from spiketext.files import read_json
from spiketext.report.document import Table
from spiketext.report.estimates import significant
from spiketext.report.render import table_markdown

AS_REPORTED, ONCE, TABULATED = "as in the report", "each weight read once a text", "first layer tabulated"


@dataclass(frozen=True)
class Shape:
    """Sizes of the DNN and of its memories.

    Attributes:
        vocabulary: V, words whose vectors are stored.
        width: D, values of a word vector.
        longest: L, tokens of the longest text.
        rows: S · C, rows of the kernels of all widths and channels.
    """

    vocabulary: int
    width: int
    longest: int
    rows: int

    @property
    def kernels(self) -> int:
        """S · C · D: weights of the convolution."""
        return self.rows * self.width

    @property
    def text(self) -> int:
        """L · D: the word vectors of the longest text."""
        return self.longest * self.width


def weights_read_once(counts: Sequence[Count], texts: int, kernels: int) -> list[Count]:
    """The DNN's operations if each of the `kernels` weights of the convolution is read once in each text."""
    reads = Count("convolution", "access", np.array([float(kernels * texts)]), 0.0, words=kernels)
    return [reads if _reads(count, "convolution", kernels) else count for count in counts]


def tabulated(counts: Sequence[Count], shape: Shape) -> list[Count]:
    """The DNN's operations if the products of all words with all kernel rows are stored.

    In place of D products an addition, which reads its addend from a table of V · S · C values; word vectors
    are not fetched at all.
    """
    found = []
    for count in counts:
        if count.layer == "embedding" or _reads(count, "convolution", shape.kernels, shape.text):
            continue
        if (count.layer, count.operation) == ("convolution", "MAC"):
            sums = count.per_step / shape.width
            added = replace(
                count, operation="AC", per_step=sums, possible=count.possible / shape.width, bits=None
            )
            size = shape.vocabulary * shape.rows
            found += [added, replace(added, operation="access", words=size)]
        else:
            found.append(count)
    return found


def _reads(count: Count, layer: str, *sizes: int) -> bool:
    """Whether it counts accesses of a layer to a memory of one of these sizes."""
    return (count.layer, count.operation) == (layer, "access") and count.words in sizes


def ratios(
    spiking: Account, steps: int, dnn: Account, texts: int, shape: Shape, tables: Mapping[str, CostTable]
) -> dict[str, dict[str, float]]:
    """Energy of each DNN over that of the spiking network, by DNN and cost table: above 1 spiking saves."""
    rivals = {
        AS_REPORTED: dnn.layers,
        ONCE: weights_read_once(dnn.layers, texts, shape.kernels),
        TABULATED: tabulated(dnn.layers, shape),
    }
    own = {name: energy_uj(spiking.layers, steps, texts, table) for name, table in tables.items()}
    return {
        rival: {name: energy_uj(counts, 1, texts, table) / own[name] for name, table in tables.items()}
        for rival, counts in rivals.items()
    }


def measure(
    results: Path, config: Config, dataset: str, method: str, seed: int
) -> dict[str, dict[str, float]]:
    """The ratios of one trained cell, at the T of its detailed figures.

    Raises:
        SpikeTextError: the cell was not run.
    """
    definition = config.define.methods[method]
    stage = definition.stages[-1]

    def counts(name: str, of: str) -> tuple[Account, int]:
        read = read_json(results / dataset / name / f"seed{seed}" / "evaluation" / f"{of}.counts.json")
        return Account.of(read), read["n"]

    dnn, texts = counts(definition.dnn or method, "dnn")
    spiking, _ = counts(method, stage)
    width = read_json(results / dataset / "embeddings" / "report.json")["width"]
    # The sizes of the two memories whose number of values depends on the texts.
    vectors, text = (
        next(
            count.words for count in dnn.layers if (count.layer, count.operation) == ("embedding", operation)
        )
        for operation in ("look-up", "access")
    )
    if vectors is None or text is None:
        raise SpikeTextError(f"{results}: counts without the sizes of memories; run the study again")
    rows = sum(definition.network.widths) * definition.network.channels
    shape = Shape(vectors // width, width, text // width, rows)
    return ratios(spiking, definition.detailed_steps(stage), dnn, texts, shape, config.priced)


def main() -> None:
    """Print one table for each data set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path, help="folder of a study that was run")
    parser.add_argument("--datasets", nargs="+", default=["mr", "zh_reviews"])
    parser.add_argument("--method", default="sparse-20")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    config = load_config({})
    titles = {name: table.title for name, table in config.priced.items()}
    for dataset in chosen.datasets:
        found = measure(chosen.results, config, dataset, chosen.method, chosen.seed)
        rows = [[rival, *(significant(row[name]) for name in titles)] for rival, row in found.items()]
        cell = f"{dataset}, {chosen.method}, seed {chosen.seed}"
        caption = f"{cell}: energy of the DNN over that of the spiking network, an estimate"
        print(table_markdown(Table(caption, ["the DNN", *titles.values()], rows)) + "\n")


if __name__ == "__main__":
    try:
        main()
    except SpikeTextError as error:
        raise SystemExit(f"ERROR {error}") from None
