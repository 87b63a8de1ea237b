"""How long classifiers trained: processor time of the jobs, from the workflow's benchmark files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from spiketext.config.stages import STAGES
from spiketext.report.estimates import Estimate, mean_over_datasets, mean_over_seeds
from spiketext.report.names import Series
from spiketext.report.study import Study

Times = Mapping[tuple[str, str], float]  # by rule and DATASET-METHOD-SEED, seconds


def times(benchmarks: Sequence[str | Path]) -> Times:
    """Processor time of each job, all its threads together; jobs without a benchmark file are left out.

    Where the file says "NA" the job was too short to be measured: 0.
    """
    found = {}
    for path in map(Path, benchmarks):
        try:
            spent = pd.to_numeric(pd.read_csv(path, sep="\t")["cpu_time"], errors="coerce")
        except (OSError, ValueError, KeyError):
            continue
        found[path.parent.name, path.stem] = float(spent.fillna(0).iloc[-1])
    return found


def training_time(studies: Sequence[Study], series: Series, known: Times) -> Estimate | None:
    """Seconds from data to a classifier: mean over seeds, then over data sets; None if a job is not known.

    All jobs that it needs count, the training of a DNN that it was made from or began with and of a teacher
    among them, loading included.
    """
    found = []
    for study in studies:
        needed = dict.fromkeys(_jobs(study, series))
        names = [[(job, f"{study.dataset}-{own}-{seed}") for job, own in needed] for seed in study.seeds()]
        if not all(name in known for own in names for name in own):
            return None
        found.append(mean_over_seeds([sum(known[name] for name in own) for own in names]))
    return mean_over_datasets(found)


def _jobs(study: Study, series: Series) -> Iterator[tuple[str, str]]:
    """Rule and method of each job that makes a stage's weights, those that it begins with first."""
    known = {(one.method, one.stage): one for one in study.series()}
    stage = STAGES[series.stage]
    if stage.source is not None:
        yield from _jobs(study, known[series.method, stage.source])
    elif stage.of_dnn:
        yield from _jobs(study, study.dnn_of(series))
    for other in study.names.learnt_from.get(series.method, ()):
        yield from _jobs(study, next(one for one in study.series() if one.method == other))
    yield stage.rule, series.method
