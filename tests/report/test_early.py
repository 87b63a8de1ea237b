"""Spiking networks that are read out early, each beside the quantised DNN of as many bits."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from spiketext.config.load import load_config, merge
from spiketext.config.methods import Method
from spiketext.report.energy.early import bits_at, bits_of, early_table, epochs_of, rival
from spiketext.report.frames import frame_of
from spiketext.report.names import full_precision, names_of, used_settings
from spiketext.report.study import Study

FILES = Path(__file__).parents[2] / "config"
SIGNED = {"transform": "standardised"}
LOSSLESS = {"encoder": {"kind": "analog-once"}, "rule": {"kind": "lossless"}, "steps": [1, 2, 3]}


def dnn(levels, epochs=8, conversion=None, inputs=SIGNED, **more):
    """A TextCNN with analog inputs."""
    rounded = {} if levels is None else {"levels": levels, "quantised_inputs": False}
    network = {**rounded, **more}
    return Method(inputs=inputs, network=network, training={"epochs": epochs}, conversion=conversion)


METHODS = {
    "full-short": dnn(None, inputs={**SIGNED, "dimensions": 2}),
    "full": dnn(None),
    "full-max": dnn(None, pooling="max"),
    "max": dnn(1, pooling="max"),
    "lossless": dnn(3, conversion=LOSSLESS),
    "short": dnn(1, epochs=4),
    "rounded-inputs": dnn(1, quantised_inputs=True),
    "one": dnn(1),
    "long": dnn(1, epochs=16),
    "sparse": Method(
        inputs=SIGNED,
        conversion={"encoder": {"kind": "learned"}, "rule": {"kind": "none"}, "steps": [1]},
        finetuning={"steps": 1, "epochs": 8},
    ),
    "direct": Method(network={"kind": "python", "file": "own.py"}, direct={"steps": 1, "epochs": 1}),
}  # fmt: skip
SETTINGS = {
    "define": {
        "methods": {name: one.model_dump(mode="json") for name, one in METHODS.items()},
        "datasets": {"d": {"test_set": "fixed"}},
        "cost_tables": {"main": {}},
    },
    "cost_table": "main",
}


def study():
    """The lossless network rises to its DNN; energies are T, a DNN's 10, or 4 with zeros skipped."""
    accuracy, energy = [], []
    for name, method in METHODS.items():
        for stage in method.stages:
            spiking = stage != "dnn"
            for steps in method.steps(stage):
                place = {"dataset": "d", "method": name, "stage": stage, "T": steps if spiking else None}
                rising = 0.7 + 0.01 * (steps if spiking else 3)
                right = {"lossless": rising, "one": 0.72, "long": 0.74}.get(name, 0.73)
                for seed in (1, 2):
                    own = right + 0.01 * seed
                    accuracy.append(
                        {**place, "seed": seed, "test_accuracy": own, "n_test": 100, "detailed": True}
                    )
                    for accounting, spent in (
                        [("event-driven", steps)] if spiking else [("dense", 10), ("zero-skipping", 4)]
                    ):
                        row = {**place, "seed": seed, "accounting": accounting, "cost_table": "main"}
                        energy.append({**row, "energy_uj": float(spent)})
    names = names_of(SETTINGS)
    return Study(names, frame_of("accuracy", accuracy), energy=frame_of("energy", energy), dataset="d")


def test_bits_by_hand():
    assert [bits_at(steps) for steps in (1, 2, 3, 4, 7, 8, 15, 16)] == [1, 2, 2, 3, 3, 4, 4, 5]
    assert [bits_at(steps, signed=True) for steps in (1, 2, 3, 4, 7, 8)] == [2, 3, 3, 4, 4, 5]


def test_which_quantised_dnn_is_the_rival():
    """Of as many bits, with such inputs, of the same network, trained as long; after two steps its own."""
    found = study()
    series = {(one.method, one.stage): one for one in found.series()}
    methods = SETTINGS["define"]["methods"]

    def of(method, stage, steps):
        one = rival(methods, found, series[method, stage], steps)
        return one and one.method

    assert of("lossless", "converted", 1) == "one"
    assert of("lossless", "converted", 2) == of("lossless", "converted", 3) == "lossless"
    assert of("lossless", "converted", 4) is None
    assert of("sparse", "finetuned", 1) == "long"  # eight epochs of its DNN, and eight more
    assert of("sparse", "converted", 1) == "rounded-inputs"


def test_a_network_that_is_trained_without_a_dnn_has_no_rival():
    """Not that of the DNN with which its energy is compared, which is another network."""
    found = study()
    found = replace(found, names=replace(found.names, dnns=found.names.dnns | {"direct": "full"}))
    (direct,) = (one for one in found.series() if one.method == "direct")
    assert found.dnn_of(direct).method == "full"
    assert rival(SETTINGS["define"]["methods"], found, direct, 1) is None


def test_a_dnn_that_reads_fewer_dimensions_is_another_network():
    """It is not what a quantised DNN is in full precision."""
    assert full_precision("one", SETTINGS["define"]["methods"]) == "full"


def test_an_encoder_with_levels_has_a_dnn_of_its_own():
    """Made from the encoder in full precision, which has no such stage and converts nothing."""
    encoder = Method(network={"kind": "pretrained"})
    levels = Method(
        network={"kind": "pretrained", "levels": 3}, training={"start": "encoder"}, conversion=LOSSLESS
    )
    own = {name: one.model_dump(mode="json") for name, one in (("encoder", encoder), ("levels", levels))}
    methods = {"first": SETTINGS["define"]["methods"]["full"], **own}
    settings = {**SETTINGS, "define": {**SETTINGS["define"], "methods": methods}}
    names = names_of(settings)
    assert names.dnns == {"first": "first", "encoder": "first", "levels": "levels"}
    assert names.quantised == {"levels": "encoder"}
    assert list(names.learnt_from["levels"]) == ["encoder"]
    assert [bits_of(one) for one in own.values()] == [None, 3]  # −3 … 3


def test_the_epochs_of_what_a_training_began_with_count():
    methods = {
        "full": {"training": {"epochs": 8}},
        "rounded": {"training": {"epochs": 4, "start": "full"}},
        "again": {"training": {"epochs": 1, "start": "rounded"}},
    }
    assert [epochs_of(name, methods) for name in methods] == [8, 12, 13]


@pytest.mark.parametrize(
    ("study_file", "dataset", "spiking"), [("lossless.yaml", "sst2", 6), ("mnist.yaml", "s-mnist", 2)]
)
def test_in_the_lossless_studies_every_number_of_steps_has_a_rival(study_file, dataset, spiking):
    """Whatever these have read out, so the table of their reports has no dash in its place."""
    own = [yaml.safe_load((FILES / name).read_text()) for name in ("config.yaml", study_file)]
    config = load_config(merge(*own))
    settings = used_settings(config)
    place = {"dataset": dataset, "seed": 1, "test_accuracy": 0.8, "n_test": 100, "detailed": True}
    rows = [
        {**place, "method": name, "stage": stage, "T": None if stage == "dnn" else steps}
        for name, method in ((name, config.define.methods[name]) for name in config.classifiers)
        for stage in method.stages
        for steps in method.steps(stage)
    ]
    found = Study(names_of(settings), frame_of("accuracy", rows), dataset=dataset)
    read = [(one, steps) for one in found.series() if one.spiking for steps in found.steps(one)]
    methods = settings["define"]["methods"]
    missing = [(one.method, t) for one, t in read if rival(methods, found, one, t) is None]
    assert len({one.method for one, _ in read}) == spiking and not missing


def test_the_table_by_hand():
    """Differences are of the same seeds; energies over those of the rival where zeros are skipped."""
    table = early_table(SETTINGS, [study()])
    rows = {(row[0].split(",")[0], row[1]): row for row in table.rows}
    first, settled = (rows["lossless", steps] for steps in ("1", "3"))
    assert first[4:6] == ["1", "one (DNN)"] and first[7:] == ["−1.0", "0.25"]
    assert settled[4:6] == ["2", "convertible DNN of lossless"] and settled[7:] == ["0.0", "0.75"]
    assert rows["one (DNN)", "–"][3:5] == ["4.000", "1"]
    assert not any(row[0].startswith("full") for row in table.rows)


def test_two_data_sets_are_averaged():
    one = study()
    both = early_table(SETTINGS, [one, one])
    assert both.caption.startswith("Reading out early on the mean of 2 data sets")
    assert [row[3:] for row in both.rows] == [row[3:] for row in early_table(SETTINGS, [one]).rows]


def test_without_a_quantised_dnn_there_is_no_table():
    plain = {name: SETTINGS["define"]["methods"][name] for name in ("full", "sparse")}
    settings = {**SETTINGS, "define": {**SETTINGS["define"], "methods": plain}}
    found = study()
    frames = {"accuracy": found.accuracy, "energy": found.energy}
    kept = {kind: frame[frame["method"].isin(plain)] for kind, frame in frames.items()}
    assert not early_table(settings, [Study(names_of(settings), dataset="d", **kept)]).rows
