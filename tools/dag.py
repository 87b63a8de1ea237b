"""A picture of the default study's rules, docs/figures/dag.svg: `python -m tools.dag` (`make readme`).

One box a rule, with what its `message` says; an arrow where a rule reads what another one has made. Arrows
that others imply are left out: an output that passes through two rules is not drawn past them.
"""

import re
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "figures" / "dag.svg"
TARGET = "all"  # the rule that makes nothing
# A message's wildcards, in words.
WORDS = {
    ", seed {wildcards.seed}": "",
    "the resource {wildcards.resource}": "a resource",
    " on {wildcards.dataset}": "",
    "{wildcards.dataset}": "a data set",
    "{wildcards.method}": "a method",
    "{wildcards.recipe}": "a recipe",
    " ({wildcards.stage})": "",
    " ({wildcards.stage}, {wildcards.mode} spikes)": "",
}
WIDTH, HEIGHT, GAP, RISE, MARGIN = 176, 68, 22, 34, 12  # of a box, between boxes and layers, around; pixels
NARROW = 12  # room for an arrow that passes a layer
LETTERS = 27  # of a line in a box
SWEEPS = 12
STYLE = (
    "text{font-family:sans-serif;text-anchor:middle;font-size:11px;fill:#333}"
    ".name{font-weight:bold;font-size:13px;fill:#000}"
    "rect.box{fill:#eef4fb;stroke:#2b6cb0;stroke-width:1.5}"
    "path{fill:none;stroke:#777;stroke-width:1.3}"
)

Edges = dict[str, set[str]]  # from a rule to those that read what it makes


@dataclass
class Place:
    """A box, or the place where an arrow passes a layer (`rule` is empty)."""

    rule: str
    layer: int
    x: float = 0.0
    above: list["Place"] = field(default_factory=list)
    below: list["Place"] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Pixels that it takes of its layer."""
        return WIDTH if self.rule else NARROW

    @property
    def top(self) -> int:
        """Upper end, in pixels."""
        return MARGIN + self.layer * (HEIGHT + RISE)


def rule_graph() -> str:
    """The default study's rules as Snakemake prints them, in the language of Graphviz.

    Raises:
        SpikeTextError: Snakemake fails.
    """
    command = [sys.executable, "-m", "snakemake", "--rulegraph", "--forceall"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SpikeTextError(f"snakemake --rulegraph fails: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def edges_of(graph: str) -> Edges:
    """Arrows of a rule graph that no others imply, without the rule that makes nothing."""
    names = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)"', graph, flags=re.MULTILINE))
    direct: Edges = {name: set() for name in sorted(names.values()) if name != TARGET}
    for source, target in re.findall(r"^\s*(\d+) -> (\d+)", graph, flags=re.MULTILINE):
        if names[target] not in (TARGET, names[source]):
            direct[names[source]].add(names[target])
    reached: Edges = {}

    def beyond(rule: str) -> set[str]:
        if rule not in reached:
            reached[rule] = direct[rule].union(*(beyond(one) for one in direct[rule]))
        return reached[rule]

    return {
        rule: targets - set().union(*(beyond(one) for one in targets)) for rule, targets in direct.items()
    }


def messages() -> dict[str, str]:
    """What each rule does, by its own message."""
    files = sorted((ROOT / "workflow/rules").glob("*.smk"))
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    text = re.sub(r'"\n +"', "", text)  # what stands in two literals, one after the other
    # `rule energy:`, or `use rule figures as figure_attack with:`
    begin = r"^(?:use rule \w+ as |rule )(\w+)(?: with)?:$"
    found = re.findall(begin + r'.*?^    message:\n +"([^"\n]+)"$', text, flags=re.MULTILINE | re.DOTALL)
    return {rule: _in_words(message) for rule, message in found}


def _in_words(message: str) -> str:
    for wildcard, words in WORDS.items():
        message = message.replace(wildcard, words)
    return message


def layers_of(edges: Edges) -> list[list[Place]]:
    """Rules in layers, each below all whose outputs it reads; long arrows get a place in every layer."""
    depth = dict.fromkeys(edges, 0)
    for _ in edges:
        for rule, targets in edges.items():
            for target in targets:
                depth[target] = max(depth[target], depth[rule] + 1)
    boxes = {rule: Place(rule, layer) for rule, layer in depth.items()}
    layers: list[list[Place]] = [[] for _ in range(max(depth.values()) + 1)]
    for box in boxes.values():
        layers[box.layer].append(box)
    for rule, targets in edges.items():
        for target in sorted(targets):
            last = boxes[rule]
            for layer in range(depth[rule] + 1, depth[target]):
                layers[layer].append(Place("", layer))
                _join(last, last := layers[layer][-1])
            _join(last, boxes[target])
    return layers


def _join(upper: Place, lower: Place) -> None:
    upper.below.append(lower)
    lower.above.append(upper)


def arrange(layers: Sequence[list[Place]]) -> float:
    """Order each layer by the middle of its neighbours, down and up in turn; returns the picture's width."""
    for layer in layers:
        _spread(layer, [0.0] * len(layer))
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            near = [place.above if down else place.below for place in layer]
            middles = [
                sum(one.x for one in some) / len(some) if some else place.x
                for place, some in zip(layer, near, strict=True)
            ]
            _spread(layer, middles)
    places = [place for layer in layers for place in layer]
    left = min(place.x - place.width / 2 for place in places)
    for place in places:
        place.x += MARGIN - left
    return max(place.x + place.width / 2 for place in places) + MARGIN


def _spread(layer: list[Place], wanted: Sequence[float]) -> None:
    """Put places side by side in the order of where they would be, as near to that as there is room."""
    order = sorted(range(len(layer)), key=lambda i: wanted[i])
    layer[:], middles = [layer[i] for i in order], [wanted[i] for i in order]
    ends: list[float] = []
    for place, middle in zip(layer, middles, strict=True):
        left = max(middle - place.width / 2, ends[-1] + GAP if ends else middle - place.width / 2)
        place.x = left + place.width / 2
        ends.append(left + place.width)
    surplus = sum(place.x - middle for place, middle in zip(layer, middles, strict=True)) / len(layer)
    for place in layer:
        place.x -= surplus


def drawn(edges: Edges, said: dict[str, str]) -> str:
    """The picture as SVG.

    Args:
        edges: of `edges_of`.
        said: what each rule does.
    """
    layers = layers_of(edges)
    width = arrange(layers)
    height = layers[-1][0].top + HEIGHT + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        f'height="{height}" role="img"><title>The rules of the workflow</title><style>{STYLE}</style>',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#777;stroke:none"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height}" fill="white"/>',
    ]
    boxes = [place for layer in layers for place in layer if place.rule]
    parts += [_arrow(box, way) for box in boxes for way in box.below]
    parts += [_box(box, said[box.rule]) for box in boxes]
    return "\n".join([*parts, "</svg>", ""])


def _arrow(box: Place, way: Place) -> str:
    """From a box to the next one, through the layers between."""
    path, x, y = f"M{box.x:.0f} {box.top + HEIGHT}", box.x, box.top + HEIGHT
    while True:
        bend = (y + way.top) / 2
        path += f"C{x:.0f} {bend:.0f} {way.x:.0f} {bend:.0f} {way.x:.0f} {way.top}"
        if way.rule:
            return f'<path d="{path}" marker-end="url(#head)"/>'
        path += f"V{way.top + HEIGHT}"
        x, y, (way,) = way.x, way.top + HEIGHT, way.below


def _box(box: Place, said: str) -> str:
    lines = textwrap.wrap(said, LETTERS)
    first = box.top + HEIGHT / 2 + 4 - 7 * len(lines)
    text = "".join(
        f'<text x="{box.x:.0f}" y="{first + 2 + 14 * i:.0f}">{escape(line)}</text>'
        for i, line in enumerate(lines, 1)
    )
    return (
        f'<rect class="box" x="{box.x - WIDTH / 2:.0f}" y="{box.top}" '
        f'width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        f'<text class="name" x="{box.x:.0f}" y="{first:.0f}">{escape(box.rule)}</text>{text}'
    )


def main() -> None:
    """Write the picture."""
    text = drawn(edges_of(rule_graph()), messages())
    with atomic_path(PICTURE) as partial:
        partial.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except SpikeTextError as error:
        sys.exit(f"ERROR {error}")
