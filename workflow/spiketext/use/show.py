"""Explanations as text for a terminal, and as one HTML page that needs no other file."""

from collections.abc import Iterable, Iterator

from jinja2 import Environment, PackageLoader, StrictUndefined

from spiketext.errors import printable
from spiketext.use.explanation import Explanation

BAR = 20  # characters of the longest bar
STRONGEST = 0.75  # opacity of the word that matters most
ADDS_UP = "Contributions add up: words and rest give the lead, in scores a step."
LEFT_OUT = "Contribution: what the lead loses without the word, in scores a step; these do not add up."


def as_text(number: int, one: Explanation) -> str:
    """Some lines: the decision, each word with its contribution, the neurons that matter most."""
    if not one.words:
        return f"text {number}: no words\n"
    first, second = (printable(one.classes[place]) for place in (one.first, one.second))
    lines = [
        f"text {number}: {first}, ahead of {second} by {one.lead(one.scores):+.3f} a step",
    ]
    for word, share in zip(one.words, shares(one), strict=True):
        note = "" if word.known else "  (no vector)"
        bar = "█" * round(BAR * abs(share))
        lines.append(
            f"  {one.lead(word.gives):+8.3f} {'+' if share > 0 else '-' if bar else ' '}{bar:{BAR}} "
            f"{printable(word.text)}{note}"
        )
    if one.rest is not None:
        lines.append(f"  {one.lead(one.rest):+8.3f} {'':{BAR + 1}} (rest: biases, thresholds, padding)")
    for neuron in one.neurons:
        favoured = first if one.lead(neuron.gives) > 0 else second
        spikes = "active" if neuron.fired is None else f"{neuron.fired} spike{'s' * (neuron.fired != 1)}"
        lines.append(
            f"  neuron {neuron.number}, {spikes} for {favoured} ({one.lead(neuron.gives):+.3f}): "
            f"{printable(' '.join(neuron.words))}"
        )
    return "\n".join(lines) + "\n"


def shares(one: Explanation) -> list[float]:
    """What each word gives to the lead, by the largest: −1 … 1."""
    leads = [one.lead(word.gives) for word in one.words]
    most = max(map(abs, leads), default=0.0) or 1.0
    return [lead / most for lead in leads]


def as_html(title: str, explanations: Iterable[Explanation]) -> Iterator[str]:
    """A page, in parts; all text is escaped, and nothing is fetched."""
    environment = Environment(
        loader=PackageLoader("spiketext.use"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = printable
    template = environment.get_template("explanations.html")
    yield from template.generate(
        title=title,
        explanations=explanations,
        shares=shares,
        strongest=STRONGEST,
        adds_up=ADDS_UP,
        left_out=LEFT_OUT,
    )
