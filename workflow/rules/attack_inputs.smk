# What attacks, transfer and white-box attacks read, and what a run says at its end.

from typing import get_args

from spiketext.config.attacks import WhiteBox


def white_box_attacks():
    """Wildcards of all white-box attacks that the configuration asks for; what is fitted has no gradient."""
    return [
        {"dataset": dataset, "method": method, "seed": seed, "stage": stage, "kind": kind}
        for dataset in CFG.datasets
        for method in CFG.methods
        if not CFG.define.methods[method].network.fitted
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
        "method": {
            name: value
            for name, value in CFG.define.methods[method(w)].model_dump(mode="json").items()
            if name in ("inputs", "network", "conversion", "finetuning", "direct") and value is not None
        },
    }


DNN = (lambda w: CFG.dnn_of(w.method), lambda w: "dnn")
TWIN = (lambda w: w.method, lambda w: w.stage)


def say_what_came_out():
    """Where the report is, and how the last method's network is used, once both are there."""
    folder = f"{RESULTS}/{CFG.datasets[0]}/{CFG.methods[-1]}/seed{CFG.seeds[0]}"
    if Path(f"{RESULTS}/report.html").exists() and Path(f"{folder}/card.json").exists():
        command = f"python -m spiketext predict {shlex.quote(folder)} < texts"
        print(f"Report: {RESULTS}/report.html\nUse a network: {command}", file=sys.stderr)
