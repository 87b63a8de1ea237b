"""What the parts of a study are called, and the part of the configuration that a report is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from spiketext.config.attacks import recipes
from spiketext.config.networks import ALONE, FULL_PRECISION
from spiketext.config.stages import STAGES
from spiketext.config.study import Config


def used_settings(config: Config) -> dict[str, Any]:
    """The settings with the definitions of what they name, and nothing else.

    Where files lie and come from is left out: it changes no result.
    """
    values = config.model_dump(mode="json", exclude={"results", "resources", "mirror", "define"})
    define = config.define
    embeddings = {one for name in config.datasets if (one := define.datasets[name].embedding)}
    chosen: dict[str, Mapping[str, BaseModel]] = {
        "datasets": {name: define.datasets[name] for name in config.datasets},
        "embeddings": {name: define.embeddings[name] for name in sorted(embeddings)},
        "methods": {name: define.methods[name] for name in config.classifiers},
        "cost_tables": config.priced,
    }
    values["define"] = {
        kind: {name: entry.model_dump(mode="json") for name, entry in entries.items()}
        for kind, entries in chosen.items()
    }
    return values


REUSE = {
    "none": "no reuse: every product reads its weight",
    "text": "each weight read once a text",
    "cached": "each weight read once a text into a cache, and there by every operation",
}

CHOSEN_ON_TEST = " (epoch chosen on test)"  # what the title of such a method ends with

TRAININGS = ("training", "finetuning", "direct")  # sections of a method; the first is that of its DNN


@dataclass(frozen=True)
class Names:
    """What data sets and methods are called, and how they belong together.

    Attributes:
        datasets: title of each data set, in the order to show them.
        methods: title of each method, likewise.
        dnns: for each method the one whose DNN it is, was converted from or is compared with; itself if it
            is left out.
        published: for each data set its column of the published table; None or left out: it has none.
        quantised: methods whose DNN has quantised activations, each with the method whose DNN is the same in
            full precision; None if the study has none.
        cost_table: the main cost table.
        metric: what choices on dev were made by.
        weighted: data sets whose classes have weights in training.
        chosen_on_test: methods of which an epoch was chosen on the test set; their titles say so too, so that
            it stands beside each of their figures.
        cost_tables: definitions of all cost tables, in the order to show them.
        learnt_from: for each method those with whose DNN a training of it begins, and its teachers.
        overlaps: for each data set n_test/n_train where every seed has a test set of its own, else 0.
    """

    datasets: Mapping[str, str]
    methods: Mapping[str, str]
    dnns: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, str | None] = field(default_factory=dict)
    quantised: Mapping[str, str | None] = field(default_factory=dict)
    cost_table: str = ""
    metric: str = "accuracy"
    weighted: Collection[str] = ()
    chosen_on_test: Collection[str] = ()
    cost_tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    learnt_from: Mapping[str, Collection[str]] = field(default_factory=dict)
    overlaps: Mapping[str, float] = field(default_factory=dict)

    def cost_title(self, table: str) -> str:
        """The name to show for a cost table."""
        return title_of(table, self.cost_tables[table])

    def pricing(self, table: str) -> str:
        """What a cost table prices, in words."""
        if self.cost_tables[table].get("memory"):
            # Settings of studies from before there was a choice do not name it.
            return f"memory priced, {REUSE[self.cost_tables[table].get('reuse', 'none')]}"
        return "arithmetic alone, memory unpriced"


def names_of(settings: Mapping[str, Any]) -> Names:
    """The names in what `used_settings` returns."""
    datasets, methods = settings["define"]["datasets"], settings["define"]["methods"]
    quantised = {name: full_precision(name, methods) for name, one in methods.items() if _rounded(one)}
    unfit = [name for name in methods if _chosen_on_test(name, methods)]
    return Names(
        {name: title_of(name, definition) for name, definition in datasets.items()},
        {
            name: title_of(name, definition) + CHOSEN_ON_TEST * (name in unfit)
            for name, definition in methods.items()
        },
        {name: _dnn_owner(name, methods) for name in methods},
        {name: definition.get("published") for name, definition in datasets.items()},
        quantised,
        settings["cost_table"],
        settings.get("metric", "accuracy"),  # studies from before there was a choice do not name it
        {name for name, definition in datasets.items() if definition.get("class_weights", "none") != "none"},
        unfit,
        settings["define"]["cost_tables"],
        {name: [*_teachers(one), *_starts(one)] for name, one in methods.items()},
        {name: _overlap(definition) for name, definition in datasets.items()},
    )


def _overlap(dataset: Mapping[str, Any]) -> float:
    """n_test/n_train of a data set whose test set every seed draws anew; 0 where all have the same."""
    given = {file.get("split") for file in dataset.get("files", [])}
    # Settings of studies from before there was a choice do not name it.
    if "test" in given or dataset.get("test_set", "by-seed") == "fixed":
        return 0.0
    test, dev = dataset["test_fraction"], 0.0 if "dev" in given else dataset["dev_fraction"]
    return float(test / ((1 - test) * (1 - dev)))


def _dnn_owner(name: str, methods: Mapping[str, Mapping[str, Any]]) -> str:
    """See `config.dnns.dnn_owner`."""

    def trains_one(one: Mapping[str, Any]) -> bool:
        alone = one["network"].get("kind") in ALONE and not _rounded(one)
        return not (one["dnn"] or one.get("direct") or alone)

    own = methods[name]
    if own["dnn"] or trains_one(own):
        return str(own["dnn"] or name)
    return next(other for other, one in methods.items() if trains_one(one))


def _chosen_on_test(
    name: str, methods: Mapping[str, Mapping[str, Any]], sections: Sequence[str] = TRAININGS
) -> bool:
    """Whether an epoch of one of its trainings was chosen on test, or of one of which these learnt."""
    own = methods[name]
    return (
        any(one.get("chosen_on") == "test" for one in _trainings(own, sections))
        or any(_chosen_on_test(teacher, methods) for teacher in _teachers(own, sections))
        or any(_chosen_on_test(start, methods, TRAININGS[:1]) for start in _starts(own, sections))
    )


def _trainings(method: Mapping[str, Any], sections: Sequence[str] = TRAININGS) -> list[Mapping[str, Any]]:
    return [method.get(section) or {} for section in sections]


def _teachers(method: Mapping[str, Any], sections: Sequence[str] = TRAININGS) -> list[str]:
    """Methods of whose answers one of its trainings learns."""
    tasks = [one.get("objective", {}) for one in _trainings(method, sections)]
    found = [one["teacher"] for task in tasks for one in (task, task.get("task", {})) if "teacher" in one]
    return list(dict.fromkeys(found))


def _starts(method: Mapping[str, Any], sections: Sequence[str] = TRAININGS) -> list[str]:
    """Methods with whose DNN one of its trainings begins."""
    return [one["start"] for one in _trainings(method, sections) if one.get("start")]


def _rounded(method: Mapping[str, Any]) -> bool:
    """Whether the DNN's activations or weights have a few levels."""
    return any(method["network"].get(name) is not None for name in ("levels", "weight_bits"))


def full_precision(name: str, methods: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The method whose DNN differs from the named one's in nothing but that it is not quantised."""

    def in_full(one: Mapping[str, Any]) -> tuple[object, ...]:
        network = dict(one["network"])
        former = "positive" if network.pop("positive", True) else "standardised"  # as runs of before say it
        network.pop("dropout", None)  # changes training, as epochs do
        kind = network.get("kind", "textcnn")
        network |= {"kind": kind, **FULL_PRECISION.get(kind, {})}
        inputs = one.get("inputs", {})
        vectors = inputs.get("dimensions"), inputs.get("retrofitted", False)
        return network, inputs.get("transform", former), vectors

    wanted = in_full(methods[name])
    same = (other for other, one in methods.items() if in_full(one) == wanted and not _rounded(one))
    return next((other for other in same if methods[other].get("dnn") is None), None)


def title_of(name: str, definition: Mapping[str, Any]) -> str:
    """The name to show for an entry of the configuration."""
    return str(definition.get("title") or name)


def steps_cell(steps: int | None) -> str:
    """T in a table; a DNN has none."""
    return "–" if steps is None else str(steps)


def sizes_in_words(sizes: Sequence[int]) -> str:
    """Numbers of texts that occur, rising, as one number or a range."""
    return f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"


def recipe_title(name: str) -> str:
    """The name to show for an attack recipe."""
    return recipes()[name].title if name in recipes() else name


FIXED = "fixed"  # mode of a victim that answers the same question always alike
MODES = {
    "fresh": "new noise at each query",
    "expectation": "mean over several draws",
    "vote": "majority of several draws",
    "patient": "mean over several draws, until nine in ten are wrong",
}


def in_mode(label: str, mode: str) -> str:
    """A classifier's label with how it answered an attack's queries, unless always alike."""
    return label if mode == FIXED else f"{label} ({MODES.get(mode, mode)})"


@dataclass(frozen=True)
class Series:
    """One stage of one method: a line of a figure, a group of rows of a table.

    Attributes:
        method: name in the configuration.
        stage: of `config.stages`.
        title: the method's title.
        spiking_method: whether the method has spiking stages, so that its DNN is the convertible one.
    """

    method: str
    stage: str
    title: str
    spiking_method: bool

    @property
    def is_dnn(self) -> bool:
        """Whether it is a network that does not spike, not one of what is fitted at once."""
        return STAGES[self.stage].trained and not self.spiking

    @property
    def spiking(self) -> bool:
        """Whether its network spikes."""
        return STAGES[self.stage].spiking

    @property
    def stage_title(self) -> str:
        """What the stage is called in tables."""
        if not self.spiking and self.spiking_method:
            return "convertible DNN"
        return STAGES[self.stage].title

    @property
    def label(self) -> str:
        """What the stage is called in figures and tables."""
        if not self.spiking:
            own = f"{self.title} ({self.stage_title})"
            return f"convertible DNN of {self.title}" if self.spiking_method else own
        return f"{self.title}, {self.stage_title}"

    @property
    def accounting(self) -> str:
        """How the operations of such a stage are counted, unless something else is asked for."""
        return "event-driven" if self.spiking else "dense"

    def at(self, steps: int | None) -> str:
        """Its label with the number of steps, if it has one."""
        return self.label if steps is None else f"{self.label}, T = {steps}"

    @property
    def phrase(self) -> str:
        """What the stage is called within a sentence."""
        if not self.spiking:
            own = f"the {self.stage_title} {self.title}"
            return f"the convertible DNN of {self.title}" if self.spiking_method else own
        return f"the {self.stage_title} {self.title}"


def series_of(stages: Collection[tuple[str, str]], titles: Mapping[str, str]) -> list[Series]:
    """Series of these methods and stages, method by method in the order of their titles."""
    spiking = {method for method, stage in stages if STAGES[stage].spiking}
    return [
        Series(method, stage, title, method in spiking)
        for method, title in titles.items()
        for stage in STAGES
        if (method, stage) in stages
    ]
