"""The configuration of methods: a network, its training, and how it becomes spiking."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from spiketext.config_types import Name, Steps, Strict

CONVERTIBLE = "pooling: mean, bias: false, levels: null"
SIGNED_CODES = ("on-off", "learned")  # for values around zero; the others take values in [0, 1]


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
        """Whether spiking neurons can take over: mean pooling, no bias, full precision."""
        return self.pooling == "mean" and not self.bias and self.levels is None


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

    coding: Literal["rate", "deterministic-rate", "latency", "phase", "analog", "on-off", "learned"] = Field(
        "rate", description="How the values of word vectors become spikes."
    )
    span: float = Field(
        2.0, gt=0, description="Of `on-off` and `learned`: size of a value that fires at every step, σ."
    )
    silence: float = Field(
        1.0, ge=0, description="Of `on-off`, and where `learned` starts: smaller values send nothing, σ."
    )
    balance: Literal["none", "max", "percentile"] = Field(
        "percentile", description="Data-based threshold balancing, layer by layer."
    )
    percentile: float = Field(99.9, gt=0, le=100, description="Of the activations, for `percentile`.")
    calibration: int = Field(512, ge=1, description="Training sentences that the balancing looks at.")
    pooled_neurons: bool = Field(
        True, description="Neurons between pooling and read-out; false: the read-out adds up the first ones."
    )
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
    budget: float | None = Field(
        None,
        gt=0,
        description="Spikes of a value, all steps added up, above which the loss of a `learned` code rises; "
        "epochs that exceed it on dev are not kept if any is within it.",
    )


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
        if self.conversion is not None and self.dnn is None:
            check_code(self.conversion, self.network)
        return self

    @model_validator(mode="after")
    def _budget_is_learned(self) -> Self:
        budget = self.finetuning is not None and self.finetuning.budget is not None
        if budget and self.conversion is not None and self.conversion.coding != "learned":
            raise ValueError("`budget` needs `coding: learned`: other codes have no thresholds to train")
        return self

    @model_validator(mode="after")
    def _thresholds_are_trained(self) -> Self:
        conversion, finetuning = self.conversion, self.finetuning
        if conversion is None or finetuning is None or conversion.coding != "learned":
            return self
        if max(conversion.steps) > finetuning.steps:
            raise ValueError(
                "`coding: learned` has thresholds for each step, so `conversion: steps` must not "
                "exceed `finetuning: steps`"
            )
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


def check_code(conversion: Conversion, network: Network) -> None:
    """Whether the network's word vectors have the values that the code takes.

    Raises:
        ValueError: they have not.
    """
    signed = conversion.coding in SIGNED_CODES
    if network.positive == signed:
        needed = "positive: false" if signed else "positive: true"
        raise ValueError(f"`coding: {conversion.coding}` needs a network with {needed}")


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
    if method.conversion is not None:
        check_code(method.conversion, source.network)
    return method.model_copy(update={"network": source.network, "training": source.training})
