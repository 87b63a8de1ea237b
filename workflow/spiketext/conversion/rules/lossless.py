"""Conversion without an error: the learned steps of a quantised DNN (Su et al. 2024, arXiv 2408.09403)."""

from __future__ import annotations

from typing import ClassVar, Literal

from spiketext.conversion.rules import base


class Rule(base.AnyRule):
    """The steps that a quantised DNN has learned, for bipolar neurons; no error (Su et al. 2024)."""

    bipolar: ClassVar[bool] = True
    kind: Literal["lossless"] = "lossless"
