"""Shards of an attack through the workflow's own rules and scripts."""

import pandas as pd
import pytest
import yaml

from spiketext.files import read_json, write_json
from tests.planned import plan, run
from tests.workflow.tiny import write_study

pytestmark = pytest.mark.xdist_group("textattack")


def jobs_of(path, target, shard):
    """The attack's jobs, those of its shards first, and what they need."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    values["attack"] = {"sample": 5, "shard": shard, "english": ["deepwordbug"]}
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    found = plan(path, [str(target)])
    attacks = [job for job in found if job.rule.startswith("attack")]
    return [job for job in found if job not in attacks], attacks


def test_shards_are_collected(tmp_path):
    """Five texts in jobs of two: what one job finds; rows of another sample are refused in one line."""
    path = write_study(tmp_path)
    target = tmp_path / "results/tiny_en/dnn/seed7/attack/dnn/fixed/deepwordbug.json"
    before, attacks = jobs_of(path, target, 2)
    assert [job.rule for job in attacks] == ["attack_shard"] * 3 + ["attack"]
    for job in before + attacks:
        run(job, tmp_path)
    sharded = read_json(target), pd.read_parquet(target.with_suffix(".parquet"))
    _, (whole,) = jobs_of(path, target, 100)
    run(whole, tmp_path)
    assert read_json(target) == sharded[0]
    pd.testing.assert_frame_equal(pd.read_parquet(target.with_suffix(".parquet")), sharded[1])
    assert len(sharded[1]) == 5

    first = target.with_name("deepwordbug.0.json")
    write_json(first, {"rows": read_json(first)["rows"][1:]})
    with pytest.raises(SystemExit):
        run(attacks[-1], tmp_path)
    said = (tmp_path / attacks[-1].log[0]).read_text(encoding="utf-8")
    assert "are not those of this sample" in said and "delete deepwordbug.0.json" in said
