"""The configuration of energy: what one operation costs."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from spiketext.config.types import Strict


class MemorySize(Strict):
    """The energy of one access to a memory of one size."""

    bytes: int = Field(ge=1, description="Size of the memory.")
    pj: float = Field(gt=0, description="One word read or written, pJ.")


def _derived(rule: Any, description: str) -> Any:
    """A price that follows from earlier fields where a table does not give it."""
    return Field(default_factory=rule, gt=0, validate_default=True, description=description)


class CostTable(Strict):
    """Energy of one operation, in picojoules."""

    title: str = Field(min_length=1, description="Name in tables and figures.")
    citation: str = Field(min_length=1, description="Where the figures come from.")
    mac_pj: float = Field(gt=0, description="One multiply-accumulate in full precision.")
    ac_pj: float = Field(gt=0, description="One accumulate (synaptic operation).")
    multiply_pj: float = Field(
        default_factory=lambda given: given["mac_pj"] - given["ac_pj"],
        description="One multiplication; else `mac_pj` − `ac_pj`.",
    )
    compare_pj: float = _derived(
        lambda given: given["ac_pj"], "One comparison (threshold, ReLU, zero test); else `ac_pj`."
    )
    update_pj: float = _derived(
        lambda given: 2 * given["ac_pj"],
        "One neuron for one step, comparison with the threshold and reset; else 2 · `ac_pj`.",
    )
    draw_pj: float = _derived(lambda given: given["ac_pj"], "One random number of the code; else `ac_pj`.")
    word_bits: Annotated[int, Field(ge=1, le=64)] = Field(
        32, description="Bits of a factor in full precision, and of a word in memory."
    )
    memory: list[MemorySize] = Field(
        [],
        description="Memories by rising size, with the energy of one access; sizes between them are "
        "interpolated, beyond the last along the last slope. Empty: memory traffic is not priced.",
    )
    reuse: Literal["none", "text", "cached"] = Field(
        "none",
        description="How often a weight is read from its memory: `none`, by every operation; `text`, once a "
        "text, and it stays beside the adder; `cached`, once a text into the smallest memory, where every "
        "operation reads it.",
    )

    @model_validator(mode="after")
    def _a_mac_holds_an_addition(self) -> Self:
        if self.multiply_pj <= 0:
            raise ValueError("let `mac_pj` exceed `ac_pj`, which it contains, or give `multiply_pj` above 0")
        return self

    @model_validator(mode="after")
    def _reuse_of_a_memory(self) -> Self:
        if self.reuse != "none" and not self.memory:
            raise ValueError("`reuse` says how often a memory is read: give `memory`, or leave it out")
        return self

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for smaller, larger in zip(self.memory, self.memory[1:], strict=False):
            if larger.bytes <= smaller.bytes or larger.pj < smaller.pj:
                raise ValueError("`memory` must rise: more bytes, and no less energy")
        return self

    def mac(self, bits: int | None) -> float:
        """A multiply-accumulate whose narrower factor has `bits` bits (None: full precision), pJ.

        Each bit after the first adds a partial product; with one bit the product is the weight or nothing,
        so that only the adder works, as for a spike.
        """
        if bits is None or bits >= self.word_bits:
            return self.mac_pj
        return self.ac_pj + self.multiply_pj * (bits - 1) / (self.word_bits - 1)

    def access(self, words: float, bits: int | None = None) -> float:
        """One value of `bits` bits (None: a word) read from or written to a memory of `words` values, pJ.

        Narrow values are packed: they make the memory smaller and share the energy of a word.
        """
        if not self.memory:
            return 0.0
        share = min(bits or self.word_bits, self.word_bits) / self.word_bits
        return share * self._word(words * share * self.word_bits / 8)

    def _word(self, size: float) -> float:
        """One word of a memory of `size` bytes, pJ."""
        if size <= self.memory[0].bytes or len(self.memory) == 1:
            return self.memory[0].pj
        pairs = list(zip(self.memory, self.memory[1:], strict=False))
        low, high = next((pair for pair in pairs if size <= pair[1].bytes), pairs[-1])
        return low.pj + (high.pj - low.pj) * (size - low.bytes) / (high.bytes - low.bytes)
