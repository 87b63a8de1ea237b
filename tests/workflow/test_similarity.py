"""Similarity of attacked texts through the workflow's own rules and scripts."""

import pandas as pd
import pytest
import yaml

from spiketext.attack.encoder import load_encoder
from spiketext.files import read_json
from tests.planned import plan, run
from tests.pretrained_helpers import write_use
from tests.workflow.tiny import ENGLISH, sentences, write_study

pytestmark = pytest.mark.xdist_group("textattack")


def test_the_attacks_of_a_seed_are_told_together(tmp_path):
    """A row an attack that looks for another class, with the mean that its own log gives."""
    path = write_study(tmp_path)
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    values |= {"methods": ["dnn", "tf-idf"], "baselines": []}
    values["attack"] = {"sample": 8, "english": ["deepwordbug", "input-reduction"], "similarity": True}
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    encoder = write_use(
        tmp_path / "results/resources", [text for text, _ in sentences(ENGLISH, " ", 40, seed=5)]
    )
    target = tmp_path / "results/tiny_en/similarity/seed7.json"
    jobs = [job for job in plan(path, [str(target)]) if job.rule != "fetch" or "use-" not in job.output[0]]
    for job in jobs:
        run(job, tmp_path)
    rows = read_json(target)["rows"]
    places = [(row["method"], row["stage"], row["recipe"], row["mode"]) for row in rows]
    assert places == [("dnn", "dnn", "deepwordbug", "fixed"), ("tf-idf", "fitted", "deepwordbug", "fixed")]
    encode, means = load_encoder([encoder]), []
    for method, stage, recipe, mode in places:
        log = pd.read_parquet(
            tmp_path / f"results/tiny_en/{method}/seed7/attack/{stage}/{mode}/{recipe}.parquet"
        )
        fell = log[log["result"] == "successful"]
        before, after = (encode(list(fell[column])) for column in ("original", "perturbed"))
        means.append(float((before * after).sum(1).mean()))
    assert [row["similarity"]["unlimited"] for row in rows] == pytest.approx(means, abs=1e-5)
    assert all(0 < mean < 1 for mean in means)
