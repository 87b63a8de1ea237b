"""The configuration of networks."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from spiketext.config.architecture import Architecture
from spiketext.config.fitted import Majority, MeanVector, TfIdf
from spiketext.config.types import LocalPath, Strict

PretrainedModel = Literal["minilm", "use-multilingual"]  # modules of `networks.pretrained.models`


class TextCNN(Architecture):
    """The TextCNN (Kim 2014) or its convertible form (Lv et al. 2023, section 3.1)."""

    full_precision: ClassVar[dict[str, object]] = {
        "levels": None,
        "weight_bits": None,
        "quantised_inputs": True,
    }

    kind: Literal["textcnn"] = Field("textcnn", description="The architecture.")
    widths: list[Annotated[int, Field(ge=1, le=16)]] = Field(
        [3, 4, 5], min_length=1, description="Widths of the convolutions, in tokens."
    )
    channels: int = Field(100, ge=1, description="Channels of each width.")
    pooling: Literal["max", "mean"] = Field("mean", description="Pooling over positions.")
    bias: bool = Field(False, description="Whether convolutions and read-out have biases.")
    dropout: float = Field(0.5, ge=0, lt=1, description="Dropout before the read-out.")
    levels: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Quantisation levels above zero of every activation; inputs take as many on either side "
        "of it. Empty: full precision. An IF neuron of T steps has T.",
    )
    quantised_inputs: bool = Field(
        True, description="With `levels`: whether inputs have them too; false: inputs are analog."
    )
    weight_bits: int | None = Field(
        None, ge=2, le=16, description="Bits of every weight, biases aside. Empty: full precision."
    )

    @model_validator(mode="after")
    def _inputs_of_a_quantised_network(self) -> Self:
        if self.levels is None and not self.quantised_inputs:
            raise ValueError(
                "`quantised_inputs: false` says something with `levels` only: remove it, or add them"
            )
        return self

    @property
    def rounds(self) -> bool:
        """See `Architecture`."""
        return self.levels is not None

    def obstacle(self, direct: bool, pooled_neurons: bool = True, bipolar: bool = False) -> str:
        """What spiking neurons cannot take over, as `key: value` to change; empty if they can.

        With the values themselves as input (`direct`), currents do not change over the steps: their maximum
        over windows, and a bias added to them, then are what the DNN computes; neurons stand behind it.
        Bipolar neurons do that at once, and need the levels that others cannot have.
        """
        if bipolar:
            return "" if self.levels is not None else "levels, such as `levels: 15`"
        full: dict[str, object] = {"levels": None, "weight_bits": None}
        needed = {"pooling": "mean", "bias": False, **full}
        if direct and pooled_neurons and self.pooling == "max":
            needed = full
        wrong = [name for name, value in needed.items() if getattr(self, name) != value]
        return ", ".join(f"{name}: {_as_yaml(needed[name])}" for name in wrong)


class Convolution(Strict):
    """A convolution along the sequence, with a ReLU behind it; only whole windows count."""

    channels: int = Field(ge=1, le=4096, description="Channels.")
    width: int = Field(ge=1, le=1024, description="Width of a window, in elements of what it reads.")
    stride: int = Field(1, ge=1, le=1024, description="Elements from one window to the next.")


class CRNN(Architecture):
    """Convolutions one upon the other, then a recurrent layer."""

    targets: ClassVar[tuple[str, ...]] = ("classes", "value")
    full_precision: ClassVar[dict[str, object]] = {"levels": None, "weight_bits": None}

    kind: Literal["crnn"] = Field("crnn", description="The architecture.")
    convolutions: list[Convolution] = Field(
        default_factory=lambda: [Convolution(channels=100, width=3)],
        description="From the input on; an empty list: the recurrent layer reads the elements themselves.",
    )
    recurrent: int = Field(
        100, ge=1, le=4096, description="Neurons of the recurrent layer, which read each other's last values."
    )
    reads: Literal["last", "mean"] = Field(
        "mean", description="What the read-out reads: the last state, or the mean of all states."
    )
    dropout: float = Field(0.5, ge=0, lt=1, description="Dropout before the read-out.")
    levels: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Quantisation levels of activations: of a convolution so many above zero, of the "
        "recurrent layer as many on either side of it. Empty: full precision.",
    )
    weight_bits: int | None = Field(
        None, ge=2, le=16, description="Bits of every weight; empty: full precision."
    )

    @property
    def field(self) -> int:
        """Elements of the input that one element of the recurrent layer reads."""
        field, jump = 1, 1
        for one in self.convolutions:
            field, jump = field + (one.width - 1) * jump, jump * one.stride
        return field

    def obstacle(self, direct: bool, pooled_neurons: bool = True, bipolar: bool = False) -> str:
        """Bipolar neurons alone take it over, with levels; see `TextCNN`."""
        if not bipolar:
            return "kind: textcnn, or `rule: {kind: lossless}`"
        return "" if self.levels is not None else "levels, such as `levels: 8`"


class Python(Architecture):
    """A network of your own: a class in a Python file (docs/own-network.md)."""

    kind: Literal["python"] = Field(description="The architecture.")
    file: LocalPath = Field(description="The Python file.")
    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = Field(
        "Network", description="The class in it."
    )
    settings: dict[str, Any] = Field(
        default_factory=dict, description="Arguments of the class, by name: any plain values."
    )

    @field_validator("file")
    @classmethod
    def _is_python(cls, file: str) -> str:
        if not file.endswith(".py"):
            raise ValueError(f"`{file}` is no Python file: its name must end in .py")
        return file

    def obstacle(self, direct: bool, pooled_neurons: bool = True, bipolar: bool = False) -> str:
        """Such networks are trained as they are."""
        return "kind: textcnn"


class Pretrained(Architecture):
    """A sentence encoder that was trained on other texts, and a linear read-out, fine-tuned together.

    With `levels` it is a DNN whose training goes on from that of another one.
    """

    needs_words: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    full_precision: ClassVar[dict[str, object]] = {"levels": None}

    kind: Literal["pretrained"] = Field("pretrained", description="The architecture.")
    english: PretrainedModel = Field(
        "minilm", description="The encoder for English data sets: MiniLM-L6 (Wang et al. 2020)."
    )
    chinese: PretrainedModel = Field(
        "use-multilingual",
        description="The one for Chinese data sets: the multilingual Universal Sentence Encoder (Yang et al. "
        "2020). Each is the resource of its name.",
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="Dropout within the encoder and before the read-out.")
    levels: int | None = Field(
        None,
        ge=1,
        le=127,
        description="Levels on either side of zero of what linear layers and convolutions read. Empty: full "
        "precision. With them it needs `training: {start: METHOD}`, a fine-tuned encoder, and can "
        "be converted (docs/spiking-encoder.md).",
    )

    @property
    def only_stage(self) -> str | None:
        """See `Architecture`."""
        return "tuned" if self.levels is None else None

    @property
    def continues(self) -> bool:
        """See `Architecture`."""
        return self.levels is not None

    @property
    def parts(self) -> list[str]:
        """See `Architecture`."""
        return sorted({self.english, self.chinese})

    def model(self, language: str) -> PretrainedModel:
        """The encoder for a language."""
        return {"en": self.english, "zh": self.chinese}[language]

    def obstacle(self, direct: bool, pooled_neurons: bool = True, bipolar: bool = False) -> str:
        """Bipolar neurons alone take it over, with levels; see `TextCNN`."""
        if not bipolar:
            return "kind: textcnn, or `rule: {kind: lossless}`"
        return "" if self.levels is not None else "levels, such as `levels: 7`"


def _kind_unless_said(value: Any) -> Any:
    return {"kind": "python" if "file" in value else "textcnn", **value} if isinstance(value, dict) else value


# Kinds of what has one stage of its own, and no DNN that others could be made from, unless it has levels.
ALONE = {model.model_fields["kind"].default for model in (Majority, TfIdf, MeanVector, Pretrained)}
# Kinds whose activations have levels on either side of zero.
SIGNED = {model.model_fields["kind"].default for model in (TextCNN, CRNN, Pretrained) if model.signed}
# Settings of a kind's network that say how values are rounded, as they are where none is.
FULL_PRECISION = {
    model.model_fields["kind"].default: model.full_precision for model in (TextCNN, CRNN, Pretrained)
}
FittedAtOnce = Annotated[Majority | TfIdf | MeanVector, Field(discriminator="kind")]
Network = Annotated[
    TextCNN | CRNN | Python | Pretrained | Majority | TfIdf | MeanVector,
    Field(discriminator="kind"),
    BeforeValidator(_kind_unless_said),
]


def _as_yaml(value: object) -> str:
    return {"None": "null", "False": "false"}.get(str(value), str(value))
