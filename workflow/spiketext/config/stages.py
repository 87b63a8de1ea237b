"""What a method goes through: each stage is an entry, and no other room asks for one by its name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """A stage of a method, whose weights are stored under its name.

    Attributes:
        title: in tables and figures.
        spiking: whether its network spikes, so that it has a number of steps T.
        trained: whether weights are trained in it, epoch by epoch.
        rule: of the workflow, that makes its weights.
        module: of an architecture, that makes its network; None: the method's `twin`.
        kinds: sections of a method that it carries out by their kind: section, part, room of the package.
        source: stage with whose weights it begins; None: with the DNN's, or with none.
        of_dnn: whether it begins with the DNN's.
    """

    title: str
    spiking: bool
    trained: bool
    rule: str
    module: str | None = None
    kinds: tuple[tuple[str, str, str], ...] = ()
    source: str | None = None
    of_dnn: bool = False


# In the order to show them.
STAGES = {
    "fitted": Stage("fitted", spiking=False, trained=False, rule="fit", module="fitted"),
    "tuned": Stage(
        "tuned",
        spiking=False,
        trained=True,
        rule="tune",
        module="tuned",
        kinds=(("training", "objective", "objectives"),),
    ),
    "dnn": Stage(
        "DNN",
        spiking=False,
        trained=True,
        rule="train_dnn",
        module="dnn",
        kinds=(("training", "objective", "objectives"),),
    ),
    "converted": Stage(
        "converted",
        spiking=True,
        trained=False,
        rule="convert",
        kinds=(("conversion", "rule", "conversion.rules"),),
        of_dnn=True,
    ),
    "finetuned": Stage(
        "fine-tuned",
        spiking=True,
        trained=True,
        rule="finetune",
        kinds=(("finetuning", "objective", "objectives"),),
        source="converted",
    ),
    "trained": Stage(
        "trained",
        spiking=True,
        trained=True,
        rule="train",
        kinds=(("direct", "objective", "objectives"),),
    ),
}
