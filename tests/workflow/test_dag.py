"""The whole DAG on a tiny study, through Snakemake itself, without network."""

import json
import os
import re
import shlex
import sys
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from spiketext.attack.metrics import BUDGETS, QUERIES
from spiketext.files import read_json
from tests.snakemake_run import snakemake as run_snakemake
from tests.workflow.tiny import overlay, write_study

COLUMNS = {
    "accuracy": "dataset,method,stage,T,seed,dev_accuracy,dev_macro_f1,test_accuracy,macro_f1,n_test,draws,"
    "draw_sd",
    "energy": "dataset,method,stage,T,seed,accounting,cost_table,energy_uj,dnn_energy_uj",
    "attack": "dataset,method,stage,recipe,mode,seed,budget,n,clean_accuracy,after_attack_accuracy,"
    "success_rate,mean_queries,mean_changed,similarity,area,area_low,area_high",
    "transfer": "dataset,method,stage,seed,source_method,source_stage,mode,recipe,target_mode,found,n,"
    "transfer_rate,low,high,unchanged_rate",
    "pairs": "dataset,first,second,seeds,n,difference,low,high",
    "attack_pairs": "dataset,recipe,mode,relation,first,second,seeds,n,errors,budget,held_first,held_second,"
    "difference,low,high,only_first,only_second,p,p_holm,verdict,clean_first,clean_second,clean_difference,"
    "clean_low,clean_high,both_right,fell_first,fell_second,fell_difference,fell_low,fell_high,area_first,"
    "area_second,area_difference,area_low,area_high",
}


OFFLINE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}
snakemake = partial(run_snakemake, environment=OFFLINE)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The finished study: its folder and configuration."""
    folder = tmp_path_factory.mktemp("study")
    path = write_study(folder)
    said = snakemake("--cores", "2", "--configfile", path, cwd=folder).stderr
    # The interpreter by its path, as the shell need not have activated its environment.
    used = next(line for line in said.splitlines() if line.startswith("Use a network: "))
    assert Path(shlex.split(used)[3]).samefile(Path(sys.prefix, "bin", "python"))
    return folder, path


@pytest.mark.slow
def test_the_whole_dag_makes_the_tables_and_the_report(study):
    """Columns as documented, a row for each stage and step, SNN above chance."""
    folder, _ = study
    summary = {name: pd.read_csv(folder / "results" / "summary" / f"{name}.csv") for name in COLUMNS}
    for name, columns in COLUMNS.items():
        assert ",".join(summary[name].columns) == columns
    accuracy = summary["accuracy"].set_index(["dataset", "method", "stage", "T"]).sort_index()
    for dataset in ("tiny_en", "tiny_zh"):
        for step in (1, 4, 8):
            assert (dataset, "lv2023", "converted", step) in accuracy.index
        finetuned = accuracy.loc[(dataset, "lv2023", "finetuned", 8)]
        assert finetuned.n_test == 32
        assert finetuned.test_accuracy > 0.7
        fitted = accuracy.loc[(dataset, "tf-idf", "fitted")]
        assert (fitted.test_accuracy > 0.9).all()
    assert set(summary["attack"].recipe) == {"deepwordbug", "chinese-character-swap"}
    assert len(summary["attack"]) == 6 * len(
        [*BUDGETS, *QUERIES]
    )  # two DNNs and a spiking network on each data set
    assert list(summary["attack_pairs"].relation) == ["its DNN", "another", "another"] * 2  # on each data set
    assert set(summary["attack_pairs"].n) == {3}
    assert (summary["energy"].energy_uj > 0).all()
    replays = summary["transfer"]
    assert set(zip(replays.source_stage, replays.stage, strict=True)) == {
        ("dnn", "finetuned"), ("finetuned", "dnn"),
    }  # fmt: skip
    assert set(replays.dataset) == {"tiny_en", "tiny_zh"}
    assert (replays.n <= replays.found).all()
    drawn = replays[replays.source_stage == "dnn"].groupby(["dataset", "recipe"]).target_mode.agg(list)
    assert all(modes == ["fixed", "redrawn"] for modes in drawn)
    assert set(replays[replays.source_stage == "finetuned"].target_mode) == {"fixed"}
    report = (folder / "results" / "report.html").read_text(encoding="utf-8")
    assert "estimate, not a measurement" in report
    assert "Tiny Chinese" in report


@pytest.mark.slow
def test_a_second_run_does_nothing(study):
    """Also after the files' dates have been looked at by a plain dry run."""
    folder, path = study
    for arguments in (("-n",), ("--cores", "1")):
        said = snakemake(*arguments, "--configfile", path, cwd=folder)
        assert "Nothing to be done" in said.stdout + said.stderr


@pytest.mark.slow
def test_an_attack_is_asked_for_by_its_recipe(study):
    """Its figures are those on the method's last stage."""
    folder, path = study
    attacks = folder / "results/tiny_en/lv2023/seed7/attack"
    snakemake("--cores", "1", "--configfile", path, "--", attacks / "deepwordbug.json", cwd=folder)
    short = read_json(attacks / "deepwordbug.json")
    assert short["stage"] == "finetuned"
    assert short == read_json(attacks / "finetuned/fixed/deepwordbug.json")
    (attacks / "deepwordbug.json").unlink()


@pytest.mark.slow
def test_a_changed_attack_retrains_nothing(study):
    """Only attacks and what reads them would run again."""
    folder, path = study
    other = overlay(path, attack={"sample": 4})
    said = snakemake("-n", "--configfile", path, other, cwd=folder)
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said.stdout + said.stderr, flags=re.MULTILINE))
    assert counts.pop("total")
    assert counts.pop("attack") == "6"
    assert counts.pop("transfer") == "2"
    assert set(counts) == {"summarise", "figure_attack", "figure_overview", "report", "all"}


@pytest.mark.slow
def test_white_box_attacks_train_nothing_and_make_a_table(study):
    """On the stages that recipes attack; the report would be written anew, the recipes not run again."""
    folder, path = study
    other = overlay(path, datasets=["tiny_en"], attack={"white_box": ["hotflip", "pgd"]})
    said = snakemake("-n", "--configfile", path, other, cwd=folder)
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said.stdout + said.stderr, flags=re.MULTILINE))
    assert counts["white_box"] == "6"  # of three networks
    assert not {"attack", "dnn", "finetune", "evaluate"} & set(counts)
    table = folder / "results" / "summary" / "white_box.csv"
    snakemake("--cores", "2", table, "--configfile", path, other, cwd=folder)
    found = pd.read_csv(table)
    stages = {("dnn", "dnn"), ("lv2023", "dnn"), ("lv2023", "finetuned")}
    for kind in ("hotflip", "pgd"):
        own = found[found["kind"] == kind]
        assert set(zip(own["method"], own["stage"], strict=True)) == stages
        for _, one in own[own["member"] == "worst case"].groupby(["method", "stage"]):
            assert one["after_attack_accuracy"].between(0, one["clean_accuracy"].iloc[0]).all()
    assert {"own, margin", "random noise"} < set(found["member"])
    compared = found.dropna(subset="gap")[["kind", "method", "stage", "member"]].to_numpy().tolist()
    assert compared == [[kind, "lv2023", "finetuned", "worst case"] for kind in ("hotflip", "pgd")]
    table.unlink()  # the studies after this one have none


@pytest.mark.slow
def test_snakemakes_own_report(study):
    """`--report`, offline, with the captions."""
    folder, path = study
    snakemake("--report", folder / "own.html", "--configfile", path, cwd=folder)
    text = (folder / "own.html").read_text(encoding="utf-8")
    assert "Tiny English" in text
    assert len(text) > 100_000


@pytest.mark.slow
def test_one_target_and_any_number_of_cores_give_the_same_bits(study, tmp_path):
    """A single stage, alone, on one core, elsewhere."""
    folder, path = study
    other = overlay(path, results=str(tmp_path / "again"))
    target = "tiny_en/lv2023/seed7/finetuned.safetensors"
    snakemake("--cores", "1", tmp_path / "again" / target, "--configfile", path, other, cwd=tmp_path)
    again = (tmp_path / "again" / target).read_bytes()
    assert again == (folder / "results" / target).read_bytes()


@pytest.mark.slow
def test_a_learned_encoder_keeps_its_budget_and_a_quantised_dnn_stands_beside_it(study):
    """From training to raster and attack; the account says what was saved."""
    folder, path = study
    small = {"epochs": 3, "batch_size": 16, "learning_rate": 0.01}
    signed = {"inputs": {"transform": "standardised"}}
    sparse = {
        **signed,
        "network": {"channels": 8},
        "training": small,
        "conversion": {
            "encoder": {"kind": "learned"},
            "rule": {"kind": "percentile", "percentile": 90},
            "pooled_neurons": False,
            "steps": [1, 2],
        },
        "finetuning": {
            **small,
            "epochs": 4,
            "steps": 2,
            "objective": {"kind": "spike-budget", "spikes": 0.3},
        },
    }
    quantised = {**signed, "network": {"channels": 8, "levels": 2}, "training": small}
    other = overlay(
        path,
        datasets=["tiny_en"],
        methods=["dnn", "sparse", "quantised"],
        define={"methods": {"sparse": sparse, "quantised": quantised}},
    )
    results = folder / "results/tiny_en"
    wanted = ("sparse/seed7/energy.json", "sparse/seed7/raster/raster.svg", "quantised/seed7/energy.json")
    attack = results / "sparse/seed7/attack/finetuned/fixed/deepwordbug.json"
    targets = [*(results / name for name in wanted), attack]
    snakemake("--cores", "2", "--configfile", path, other, "--", *targets, cwd=folder)
    rows = json.loads((results / "sparse/seed7/energy.json").read_text())["rows"]
    key = ("finetuned", 2, "horowitz-fp32", "event-driven")
    (own,) = [row for row in rows if (row["stage"], row["T"], row["cost_table"], row["accounting"]) == key]
    (synapses,) = [t for t in own["terms"] if (t["layer"], t["operation"]) == ("convolution", "AC")]
    assert 0 < synapses["rate"] * 2 * 2 < 0.3 * 1.2  # two steps, two polarities; 20 % for the test set
    assert own["energy_uj"] < own["dnn_energy_uj"] / 5
    evaluation = json.loads((results / "sparse/seed7/evaluation/finetuned.json").read_text())
    assert evaluation["curve"][-1]["test_accuracy"] > 0.7
    assert {layer["name"] for layer in evaluation["layers"]} == {"input", "convolution"}
    rows = json.loads((results / "quantised/seed7/energy.json").read_text())["rows"]
    assert {row["accounting"] for row in rows} == {"dense", "zero-skipping", "tabulated"}


def test_only_what_draws_spikes_is_attacked_in_several_modes(tmp_path):
    """A dry run: a job for each mode of the stochastic network, one for each DNN and for even spikes."""
    path = write_study(tmp_path)
    even = {"dnn": "lv2023", "conversion": {"steps": [2], "encoder": {"kind": "deterministic-rate"}}}
    modes = ["fixed", "fresh", "expectation", "vote", "patient"]
    counts = {}
    for given, replayed in ((modes, True), (["vote"], False)):
        other = overlay(
            path,
            datasets=["tiny_en"],
            methods=["dnn", "lv2023", "even"],
            attack={"english": ["deepwordbug"], "modes": given, "transfer": replayed},
            define={"methods": {"even": even}},
        )
        said = snakemake("-n", "--configfile", path, other, cwd=tmp_path).stdout
        counts[len(given)] = dict(re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE))
        for mode in given:
            assert f"lv2023/seed7/attack/finetuned/{mode}/deepwordbug.json" in said
        assert "even/seed7/attack/converted/fixed/deepwordbug.json" in said
    assert counts[5]["attack"] == "8"
    assert counts[5]["transfer"] == "2"
    assert counts[1]["attack"] == "4"
    assert "transfer" not in counts[1]


def test_texts_of_an_attack_are_shared_by_jobs(tmp_path):
    """A dry run: shards where there are more texts than a job takes, and a job that collects their rows."""
    path = write_study(tmp_path)
    counts = {}
    for sample in (5, 11):
        other = overlay(path, datasets=["tiny_en"], attack={"sample": sample, "shard": 5})
        said = snakemake("-n", "--configfile", path, other, cwd=tmp_path).stdout
        counts[sample] = dict(re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE))
    assert counts[5]["attack"] == counts[11]["attack"] == "3"
    assert "attack_shard" not in counts[5]
    assert counts[11]["attack_shard"] == "9"


def test_methods_that_share_a_dnn_train_it_once(tmp_path):
    """A dry run: one training for each data set, seed and DNN; no stage of a DNN for the others."""
    path = write_study(tmp_path)
    shared = {"dnn": "lv2023", "conversion": {"steps": [2]}}
    other = overlay(
        path,
        methods=["dnn", "lv2023", "a", "b"],
        seeds=[7, 8],
        attack={"english": [], "chinese": []},
        define={"methods": {"a": shared, "b": {**shared, "finetuning": {"steps": 2}}}},
    )
    said = snakemake("-n", "--configfile", path, other, cwd=tmp_path)
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said.stdout, flags=re.MULTILINE))
    assert {rule: int(counts[rule]) / 4 for rule in ("train_dnn", "convert", "finetune", "evaluate")} == {
        "train_dnn": 2,
        "convert": 3,
        "finetune": 2,
        "evaluate": 1 + 3 + 1 + 2 + 2,  # and two baselines
    }
    none = snakemake(
        "-n", tmp_path / "results/tiny_en/a/seed7/dnn.safetensors", "--configfile", path, other,
        cwd=tmp_path, check=False,
    )  # fmt: skip
    assert "MissingRuleException" in none.stdout + none.stderr


BAD = [
    ({"sedes": [1]}, "unknown key `sedes`; did you mean `seeds`?"),
    ({"define": {"methods": {"lv2023": {"finetuning": {"steps": 0}}}}}, "greater than or equal to 1"),
    ({"attack": {"english": ["pwss"]}}, "did you mean `pwws`?"),
    ({"attack": {"modes": ["vote", "vote"]}}, "names a mode twice"),
    ({"attack": {"modes": ["noisy"]}}, "attack.modes"),
    ({"seeds": ["one"]}, "not 'one'"),
    (
        {"define": {"methods": {"lv2023": {"conversion": {"coding": "rat"}}}}},
        "needs `kind`: one of",
    ),
    (
        {"define": {"methods": {"lv2023": {"conversion": {"encoder": {"kind": "rat"}}}}}},
        "needs `kind`: one of",
    ),
]


@pytest.mark.parametrize(("values", "message"), BAD)
def test_a_wrong_configuration_is_one_line_before_anything_runs(tmp_path, values, message):
    """From Snakemake itself, with the file's name."""
    path = write_study(tmp_path)
    other = overlay(path, **values)
    said = snakemake("-n", "--configfile", path, other, cwd=tmp_path, check=False)
    assert said.returncode != 0
    lines = [line for line in (said.stdout + said.stderr).splitlines() if message in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"{other}: ")
    assert "Traceback" not in said.stderr


@pytest.mark.slow
def test_own_files_count_by_what_is_in_them(tmp_path):
    """A file replaced by an older one is read again, labels in another order too, and nothing else."""
    path = write_study(tmp_path)
    target = tmp_path / "results/tiny_en/text/tokens.safetensors"
    data = tmp_path / "english.csv"

    def planned():
        said = snakemake("-n", "--configfile", path, "--", target, cwd=tmp_path)
        return "tokenise" in said.stdout

    snakemake("--cores", "1", "--configfile", path, "--", target, cwd=tmp_path)
    assert not planned()
    rows = data.read_bytes()
    data.write_bytes(rows.replace(b"dull", b"drab"))
    os.utime(data, (1_600_000_000, 1_600_000_000))
    assert planned()
    data.write_bytes(rows)
    os.utime(data, (1_600_000_000, 1_600_000_000))
    assert not planned()
    given = path.read_text(encoding="utf-8")
    swapped = given.replace("      - negative\n      - positive", "      - positive\n      - negative", 1)
    assert swapped != given
    path.write_text(swapped, encoding="utf-8")
    assert planned()


@pytest.mark.slow
def test_a_smaller_study_leaves_nothing_of_the_larger(study):
    """The same study with one data set, one method and no attack; it ran last in this folder."""
    folder, path = study
    results = folder / "results"
    assert json.loads((results / "study.json").read_text())["config_files"] == ["config.yaml"]
    assert (results / "summary" / "overview.svg").exists()
    assert (results / "tiny_en" / "figures" / "attack.svg").exists()
    assert (results / "tiny_en" / "figures" / "robustness.svg").exists()
    before = json.loads((results / "summary" / "provenance.json").read_text())["time"]
    other = overlay(
        path,
        datasets=["tiny_en"],
        methods=["dnn"],
        baselines=[],
        attack={"english": [], "chinese": [], "sample": 3},
    )
    snakemake("--cores", "2", "--configfile", path, other, cwd=folder)
    after = json.loads((results / "summary" / "provenance.json").read_text())["time"]
    # Reading, vectors, split, DNN, evaluation, energy, figures, summary; the report and the model card count
    # where a former run has made them.
    assert 8 <= int(after.split()[0]) <= 10
    assert int(before.split()[0]) > 30
    assert not list((results / "summary").glob("*.svg"))
    figures = {file.stem for file in (results / "tiny_en" / "figures").iterdir()}
    assert figures == {"brief", "accuracy", "energy", "energy-tables", "pareto", "fronts"}


def test_bad_data_ends_in_one_line_and_leaves_nothing(tmp_path):
    """One class only: the rule fails, names the file, also at the very end, and no output is left."""
    path = write_study(tmp_path)
    table = pd.read_csv(tmp_path / "english.csv")
    table[table.verdict == "positive"].to_csv(tmp_path / "english.csv", index=False)
    said = snakemake(
        "--cores",
        "1",
        tmp_path / "results/tiny_en/text/corpus.parquet",
        "--configfile",
        path,
        cwd=tmp_path,
        check=False,
    )
    assert said.returncode != 0
    errors = [line for line in said.stderr.splitlines() if line.startswith("ERROR rule")]
    *_, last, goes_on = said.stderr.splitlines()
    assert errors == [last, last], "where it happens, and below all that Snakemake says"
    assert goes_on == "What is finished is kept: the same command goes on from there."
    assert "english.csv" in errors[0] or "tiny_en" in errors[0]
    left = [p.name for p in (tmp_path / "results" / "tiny_en").rglob("*") if p.is_file()]
    assert left == []
