# What attacks, transfer and white-box attacks read.

from typing import get_args

from spiketext.config.attacks import SENTENCE_ENCODER, WhiteBox


def attack_inputs(wildcards):
    """What an attack on a stage reads, whatever texts it takes."""
    sources = embedding_of(wildcards).sources
    folder = f"{RESULTS}/{wildcards.dataset}"
    return victim_inputs(wildcards) | {
        "own": own_files(wildcards),
        "weights": f"{folder}/{wildcards.method}/seed{wildcards.seed}/{wildcards.stage}.safetensors",
        "corpus": f"{folder}/text/corpus.parquet",
        "fit": f"{folder}/embeddings/fit.safetensors",
        "vector_manifests": manifests(sources),
        "vector_files": local_files(sources),
        "recipe_manifests": [
            f"{RESOURCES}/{name}/manifest.json" for name in CFG.attack.recipe(wildcards.recipe).resources
        ],
    }


def shard_files(wildcards):
    """Rows of the shards of an attack; none where one job takes all texts."""
    folder = f"{SEED_FOLDER}/attack/{{stage}}/{{mode}}".format(**wildcards)
    return [f"{folder}/{wildcards.recipe}.{shard}.json" for shard in range(CFG.attack.shards)]


def last_stage_attacked(wildcards):
    """Figures of the attack on a method's last stage, in the first of its modes."""
    stage = method_of(wildcards).stages[-1]
    mode = modes(wildcards.method, stage)[0]
    return f"{SEED_FOLDER}/attack/{stage}/{mode}/{{recipe}}.json".format(**wildcards)


def shard_texts(wildcards):
    """First and last place of a shard's texts in the sample, the last excluded."""
    first = int(wildcards.shard) * CFG.attack.shard
    return first, first + CFG.attack.shard


def attacks_of_seed(wildcards, suffix):
    """Results of the attacks on a data set with a seed that look for another class."""
    folder = Path(RESULTS, wildcards.dataset)
    return [
        path
        for path in attacks_on(wildcards.dataset, suffix)
        if Path(path).relative_to(folder).parts[1] == f"seed{wildcards.seed}"  # behind the method
    ]


def similarity_files(datasets=CFG.datasets):
    """How near in sense the texts are that attacks found, where the configuration asks for it."""
    return [
        f"{RESULTS}/{dataset}/similarity/seed{seed}.json"
        for dataset in datasets
        if CFG.attack.similarity and attacks_on(dataset)
        for seed in CFG.seeds
    ]


def white_box_attacks():
    """Wildcards of all white-box attacks that the configuration asks for; what reads words has no vectors to move."""
    networks = {method: CFG.define.methods[method].network for method in CFG.methods}
    return [
        {"dataset": dataset, "method": method, "seed": seed, "stage": stage, "kind": kind}
        for dataset in CFG.datasets
        if CFG.define.datasets[dataset].of_words
        for method in CFG.methods
        if not (networks[method].needs_words or networks[method].only_stage)
        for seed in CFG.seeds
        for stage in CFG.attack.attacked(CFG.define.methods[method].stages)
        for kind in CFG.attack.white_box
    ]


def white_box_table():
    """The table of white-box attacks, where there are any."""
    return [f"{RESULTS}/summary/white_box.csv"] if white_box_attacks() else []


def found_on(method, stage):
    """A function: logs of the attacks on a stage that look for another class."""
    return lambda w: [
        f"{RESULTS}/{w.dataset}/{method(w)}/seed{w.seed}/attack/{stage(w)}/{mode}/{recipe}.parquet"
        for recipe in attacking(w.dataset, method(w), stage(w))
        if CFG.attack.recipe(recipe).goal == "misclassify"
        for mode in modes(method(w), stage(w))
    ]


def side(method, stage):
    """A `params` function: one of the two networks."""
    return lambda w: {
        "name": method(w),
        "stage": stage(w),
        "steps": CFG.define.methods[method(w)].detailed_steps(stage(w)),
        "method": sections("inputs", "network", "conversion", "finetuning", "direct", method=method)(w),
    }


DNN = (lambda w: CFG.dnn_of(w.method), lambda w: "dnn")
TWIN = (lambda w: w.method, lambda w: w.stage)
