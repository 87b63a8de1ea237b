"""From raw measurements to the figures of `latest.json`: medians of ratios, floors, bars."""

from statistics import mean, median
from typing import Any

BARS = {"train_ratio": 10.0, "inference_ratio": 10.0, "memory_ratio": 0.25, "dnn_inference_ratio_T4": 1.5}
AT_LEAST = ("train_ratio", "inference_ratio")  # the others must not be larger than their bar
# How far apart the two implementations may be, relatively. Scores and losses come from weights as they are,
# where rounding makes single spikes differ; outputs and gradient from weights that round nowhere.
TOLERANCE = {"outputs": 1e-5, "gradient": 1e-4, "scores": 5e-2, "losses": 2e-2}


def ratios(times: dict[str, list[float]], of: str, to: str) -> float:
    """Median of the ratios turn by turn; the first turn warmed up."""
    return median(a / b for a, b in zip(times[of][1:], times[to][1:], strict=True))


def speed(found: dict[str, Any], other: str = "textbook") -> dict[str, float]:
    """Times and ratios of training or inference on one data set, ours and another's."""
    seconds, inputs = found["seconds"], found["inputs"]
    whole = {name: [a + b for a, b in zip(seconds[name], inputs[name], strict=True)] for name in seconds}
    return {
        "ratio": ratios(seconds, other, "ours"),
        "ratio_with_input": ratios(whole, other, "ours"),
        **{f"{name}_seconds": median(seconds[name][1:]) for name in seconds},
        **{f"{name}_input_seconds": median(inputs[name][1:]) for name in inputs},
    }


def floor(found: dict[str, Any], passes: int, peak: float) -> dict[str, float]:
    """The arithmetic of training (two passes) or inference (one), and what the peak makes of it.

    Args:
        found: raw measurements.
        passes: products with the kernels of a whole step.
        peak: GFLOP/s.
    """
    flop = {
        key: median(row[key] for row in found["sums"][1:]) * passes / 1e9
        for key in ("textbook_flop", "unpadded_flop", "ours_flop")
    }
    seconds = {name: median(values[1:]) for name, values in found["seconds"].items()}
    least = flop["ours_flop"] / peak
    return {
        **{f"{key.removesuffix('_flop')}_gflop": value for key, value in flop.items()},
        "textbook_floor_seconds": flop["textbook_flop"] / peak,
        "ours_floor_seconds": least,
        "ratio_at_equal_efficiency": flop["textbook_flop"] / flop["ours_flop"],
        "ratio_if_ours_ran_at_peak": seconds["textbook"] / least,
        "textbook_peak_share": flop["textbook_flop"] / seconds["textbook"] / peak,
        "ours_peak_share": least / seconds["ours"],
    }


def agreement(raw: dict[str, Any], other: str = "textbook") -> dict[str, float]:
    """How far apart the two implementations are."""
    losses = raw["training"]["losses"]
    pairs = zip(losses["ours"], losses[other], strict=True)
    return {
        **raw["training"]["agreement"],
        "scores": max(raw["inference"]["apart"]),
        "losses": max(abs(a - b) / b for a, b in pairs),
    }


def of_peers(raw: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Figures of each package on one data set."""
    return {
        name: {
            "training": speed(one["training"], name),
            "inference": speed(one["inference"], name),
            "agreement": agreement(one, name),
        }
        for name, one in raw.items()
    }


def beside_dnn(raw: dict[str, Any]) -> dict[str, float]:
    """Spiking inference at T = 4 in DNN inferences, for both sizes of batches."""
    return {
        f"{key}{suffix}": ratios(raw["against_dnn"][batches], "spiking", to)
        for key, to in (("dnn", "dnn"), ("textbook_dnn", "textbook dnn"))
        for suffix, batches in (("", "batch 32"), ("_own_batches", "own batches"))
    }


def of_dataset(raw: dict[str, Any], peak: float) -> dict[str, Any]:
    """All figures of one data set in one environment."""
    inference = speed(raw["inference"])
    own = mean(raw["inference"]["seconds"]["textbook"][1:]) / raw["inference"]["own_batches"]
    return {
        "training": speed(raw["training"]),
        "inference": inference | {"ratio_own_batches": own},
        "dnn_T4": beside_dnn(raw),
        "agreement": agreement(raw),
        "batches": _batches(raw["training"]["sums"]),
        "floor_training": floor(raw["training"], passes=2, peak=peak),
        "floor_inference": floor(raw["inference"], passes=1, peak=peak),
    }


def _batches(sums: list[dict[str, float]]) -> dict[str, float]:
    keys = ("longest", "tokens", "distinct")
    return {key: median(row[key] for row in sums[1:]) for key in keys}


def memory(peaks: dict[str, dict[str, float]]) -> dict[str, float]:
    """Peak memory of both sides in MiB, and ours as a share of the textbook's."""
    return {
        **{f"{name}_{work}_mib": peaks[name][work] for name in peaks for work in peaks[name]},
        "ratio": peaks["ours"]["training"] / peaks["textbook"]["training"],
        "inference_ratio": peaks["ours"]["inference"] / peaks["textbook"]["inference"],
    }


def headline(datasets: dict[str, dict[str, Any]]) -> dict[str, float]:
    """One figure a bar, always that of the worse data set (and, beside the DNN, of the worse batch size)."""
    rows = list(datasets.values())
    dnn = [row["dnn_T4"] for row in rows]
    return {
        "train_ratio": min(row["training"]["ratio"] for row in rows),
        "train_ratio_with_input": min(row["training"]["ratio_with_input"] for row in rows),
        "inference_ratio": min(row["inference"]["ratio"] for row in rows),
        "inference_ratio_with_input": min(row["inference"]["ratio_with_input"] for row in rows),
        "inference_ratio_own_batches": min(row["inference"]["ratio_own_batches"] for row in rows),
        "dnn_inference_ratio_T4": max(max(row["dnn"], row["dnn_own_batches"]) for row in dnn),
        "textbook_dnn_inference_ratio_T4": max(
            max(row["textbook_dnn"], row["textbook_dnn_own_batches"]) for row in dnn
        ),
        "peak_share": min(row["floor_training"]["ours_peak_share"] for row in rows),
        **_worst_memory(rows),
    }


def headline_of_peers(datasets: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Ratios to each package, that of the worse data set."""
    found = [row["peers"] for row in datasets.values()]
    return {
        f"{key}_ratio_{name}": min(row[name][work]["ratio"] for row in found)
        for name in found[0]
        for key, work in (("train", "training"), ("inference", "inference"))
    }


def _worst_memory(rows: list[dict[str, Any]]) -> dict[str, float]:
    measured = [row["memory"] for row in rows if "memory" in row]
    if not measured:
        return {}
    return {
        "memory_ratio": max(row["ratio"] for row in measured),
        "inference_memory_ratio": max(row["inference_ratio"] for row in measured),
    }


def bars(figures: dict[str, float]) -> dict[str, dict[str, Any]]:
    """Each bar, and whether it is met."""
    return {
        name: {
            "bar": bar,
            "value": figures[name],
            "met": figures[name] >= bar if name in AT_LEAST else figures[name] <= bar,
        }
        for name, bar in BARS.items()
    }


def disagreements(datasets: dict[str, dict[str, Any]]) -> list[str]:
    """Sentences about what lies further apart than `TOLERANCE`."""
    rows = {name: row["agreement"] for name, row in datasets.items()}
    for name, row in datasets.items():
        rows |= {f"{name}, {peer}": one["agreement"] for peer, one in row.get("peers", {}).items()}
    return [
        f"{name}: {what} differ by {row[what]:.1e}, more than {most:.0e}"
        for name, row in rows.items()
        for what, most in TOLERANCE.items()
        if not row[what] <= most
    ]
