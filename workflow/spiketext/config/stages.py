"""What a method goes through: each stage is an entry, and no other room asks for one by its name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """A stage of a method, whose weights are stored under its name.

    Attributes:
        title: in tables and figures.
        spiking: whether its network spikes, so that it has a number of steps T.
        trained: whether weights are trained in it, epoch by epoch.
        module: of an architecture, that makes its network; None: the method's `twin`.
        kinds: sections of a method that it carries out by their kind: section, part, room of the package.
        source: stage with whose weights it begins; None: with the DNN's, or with none.
    """

    title: str
    spiking: bool
    trained: bool
    module: str | None = None
    kinds: tuple[tuple[str, str, str], ...] = ()
    source: str | None = None


# In the order to show them.
STAGES = {
    "fitted": Stage("fitted", spiking=False, trained=False, module="fitted"),
    "tuned": Stage(
        "tuned", spiking=False, trained=True, module="tuned", kinds=(("training", "objective", "objectives"),)
    ),
    "dnn": Stage(
        "DNN", spiking=False, trained=True, module="dnn", kinds=(("training", "objective", "objectives"),)
    ),
    "converted": Stage(
        "converted",
        spiking=True,
        trained=False,
        kinds=(("conversion", "rule", "conversion.rules"),),
    ),
    "finetuned": Stage(
        "fine-tuned",
        spiking=True,
        trained=True,
        kinds=(("finetuning", "objective", "objectives"),),
        source="converted",
    ),
    "trained": Stage(
        "trained",
        spiking=True,
        trained=True,
        kinds=(("direct", "objective", "objectives"),),
    ),
}
