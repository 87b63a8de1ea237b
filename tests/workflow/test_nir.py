"""The rule that exports to NIR, on the tiny study."""

import json

import pytest
import torch

from spiketext.networks.nir.run import NirNetwork
from tests.planned import plan, run
from tests.workflow.tiny import write_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With the trained and converted network."""
    folder = tmp_path_factory.mktemp("nir")
    path = write_study(folder)
    for job in plan(path, [str(folder / "results/tiny_en/lv2023/seed7/nir/finetuned-12.nir")]):
        run(job, folder)
    return folder


def test_a_graph_is_made_by_its_name(folder):
    network = NirNetwork.read(folder / "results/tiny_en/lv2023/seed7/nir/finetuned-12.nir")
    said = network.graph.metadata
    assert (said["tokens"], said["T"], said["seed"]) == (12, 8, 7)
    assert json.loads(said["classes"]) == ["negative", "positive"]
    width = int(network.graph.nodes["input"].input_type["input"][0])
    scores = network((torch.rand(8, width, 12) < 0.5).float())
    assert scores.shape == (8, 2)
    assert scores.abs().max() > 0


def test_a_dnn_is_refused_in_one_line(folder, capsys):
    *_, job = plan(folder / "config.yaml", [str(folder / "results/tiny_en/lv2023/seed7/nir/dnn-12.nir")])
    with pytest.raises(SystemExit):
        run(job, folder)
    assert "the stage `dnn` does not spike" in capsys.readouterr().err
    assert not (folder / "results/tiny_en/lv2023/seed7/nir/dnn-12.nir").exists()
