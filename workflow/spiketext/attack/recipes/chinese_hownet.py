"""Chinese words of the same sememes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spiketext.attack.chinese import SegmentedText, SynonymSwap, greedy_attack
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.resources.manifest import only_file

show = SegmentedText


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack, with the lists of the resource `chinese-hownet`."""
    path = only_file(manifests, "chinese-hownet")
    lists = read_json(path, sealed=False)
    if not all(
        isinstance(words, list) and all(isinstance(word, str) for word in words) for words in lists.values()
    ):
        raise SpikeTextError(f"{path}: must be a JSON object of words, each with a list of words")
    return greedy_attack(victim, SynonymSwap(lists))
