"""The CSV files."""

import pytest

from spiketext.attack.metrics import BUDGETS, QUERIES
from spiketext.attack.metrics import summarise as summary_of
from spiketext.report.frames import frame_of
from spiketext.report.study import Study
from spiketext.report.summary import attack_frame
from spiketext.report.tables import attack_table

ATTACK_HEADER = (
    "dataset,method,stage,recipe,mode,seed,budget,n,clean_accuracy,after_attack_accuracy,success_rate,"
    "mean_queries,mean_changed,similarity,area,area_low,area_high"
)

ROWS = (*BUDGETS, *(f"{most} queries" for most in QUERIES))


@pytest.fixture
def summarise(study):
    def run(**settings):
        paths = study(**settings).summarise()
        return {name: path.read_text().splitlines() for name, path in paths.items()}

    return run


def test_columns_and_rows(summarise):
    tables = summarise()
    assert tables["accuracy"] == [
        "dataset,method,stage,T,seed,dev_accuracy,dev_macro_f1,test_accuracy,macro_f1,n_test,draws,draw_sd",
        "mr,dnn,dnn,,1,0.77,0.76,0.76,0.75,200,1,",
        "mr,lv2023,dnn,,1,0.77,0.76,0.76,0.75,200,1,",
        "mr,lv2023,converted,2,1,0.61,0.6,0.6,0.59,200,1,",
        "mr,lv2023,converted,8,1,0.7,0.69,0.69,0.6799999999999999,200,1,",
        "mr,lv2023,finetuned,2,1,0.61,0.6,0.6,0.59,200,1,",
        "mr,lv2023,finetuned,8,1,0.75,0.74,0.74,0.73,200,1,",
    ]
    assert tables["energy"][:4] == [
        "dataset,method,stage,T,seed,accounting,cost_table,energy_uj,dnn_energy_uj",
        "mr,dnn,dnn,,1,dense,flop-sop,4.0,4.0",
        "mr,dnn,dnn,,1,zero-skipping,flop-sop,2.0,4.0",
        "mr,dnn,dnn,,1,dense,horowitz-fp32,4.0,4.0",
    ]
    # Two DNNs in two accountings, two spiking stages at two T, under three cost tables.
    assert len(tables["energy"]) == 1 + (2 * 2 + 2 * 2) * 3
    assert "mr,lv2023,converted,2,1,event-driven,lemaire-2022,1.0,4.0" in tables["energy"]
    ends = [row.rpartition(",0.65,")[2].split(",") for row in tables["attack"][1:]]
    # Of 50 texts 10 are wrong, 15 fall at half of the share: a mean of 0.65, a deviation of 0.3905.
    for low, high in ends:
        assert (float(low), float(high)) == pytest.approx((0.65 - 0.108, 0.65 + 0.108), abs=0.012)
    left = (0.7, 0.6, 0.65, 0.5, 0.3, 0.2, 0.8, 0.6, 0.3, 0.25, 0.2)
    assert [row.rpartition(",0.65,")[0] for row in tables["attack"]][1:] == [
        *(
            f"mr,{method},{stage},pwws,fixed,1,{budget},50,0.8,{accuracy},0.75,31.5,0.1,"
            for method, stage in (("dnn", "dnn"), ("lv2023", "finetuned"))
            for budget, accuracy in zip(ROWS, left, strict=True)
        ),
    ]


def test_a_row_for_every_seed(summarise):
    tables = summarise(seeds=[1, 5])
    assert len(tables["accuracy"]) == 1 + 2 * 6
    assert [row.split(",")[4] for row in tables["accuracy"][1:]].count("5") == 6


def test_comparison_of_one_data_set_and_seed(summarise):
    header, dnn, convertible, converted, finetuned = summarise()["table"]
    assert header == (
        "dataset,method,stage,T,n_seeds,n_test,mean,sd,draws,draw_sd,low,high,gap_mean,gap_low,gap_high,standing,"
        "published,published_error,mark,p,verdict"
    )
    assert dnn.startswith("mr,dnn,dnn,,1,200,0.76,,1,,0.69")
    assert ",,,,,0.7741,0.0128" in dnn
    assert dnn.endswith(",not told apart")
    assert convertible.endswith(",,,,,,,,,")  # not among the published
    assert converted.startswith("mr,lv2023,converted,8,1,200,0.69,,1,,")
    assert finetuned.startswith("mr,lv2023,finetuned,8,1,200,0.74,,1,,")
    assert ",undecided,0.7545,0.01318" in finetuned
    assert finetuned.endswith(",not told apart")


def test_without_attacks_only_the_header(summarise):
    assert summarise(attacks=False)["attack"] == [ATTACK_HEADER]


def test_the_similarity_of_what_fell_stands_beside_its_budget(study):
    """Of each attack its own, in attack.csv and at the headline in the report; a dash where none fell."""
    made = study()
    rows = [
        {"method": method, "stage": stage, "recipe": "pwws", "mode": "fixed", "similarity": values}
        for method, stage, values in (
            ("dnn", "dnn", {budget: 0.9 - 0.1 * place for place, budget in enumerate(BUDGETS)}),
            ("lv2023", "finetuned", dict.fromkeys(BUDGETS)),
        )
    ]
    report = {"dataset": "mr", "seed": 1, "rows": rows}
    made.similarities.append(made.json(made.folder / "mr/similarity/seed1.json", report))
    (found,) = made.studies()
    values = attack_frame(found).set_index(["method", "budget"])["similarity"]
    assert values["dnn", "1 word"] == pytest.approx(0.9)
    assert values["dnn", "10 %"] == pytest.approx(0.6)
    assert values["lv2023"].isna().all()
    table = attack_table(found)
    assert table.columns[-1] == "similarity, %"
    assert [row[-1] for row in table.rows] == ["60.0", "–"]
    assert any("Universal Sentence Encoder" in note for note in table.notes)
    made.similarities.clear()
    (without,) = made.studies()
    assert attack_table(without).columns[-1] == "queries a text"
    assert not any("Universal Sentence Encoder" in note for note in attack_table(without).notes)


def test_shares_of_nothing_are_empty(study):
    row = {"dataset": "mr", "method": "dnn", "stage": "dnn", "recipe": "pwws", "mode": "fixed", "seed": 1}
    skipped = {"result": "skipped", "queries": 1, "changed": 0, "words": 4, "right": 0.0, "held": 0.0}
    row |= summary_of([skipped] * 3)
    found = Study(study().names, frame_of("accuracy"), attacks=frame_of("attacks", [row]))
    assert (
        attack_frame(found).to_csv(index=False).splitlines()[1]
        == "mr,dnn,dnn,pwws,fixed,1,1 word,3,0.0,0.0,,,,,0.0,,"
    )
