"""The configuration of objectives: what training minimises."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spiketext.config.types import Strict

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
    """An objective; its code is the module of its name in `objectives`."""

    @property
    def needs_synonyms(self) -> bool:
        """Whether it reads the synonyms of a data set's words."""
        return False


class CrossEntropy(_Objective):
    """Cross-entropy of each step's output, averaged over steps (Lv et al. 2023, section 3.3)."""

    kind: Literal["cross-entropy"] = "cross-entropy"


class SpikeBudget(_Objective):
    """Cross-entropy, plus the share by which the encoder's spikes exceed a budget."""

    kind: Literal["spike-budget"] = "spike-budget"
    spikes: float = Field(
        gt=0,
        description="Spikes of a value, all steps added up, above which the loss rises; epochs that exceed "
        "it on dev are not kept if any is within it.",
    )


class _Adversarial(_Objective):
    """What is trained against an attacker, who moves word vectors along the gradient."""

    perturbation: Perturbation = Field(default_factory=Hull, description="What the attacker may write.")
    attack_steps: int = Field(5, ge=1, description="Steps of the attacker, from a random start.")

    @property
    def needs_synonyms(self) -> bool:
        """See `_Objective`."""
        return self.perturbation.synonyms


class PGD(_Adversarial):
    """Cross-entropy of the attacked texts (Madry et al. 2018)."""

    kind: Literal["pgd"] = "pgd"


class TRADES(_Adversarial):
    """Cross-entropy, plus λ · KL(clean ‖ attacked) (Zhang et al. 2019)."""

    kind: Literal["trades"] = "trades"
    weight: float = Field(6.0, ge=0, description="λ.")


class MART(_Adversarial):
    """Boosted cross-entropy of the attacked texts, plus λ · KL(clean ‖ attacked) · (1 − p(label)).

    Wang et al. 2020.
    """

    kind: Literal["mart"] = "mart"
    weight: float = Field(4.0, ge=0, description="λ.")


class Robust(_Adversarial):
    """Cross-entropy, plus λ · KL(attacked ‖ clean), by a single step (Özdenizci and Legenstein 2024)."""

    kind: Literal["robust"] = "robust"
    weight: float = Field(2.0, ge=0, description="λ.")
    attack_steps: int = Field(1, ge=1, description="Steps of the attacker, from a random start.")


DenseObjective = Annotated[CrossEntropy | PGD | TRADES | MART | Robust, Field(discriminator="kind")]
Objective = Annotated[CrossEntropy | SpikeBudget | PGD | TRADES | MART | Robust, Field(discriminator="kind")]
