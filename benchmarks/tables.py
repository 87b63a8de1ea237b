"""The figures as tables for a terminal."""

from typing import Any

from tabulate import tabulate

NAMES = {
    "train_ratio": "training, times faster",
    "inference_ratio": "inference at T = 50, times faster",
    "memory_ratio": "peak memory of training, of the textbook's",
    "dnn_inference_ratio_T4": "inference at T = 4, in DNN inferences",
}


def show(heading: str, rows: list[list[Any]], columns: list[str]) -> None:
    """Print one table."""
    print(f"\n{heading}")
    print(tabulate(rows, headers=columns, floatfmt=".3g", tablefmt="simple"))


def speeds(environment: str, datasets: dict[str, dict[str, Any]]) -> None:
    """Times and ratios of all data sets in one environment."""
    rows = [
        [
            name,
            work,
            part["textbook_seconds"],
            part["ours_seconds"],
            part["ratio"],
            part["ratio_with_input"],
            part.get("ratio_own_batches"),
        ]
        for name, found in datasets.items()
        for work, part in (("training", found["training"]), ("inference", found["inference"]))
    ]
    columns = ["data set", "T = 50", "textbook s", "ours s", "ratio", "with input", "own batches"]
    show(f"Batches of 32, {environment}; medians", rows, columns)


def peers(environment: str, datasets: dict[str, dict[str, Any]], missing: list[str]) -> None:
    """Other packages."""
    rows = [
        [name, peer, work, *(one[work][key] for key in (f"{peer}_seconds", "ours_seconds", "ratio"))]
        for name, found in datasets.items()
        for peer, one in found["peers"].items()
        for work in ("training", "inference")
    ]
    if rows:
        columns = ["data set", "neurons", "T = 50", "seconds", "ours s", "ratio"]
        show(f"The same plain network with other packages' neurons, {environment}; medians", rows, columns)
    for name in missing:
        print(f"{name} is not installed and left out; `make bench` installs it.")


def dnns(datasets: dict[str, dict[str, Any]]) -> None:
    """Spiking inference at T = 4 beside the DNNs."""
    rows = [[name, *found["dnn_T4"].values()] for name, found in datasets.items()]
    columns = ["data set", "our DNN", "own batches", "textbook DNN", "own batches"]
    show("Spiking inference at T = 4, deterministic encoder, in inferences of the DNN", rows, columns)


def memories(datasets: dict[str, dict[str, Any]]) -> None:
    """Peak memory."""
    rows = [
        [
            name,
            work,
            found["memory"][f"textbook_{work}_mib"],
            found["memory"][f"ours_{work}_mib"],
            found["memory"]["ratio" if work == "training" else "inference_ratio"],
        ]
        for name, found in datasets.items()
        if "memory" in found
        for work in ("training", "inference")
    ]
    columns = ["data set", "T = 50", "textbook MiB", "ours MiB", "share"]
    show("Peak memory above the state before the first batch, a process each", rows, columns)


def floors(datasets: dict[str, dict[str, Any]], peak: float) -> None:
    """The sums: how fast the same arithmetic could be at the machine's peak."""
    lines = {
        "textbook, GFLOP": "textbook_gflop",
        "without padding, GFLOP": "unpadded_gflop",
        "each distinct word once, GFLOP": "ours_gflop",
        "textbook at the peak, s": "textbook_floor_seconds",
        "distinct words at the peak, s": "ours_floor_seconds",
        "ratio at equal efficiency": "ratio_at_equal_efficiency",
        "ratio if ours ran at the peak": "ratio_if_ours_ran_at_peak",
        "textbook, share of the peak": "textbook_peak_share",
        "ours, share of the peak": "ours_peak_share",
    }
    cells = [(name, work) for name in datasets for work in ("training", "inference")]
    rows = [
        [label, *(datasets[name][f"floor_{work}"][key] for name, work in cells)]
        for label, key in lines.items()
    ]
    columns = ["a batch of 32, T = 50", *(f"{name} {work}" for name, work in cells)]
    show(f"Arithmetic floor; matrix products here reach {peak:.0f} GFLOP/s (float32)", rows, columns)
    print("More than 1 of the peak means: our sums of weights over spikes need no multiplication.")


def agreements(datasets: dict[str, dict[str, Any]]) -> None:
    """How far apart the implementations are."""
    found = {(name, "spikingjelly"): row["agreement"] for name, row in datasets.items()}
    for name, row in datasets.items():
        found |= {(name, peer): one["agreement"] for peer, one in row.get("peers", {}).items()}
    rows = [[*names, *(f"{value:.1e}" for value in one.values())] for names, one in found.items()]
    columns = ["data set", "neurons", *next(iter(found.values()))]
    show("Relative differences to ours", rows, columns)


def growths(curves: dict[str, list[dict[str, Any]]]) -> None:
    """Growth curves."""
    for curve, points in curves.items():
        rows = [
            [point[curve], *(point[side][key] for key in _GROWTH for side in ("textbook", "ours"))]
            for point in points
        ]
        columns = [curve, *(f"{side} {what}" for what in _GROWTH.values() for side in ("textbook", "ours"))]
        show(f"Growth with {curve}", rows, columns)


_GROWTH = {"training_seconds": "train s", "inference_seconds": "infer s", "training_mib": "MiB"}


def verdicts(bars: dict[str, dict[str, Any]]) -> None:
    """The bars."""
    rows = [
        [NAMES[name], row["value"], row["bar"], "met" if row["met"] else "NOT met"]
        for name, row in bars.items()
    ]
    show("The bars, each against the worse data set", rows, ["", "found", "bar", ""])
