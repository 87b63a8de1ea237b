# What attacks, transfer and white-box attacks read.

from typing import get_args

from spiketext.config.attacks import WhiteBox


def white_box_attacks():
    """Wildcards of all white-box attacks that the configuration asks for; what stands alone has no word vectors to move."""
    return [
        {"dataset": dataset, "method": method, "seed": seed, "stage": stage, "kind": kind}
        for dataset in CFG.datasets
        if CFG.define.datasets[dataset].of_words
        for method in CFG.methods
        if not CFG.define.methods[method].network.only_stage
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
