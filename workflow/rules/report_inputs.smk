"""Inputs of the report stage, as they follow from the configuration."""

# Every job reads this file, so nothing heavy may be imported here.
from dataclasses import asdict
from itertools import product

from snakemake.io import apply_wildcards, get_wildcard_names

from spiketext.config.load import CATALOGUE
from spiketext.provenance import fingerprint
from spiketext.report.names import names_of, used_settings

# The page itself, and the captions that it has from Snakemake's own report.
TEMPLATES = [
    path
    for folder in (WORKFLOW / "spiketext" / "report" / "templates", WORKFLOW / "report")
    for path in sorted(folder.iterdir())
]
SETTINGS = used_settings(CFG)
SPIKING = [name for name in CFG.classifiers if STAGES[CFG.define.methods[name].stages[-1]].spiking]
# Figures that every data set has, with their category in Snakemake's own report.
FIGURES = {
    "brief": "Accuracy",
    "accuracy": "Accuracy",
    "energy": "Energy",
    "energy-tables": "Energy",
    "pareto": "Energy",
    "fronts": "Energy",
}
FIGURES |= {"firing-rates": "Firing rates", "break-even": "Energy"} if SPIKING else {}
# Figures of a data set that was attacked, with what they show. The second compares spiking networks with those that
# do not spike, and stages of a method with those that they began with.
ATTACKED = [CFG.attack.attacked(CFG.define.methods[method].stages) for method in CFG.methods]
COMPARED = {STAGES[stage].spiking for stages in ATTACKED for stage in stages} == {True, False} or any(
    STAGES[stage].source in stages for stages in ATTACKED for stage in stages
)
ATTACK_FIGURES = {
    "attack": "accuracy under attack",
    "attack-queries": "accuracy against queries",
    "systems": "accuracy, energy and robustness",
}
ATTACK_FIGURES |= {"robustness": "robustness"} if COMPARED else {}
# Figures of several data sets together; the first needs no energies, the others do.
ENERGIES = ("brief", "energy-tables", "pareto", "fronts")
NAMES = asdict(names_of(SETTINGS))
PUBLISHED = fingerprint(files=[CATALOGUE / "published.yaml"])


def evaluation_files(suffix, datasets=CFG.datasets):
    """Results of the evaluation of every method, seed and stage; `suffix` is json or parquet."""
    return [
        f"{RESULTS}/{dataset}/{method}/seed{seed}/evaluation/{stage}.{suffix}"
        for dataset in datasets
        for method in CFG.classifiers
        for seed in CFG.seeds
        for stage in CFG.define.methods[method].stages
    ]


def energy_files(datasets=CFG.datasets):
    """Results of the energy stage of every method and seed."""
    return [
        f"{RESULTS}/{dataset}/{method}/seed{seed}/energy.json"
        for dataset in datasets
        for method in CFG.classifiers
        for seed in CFG.seeds
    ]


def training_files():
    """Histories of the stages that are trained, of every method and seed."""
    return [
        f"{RESULTS}/{dataset}/{method}/seed{seed}/{stage}.json"
        for dataset in CFG.datasets
        for method in CFG.classifiers
        for seed in CFG.seeds
        for stage in CFG.define.methods[method].stages
        if STAGES[stage].trained
    ]


def attacks_on(dataset, suffix="json"):
    """Results of the attacks on one data set that look for another class, so that accuracies fall."""
    return [
        path
        for path in attack_files(suffix)
        if path.startswith(f"{RESULTS}/{dataset}/")
        and CFG.attack.recipe(Path(path).stem).goal == "misclassify"
    ]


CURVES = ["attack-curves", "systems"] if any(attacks_on(dataset) for dataset in CFG.datasets) else []
OVERVIEWS = [f"{RESULTS}/summary/{name}.svg" for name in ("overview", *CURVES, *ENERGIES)]


def figure_files():
    """The figures that the configuration has results for."""
    files = []
    for dataset in CFG.datasets:
        kinds = [*FIGURES, *(ATTACK_FIGURES if attacks_on(dataset) else [])]
        files += [f"{RESULTS}/{dataset}/figures/{kind}.svg" for kind in kinds]
    return files


def raster_files(name):
    """Files of the rasters: every spiking method, first seed."""
    return [
        f"{RESULTS}/{dataset}/{method}/seed{CFG.seeds[0]}/raster/{name}"
        for dataset in CFG.datasets
        for method in SPIKING
    ]


def resource_manifests():
    """Manifests of all resources of data sets, word vectors, synonyms, pretrained encoders and attacks."""
    files = []
    for name in CFG.datasets:
        dataset = CFG.define.datasets[name]
        files += manifests(dataset.files) + manifests(vector_sources(dataset))
        files += manifests(dataset.unlabelled_files if any(TEACHERS.values()) else [])
        files += [f"{RESOURCES}/{model}/manifest.json" for model in encoders(dataset.language)]
        if any(CFG.define.methods[method].needs_synonyms for method in CFG.classifiers):
            files.append(f"{RESOURCES}/{LEXICONS[dataset.language]}/manifest.json")
        if similarity_files([name]):
            files.append(f"{RESOURCES}/{SENTENCE_ENCODER}/manifest.json")
        for recipe in CFG.attack.recipes(dataset.language):
            files += [
                f"{RESOURCES}/{resource}/manifest.json" for resource in CFG.attack.recipe(recipe).resources
            ]
    return list(dict.fromkeys(files))


def benchmark_files():
    """Benchmark files of all jobs of this study; those that other settings have left are none of them."""
    combinations = [
        {"dataset": dataset, "method": method, "seed": seed, "stage": stage, **attack}
        for dataset, method, seed in product(CFG.datasets, CFG.classifiers, CFG.seeds)
        for stage in CFG.define.methods[method].stages
        for attack in [
            {"recipe": recipe, "mode": mode, **shard}
            for recipe, mode in product(attacking(dataset, method, stage), modes(method, stage))
            for shard in [{"shard": str(number)} for number in range(CFG.attack.shards)] or [{}]
        ]
        or [{}]
    ]
    combinations += white_box_attacks()
    names = [Path(manifest).parent.name for manifest in resource_manifests()]
    combinations += [combinations[0] | {"resource": name} for name in names]
    found, former = set(), set(former_figures())
    for job in (one for one in workflow.rules if one.benchmark):
        for one in combinations:
            if get_wildcard_names(job.benchmark) <= one.keys():
                if not former & {apply_wildcards(str(path), one) for path in job.output}:
                    found.add(apply_wildcards(job.benchmark, one))
    return sorted(found)


def former_figures():
    """Figures and tables that this study could have with other settings, and has not: a former run's."""
    kinds = [*FIGURES, "firing-rates", "break-even", "attack", "attack-queries", "robustness", "systems"]
    possible = [f"{RESULTS}/{dataset}/figures/{kind}.svg" for dataset in CFG.datasets for kind in kinds]
    possible += [*OVERVIEWS, f"{RESULTS}/summary/white_box.csv"]
    possible += [f"{RESULTS}/summary/{kind}.svg" for kind in ("attack-curves", "systems")]
    made = {*figure_files(), *(OVERVIEWS if len(CFG.datasets) > 1 else []), *white_box_table()}
    return [path for path in dict.fromkeys(possible) if path not in made]


def names_on(wildcards):
    """The names of the methods and of one data set."""
    title = NAMES["datasets"][wildcards.dataset]
    return NAMES | {"datasets": {wildcards.dataset: title}, "published": {}}


def last_stage(wildcards):
    """Weights and predictions of the method's last stage."""
    folder = f"{RESULTS}/{wildcards.dataset}/{wildcards.method}/seed{wildcards.seed}"
    stage = method_of(wildcards).stages[-1]
    return {"weights": f"{folder}/{stage}.safetensors", "predictions": f"{folder}/evaluation/{stage}.parquet"}
