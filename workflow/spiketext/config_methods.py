"""The configuration of methods: a network, its training, and how it becomes spiking."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from spiketext.config_types import Name, Steps, Strict

CONVERTIBLE = "pooling: mean, bias: false, positive: true, levels: null"


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
    levels: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Positive levels of every activation; inputs take as many on either side of zero. Empty: "
        "full precision, as weights always are. An IF neuron of T steps has T.",
    )

    @property
    def convertible(self) -> bool:
        """Whether spiking neurons can take over: mean pooling, no bias, positive input, full precision."""
        return self.pooling == "mean" and not self.bias and self.positive and self.levels is None


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
    dnn: Name | None = Field(
        None, description="Method whose DNN is converted; empty: the method trains its own."
    )
    network: Network = Field(default_factory=Network, description="The DNN; with `dnn`, that method's.")
    training: Training = Field(default_factory=Training, description="Its training; with `dnn`, likewise.")
    conversion: Conversion | None = Field(None, description="Conversion; empty: the method is a DNN.")
    finetuning: Finetuning | None = Field(None, description="Fine-tuning; empty: conversion only.")

    @model_validator(mode="after")
    def _one_dnn(self) -> Self:
        if self.dnn is None:
            return self
        own = {"network", "training"} & self.model_fields_set
        if own:
            raise ValueError(f"with `dnn`, `{min(own)}` is that of the method named: remove one of the two")
        if self.conversion is None:
            raise ValueError("`dnn` needs `conversion`: else the method would be that DNN again")
        return self

    @model_validator(mode="after")
    def _can_spike(self) -> Self:
        if self.finetuning is not None and self.conversion is None:
            raise ValueError("`finetuning` needs `conversion`")
        if self.conversion is not None and not self.network.convertible:
            raise ValueError(f"`conversion` needs a network with {CONVERTIBLE}")
        return self

    @property
    def stages(self) -> list[str]:
        """The stages whose accuracy is reported, in order."""
        found = ["dnn"] if self.dnn is None else []
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


def share_dnns(methods: dict[str, Method]) -> dict[str, Method]:
    """Give `network` and `training` of the method that `dnn` names to those that convert its DNN.

    Raises:
        ValueError: `dnn` names no method that trains a DNN which can be converted.
    """
    return {name: _with_dnn(name, methods) for name in methods}


def _with_dnn(name: str, methods: dict[str, Method]) -> Method:
    """The method, with network and training of the one whose DNN it converts."""
    method = methods[name]
    if method.dnn is None:
        return method
    where = f"method `{name}`, `dnn: {method.dnn}`:"
    if method.dnn not in methods:
        raise ValueError(f"{where} there is no such method; there are {', '.join(sorted(methods))}")
    if method.dnn == name:
        raise ValueError(f"{where} a method's own DNN is what it has without `dnn`")
    source = methods[method.dnn]
    if source.dnn is not None:
        raise ValueError(f"{where} that method trains no DNN either; name `{source.dnn}` itself")
    if not source.network.convertible:
        raise ValueError(f"{where} its network cannot be converted; that needs {CONVERTIBLE}")
    return method.model_copy(update={"network": source.network, "training": source.training})
