"""What the configuration of every network says of itself."""

from typing import ClassVar, Self

from spiketext.config.types import Strict


class Architecture(Strict):
    """What every architecture says of itself.

    Attributes:
        needs_words: whether it reads words themselves, which sequences of numbers have not.
        targets: of data sets, what its outputs can be.
        signed: whether with levels there are as many below zero.
        full_precision: settings that say how values are rounded, as they are where none is.
    """

    needs_words: ClassVar[bool] = False
    targets: ClassVar[tuple[str, ...]] = ("classes",)
    signed: ClassVar[bool] = False
    full_precision: ClassVar[dict[str, object]] = {}

    @property
    def only_stage(self) -> str | None:
        """The one stage that such a classifier has; None: those that its method says."""
        return None

    @property
    def parts(self) -> list[str]:
        """Modules of its room `models` that it names."""
        return []

    @property
    def rounds(self) -> bool:
        """Whether its layers are modules that round values, as an objective may look at."""
        return False

    @property
    def continues(self) -> bool:
        """Whether its training has to go on from that of another method."""
        return False

    def unrounded(self) -> Self:
        """The same network in full precision."""
        return self.model_copy(update=self.full_precision)
