"""Keys of former versions: read as what says the same now, with a line that says how to write it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

# What a section of several kinds was before it could say its kind.
KINDS = {"encoder": "rate", "rule": "percentile", "objective": "spike-budget"}


class Former(NamedTuple):
    """A key of a method as it was, and as it is.

    Attributes:
        section: the section of the method in which it stood.
        key: its name there.
        now: where it stands now, in the method.
        values: what values are now; those that are not here stay as they are.
    """

    section: str
    key: str
    now: tuple[str, ...]
    values: Mapping[Any, Any] = {}


FORMER = (
    Former("network", "positive", ("inputs", "transform"), {True: "positive", False: "standardised"}),
    Former("conversion", "coding", ("conversion", "encoder", "kind")),
    Former("conversion", "span", ("conversion", "encoder", "full_scale")),
    Former("conversion", "silence", ("conversion", "encoder", "dead_zone")),
    Former("conversion", "balance", ("conversion", "rule", "kind")),
    Former("conversion", "percentile", ("conversion", "rule", "percentile")),
    Former("conversion", "calibration", ("conversion", "rule", "calibration")),
    Former("finetuning", "budget", ("finetuning", "objective", "spikes")),
)


def as_now(values: Any) -> tuple[Any, list[tuple[str, Former]]]:
    """The configuration `values` without former keys, and those that were in it, each with its method."""
    found = list(_found(values))
    if not found:
        return values, []
    methods = dict(values["define"]["methods"])
    for name, former in found:
        method = {**methods[name], former.section: dict(methods[name][former.section])}
        value = method[former.section].pop(former.key)
        if value is not None:  # an empty budget was none
            scalar = not isinstance(value, Mapping | list)
            method = _put(method, former.now, former.values.get(value, value) if scalar else value)
        methods[name] = method
    return {**values, "define": {**values["define"], "methods": methods}}, found


def describe(name: str, former: Former) -> str:
    """Say where the former key stands and what to write instead."""
    *sections, key = former.now
    written = f"{key}: …"
    for section in reversed(sections):
        written = f"{section}: {{{written}}}"
    return f"`define.methods.{name}.{former.section}.{former.key}` is read as `{written}`, its place now"


def with_kinds(methods: Mapping[str, Any], found: Iterable[tuple[str, Former]]) -> dict[str, Any]:
    """`methods`, with a kind for each section that former keys made and that has none."""
    methods = dict(methods)
    for name, former in found:
        section, *inner = former.now[:-1]
        if inner and inner[0] in methods[name].get(section, {}):
            merged = {"kind": KINDS[inner[0]], **methods[name][section][inner[0]]}
            methods[name] = {**methods[name], section: {**methods[name][section], inner[0]: merged}}
    return methods


def _found(values: Any) -> Iterator[tuple[str, Former]]:
    define = values.get("define") if isinstance(values, Mapping) else None
    methods = define.get("methods") if isinstance(define, Mapping) else None
    for name, method in methods.items() if isinstance(methods, Mapping) else ():
        for former in FORMER if isinstance(method, Mapping) else ():
            section = method.get(former.section)
            if isinstance(section, Mapping) and former.key in section:
                yield name, former


def _put(values: Any, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """`values` with `value` at `path`, unless the new key stands there too."""
    key, *rest = path
    values = dict(values) if isinstance(values, Mapping) else {}
    values[key] = _put(values.get(key), tuple(rest), value) if rest else values.get(key, value)
    return values
