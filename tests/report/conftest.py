"""A made-up study: the files of the earlier stages, small and invented, for the tests of the report."""

import runpy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spiketext.arrays import write_arrays
from spiketext.config.load import load_config
from spiketext.config.stages import STAGES
from spiketext.files import read_json, write_json
from spiketext.report.figures.raster import Raster, draw_raster
from spiketext.report.load import load_study
from spiketext.report.names import names_of, used_settings
from spiketext.tables import write_table

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
METHODS = {
    "lv2023": {"conversion": {"steps": [2, 8]}, "finetuning": {"steps": 8}},
    # It shares a DNN.
    "quick": {
        "title": "Quick",
        "dnn": "lv2023",
        "conversion": {"encoder": {"kind": "analog"}, "steps": [2, 8]},
    },
}


class Namespace(SimpleNamespace):
    """Like Snakemake's lists with names."""

    def get(self, name, default=None):
        return getattr(self, name, default)

    def __getitem__(self, place):
        return list(vars(self).values())[place]


def curve_row(steps, accuracy, draws=(0.0,)):
    return {
        "T": steps,
        "test_accuracy_draws": [accuracy + offset for offset in draws],
        "dev_accuracy": accuracy + 0.01,
        "dev_macro_f1": accuracy,
        "test_accuracy": accuracy,
        "macro_f1": accuracy - 0.01,
        "macro_f1_draws": [accuracy + offset - 0.01 for offset in draws],
    }


# Cost tables of the study, the main one not first: energy of a spiking network over that under the main one.
# A dense DNN costs the same under each, so that no two tables say the same of a spiking network.
TABLES = {"flop-sop": 0.25, "horowitz-fp32": 1.0, "lemaire-2022": 0.5}
SKIPPING = 0.5  # energy of a zero-skipping DNN over that of the dense one


ROLES = {"embedding": "input", "encoder": "input"}


def term(layer, operation, per_sentence, energy):
    """As the energy stage writes it; the first synapses do a million operations if each value causes one."""
    role = "neurons" if operation in ("compare", "update") else ROLES.get(layer, "layer")
    first = (layer, operation) in (("convolution", "MAC"), ("convolution", "AC"))
    return {
        "layer": layer, "operation": operation, "role": "memory" if operation == "access" else role,
        "per_sentence": per_sentence, "rate": 0.3 if operation == "AC" else None,
        "by_value": per_sentence / 1e6 if first else None, "energy_uj": energy,
    }  # fmt: skip


def terms(energy, steps):
    """The terms of an energy: 3 % of a DNN's are ReLUs, 8 % of a spiking network's neuron updates."""
    if steps is None:
        shares = {
            ("embedding", "look-up"): 0.0,
            ("convolution", "MAC"): 0.96,
            ("convolution", "compare"): 0.03,
        }
        operations = {("convolution", "MAC"): 1e6}
    else:
        shares = {
            ("encoder", "draw"): 0.01, ("convolution", "AC"): 0.9, ("convolution", "update"): 0.05,
            ("pooling", "update"): 0.03,
        }  # fmt: skip
        operations = {("convolution", "AC"): 0.25e6 * steps}  # a quarter of the inputs fires at every step
    shares[("readout", "access")] = 0.01
    return [term(*key, operations.get(key, 1e3), share * energy) for key, share in shares.items()]


def with_steps(path):
    """A copy of the log of an attack, as a victim that draws anew has it: its end is its one step."""
    table = pd.read_parquet(path)
    ends = table[["changed", "queries", "held"]].to_dict("records")
    other = Path(path).with_name(f"steps-{Path(path).name}")
    write_table(other, table.assign(steps=[[end] for end in ends]))
    return other


@dataclass
class Study:
    """Writes the files of a study into `folder`.

    `accuracy` is of the fine-tuned network at T = 8 with the first seed; each further seed has 0.02 more. On
    the second data set the spiking stages gain only 0.01, on the third nothing. `draws` are what the draws
    of a spiking stage's encoder add to its accuracy; they sum to 0.
    """

    folder: Path
    datasets: dict = field(default_factory=lambda: {"mr": "MR"})
    seeds: list = field(default_factory=lambda: [1])
    methods: list = field(default_factory=lambda: ["dnn", "lv2023"])
    published: str = ""  # column of the published table of all data sets but the first
    attacks: bool = True
    attacked: str = "last"  # stages of a method, as of `attack: stages`
    accuracy: float = 0.74
    energy_at_8: float = 8.0  # of the spiking network with the first seed; its DNN needs 4 µJ
    energy_growth: float = 1.0  # of a spiking network from a seed to the next
    energy_elsewhere: float = 1.0  # of a spiking network on the other data sets over that on the first
    tabulated: float = 0.0  # energy of a DNN with a tabulated first layer; a spiking network needs half more
    draws: tuple = (0.0,)
    texts: dict = field(default_factory=dict)  # fields of the text stage's report beside the usual ones
    vectors: dict = field(default_factory=dict)  # of the embeddings stage's
    metric: str = "accuracy"
    quantised: str = ""  # method whose DNN is quantised; it needs a quarter of the energy
    evaluations: list = field(default_factory=list)
    predictions: list = field(default_factory=list)
    energies: list = field(default_factory=list)
    test_set: str = "fixed"
    attack_files: list = field(default_factory=list)
    transfers: list = field(default_factory=list)
    attack_texts: list = field(default_factory=list)
    similarities: list = field(default_factory=list)  # of the texts that attacks found, if it was asked for
    white_box: list = field(default_factory=list)  # the table of white-box attacks, if there are any
    trainings: list = field(default_factory=list)

    def __post_init__(self):
        define = {"datasets": {}, "methods": METHODS}
        own = self.folder / "own.csv"
        own.parent.mkdir(parents=True)
        own.touch()
        for name, title in self.datasets.items():
            define["datasets"][name] = {"title": title, "test_set": self.test_set}
            if name != "mr":
                define["datasets"][name] |= {
                    "language": "zh", "classes": ["负", "正"], "embedding": "tencent",
                    "files": [{"path": str(own)}], "published": self.published or None,
                }  # fmt: skip
        values = {"datasets": list(self.datasets), "methods": self.methods, "seeds": self.seeds}
        values["baselines"] = []
        values["attack"] = {"stages": self.attacked}
        values["cost_tables"] = list(TABLES)
        self.config = load_config({**values, "metric": self.metric, "define": define})
        self.settings = used_settings(self.config)
        if self.quantised:
            self.settings["define"]["methods"][self.quantised]["network"]["levels"] = 3
        self.names = names_of(self.settings)
        for place, dataset in enumerate(self.datasets):
            for method in self.methods:
                for i, seed in enumerate(self.seeds):
                    self._stages(dataset, method, seed, 0.02 * i, 0.01 * i * (2 - place))

    def _stages(self, dataset, method, seed, more, spiking_more):
        names = {"dataset": dataset, "method": method, "seed": seed}
        folder = self.folder / dataset / method / f"seed{seed}"
        stages = self.config.define.methods[method].stages
        energies = []
        for stage in stages:
            points = [(None, 0.76 + more)]
            if STAGES[stage].spiking:
                less = 0.05 if stage == "converted" else 0.0
                points = [(2, 0.6 + spiking_more), (8, self.accuracy + spiking_more - less)]
            self._evaluation(folder, names, stage, points)
            if STAGES[stage].trained:
                history = [{"epoch": epoch, "loss": 0.5, "dev_accuracy": 0.7} for epoch in range(9)]
                report = {
                    "chosen_on": "dev",
                    "best_epoch": 4 + seed,
                    "dev_accuracy": points[-1][1] + 0.01,
                    "history": history,
                }
                self.trainings.append(self.json(folder / f"{stage}.json", report))
            for t, _ in points:
                energies += self._energies(dataset, method, stage, t, seed)
        report = {**names, "statement": "estimate, not a measurement", "n": N, "rows": energies}
        self.energies.append(self.json(folder / "energy.json", report))
        for stage in self.config.attack.attacked(stages) if self.attacks else ():
            recipe = "pwws" if dataset == "mr" else "chinese-character-swap"
            report = {
                **names, "recipe": recipe, "stage": stage, "mode": "fixed", "n": 50,
                "clean_accuracy": 0.8, "after_attack_accuracy": 0.2 + more, "success_rate": 0.75,
                "mean_queries": 31.5, "mean_changed": 0.1, "area": 0.65 + more / 2, "temperature": 1.0,
                "budgets": {
                    "1 word": 0.7, "2 words": 0.6, "5 %": 0.65, "10 %": 0.5 + more, "20 %": 0.3 + more,
                    "unlimited": 0.2 + more,
                },
                "queries": {"10": 0.8, "30": 0.6, "100": 0.3 + more, "300": 0.25 + more, "1000": 0.2 + more},
                "substitutions": ["One | thing stands in for another."],
            }  # fmt: skip
            self.attack_files.append(self.json(folder / f"attack/{stage}/fixed/{recipe}.json", report))
            fallen = [round(50 * (0.8 - report["budgets"][budget])) for budget in ("10 %", "unlimited")]
            self._attacked_texts(folder / f"attack/{stage}/fixed/{recipe}.parquet", stage, *fallen)

    def _attacked_texts(self, path, stage, within_headline, in_all):
        """Of 50 texts of 40 words, 10 are wrong; other ones fall with a spiking network than with a DNN."""
        first = 5 if STAGES[stage].spiking else 0
        rows = []
        for number in range(50):
            place = (number - first) % 40
            fell = number < 40 and place < in_all
            changed = fell * (4 if place < within_headline else 8)
            right = float(number < 40)
            rows.append({
                "id": 100 + number, "original": f"text {number} is good", "label": number % 2,
                "perturbed": f"text {number} is {'bad' if fell else 'good'}",
                "before": number % 2, "after": (number + fell) % 2, "queries": 30 + number, "words": 40,
                "changed": changed, "result": "skipped" if number >= 40 else ("failed", "successful")[fell],
                "right": right, "held": right * (1 - fell),
            })  # fmt: skip
        write_table(path, pd.DataFrame(rows))
        self.attack_texts.append(str(path))

    def _energies(self, dataset, method, stage, steps, seed):
        """A row for each cost table and accounting."""
        dense = 1.0 if method == self.quantised else 4.0
        spiking = self.energy_at_8 * self.energy_growth ** self.seeds.index(seed) * (steps or 0) / 8
        spiking *= 1.0 if dataset == "mr" else self.energy_elsewhere
        for table, cost in TABLES.items():
            kinds = {"dense": dense, "zero-skipping": dense * SKIPPING}
            own = kinds if steps is None else {"event-driven": spiking * cost}
            if self.tabulated:
                own = own | {"tabulated": self.tabulated if steps is None else self.tabulated * 1.5}
            for accounting, energy in own.items():
                yield {
                    "stage": stage, "T": steps, "accounting": accounting, "cost_table": table,
                    "energy_uj": energy, "dnn_energy_uj": dense, "terms": terms(energy, steps),
                }  # fmt: skip

    def _evaluation(self, folder, names, stage, points):
        layers = []
        if STAGES[stage].spiking:
            for name in ("input", "convolution", "pooled"):
                layers.append({"name": name, "rate": 0.25, "dead": 0.1, "saturated": 0.0, "neurons": 300})
        steps, accuracy = points[-1]
        right = round(accuracy * N / 2)
        wrong = N // 2 - right
        report = {
            **names, "stage": stage, "n_test": N, "classes": ["negative", "positive"],
            "curve": [curve_row(t, value, self.draws if t else (0.0,)) for t, value in points], "T": steps,
            "confusion": [[right, wrong], [wrong, right]], "layers": layers, "conversion_gap": 0.0,
        }  # fmt: skip
        self.evaluations.append(self.json(folder / f"evaluation/{stage}.json", report))
        path = folder / f"evaluation/{stage}.parquet"
        guess = np.zeros(N, dtype=np.int64)
        first = 0 if STAGES[stage].spiking else 10  # so a DNN errs on others than its spiking stages
        guess[first : first + 2 * wrong] = 1  # as many errors as the confusion matrix has
        correct = 1.0 - guess
        if len(self.draws) > 1 and STAGES[stage].spiking:
            correct[[0, N - 1]] = 0.5  # one of both is right in half of the draws
        label = np.arange(N) % 2
        prediction = np.where(guess == 1, 1 - label, label)
        columns = {"row": np.arange(N), "correct": correct, "label": label, "prediction": prediction}
        write_table(path, pd.DataFrame(columns))
        self.predictions.append(str(path))

    def json(self, path, value):
        write_json(path, value)
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
            "evaluations": self.evaluations, "predictions": self.predictions, "energies": self.energies,
            "attacks": self.attack_files, "attack_texts": self.attack_texts, "transfers": self.transfers,
            "trainings": self.trainings, "white_box": self.white_box, "similarities": self.similarities,
        }  # fmt: skip

    def studies(self):
        """What the report is built of: the study on each data set."""
        return load_study(Namespace(**self.stage_files()), self.names).each()

    def edit(self, kind, change, stage=None):
        """Change the reports of a kind, of one stage or of all."""
        for path in self.stage_files()[kind]:
            if stage in (None, Path(path).stem):
                report = read_json(path)
                change(report)
                write_json(path, report)

    def summarise(self):
        """Write the tables of the summary; returns their paths by name."""
        tables = (
            "accuracy", "energy", "attack", "transfer", "table", "energy_table", "pairs", "attack_pairs",
        )  # fmt: skip
        paths = {name: self.folder / f"summary/{name}.csv" for name in tables}
        params = {"names": asdict(self.names)}
        self.rule("summarise", self.stage_files(), {name: str(path) for name, path in paths.items()}, params)
        return paths

    def raster(self, dataset, method, words, steps=4):
        """Draw made-up spikes of a sentence, which the report then shows."""
        folder = self.folder / dataset / method / f"seed{self.seeds[0]}/raster"
        draws = np.random.default_rng(1)
        placed = draws.random((steps, 24, len(words))) < 0.2
        spikes = Raster(
            input=draws.random((steps, len(words))), placed=placed.astype(np.uint8), neurons=np.arange(24),
            others=placed.any(2).astype(np.uint8), scores=draws.normal(size=(steps, 2)).cumsum(0),
        )  # fmt: skip
        sentence = {
            "dataset": dataset, "method": method, "T": steps, "analog": False, "words": list(words),
            "label": 0, "prediction": 1, "classes": self.settings["define"]["datasets"][dataset]["classes"],
            "populations": {"placed": "convolution", "others": "pooled"},
        }  # fmt: skip
        self.json(folder / "sentence.json", sentence)
        draw_raster(spikes, {"title": self.datasets[dataset], **sentence}, folder / "raster.svg")

    def draw(self, dataset="mr"):
        """Draw all figures of a data set; returns their paths."""
        kinds = ["brief", "accuracy", "energy", "energy-tables", "pareto", "fronts"]
        kinds += ["firing-rates", "break-even"] if len(self.methods) > 1 else []
        kinds += ["attack", "attack-queries", "systems"] if self.attacks else []
        kinds += ["robustness"] if self.attacks and len(self.methods) > 1 else []
        own = {
            kind: [path for path in paths if f"/{dataset}/" in path]
            for kind, paths in self.stage_files().items()
        }
        names = asdict(self.names) | {"datasets": {dataset: self.datasets[dataset]}}
        return self._draw([self.folder / dataset / "figures" / f"{kind}.svg" for kind in kinds], own, names)

    def draw_all(self):
        """Draw the figures of all data sets; returns their paths."""
        own = {"evaluations": self.evaluations, "energies": self.energies}
        kinds = ["overview", "brief", "energy-tables", "pareto", "fronts"]
        if self.attacks:
            own |= {"attacks": self.attack_files, "attack_texts": self.attack_texts}
            kinds += ["attack-curves", "systems"]
        return self._draw([self.folder / f"summary/{kind}.svg" for kind in kinds], own, asdict(self.names))

    def _draw(self, paths, inputs, names):
        self.rule("figures", inputs, {path.stem: str(path) for path in paths}, {"names": names})
        return paths

    def report(self, pictures=False):
        """Write the report; returns its HTML and its Markdown."""
        own = {"texts": [], "statistics": [], "vectors": [], "splits": [], "figures": []}
        own["sentences"] = sorted(map(str, self.folder.rglob("raster/sentence.json")))
        for dataset in self.datasets:
            folder = self.folder / dataset
            own["texts"].append(self.json(folder / "text/report.json", TEXT_REPORT | self.texts))
            own["statistics"].append(str(folder / "text/statistics.csv"))
            columns = "scope,n,length_mean,length_median,length_p95,length_max,truncated_share,vocabulary"
            Path(own["statistics"][-1]).write_text(f"{columns}\nall,9,21.6,21.0,38.0,63,0.22,100\n")
            vectors = {
                "width": 300, "words": 100, "coverage": {"types": 0.9, "tokens": 0.8},
                "sources": [{"kind": "minilm"}], "uncovered_examples": ["\x96", "，"],
            }  # fmt: skip
            vectors |= self.vectors
            own["vectors"].append(self.json(folder / "embeddings/report.json", vectors))
            own["splits"].append(str(folder / "splits/seed1.safetensors"))
            rows = np.arange(3)
            write_arrays(own["splits"][-1], {"dev": rows[:1], "test": rows, "train": rows})
            own["figures"] += map(str, self.draw(dataset)) if pictures else []
        several = pictures and len(self.datasets) > 1
        own["overviews"] = list(map(str, self.draw_all())) if several else []
        own["manifests"] = [self.json(self.folder / "manifest.json", MANIFEST)]
        output = {
            "page": str(self.folder / "report.html"),
            "markdown": str(self.folder / "summary/report.md"),
            "systems": str(self.folder / "summary/systems.csv"),
            "provenance": str(self.folder / "summary/provenance.json"),
        }
        params = {"settings": self.settings, "former": []}
        params["benchmarks"] = sorted(map(str, (self.folder / "benchmarks").rglob("*.tsv")))
        self.rule("report", self.stage_files() | own, output, params)
        return tuple(Path(output[name]).read_text(encoding="utf-8") for name in ("page", "markdown"))


@pytest.fixture
def study(tmp_path):
    """Makes a `Study`; arguments as there, after the name of its folder."""
    return lambda folder="results", **settings: Study(tmp_path / folder, **settings)


@pytest.fixture(scope="module")
def lasting_study(tmp_path_factory):
    """Makes a `Study` that all tests of a module share, as its figures take a while."""
    return lambda folder, **settings: Study(tmp_path_factory.mktemp(folder) / "results", **settings)


@pytest.fixture(scope="module")
def two_sets(lasting_study):
    """The folder of a finished study of two data sets and two seeds, to be copied."""
    datasets = {"mr": "MR", "own": "Own"}
    made = lasting_study("two", datasets=datasets, seeds=[1, 2], attacks=False, published="SST-2")
    made.summarise()
    made.report(pictures=True)
    return made.folder


@pytest.fixture(scope="module")
def whole(lasting_study):
    """HTML and Markdown of a study with an English and a Chinese data set."""
    return lasting_study("study", datasets={"mr": "MR", "own": "我的$数据$"}).report(pictures=True)
