"""The configuration of objectives: what training minimises."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spiketext.config.types import Name, Strict

LEXICONS = {"en": "counterfitted-neighbours", "zh": "cilin"}  # resources with synonyms, by language


class Hull(Strict):
    """Each word may be any convex combination of its own vector and those of its synonyms.

    Synonyms are the neighbours by counter-fitted vectors in English, the groups of CiLin in Chinese.
    """

    synonyms: ClassVar[bool] = True
    kind: Literal["hull"] = "hull"


class Ball(Strict):
    """Each word's vector may go anywhere within a Euclidean distance; each place has a vector of its own."""

    synonyms: ClassVar[bool] = False
    kind: Literal["ball"] = "ball"
    radius: float = Field(
        0.1, gt=0, description="The distance, over σ√D: about the length of a standardised vector of width D."
    )


Perturbation = Annotated[Hull | Ball, Field(discriminator="kind")]


class _Objective(Strict):
    """An objective; its code is the module of its name in `objectives`.

    Attributes:
        moves_vectors: whether it needs a classifier of word vectors.
        target: of the data sets that it is for.
        needs_levels: whether it needs a TextCNN with levels.
    """

    moves_vectors: ClassVar[bool] = False
    target: ClassVar[str] = "classes"
    needs_levels: ClassVar[bool] = False

    @property
    def kinds(self) -> list[str]:
        """Its own kind, and that of an objective within it."""
        return [self.kind]  # type: ignore[attr-defined]

    @property
    def needs_synonyms(self) -> bool:
        """Whether it reads the synonyms of a data set's words."""
        return False

    @property
    def learns_from(self) -> str | None:
        """The method whose answers it reads; None: it reads none."""
        return None

    @property
    def reads_unlabelled(self) -> bool:
        """Whether it learns from the data set's texts without a label too, where there are any."""
        return False


class CrossEntropy(_Objective):
    """Cross-entropy of each step's output, averaged over steps (Lv et al. 2023, section 3.3)."""

    kind: Literal["cross-entropy"] = "cross-entropy"


class SquaredError(_Objective):
    """Squared error of each step's output, averaged over steps: for data sets with `target: value`."""

    target: ClassVar[str] = "value"
    kind: Literal["squared-error"] = "squared-error"


class Zeros(_Objective):
    """Cross-entropy, plus λ · the mean size of the values of quantised layers: many are then zero."""

    needs_levels: ClassVar[bool] = True
    kind: Literal["zeros"] = "zeros"
    weight: float = Field(0.3, gt=0, description="λ; sizes are in units of the highest level.")


class Distillation(_Objective):
    """Cross-entropy, and the divergence from what a teacher answers (Hinton, Vinyals and Dean 2015)."""

    kind: Literal["distillation"] = "distillation"
    teacher: Name = Field(
        description="A method of the study, of any kind: what it ends with is asked for the training texts."
    )
    weight: float = Field(
        0.5, gt=0, le=1, description="Share of the divergence in the loss; the rest is the cross-entropy's."
    )
    temperature: float = Field(
        2.0, gt=0, description="Scores of both are divided by it, so that small probabilities are heard."
    )
    unlabelled: bool = Field(
        True,
        description="Whether the data set's texts without a label (`unlabelled`) join the training texts; of "
        "these, the teacher's answer is all there is.",
    )
    confidence: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Those of which the teacher is less sure do not: its largest probability.",
    )

    @property
    def learns_from(self) -> str | None:
        """See `_Objective`."""
        return self.teacher

    @property
    def reads_unlabelled(self) -> bool:
        """See `_Objective`."""
        return self.unlabelled


class SpikeBudget(_Objective):
    """Another objective, plus the share by which the encoder's spikes exceed a budget."""

    kind: Literal["spike-budget"] = "spike-budget"
    spikes: float = Field(
        gt=0,
        description="Spikes of a value, all steps added up, above which the loss rises; epochs that exceed "
        "it on dev are not kept if any is within it.",
    )
    task: Annotated[CrossEntropy | Distillation, Field(discriminator="kind")] = Field(
        default_factory=CrossEntropy, description="What is minimised within the budget."
    )

    @property
    def kinds(self) -> list[str]:
        """See `_Objective`."""
        return [self.kind, *self.task.kinds]

    @property
    def learns_from(self) -> str | None:
        """See `_Objective`."""
        return self.task.learns_from

    @property
    def reads_unlabelled(self) -> bool:
        """See `_Objective`."""
        return self.task.reads_unlabelled


class _Adversarial(_Objective):
    """What is trained against an attacker, who moves word vectors along the gradient."""

    moves_vectors: ClassVar[bool] = True
    perturbation: Perturbation = Field(default_factory=Hull, description="What the attacker may write.")
    attack_steps: int = Field(5, ge=1, description="Steps of the attacker, from a random start.")

    @property
    def needs_synonyms(self) -> bool:
        """See `_Objective`."""
        return self.perturbation.synonyms

    @property
    def attacked_weight(self) -> float:
        """How much the attacked texts count where an epoch is chosen; those as they are count 1."""
        return 1.0


class _TradeOff(_Adversarial):
    """What trades accuracy on the texts as they are against that the attacker changes the answer little."""

    weight: float = Field(ge=0, description="λ.")

    @property
    def attacked_weight(self) -> float:
        """See `_Adversarial`: as much as in the loss."""
        return self.weight


class PGD(_Adversarial):
    """Cross-entropy of the attacked texts (Madry et al. 2018)."""

    kind: Literal["pgd"] = "pgd"


class TRADES(_TradeOff):
    """Cross-entropy, plus λ · KL(clean ‖ attacked) (Zhang et al. 2019)."""

    kind: Literal["trades"] = "trades"
    weight: float = Field(6.0, ge=0, description="λ.")


class MART(_Adversarial):
    """Boosted cross-entropy of the attacked texts, plus λ · KL(clean ‖ attacked) · (1 − p(label)).

    Wang et al. 2020.
    """

    kind: Literal["mart"] = "mart"
    weight: float = Field(4.0, ge=0, description="λ.")


class Robust(_TradeOff):
    """Cross-entropy, plus λ · KL(attacked ‖ clean), by a single step (Özdenizci and Legenstein 2024)."""

    kind: Literal["robust"] = "robust"
    weight: float = Field(2.0, ge=0, description="λ.")
    attack_steps: int = Field(1, ge=1, description="Steps of the attacker, from a random start.")


DenseObjective = Annotated[
    CrossEntropy | SquaredError | Zeros | Distillation | PGD | TRADES | MART | Robust,
    Field(discriminator="kind"),
]
Objective = Annotated[
    CrossEntropy | Distillation | SpikeBudget | PGD | TRADES | MART | Robust, Field(discriminator="kind")
]
