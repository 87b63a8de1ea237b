"""The configuration of methods: a network, its training, and how it becomes spiking."""

from typing import Self

from pydantic import Field, model_validator

from spiketext.config.conversions import Conversion
from spiketext.config.encodings import Encoding
from spiketext.config.inputs import WordVectors
from spiketext.config.networks import Network, TextCNN
from spiketext.config.objectives import Objective
from spiketext.config.schedules import Direct, Finetuning, Training
from spiketext.config.stages import STAGES
from spiketext.config.types import Name, Strict

NO_BUDGET = "a spike budget needs `encoder: {kind: learned}`: others have nothing to train"
SHARED = ("inputs", "network", "training")  # what a method takes from the one whose DNN it converts


class Method(Strict):
    """A classifier: a network, and how it becomes spiking, if it does."""

    title: str = Field("", description="Name in tables and figures.")
    citation: str = Field("", description="Where the method comes from.")
    dnn: Name | None = Field(
        None,
        description="Method whose DNN is converted, or with which a `direct` one is compared; empty: the "
        "method trains its own, or the first that does.",
    )
    inputs: WordVectors = Field(
        default_factory=WordVectors, description="What the network is fed; with `dnn`, as that method's."
    )
    network: Network = Field(
        default_factory=TextCNN, description="The DNN, or your own network; with `dnn`, that method's."
    )
    training: Training = Field(default_factory=Training, description="Its training; with `dnn`, likewise.")
    conversion: Conversion | None = Field(None, description="Conversion; empty: the method is a DNN.")
    finetuning: Finetuning | None = Field(None, description="Fine-tuning; empty: conversion only.")
    direct: Direct | None = Field(None, description="Direct training of a network of your own.")

    @model_validator(mode="after")
    def _own_networks_are_trained_directly(self) -> Self:
        if (self.network.kind == "python") != (self.direct is not None):
            raise ValueError("`network: {kind: python}` and `direct` go together: give both, or neither")
        if self.direct is None:
            return self
        for section in ("conversion", "finetuning", "training"):
            if section in self.model_fields_set and getattr(self, section) is not None:
                raise ValueError(f"with `direct` there is no `{section}`: remove it")
        check_encoder(self.direct.encoder, self.inputs)
        if self.direct.objective.kind == "spike-budget" and not self.direct.encoder.trained:
            raise ValueError(NO_BUDGET)
        return self

    @model_validator(mode="after")
    def _training_fits(self) -> Self:
        if self.network.only_stage == "fitted" and "training" in self.model_fields_set:
            raise ValueError(f"`kind: {self.network.kind}` is fitted at once: remove `training`")
        if self.network.only_stage and self.training.start is not None:
            raise ValueError(f"`kind: {self.network.kind}` has its own weights already: remove `start`")
        if self.network.needs_words and self.training.objective.moves_vectors:
            raise ValueError(
                f"`kind: {self.network.kind}` has no word vectors to move: choose another objective"
            )
        if self.training.objective.needs_levels and not self.network.rounds:
            raise ValueError(
                f"`objective: {{kind: {self.training.objective.kind}}}` needs `kind: textcnn` with `levels`, "
                "whose values it makes zero"
            )
        return self

    @model_validator(mode="after")
    def _one_dnn(self) -> Self:
        if self.dnn is None or self.direct is not None:
            return self
        own = set(SHARED) & self.model_fields_set
        if own:
            raise ValueError(f"with `dnn`, `{min(own)}` is that of the method named: remove one of the two")
        if self.conversion is None:
            raise ValueError("`dnn` needs `conversion`: else the method would be that DNN again")
        return self

    @model_validator(mode="after")
    def _can_spike(self) -> Self:
        if self.finetuning is not None and self.conversion is None:
            raise ValueError("`finetuning` needs `conversion`")
        if self.conversion is not None and self.dnn is None:
            check_conversion(self.conversion, self.network, self.inputs)
        return self

    @model_validator(mode="after")
    def _finetuning_fits(self) -> Self:
        conversion, finetuning = self.conversion, self.finetuning
        if conversion is None or finetuning is None:
            return self
        if conversion.rule.bipolar:
            raise ValueError(
                f"the rule `{conversion.rule.kind}` leaves no error to train away: remove `finetuning`, or "
                "set it to null"
            )
        if finetuning.steps <= conversion.delay:
            raise ValueError("`finetuning: steps` must exceed `conversion: delay`: else nothing is added up")
        trained = conversion.encoder.trained
        if finetuning.objective.kind == "spike-budget" and not trained:
            raise ValueError(NO_BUDGET)
        if trained and max(conversion.steps) > finetuning.steps:
            raise ValueError(
                f"the encoder `{conversion.encoder.kind}` is trained for each step, so `conversion: steps` "
                "must not exceed `finetuning: steps`"
            )
        return self

    @property
    def needs_synonyms(self) -> bool:
        """Whether its vectors or a training of it need the synonyms of a data set's words."""
        return self.inputs.retrofitted or any(objective.needs_synonyms for objective in self.objectives)

    @property
    def objectives(self) -> list[Objective]:
        """What the trainings of its own stages minimise."""
        sections = (
            section
            for stage in self.stages
            for section, _, room in STAGES[stage].kinds
            if room == "objectives"
        )
        return [getattr(self, section).objective for section in sections]

    def chosen_on(self, stage: str) -> str:
        """The set by which a stage's best epoch is chosen; where nothing is trained, dev decides what is."""
        sections = [section for section, _, room in STAGES[stage].kinds if room == "objectives"]
        return getattr(self, sections[0]).chosen_on if sections else "dev"

    @property
    def teachers(self) -> list[str]:
        """The methods whose answers it learns from."""
        found = dict.fromkeys(objective.learns_from for objective in self.objectives)
        return [name for name in found if name is not None]

    @property
    def trained_after(self) -> dict[str, str]:
        """The methods that must be trained before it, each with how it needs that one."""
        begun = {self.start: "begins with the DNN of"} if self.start is not None else {}
        return begun | dict.fromkeys(self.teachers, "learns from")

    @property
    def start(self) -> str | None:
        """The method with whose DNN the training of its own begins."""
        return self.training.start if "dnn" in self.stages else None

    @property
    def dense(self) -> str | None:
        """The stage in which a network of its own is trained that does not spike; None: there is none."""
        return next((one for one in self.stages if STAGES[one].trained and not STAGES[one].spiking), None)

    @property
    def stages(self) -> list[str]:
        """The stages whose accuracy is reported, in order."""
        if self.network.only_stage:
            return [self.network.only_stage]
        if self.direct is not None:
            return ["trained"]
        found = ["dnn"] if self.dnn is None else []
        if self.conversion is not None:
            found.append("converted")
        if self.finetuning is not None:
            found.append("finetuned")
        return found

    @property
    def twin(self) -> str:
        """The module of an architecture that makes the method's spiking network."""
        return "bipolar" if self.conversion is not None and self.conversion.rule.bipolar else "spiking"

    def steps(self, stage: str) -> list[int]:
        """Numbers of steps at which a stage is evaluated, rising; a DNN has one step."""
        if self.direct is not None:
            return self.direct.reported
        if not STAGES[stage].spiking or self.conversion is None:
            return [1]
        asked = set(self.conversion.steps)
        if self.finetuning is None:
            return sorted(asked)
        trained = self.finetuning.steps
        return sorted(t for t in asked | {trained} if not STAGES[stage].trained or t <= trained)

    def stochastic(self, stage: str) -> bool:
        """Whether a stage's spikes are drawn at random."""
        source = self.direct or self.conversion
        return STAGES[stage].spiking and source is not None and source.encoder.stochastic

    def detailed_steps(self, stage: str) -> int:
        """The number of steps of the detailed figures: that of fine-tuning, else the largest."""
        if not STAGES[stage].spiking or self.finetuning is None:
            return self.steps(stage)[-1]
        return self.finetuning.steps


def check_conversion(conversion: Conversion, network: Network, inputs: WordVectors) -> None:
    """Whether spiking neurons can take over, and the encoder takes the values that the network is fed.

    Raises:
        ValueError: not so.
    """
    bipolar = conversion.rule.bipolar
    # Of the twin of mean pooling alone, which is that of any encoder.
    special = conversion.pooled_neurons == "shared" or conversion.biases == "random"
    direct = conversion.encoder.direct and not special
    obstacle = network.obstacle(direct, bool(conversion.pooled_neurons), bipolar)
    if obstacle:
        helps = not special and not network.obstacle(direct=True, bipolar=bipolar)
        also = ", or `encoder: {kind: analog}`" if helps else ""
        raise ValueError(f"`conversion` needs a network with {obstacle}{also}")
    check_encoder(conversion.encoder, inputs)


def check_encoder(encoder: Encoding, inputs: WordVectors) -> None:
    """Whether the encoder takes the values that the network is fed.

    Raises:
        ValueError: it does not.
    """
    needed = "standardised" if encoder.signed else "positive"
    if encoder.signed is not None and inputs.transform != needed:
        raise ValueError(f"the encoder `{encoder.kind}` needs `inputs: {{transform: {needed}}}`")
