"""Keys of former versions, and what says the same now."""

from collections.abc import Sequence

_METHOD = ("define", "methods", "*")
_NOW = {
    (*_METHOD, "network", "positive"): "`inputs: {transform: positive}` or `{transform: standardised}`",
    (*_METHOD, "conversion", "coding"): "`conversion: {encoder: {kind: …}}`",
    (*_METHOD, "conversion", "span"): "`full_scale` of `conversion: encoder`",
    (*_METHOD, "conversion", "silence"): "`dead_zone` of `conversion: encoder`",
    (*_METHOD, "conversion", "balance"): "`conversion: {rule: {kind: …}}`",
    (*_METHOD, "conversion", "percentile"): "`percentile` of `conversion: rule`",
    (*_METHOD, "conversion", "calibration"): "`calibration` of `conversion: rule`",
    (*_METHOD, "finetuning", "budget"): "`finetuning: {objective: {kind: spike-budget, spikes: …}}`",
}


def now(path: Sequence[str]) -> str | None:
    """What to write instead of the key at `path`; None if there never was such a key."""
    for pattern, text in _NOW.items():
        if len(path) == len(pattern) and all(a in ("*", b) for a, b in zip(pattern, path, strict=True)):
            return text
    return None
