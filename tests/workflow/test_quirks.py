"""config/quirks.yaml on the tiny study: what the code of Lv et al. 2023 does beside its paper."""

import json

import pytest
import yaml
from snakemake.utils import update_config

from spiketext.arrays import read_arrays
from tests.planned import plan, run
from tests.snakemake_run import ROOT
from tests.workflow.tiny import write_study

QUIRKS = yaml.safe_load((ROOT / "config/quirks.yaml").read_text("utf-8"))
METHODS = ["lv2023-paper", "chosen-on-test", "random-biases", "shared-neurons", "as-coded"]
SEED = "seed7"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Some of its methods, few epochs and steps: trained, converted, evaluated in this process."""
    folder = tmp_path_factory.mktemp("quirks")
    path = write_study(folder)
    study = yaml.safe_load(path.read_text("utf-8"))
    study |= {"datasets": ["tiny_en"], "methods": METHODS, "baselines": []}
    study["attack"] = QUIRKS["attack"]
    study["define"]["methods"] = {
        name: one for name, one in QUIRKS["define"]["methods"].items() if name in METHODS
    }
    for name in METHODS:
        small = {"conversion": {"steps": [4]}}
        small["finetuning"] = {"steps": 4, "epochs": 3, "batch_size": 16, "learning_rate": 0.01}
        one = study["define"]["methods"].setdefault(name, {})
        if "dnn" not in one:
            small["network"] = {"channels": 8}
            small["training"] = {"epochs": 3, "batch_size": 16, "learning_rate": 0.01}
        update_config(one, small)
    path.write_text(yaml.safe_dump(study, allow_unicode=True), encoding="utf-8")
    made = folder / "results/tiny_en"
    dnns = [made / name / SEED / "evaluation/dnn.json" for name in ("lv2023-paper", "chosen-on-test")]
    finetuned = [made / name / SEED / "evaluation/finetuned.json" for name in METHODS]
    for job in plan(path, [str(target) for target in (*dnns, *finetuned)]):
        run(job, folder)
    return folder / "results"


def read(path):
    return json.loads(path.read_text("utf-8"))


def test_the_choice_is_made_on_the_set_that_is_named(results):
    """A DNN draws nothing, so what chose its epoch is what the evaluation finds."""
    for method, chosen in (("lv2023-paper", "dev"), ("chosen-on-test", "test")):
        folder = results / "tiny_en" / method / SEED
        trained, found = read(folder / "dnn.json"), read(folder / "evaluation/dnn.json")
        assert trained["chosen_on"] == chosen
        assert trained["dev_accuracy"] == found["curve"][0][f"{chosen}_accuracy"]
        assert trained["dev_accuracy"] == max(one["dev_accuracy"] for one in trained["history"])
        assert read(folder / "finetuned.json")["chosen_on"] == chosen


def test_the_choice_changes_no_epoch(results):
    """Runs with the same seed are the same run; only another epoch of it is kept."""
    losses = [
        [one["loss"] for one in read(results / "tiny_en" / method / SEED / "dnn.json")["history"]]
        for method in ("lv2023-paper", "chosen-on-test")
    ]
    assert losses[0] == losses[1]


def test_each_switch_reaches_the_network_that_is_trained(results):
    """Biases are stored from conversion on; from the same DNN, each learns otherwise."""
    losses = set()
    for method in ("lv2023-paper", "random-biases", "shared-neurons"):
        folder = results / "tiny_en" / method / SEED
        for stage in ("converted", "finetuned"):
            names = read_arrays(folder / f"{stage}.safetensors").keys()
            assert ("kernel_bias" in names) == ("readout_bias" in names) == (method == "random-biases")
        losses.add(tuple(one["loss"] for one in read(folder / "finetuned.json")["history"]))
    assert len(losses) == 3
