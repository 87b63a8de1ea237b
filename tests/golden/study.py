"""Small cells of every kind, run by the workflow's own scripts: what a change of the house must not change.

`python -m tests.golden.study FILE [DEVICE]` runs them and writes what they gave as JSON. `cells.json` is such
a file, of a CPU, written before the house was rebuilt; it is written anew only when results are meant to
change.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from safetensors.numpy import load

from spiketext.networks.layers.products import times_transposed
from tests.planned import ROOT, plan, run
from tests.workflow.tiny import write_study

CELLS = Path(__file__).with_name("cells.json")
# One instruction set on every x86-64 machine of the last ten years: sums are ordered by it.
ONE_MACHINE = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "COMPATIBLE",
    "OMP_NUM_THREADS": "1",
}
SEED = 7


def methods() -> dict[str, Any]:
    """All encoders, both read-outs, with and without neurons after pooling, DNNs of three kinds."""
    training = {"epochs": 3, "batch_size": 16, "learning_rate": 0.01}
    finetuning = {"steps": 4, "epochs": 2, "batch_size": 16, "learning_rate": 0.005}
    small, signed = {"channels": 8}, {"transform": "standardised"}

    def conversion(encoder: str, rule: str = "percentile", **values: Any) -> dict[str, Any]:
        calibrated = {"kind": rule, "calibration": 32}
        return {"encoder": {"kind": encoder}, "rule": calibrated, "steps": [1, 4], **values}

    converted = {
        name: {"dnn": "rate", "conversion": conversion(name, "max")}
        for name in ("deterministic-rate", "latency", "phase", "analog")
    }
    learned = conversion("learned", pooled_neurons=False)
    learned["rule"]["percentile"] = 95
    on_off = {**conversion("on-off"), "encoder": {"kind": "on-off", "dead_zone": 0.5}}
    return {
        "dnn": {"inputs": signed, "network": {**small, "pooling": "max", "bias": True}, "training": training},
        "quantised": {"inputs": signed, "network": {**small, "levels": 2}, "training": training},
        "rate": {
            "network": small,
            "training": training,
            "conversion": conversion("rate", readout="spike-count"),
            "finetuning": finetuning,
        },
        **converted,
        "leaky": {
            "dnn": "rate",
            "conversion": conversion("deterministic-rate", neuron={"beta": 0.9, "theta": 0.5}),
            "finetuning": {**finetuning, "surrogate": "atan", "slope": 2.0},
        },
        "learned": {
            "inputs": signed,
            "network": small,
            "training": training,
            "conversion": learned,
            "finetuning": {**finetuning, "objective": {"kind": "spike-budget", "spikes": 0.3}},
        },
        "on-off": {"dnn": "learned", "conversion": on_off},
    }


def configure(folder: Path, device: str) -> Path:
    """The configuration of the study, with its data."""
    path = write_study(folder)
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config |= {"methods": list(methods()), "seeds": [SEED], "attack": {"english": [], "chinese": []}}
    config["define"]["methods"] = methods()
    config["device"] = device
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


def results(folder: Path, device: str) -> dict[str, Any]:
    """Weights, evaluations, operations and energies of every cell and stage."""
    path = configure(folder, device)
    outputs = folder / "results"
    targets = [
        str(outputs / dataset / method / f"seed{SEED}" / "energy.json")
        for dataset in ("tiny_en", "tiny_zh")
        for method in methods()
    ]
    for job in plan(path, targets):
        run(job, folder)
    cells = {}
    for target in targets:
        own = Path(target).parent
        stages = sorted(file.stem for file in own.glob("*.safetensors"))
        cells[f"{own.parts[-3]}/{own.parts[-2]}"] = {
            **{stage: _stage(own, stage) for stage in stages},
            "energy": _energies(read(target)["rows"]),
        }
    return cells


def read(path: str | Path) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _stage(folder: Path, stage: str) -> dict[str, Any]:
    weights = load((folder / f"{stage}.safetensors").read_bytes())
    evaluation = read(folder / "evaluation" / f"{stage}.json")
    counts = read(folder / "evaluation" / f"{stage}.counts.json")
    return {
        "weights": {name: _digest(array) for name, array in sorted(weights.items()) if name != "seal"},
        "curve": [[row["T"], row["dev_accuracy"], row["test_accuracy_draws"]] for row in evaluation["curve"]],
        "confusion": evaluation["confusion"],
        "layers": evaluation["layers"],
        "counts": _counts(counts["layers"]),
        "zero_skipping": _counts(counts["zero_skipping"] or []),
        "padding": counts["padding"],
        "spikes": counts["spikes"],
    }


def _digest(array: np.ndarray) -> str:
    return hashlib.sha256(f"{array.dtype} {array.shape}".encode() + array.tobytes()).hexdigest()[:16]


def _counts(counts: list[dict[str, Any]]) -> list[list[Any]]:
    """Per step, by layer, operation, bits and memory; those that differ in nothing else are added up."""
    found: dict[tuple[Any, ...], np.ndarray] = {}
    for count in counts:
        key = tuple(count[name] for name in ("layer", "operation", "bits", "words"))
        steps = np.array(count["per_step"])
        found[key] = found.get(key, 0.0) + steps
    return sorted(([*key, *steps.tolist()] for key, steps in found.items() if steps.any()), key=str)


def _energies(rows: list[dict[str, Any]]) -> dict[str, list[float]]:
    return {
        " ".join(str(row[key]) for key in ("stage", "T", "accounting", "cost_table")): [
            row["energy_uj"],
            row["dnn_energy_uj"],
        ]
        for row in rows
    }


def arithmetic() -> str:
    """Digest of some sums of this machine's libraries: where it differs, so may the cells."""
    torch.manual_seed(0)
    a, b = torch.randn(70, 333), torch.randn(50, 333)
    values = np.random.default_rng(0).normal(size=(301, 17)).astype(np.float32)
    bags = torch.nn.functional.embedding_bag(torch.arange(70), a, torch.arange(0, 70, 7), mode="sum")
    found = [times_transposed(a, b), a @ b.T, torch.log_softmax(a, 1), a.sigmoid(), a.sum(0), bags]
    arrays = [one.numpy() for one in found] + [np.array([values.mean(), values.std()])]
    return "".join(_digest(array)[:8] for array in arrays)


def in_a_process(path: Path, device: str = "cpu") -> dict[str, Any]:
    """What `main` writes to `path`, under the settings that make machines alike."""
    command = [sys.executable, "-m", "tests.golden.study", str(path), device]
    paths = [str(ROOT / "workflow"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | ONE_MACHINE | {"PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: dict[str, Any] = read(path)
    return found


def main(path: str, device: str = "cpu") -> None:
    """Run all cells."""
    with tempfile.TemporaryDirectory() as folder:
        cells = results(Path(folder), device)
    found = {"torch": torch.__version__, "arithmetic": arithmetic()}
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in {**found, **cells}.items()]
    Path(path).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
