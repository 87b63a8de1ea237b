"""Energies under several cost tables; every figure computed by hand."""

import math

import pandas as pd
import pytest

from spiketext.report.energy import readings as energies
from spiketext.report.energy.rivals import candidates
from spiketext.report.energy.tables import (
    accuracy_energy_table,
    cost_tables,
    energy_table,
    sensitivity_tables,
    terms_table,
)
from spiketext.report.figures.energy_charts import (
    break_even_chart,
    front,
    pareto_chart,
    tables_chart,
    terms_chart,
)
from spiketext.report.prose import summary
from spiketext.report.summary import MEAN, energy_table_frame
from tests.report.over_texts import FINETUNED
from tests.report.over_texts import half as half_width

T2 = 4.302653  # t(2; 0.975)
DENSE, SKIPPING, EVENTS = "dense", "zero-skipping", "event-driven"


@pytest.fixture
def made(study):
    """Fine-tuned at T = 8: 8, 16 and 32 µJ on MR, four times as much on the other; the DNN 4 µJ."""
    return study(
        datasets={"mr": "MR", "other": "Other"},
        seeds=[1, 2, 3],
        methods=["dnn", "lv2023", "quick"],
        energy_growth=2.0,
        energy_elsewhere=4.0,
    )


def test_the_dnn_that_a_spiking_network_was_made_from_is_a_rival(made):
    own, rivals = candidates(made.studies()[0])
    assert {one.series.method for one in own} == {"lv2023", "quick"}
    assert {"dnn", "lv2023"} <= {one.series.method for one in rivals}
    assert all(one.series.is_dnn for one in rivals if one.series.method == "lv2023")


@pytest.fixture
def simple(study):
    """One data set and seed; fine-tuned at T = 8 8 µJ, the DNN 4 µJ."""
    return study().studies()[0]


def series_of(findings, method, stage):
    (found,) = [one for one in findings.series() if (one.method, one.stage) == (method, stage)]
    return found


def points(axes, marker):
    """The points of each line with this marker."""
    lines = [line for line in axes.get_lines() if line.get_marker() == marker]
    return [list(zip(*line.get_data(), strict=True)) for line in lines]


def test_rows_are_those_of_the_main_table_and_the_usual_accounting(simple):
    dnn, finetuned = series_of(simple, "dnn", "dnn"), series_of(simple, "lv2023", "finetuned")
    assert simple.cost_table == "horowitz-fp32"  # though the first rows are another table's
    assert simple.energies(dnn, None) == [4.0]
    assert simple.energies(dnn, None, None, SKIPPING) == [2.0]
    assert simple.energies(finetuned, 8) == [8.0]
    assert simple.energies(finetuned, 8, "flop-sop") == [2.0]
    assert simple.energies(finetuned, 8, None, DENSE) == []
    assert simple.energy_steps(finetuned) == [2, 8]
    assert simple.accountings(dnn) == [DENSE, SKIPPING]
    assert simple.accountings(finetuned) == [EVENTS]


def test_factors_and_their_intervals(made):
    frame = energy_table_frame(made.studies())
    rows = frame.set_index(["dataset", "method", "stage", "accounting", "cost_table"])
    # MR: the seeds' factors are 1/2, 1/4, 1/8; the other set's a quarter of them.
    row = rows.loc["mr", "lv2023", "finetuned", EVENTS, "horowitz-fp32"]
    half = math.exp(T2 * math.log(2) / math.sqrt(3))
    assert (row["factor"], row["factor_low"], row["factor_high"]) == pytest.approx(
        (1 / 4, 1 / 4 / half, half / 4), rel=1e-5
    )
    mean = rows.loc[MEAN, "lv2023", "finetuned", EVENTS, "horowitz-fp32"]
    assert (mean["factor"], mean["factor_low"]) == pytest.approx((1 / 8, 1 / 8 / half), rel=1e-5)
    assert rows.loc[MEAN, "lv2023", "finetuned", EVENTS, "flop-sop"]["factor"] == pytest.approx(1 / 2)
    dense, skipping = (rows.loc[MEAN, "dnn", "dnn", kind, "lemaire-2022"] for kind in (DENSE, SKIPPING))
    assert (dense["factor"], skipping["factor"]) == pytest.approx((1, 2))
    # Accuracies and gaps are those of table.csv: 74, 75.5, 77 % within the seeds, 2, 2.5 and 3 below.
    assert mean["accuracy"] == pytest.approx(0.755)
    assert mean["gap"] == pytest.approx(-0.025)
    over_seeds = T2 * 0.005 / math.sqrt(3)
    assert mean["gap_low"] == pytest.approx(-0.025 - half_width(over_seeds, *FINETUNED.values()))
    assert pd.isna(skipping["gap"])
    assert len(frame) == 3 * (2 * 2 + 2 + 1) * 3


def test_table_of_accuracy_and_energy(made):
    frame = energy_table_frame(made.studies())
    table = accuracy_energy_table(frame, made.names)
    assert table.columns[3:] == [f"{made.names.cost_title(name)}, ×" for name in made.names.cost_tables]
    rows = {row[0]: list(row[1:]) for row in table.rows}
    assert rows["TextCNN (DNN)"] == ["78.0 ± 5.0", "–", "1.00", "1.00", "1.00"]
    assert rows["TextCNN (DNN), zero-skipping"][2:] == ["2.00", "2.00", "2.00"]
    assert rows["SNN-TextCNN, fine-tuned, T = 8"] == [
        "75.5 ± 3.7", "−2.5 ± 2.8", "0.125 [0.022, 0.699]", "0.500 [0.089, 2.797]", "0.250 [0.045, 1.399]",
    ]  # fmt: skip
    notes = " ".join(table.notes)
    assert "95 % t-interval over 3 seeds" in notes
    assert "geometric mean over data sets and seeds" in notes
    titles = ", ".join(map(made.names.cost_title, made.names.cost_tables))
    assert f"SNN-TextCNN, fine-tuned, T = 8 under {titles}" in table.notes[2]
    csv = pd.read_csv(made.summarise()["energy_table"], dtype={"T": "Int64"})
    assert accuracy_energy_table(csv, made.names) == table


def test_only_the_tables_under_which_it_costs_more_are_named(study):
    made = study(energy_at_8=12.0)  # 3, 12 and 6 µJ against 4
    frame = energy_table_frame(made.studies())
    table = accuracy_energy_table(frame, made.names, "mr")
    dearer = table.notes[2]
    assert made.names.cost_title("flop-sop") not in dearer
    assert made.names.cost_title("lemaire-2022") in dearer
    assert set(frame["dataset"]) == {"mr"}
    said = summary(made.studies()[0])[1]
    assert "costs more energy than its own full-precision DNN: 3.00 times as much" in said
    title = made.names.cost_title
    assert said.startswith(f"Under {title('horowitz-fp32')} (arithmetic alone, memory unpriced) it costs")
    assert said.endswith(
        "Against the same DNN under other cost tables: arithmetic alone, memory unpriced: 0.750 times; "
        "memory priced, no reuse: every product reads its weight: 1.50 times."
    )


def test_what_saves_is_said_with_its_table_and_rival(study):
    made = study(energy_at_8=2.0)
    said = summary(made.studies()[0])[1]
    assert "it needs 0.500 times the energy of its own full-precision DNN (2.00 µJ a text" in said
    table = accuracy_energy_table(energy_table_frame(made.studies()), made.names, "mr")
    title = made.names.cost_title
    assert table.notes[1] == (
        f"{title('horowitz-fp32')}, {title('flop-sop')}: arithmetic alone, memory unpriced; "
        f"{title('lemaire-2022')}: memory priced, no reuse: every product reads its weight."
    )
    assert table.notes[2] == "No spiking classifier in this table costs more than its own full-precision DNN."
    assert "reads each weight once a text" in table.notes[3]


@pytest.mark.parametrize("steps, said", [(1, True), (8, False)])
def test_one_step_is_also_a_binary_network(study, steps, said):
    def evaluate(report):
        report["T"] = report["curve"][-1]["T"] = steps

    def price(report):
        for row in report["rows"]:
            row["T"] = steps if row["T"] == 8 else row["T"]

    made = study()
    made.edit("evaluations", evaluate, "finetuned")
    made.edit("energies", price)
    (findings,) = made.studies()
    assert ("it is also a binary network" in summary(findings)[1]) == said


def test_a_quantised_dnn_is_compared_with_one_of_full_precision(study):
    made = study(quantised="lv2023")
    (findings,) = made.studies()
    convertible, finetuned = (series_of(findings, "lv2023", stage) for stage in ("dnn", "finetuned"))
    assert findings.dnn_of(finetuned) == convertible
    assert findings.reference_of(finetuned).method == "dnn"
    assert findings.energy_ratio(convertible, None).value == pytest.approx(1 / 4)
    assert findings.energy_ratio(finetuned, 8).value == pytest.approx(8 / 4)
    frame = energy_table_frame([findings]).set_index(["method", "accounting", "cost_table"])
    assert frame.loc["lv2023", DENSE, "lemaire-2022"]["factor"] == pytest.approx(4)
    assert frame.loc["lv2023", DENSE, "lemaire-2022"]["gap"] == pytest.approx(0)


def test_spikes_per_value_and_break_even(simple, study):
    finetuned = series_of(simple, "lv2023", "finetuned")
    # 2 million accumulates against a million multiply-accumulates.
    assert energies.spikes_per_value(simple, finetuned, 8).value == pytest.approx(2)
    assert energies.spikes_per_value(simple, finetuned, 2).value == pytest.approx(0.5)
    assert energies.break_even(simple, "horowitz-fp32") == pytest.approx(4.6 / 0.9)
    table = cost_tables(simple)
    assert [row[2:] for row in table.rows][:2] == [
        ["4.6", "0.9", "0.9", "1.8", "0.9", "–", "5.11"],
        ["12.5", "0.077", "0.077", "0.154", "0.077", "–", "162"],
    ]
    assert table.rows[2][7] == "10 … 100"


def test_without_spikes_as_input_there_is_no_rate(study):
    def drop(report):
        for row in report["rows"]:
            row["terms"] = [term for term in row["terms"] if term["operation"] != "AC"]

    made = study()
    made.edit("energies", drop)
    (findings,) = made.studies()
    finetuned = series_of(findings, "lv2023", "finetuned")
    assert energies.spikes_per_value(findings, finetuned, 8) is None
    assert all(row[4] == "–" for row in energy_table(findings).rows)
    assert len(break_even_chart(findings).axes) == 1


def test_break_even_figure(simple):
    axes = break_even_chart(simple).axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    for table, level in (("horowitz-fp32", 4.6 / 0.9), ("flop-sop", 12.5 / 0.077)):
        title = simple.names.cost_title(table)
        (line,) = [line for label, line in lines.items() if label.startswith(f"_{title}")]
        assert line.get_ydata() / line.get_xdata() == pytest.approx([1 / level] * 2)
        (said,) = [text for text in axes.texts if " ".join(text.get_text().split()).startswith(title)]
        assert said.xy == (pytest.approx(level), 1)
    assert points(axes, "^") == [[pytest.approx((0.5, 0.5)), pytest.approx((2, 2))]]


def test_sensitivity(simple):
    finetuned = series_of(simple, "lv2023", "finetuned")

    def ratio(operation, scale):
        return energies.scaled_ratio([simple], finetuned, "horowitz-fp32", operation, scale)

    assert ratio("AC", 1.0) == pytest.approx(2)
    # 90 % of its 8 µJ are accumulates, of which the DNN has none; 96 % of the DNN's 4 µJ are MACs.
    assert ratio("AC", 0.5) == pytest.approx((8 - 3.6) / 4)
    assert ratio("AC", 2) == pytest.approx((8 + 7.2) / 4)
    assert ratio("MAC", 0.5) == pytest.approx(8 / (4 - 1.92))
    assert ratio("MAC", 2) == pytest.approx(8 / (4 + 3.84))
    assert ratio("update", 2) == pytest.approx((8 + 0.64) / 4)  # those of both layers
    assert ratio("access", 2) == pytest.approx(2)  # 1 % of both


def test_sensitivity_over_data_sets_is_a_geometric_mean(made):
    found = made.studies()
    finetuned = series_of(found[0], "lv2023", "finetuned")
    # Ratios 2, 4, 8 and 8, 16, 32, with the accumulates' cost halved 0.55 of them.
    assert energies.scaled_ratio(found, finetuned, "horowitz-fp32", "AC", 0.5) == pytest.approx(8 * 0.55)


def test_sensitivity_tables(simple):
    main, memory = sensitivity_tables([simple])
    assert main.columns == [
        "classifier", "as in the table", "multiply-accumulate", "accumulate", "comparison", "neuron update",
        "random number", "memory access",
    ]  # fmt: skip
    rows = {row[0]: row[1:] for row in main.rows}
    assert rows["SNN-TextCNN, fine-tuned, T = 8"][0] == "2.00"
    assert rows["SNN-TextCNN, fine-tuned, T = 8"][2] == "1.10 … 3.80"
    assert len(rows) == 2
    assert simple.names.cost_title("lemaire-2022") in memory.caption


@pytest.mark.parametrize(
    "found, best",
    [
        ([(1, 0.5)], [0]),
        ([(2, 0.8), (1, 0.5), (3, 0.9)], [1, 0, 2]),
        ([(1, 0.8), (2, 0.8), (3, 0.7)], [0]),  # no more accurate for more energy
        ([(1, 0.7), (1, 0.8), (1, 0.8)], [1]),  # of equal ones the first
        ([(4, 0.9), (1, 0.6), (2, 0.55), (3, 0.9)], [1, 3]),
    ],
)
def test_front(found, best):
    assert front(found) == best


def test_front_is_what_nothing_beats():
    found = [((7 * i) % 31, (11 * i) % 37) for i in range(31)]

    def beaten(one):
        return any(a[0] <= one[0] and a[1] >= one[1] and a != one for a in found)

    assert [found[place] for place in front(found)] == sorted(one for one in found if not beaten(one))


def test_pareto_figure(simple):
    axes = pareto_chart(simple).axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    # DNN 76 % at 4 µJ, skipping zeros at 2; fine-tuned 60 % at 2 and 74 % at 8: only the DNN is on the front.
    assert list(lines["_Pareto front"].get_xdata()) == pytest.approx([2, 8])
    assert list(lines["_Pareto front"].get_ydata()) == pytest.approx([76, 76])
    assert points(axes, "^") == [[pytest.approx((2, 60)), pytest.approx((8, 74))]]
    assert [text.get_text() for text in axes.texts] == []


def test_pareto_figure_of_several_data_sets(made):
    mean = pareto_chart(*made.studies()).axes[0]
    # √(16 · 64) µJ and 75.5 %.
    assert points(mean, "^")[0][1] == pytest.approx((32, 75.5))


def test_each_point_of_the_front_has_its_steps(study):
    (findings,) = study(energy_at_8=1.0).studies()
    # Converted and fine-tuned are equal at T = 2, so one label each for T = 2 and T = 8.
    assert [text.get_text() for text in pareto_chart(findings).axes[0].texts] == ["2", "8"]


def spent(*rows, seeds=1):
    """Terms of energies, as `Study.spent` gives them."""
    columns = ["layer", "operation", "role", "energy_uj"]
    return pd.DataFrame([[*row, seed] for seed in range(seeds) for row in rows], columns=[*columns, "seed"])


def test_terms_of_the_bars():
    """By role; of `input` and `layer` each layer is one, in the order of the work, in its own words."""
    dnn = spent(
        ("embedding", "look-up", "input", 1.0),
        ("convolution", "compare", "neurons", 2.0),
        ("bias", "AC", "bias", 3.0),
        ("convolution", "MAC", "layer", 4.0),
        ("readout", "MAC", "layer", 5.0),
    )
    own = spent(
        ("encoder", "update", "input", 1.0),
        ("hidden neurons", "update", "neurons", 2.0),
        ("hidden neurons", "access", "memory", 3.0),
        ("input → words", "AC", "layer", 4.0),
        ("hidden neurons", "multiply", "neurons", 0.5),
        seeds=2,
    )
    updates = ("neurons", "neuron updates, ReLU")
    assert energies.parts(own) == {
        ("input", "encoder"): 1.0, updates: 2.5, ("memory", "memory"): 3.0, ("layer", "input → words"): 4.0,
    }  # fmt: skip
    assert energies.terms_in_order([dnn, own]) == [
        ("input", "embedding"), ("input", "encoder"), ("layer", "convolution"), ("layer", "read-out"),
        ("layer", "input → words"), updates, ("bias", "bias"), ("memory", "memory"),
    ]  # fmt: skip


def test_a_network_of_other_layers_stands_in_tables_and_figures(study):
    """With its own names; it has a T·r, but no place at the lines of the break-even, which are of the DNN's
    synapses."""

    def rename(report):
        for row in report["rows"]:
            for term in row["terms"] if row["stage"] == "finetuned" else ():
                term["layer"] = {"convolution": "input → words", "readout": "hidden → back"}.get(
                    term["layer"], term["layer"]
                )
                if term["by_value"] is not None:
                    term["per_sentence"] /= 2  # half as many synapses for each value
            if row["stage"] == "finetuned":
                more = {"layer": "hidden → back", "operation": "AC", "role": "layer", "per_sentence": 1.0}
                row["terms"].append({**more, "rate": 0.1, "by_value": None, "energy_uj": 0.1})

    made = study()
    made.edit("energies", rename)
    (findings,) = made.studies()
    finetuned = series_of(findings, "lv2023", "finetuned")
    assert energies.spikes_per_value(findings, finetuned, 8).value == pytest.approx(2)
    rows = [row[1:3] for row in terms_table(findings).rows if row[0] == finetuned.at(8)]
    assert ["input → words", "AC"] in rows and ["hidden → back", "AC"] in rows
    labels = {label.get_text() for label in terms_chart(findings).axes[1].get_xticklabels()}
    assert {"input → words", "hidden → back", "convolution"} <= labels
    assert not energies.shares_first_synapses(findings, finetuned, 8)
    assert points(break_even_chart(findings).axes[0], "s") == []


def test_bars_add_up(simple):
    finetuned = series_of(simple, "lv2023", "finetuned")
    parts = energies.parts(simple.spent(finetuned, 8))
    assert parts == pytest.approx({
        ("input", "encoder"): 0.08, ("layer", "convolution"): 7.2,
        ("neurons", "neuron updates, ReLU"): 0.64, ("memory", "memory"): 0.08,
    })  # fmt: skip
    figure = terms_chart(simple)
    energy, share = figure.axes
    assert max(bar.get_width() for bar in energy.patches) == pytest.approx(8)
    assert "8.00 µJ, 2.00 ×" in [text.get_text() for text in energy.texts]
    cells = share.collections[0].get_array().tolist()
    assert [sum(row) for row in cells] == pytest.approx([100] * len(cells))
    finetuned_row = [label.get_text() for label in energy.get_yticklabels()].index(finetuned.at(8))
    assert cells[finetuned_row] == pytest.approx([1, 90, 8, 1])
    assert [label.get_text() for label in energy.get_yticklabels()][:2] == [
        "TextCNN (DNN)", "TextCNN (DNN), zero-skipping",
    ]  # fmt: skip


def test_figure_of_the_cost_tables(made):
    panels = tables_chart(*made.studies()).axes
    labels = [label.get_text() for label in panels[0].get_yticklabels()]
    assert "TextCNN (DNN)" not in labels  # it is the line at 1
    place = labels.index("SNN-TextCNN, fine-tuned, T = 8")
    found = [points(axes, "^") for axes in panels]
    assert found == [[[pytest.approx((ratio, place))]] for ratio in (8.0, 2.0, 4.0)]


def test_where_the_energy_goes(simple):
    rows = [row for row in terms_table(simple).rows if row[0] == "SNN-TextCNN, fine-tuned, T = 8"]
    assert [row[1:3] for row in rows] == [
        ["encoder", "draw"], ["convolution", "AC"], ["convolution", "update"], ["pooling", "update"],
        ["read-out", "access"],
    ]  # fmt: skip
    assert rows[1][3:] == ["2,000,000", "0.3000", "7.20"]
    assert rows[2][4] == "–"  # a neuron's update has no presynaptic neuron


def test_a_tabulated_first_layer_is_named_as_a_rival(study):
    """8 µJ against 1 µJ; 1.5 with a table of its own. In tables and figures it is a way of counting."""
    made = study(tabulated=1.0)
    findings = made.studies()[0]
    said = summary(findings)[1]
    assert "needs 8.00 times the energy; with such a table of its own, 1.50 times." in said
    labels = [reading.label for reading in energies.detailed(findings)]
    assert "SNN-TextCNN, fine-tuned, T = 8" in labels
    assert "SNN-TextCNN, fine-tuned, T = 8, tabulated" in labels
    frame = energy_table_frame(made.studies())
    notes = accuracy_energy_table(frame, made.names, "mr").notes
    assert not any("whose first layer is tabulated" in note for note in notes)
    assert any("smaller DNNs" in note for note in notes)
    assert "read from a table" not in summary(study("plain").studies()[0])[1]
