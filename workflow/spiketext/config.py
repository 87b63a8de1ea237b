"""The typed configuration: the one source of schema, defaults and documentation.

A data set, a source of word vectors, a method or a cost table is data: the package's catalogue
holds those that it knows, and `define:` in a config file adds to them or changes single values.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from spiketext.config_data import Dataset, Embedding, TextFile, VectorSource
from spiketext.config_types import Folder, Name, Steps, Strict
from spiketext.resources.registry import Resource

__all__ = [
    "Attack",
    "Config",
    "Conversion",
    "CostTable",
    "Dataset",
    "Definitions",
    "Embedding",
    "Finetuning",
    "Method",
    "Network",
    "Neuron",
    "TextFile",
    "Training",
    "VectorSource",
]

# ---------------------------------------------------------------------------- methods


class Network(Strict):
    """The TextCNN (Kim 2014) or its tailored form (Lv et al. 2023, section 3.1)."""

    widths: list[Annotated[int, Field(ge=1, le=16)]] = Field(
        [3, 4, 5], min_length=1, description="Widths of the convolutions, in tokens."
    )
    channels: int = Field(100, ge=1, description="Channels of each width.")
    pooling: Literal["max", "mean"] = Field("mean", description="Pooling over positions.")
    bias: bool = Field(False, description="Whether convolutions and read-out have biases.")
    positive: bool = Field(True, description="Use the positive transform of the word vectors.")
    dropout: float = Field(0.5, ge=0, lt=1, description="Dropout before the read-out.")

    @property
    def convertible(self) -> bool:
        """Whether spiking neurons can take over: mean pooling, no bias, positive input."""
        return self.pooling == "mean" and not self.bias and self.positive


class Training(Strict):
    """Training of the DNN."""

    epochs: int = Field(8, ge=1, description="Passes over the training set; the best by dev is kept.")
    batch_size: int = Field(32, ge=1, description="Sentences a batch.")
    learning_rate: float = Field(1e-3, gt=0, description="Of AdamW, decayed by a cosine to zero.")
    weight_decay: float = Field(0.0, ge=0, description="Of AdamW.")


class Neuron(Strict):
    """Integrate-and-fire neuron with soft reset (Lv et al. 2023, section 3.2)."""

    beta: float = Field(1.0, gt=0, le=1, description="Leak: share of the potential kept a step.")
    theta: float = Field(1.0, gt=0, description="Firing threshold.")
    initial: float = Field(0.0, ge=0, lt=1, description="Initial potential, as a share of the threshold.")


class Conversion(Strict):
    """From the tailored DNN to a spiking network, without training."""

    coding: Literal["rate", "deterministic-rate", "analog"] = Field(
        "rate", description="How a value in [0, 1] becomes spikes."
    )
    balance: Literal["none", "max", "percentile"] = Field(
        "percentile", description="Data-based threshold balancing, layer by layer."
    )
    percentile: float = Field(99.9, gt=0, le=100, description="Of the activations, for `percentile`.")
    calibration: int = Field(512, ge=1, description="Training sentences that the balancing looks at.")
    readout: Literal["spike-count", "potential"] = Field(
        "potential", description="Class scores: output spikes counted, or the potential integrated."
    )
    neuron: Neuron = Field(default_factory=Neuron, description="Neuron model.")
    steps: list[Steps] = Field(
        [1, 2, 4, 8, 16, 32, 64], min_length=1, description="Numbers of steps T reported after conversion."
    )


class Finetuning(Strict):
    """Back-propagation through time with a surrogate gradient (Lv et al. 2023, section 3.3)."""

    steps: Steps = Field(32, description="Number of steps T.")
    epochs: int = Field(2, ge=1, description="Passes over the training set; the best by dev is kept.")
    batch_size: int = Field(32, ge=1, description="Sentences a batch.")
    learning_rate: float = Field(3e-4, gt=0, description="Of AdamW, decayed by a cosine to zero.")
    weight_decay: float = Field(0.0, ge=0, description="Of AdamW.")
    surrogate: Literal["fast-sigmoid", "atan", "sigmoid"] = Field(
        "fast-sigmoid", description="Surrogate derivative of the spike function."
    )
    slope: float = Field(5.0, gt=0, description="Its slope at the threshold.")
    fresh_draws: bool = Field(True, description="Draw spikes anew each epoch; false: frozen noise.")


class Method(Strict):
    """A classifier: a network, and how it becomes spiking, if it does."""

    title: str = Field("", description="Name in tables and figures.")
    citation: str = Field("", description="Where the method comes from.")
    network: Network = Field(default_factory=Network, description="The DNN.")
    training: Training = Field(default_factory=Training, description="Its training.")
    conversion: Conversion | None = Field(None, description="Conversion; empty: the method is a DNN.")
    finetuning: Finetuning | None = Field(None, description="Fine-tuning; empty: conversion only.")

    @model_validator(mode="after")
    def _can_spike(self) -> Self:
        if self.finetuning is not None and self.conversion is None:
            raise ValueError("`finetuning` needs `conversion`")
        if self.conversion is not None and not self.network.convertible:
            raise ValueError("`conversion` needs a network with pooling: mean, bias: false, positive: true")
        return self

    @property
    def stages(self) -> list[str]:
        """The stages whose accuracy is reported, in order."""
        found = ["dnn"]
        if self.conversion is not None:
            found.append("converted")
        if self.finetuning is not None:
            found.append("finetuned")
        return found

    def steps(self, stage: str) -> list[int]:
        """Numbers of steps at which a stage is evaluated, rising; a DNN has one step."""
        if stage == "dnn" or self.conversion is None:
            return [1]
        asked = set(self.conversion.steps)
        if self.finetuning is None:
            return sorted(asked)
        trained = self.finetuning.steps
        return sorted(t for t in asked | {trained} if stage == "converted" or t <= trained)

    def detailed_steps(self, stage: str) -> int:
        """The number of steps of the detailed figures: that of fine-tuning, else the largest."""
        if stage == "dnn" or self.finetuning is None:
            return self.steps(stage)[-1]
        return self.finetuning.steps


# ---------------------------------------------------------------------------- energy and attacks


class CostTable(Strict):
    """Energy of one operation, in picojoules."""

    mac_pj: float = Field(gt=0, description="One multiply-accumulate.")
    ac_pj: float = Field(gt=0, description="One accumulate (synaptic operation).")
    citation: str = Field(min_length=1, description="Where the figures come from.")


class Attack(Strict):
    """Attacks on the trained classifiers."""

    sample: int = Field(50, ge=1, description="Test sentences attacked.")
    english: list[Name] = Field(["deepwordbug", "pwws"], description="Recipes for English data sets.")
    chinese: list[Name] = Field(["chinese-character-swap"], description="Recipes for Chinese data sets.")
    query_batch: int = Field(128, ge=1, description="Sentences classified at once.")

    def recipes(self, language: str) -> list[str]:
        """Recipes for a language."""
        return self.english if language == "en" else self.chinese


# ---------------------------------------------------------------------------- the whole


class Definitions(Strict):
    """What the lists above can name; the catalogue's entries plus the user's."""

    resources: dict[Name, Resource] = Field(default_factory=dict)
    datasets: dict[Name, Dataset] = Field(default_factory=dict)
    embeddings: dict[Name, Embedding] = Field(default_factory=dict)
    methods: dict[Name, Method] = Field(default_factory=dict)
    cost_tables: dict[Name, CostTable] = Field(default_factory=dict)


class Config(Strict):
    """The configuration of one study."""

    datasets: list[Name] = Field(["mr", "zh_reviews"], min_length=1, description="Data sets to run.")
    methods: list[Name] = Field(["dnn", "lv2023"], min_length=1, description="Methods to run.")
    seeds: list[Annotated[int, Field(ge=0, le=2**31 - 1)]] = Field(
        [1], min_length=1, description="One whole run each: split, weights, spikes, attack sample."
    )
    results: Folder = Field("results", description="Folder of all outputs.")
    mirror: str | None = Field(
        None, description="Folder or base URL that is tried before a resource's own source."
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where networks run.")
    threads: int = Field(
        1, ge=1, le=64, description="Threads of each training job; results depend on it, not on --cores."
    )
    cost_table: Name = Field("horowitz-fp32", description="Cost table of the energy estimate.")
    attack: Attack = Field(default_factory=Attack, description="Attacks.")
    define: Definitions = Field(
        default_factory=Definitions,
        description="Own data sets, word vectors, methods, cost tables and resources.",
    )

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for kind, names in (("datasets", self.datasets), ("methods", self.methods)):
            _check_names(kind, names, list(getattr(self.define, kind)))
            if len(set(names)) < len(names):
                raise ValueError(f"`{kind}` names an entry twice")
        _check_names("cost_tables", [self.cost_table], list(self.define.cost_tables))
        for name in self.datasets:
            embedding = self.define.datasets[name].embedding
            _check_names("embeddings", [embedding], list(self.define.embeddings))
            _check_files(self.define.datasets[name].files, self.define.resources)
            _check_files(self.define.embeddings[embedding].sources, self.define.resources)
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("`seeds` names a seed twice")
        return self


def _check_names(kind: str, names: list[str], known: list[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"`{name}` is not among the {kind} defined: {', '.join(sorted(known))}")


def _check_files(items: Sequence[TextFile | VectorSource], resources: dict[str, Resource]) -> None:
    for item in items:
        if item.path is not None and not Path(item.path).is_file():
            raise ValueError(f"there is no file `{item.path}`: check its path")
        if item.resource is None:
            continue
        _check_names("resources", [item.resource], list(resources))
        files = resources[item.resource].files
        if item.file is not None and files is not None and item.file not in files:
            raise ValueError(f"resource `{item.resource}` has no file `{item.file}`: {', '.join(files)}")
