"""Memory that a job needs for each further text, with the allocator's settings that jobs have."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.memory import CLEAR, watch
from spiketext.arrays import write_arrays
from spiketext.inputs.batches import Texts
from spiketext.tasks.classes import Classes

ROOT = Path(__file__).parents[2]
SETTINGS = {"MALLOC_MMAP_THRESHOLD_": "1000000000", "MALLOC_TRIM_THRESHOLD_": "500000000"}
FEW, MANY = 640, 12_800  # texts

SCRIPT = """
import json, sys
import numpy as np
import torch
from benchmarks.memory import watch
from spiketext.config.methods import Method
from spiketext.evaluation.measure import measure
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import WordTable
from spiketext.networks import assemble
from spiketext.networks.classifier import CLASSIFIED
from spiketext.networks.predict import predict
from spiketext.objectives.base import make_objective

few, many = map(int, sys.argv[1:])
torch.set_num_threads(1)
draw = np.random.default_rng(0)
values = draw.normal(size=(4_000, 100)).astype(np.float32)
words = WordTable.of(values, [f"w{i}" for i in range(len(values))], torch.device("cpu"))
# Texts are equally long, but each has more different words than those before it: what a batch needs does
# not fit where the one before has been. The few are the last, so that the largest batches are the same.
different = np.linspace(200, len(values), many).astype(int)[:, None]
ids, offsets = draw.integers(1, different, (many, 20)).astype(np.int32).ravel(), np.arange(many + 1) * 20
texts = Texts(ids, offsets, np.zeros(many, np.int64), 64)
method = Method(
    inputs={"transform": "standardised"},
    network={"kind": "textcnn", "channels": 4},
    conversion={"encoder": {"kind": "learned"}, "pooled_neurons": False, "steps": [1]},
    finetuning={"steps": 1, "objective": {"kind": "spike-budget", "spikes": 0.25}},
)
dnn = assemble.dnn(method, words, 2, None)
thresholds = {name: torch.ones(1, dtype=torch.float64) for name in assemble.balanced(method)}
spiking = assemble.spiking(method, words, assemble.converted(method, dnn, thresholds, 1), 1, seed=0)
objective = make_objective(method.finetuning.objective)
work = {
    "predict": lambda rows: predict(spiking, texts, rows, [1]),
    "measure": lambda rows: measure(spiking, texts, rows, [1], 1),
    "measure, DNN": lambda rows: measure(dnn, texts, rows, [1], 1),
    "excess": lambda rows: objective.excess(spiking, texts.in_order(rows, CLASSIFIED)),
}
found = {}
for name, task in work.items():
    task(np.arange(many))  # libraries keep a program for every new shape
    peaks = []
    for count in (few, many):
        with watch() as peak:
            task(np.arange(many - count, many))
        peaks.append(peak.mib)
    found[name] = (peaks[1] - peaks[0]) * 2**20 / (many - few)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def grown():
    """Bytes of a further text, by what is done with it; in a process of its own, as a job is."""
    paths = os.pathsep.join(map(str, (ROOT / "workflow", ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(FEW), str(MANY)],
        env=os.environ | SETTINGS | {"PYTHONPATH": paths},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("work", ["predict", "measure", "measure, DNN", "excess"])
def test_a_further_text_needs_little(grown, work):
    """A few numbers of each text are held: a hundred bytes, and what the allocator wastes.

    A small array of each batch that lies between its large ones takes 5,000 bytes and more a text.
    """
    assert grown[work] < 1_000, grown


@pytest.mark.skipif(not os.access(CLEAR, os.W_OK), reason="needs Linux's high-water mark")
def test_tokens_stay_in_their_file(tmp_path):
    """24 MB of them are checked some at a time, and batch after batch is read: neither holds them all."""
    count, length = 60_000, 100
    arrays = {
        "ids": np.ones(count * length, np.int32),
        "offsets": np.arange(count + 1) * length,
        "labels": np.zeros(count, np.int64),
        "split": np.zeros(count, np.int8),
    }
    write_arrays(tmp_path / "tokens.safetensors", arrays)
    del arrays
    with watch() as loading:
        texts = Texts.load(tmp_path / "tokens.safetensors", 64, 2, Classes("accuracy", 2).labels)
    with watch() as reading:
        read = sum(len(batch.ids) for batch in texts.in_order(np.arange(count), 1_000))
    assert read == count * 64
    assert loading.mib < 14, (loading.mib, reading.mib)
    assert reading.mib < 10, (loading.mib, reading.mib)
