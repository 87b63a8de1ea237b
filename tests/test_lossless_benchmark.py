"""The bars of lossless conversion, on results written by hand."""

import pandas as pd
import pytest

from benchmarks.lossless import SEQUENCES, main
from spiketext.config.methods import Method
from spiketext.files import read_json, write_json
from spiketext.tables import write_table

SETS = ("mr_full", "sst2", "sst5", "subj", "chnsenti", "waimai")
SEEDS = (1, 2, 3, 4, 5)
STANDARDISED = {"transform": "standardised"}
LOSSLESS = {"encoder": {"kind": "analog-once"}, "rule": {"kind": "lossless"}, "steps": [1]}


def textcnn(levels, **more):
    return Method(inputs=STANDARDISED, network={"levels": levels} if levels else {}, **more)


def write(folder, stage, accuracy):
    """An evaluation whose last T has that accuracy."""
    curve = [{"T": 1, "test_accuracy": 0.1}, {"T": 3, "test_accuracy": accuracy}]
    write_json(folder / f"evaluation/{stage}.json", {"curve": curve})


def study(results, methods, accuracies, datasets=SETS, seeds=SEEDS, differ=0):
    """Accuracies by method and stage; of a spiking network's 50 answers so many are another class."""
    for dataset in datasets:
        for seed in seeds:
            for (name, stage), accuracy in accuracies.items():
                folder = results / dataset / name / f"seed{seed}"
                write(folder, stage, accuracy - 0.001 * (stage == "converted") * (seed - 3))
                told = pd.DataFrame(
                    {"prediction": [0] * 50, "dnn_prediction": [1] * differ + [0] * (50 - differ)}
                )
                if stage == "converted":
                    write_table(folder / "evaluation/converted.parquet", told)
    define = {"methods": {name: one.model_dump(mode="json") for name, one in methods.items()}}
    settings = {"define": define, "methods": list(methods), "datasets": list(datasets), "seeds": list(seeds)}
    write_json(results / "summary/provenance.json", {"settings": settings})


def of_texts(results, rounded, spiking, longer=0.8, levels=3, method="own", **more):
    """TextCNNs of full precision with 80 % and `longer`, and a lossless one whose DNN is another method."""
    methods = {"dnn": textcnn(None), "dnn-long": textcnn(None, training={"start": "dnn", "epochs": 4})}
    methods |= {"rounded": textcnn(levels), method: Method(dnn="rounded", conversion=LOSSLESS)}
    accuracies = {("dnn", "dnn"): 0.8, ("dnn-long", "dnn"): longer, ("rounded", "dnn"): rounded}
    study(results, methods, {**accuracies, (method, "converted"): spiking}, **more)


@pytest.mark.parametrize(
    ("rounded", "spiking", "longer", "differ", "met"),
    [
        (0.796, 0.797, 0.8, 0, True),
        (0.794, 0.81, 0.8, 0, False),  # the quantised DNN is too far below
        (0.81, 0.794, 0.8, 0, False),  # the spiking network is
        (0.796, 0.797, 0.803, 0, False),  # both are below what as many epochs make of the DNN
        (0.81, 0.81, 0.8, 1, False),  # one text of each data set and seed
    ],
)
def test_the_bar_of_texts_by_hand(tmp_path, capsys, rounded, spiking, longer, differ, met):
    of_texts(tmp_path, rounded, spiking, longer, differ=differ)
    assert main(tmp_path) == (0 if met else 1)
    said = capsys.readouterr().out
    assert "own: 2 bits, 6 data sets, 5 seeds" in said
    assert f"quantised minus dnn: {100 * (rounded - 0.8):+.2f} points\n" in said
    assert f"spiking minus dnn: {100 * (spiking - 0.8):+.2f} points [" in said
    assert f"spiking minus dnn-long: {100 * (spiking - longer):+.2f} points [" in said
    assert f"by its quantised DNN: {30 * differ} of 1,500 predictions" in said
    assert said.endswith("the bar is met by own\n") == met


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"datasets": SETS[:5]}, "missed: no network reaches the accuracy, or some data sets were not run"),
        ({"seeds": SEEDS[:4]}, "missed: less than 5 seeds were run"),
        ({"levels": 16}, "missed: no network reaches the accuracy"),  # 5 bits
    ],
)
def test_what_is_no_such_study_misses_it(tmp_path, capsys, more, said):
    of_texts(tmp_path, 0.8, 0.8, **more)
    assert main(tmp_path) == 1
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("rival", ["dnn", "dnn-long"])
def test_without_a_rival_of_full_precision_nothing_is_met(tmp_path, capsys, rival):
    of_texts(tmp_path, 0.8, 0.8)
    record = tmp_path / "summary/provenance.json"
    settings = read_json(record)["settings"]
    settings["methods"].remove(rival)
    write_json(record, {"settings": settings})
    assert main(tmp_path) == 1
    assert "missed: no network reaches the accuracy" in capsys.readouterr().out


def test_an_unfinished_study_is_none(tmp_path, capsys):
    assert main(tmp_path) == 1
    assert "not a finished study" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("accuracy", "differ", "met"), [(0.986, 0, True), (0.984, 0, False), (0.99, 1, False)]
)
def test_the_bar_of_sequential_mnist(tmp_path, accuracy, differ, met):
    network = {"kind": "crnn", "convolutions": [{"channels": 4, "width": 3}], "recurrent": 4, "levels": 8}
    methods = {"crnn": Method(inputs={"transform": "as-is"}, network=network, conversion=LOSSLESS)}
    accuracies = {("crnn", "dnn"): accuracy, ("crnn", "converted"): accuracy}
    study(tmp_path, methods, accuracies, datasets=tuple(SEQUENCES), differ=differ)
    assert main(tmp_path) == (0 if met else 1)
