"""The rule that exports to NIR, on the tiny study."""

import json
from pathlib import Path

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


@pytest.mark.parametrize(("method", "stage"), [("lv2023", "dnn"), ("majority", "fitted")])
def test_what_does_not_spike_is_refused_in_one_line(method, stage, folder, capsys):
    """Architectures that never spike, which know nothing of NIR, too."""
    target = folder / f"results/tiny_en/{method}/seed7/nir/{stage}-12.nir"
    *others, job = plan(folder / "config.yaml", [str(target)])
    for other in others:
        if not all(Path(path).exists() for path in other.output):
            run(other, folder)
    with pytest.raises(SystemExit):
        run(job, folder)
    assert f"the stage `{stage}` does not spike" in capsys.readouterr().err
    assert not target.exists()
