"""The configuration of conversion: from a DNN to a spiking network, without training."""

from typing import TYPE_CHECKING, Annotated, Literal, Self, Union

from pydantic import Field, model_validator

from spiketext.config.encodings import Encoding, Rate
from spiketext.config.types import Steps, Strict
from spiketext.conversion import rules
from spiketext.conversion.rules.percentile import Rule as Percentile

if TYPE_CHECKING:
    Rule = rules.AnyRule
else:
    # Every rule brings its own settings.
    Rule = Annotated[Union[tuple(rules.found().values())], Field(discriminator="kind")]  # noqa: UP007


class Neuron(Strict):
    """Integrate-and-fire neuron with soft reset (Lv et al. 2023, section 3.2)."""

    beta: float = Field(1.0, gt=0, le=1, description="Leak: share of the potential kept a step.")
    theta: float = Field(1.0, gt=0, description="Firing threshold.")
    initial: float = Field(0.0, ge=0, lt=1, description="Initial potential, as a share of the threshold.")
    least_threshold: float | None = Field(
        None,
        gt=0,
        description="Layers have thresholds that fine-tuning trains, none below this (Özdenizci and "
        "Legenstein 2024: 0.03). Empty: balanced thresholds are folded into the weights, which alone are "
        "trained.",
    )


class Conversion(Strict):
    """From the convertible DNN to a spiking network, without training."""

    encoder: Encoding = Field(default_factory=Rate, description="How the values of inputs become spikes.")
    rule: Rule = Field(default_factory=Percentile, description="How thresholds are chosen.")
    pooled_neurons: bool | Literal["shared"] = Field(
        True,
        description="Neurons between pooling and read-out; false: the read-out adds up the first ones. "
        "`shared`: one population for the features of all widths, advanced once for each width at every "
        "step, so that what one leaves in a potential reaches the next (the code of Lv et al. 2023).",
    )
    biases: Literal["none", "random"] = Field(
        "none",
        description="Biases of neurons that the DNN has none for. `random`: of the convolution and the "
        "read-out, uniform in ±1/√(fan in), added at every step and trained (the code of Lv et al. 2023).",
    )
    readout: Literal["spike-count", "potential"] = Field(
        "potential", description="Class scores: output spikes counted, or the potential integrated."
    )
    neuron: Neuron = Field(default_factory=Neuron, description="Neuron model.")
    delay: int = Field(
        0,
        ge=0,
        description="Steps before the read-out adds up (delayed evaluation, Bu et al. 2024).",
    )
    backend: Literal["fused", "spikingjelly"] = Field(
        "fused",
        description="What computes the network: `fused`, one layer of convolution, neurons and pooling, in C "
        "where there is a compiler; `spikingjelly`, its modules one after the other. Both give the same, up "
        "to rounding.",
    )
    steps: list[Steps] = Field(
        [1, 2, 4, 8, 16, 32, 64], min_length=1, description="Numbers of steps T reported after conversion."
    )

    @model_validator(mode="after")
    def _bipolar_neurons(self) -> Self:
        if self.rule.bipolar != self.encoder.at_once:
            needed = "encoder: {kind: analog-once}" if self.rule.bipolar else "rule: {kind: lossless}"
            part = self.rule if self.rule.bipolar else self.encoder
            raise ValueError(f"`kind: {part.kind}` needs `{needed}` beside it")
        if not self.rule.bipolar:
            return self
        for name in ("pooled_neurons", "biases", "readout", "neuron", "delay", "backend"):
            if getattr(self, name) != type(self).model_fields[name].get_default(call_default_factory=True):
                raise ValueError(f"the rule `{self.rule.kind}` decides what `{name}` would: remove it")
        return self

    @model_validator(mode="after")
    def _something_is_added_up(self) -> Self:
        if self.rule.channelwise and self.readout == "spike-count":
            raise ValueError(
                f"the rule `{self.rule.kind}` gives each class a threshold of its own, so spikes of "
                "different classes cannot be compared: use `readout: potential`"
            )
        if min(self.steps) <= self.delay:
            raise ValueError("every number of `steps` must exceed `delay`: else nothing has been added up")
        return self
