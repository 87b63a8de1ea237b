"""The configuration of encoders: how values become spikes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spiketext.config.types import Strict


class _Encoder(Strict):
    """An encoder; its code is the module of its name in `inputs.encoding`.

    Attributes:
        signed: whether it takes values around zero, not values in [0, 1]; None: it takes either.
        direct: whether it hands on the values themselves, at every step.
        at_once: of a direct one, whether at the first step alone.
        trained: whether it has parameters for each step, which fine-tuning trains.
        stochastic: whether its spikes are drawn at random.
    """

    signed: ClassVar[bool | None] = False
    direct: ClassVar[bool] = False
    at_once: ClassVar[bool] = False
    trained: ClassVar[bool] = False
    stochastic: ClassVar[bool] = False


class Rate(_Encoder):
    """Bernoulli draws: the value is the probability of a spike (Lv et al. 2023, section 3.1)."""

    stochastic: ClassVar[bool] = True
    kind: Literal["rate"] = "rate"


class DeterministicRate(_Encoder):
    """Evenly spaced spikes, no random numbers."""

    kind: Literal["deterministic-rate"] = "deterministic-rate"


class Latency(_Encoder):
    """Time to first spike (Thorpe et al. 2001)."""

    kind: Literal["latency"] = "latency"


class Phase(_Encoder):
    """Binary digits as weighted spikes (Kim et al. 2018)."""

    kind: Literal["phase"] = "phase"


class Analog(_Encoder):
    """The value itself as a current at every step (direct coding): the first layer multiplies."""

    signed: ClassVar[bool | None] = None
    direct: ClassVar[bool] = True
    kind: Literal["analog"] = "analog"


class AnalogOnce(_Encoder):
    """The value itself as a current at the first step alone (s-analog, Su et al. 2024): for `lossless`."""

    signed: ClassVar[bool | None] = None
    direct: ClassVar[bool] = True
    at_once: ClassVar[bool] = True
    kind: Literal["analog-once"] = "analog-once"


class OnOff(_Encoder):
    """Evenly spaced spikes of ON neurons for positive, of OFF neurons for negative values."""

    signed: ClassVar[bool | None] = True
    kind: Literal["on-off"] = "on-off"
    full_scale: float = Field(2.0, gt=0, description="Size of a value that fires at every step, σ.")
    dead_zone: float = Field(1.0, ge=0, description="Smaller values send nothing, σ.")


class Learned(_Encoder):
    """ON and OFF neurons whose thresholds are trained with the network."""

    signed: ClassVar[bool | None] = True
    trained: ClassVar[bool] = True
    kind: Literal["learned"] = "learned"
    full_scale: float = Field(
        2.0, gt=0, description="Size of a value that fires at every step before training, σ."
    )
    dead_zone: float = Field(1.0, ge=0, description="Before training, smaller values send nothing, σ.")


Encoding = Annotated[
    Rate | DeterministicRate | Latency | Phase | Analog | AnalogOnce | OnOff | Learned,
    Field(discriminator="kind"),
]
