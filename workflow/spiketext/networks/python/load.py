"""A user's own network: the class in a Python file, and what it declares."""

import importlib.util
import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from spiketext.config.networks import Python
from spiketext.errors import SpikeTextError

COUNTED = (nn.Linear, nn.Conv1d)  # modules whose synapses are known
TAKEN = ("input", "vectors", "readout")  # names of populations that every network has
OWN_WORK = ("AC", "MAC", "multiply", "compare", "update", "draw")  # operations with a price of their own


@dataclass(frozen=True)
class Declared:
    """What a network of the user's own says of its wiring.

    Attributes:
        populations: by name, the path of the module whose outputs are its spikes.
        synapses: source population (`input`: the encoder's), path of the module that holds the weights.
        work: by population, operations of each neuron and step beside its update, by kind.
    """

    populations: Mapping[str, str]
    synapses: list[tuple[str, str]]
    work: Mapping[str, Mapping[str, float]]


def load_class(settings: Python) -> type[nn.Module]:
    """The class; the file is run.

    Raises:
        SpikeTextError: the file cannot be run, or has no such class.
    """
    path = Path(settings.file)
    spec = importlib.util.spec_from_file_location(f"own_network_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SpikeTextError(f"{path}: is no Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the names of types
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise SpikeTextError(f"{path}: cannot be run: {type(error).__name__}: {error}; mend it") from error
    found = getattr(module, settings.name, None)
    if not (inspect.isclass(found) and issubclass(found, nn.Module)):
        raise SpikeTextError(f"{path}: has no class `{settings.name}` that is a torch.nn.Module")
    return found


def make_module(settings: Python, width: int, classes: int) -> nn.Module:
    """A new network of the class, for inputs of `width` values.

    Raises:
        SpikeTextError: it cannot be made with these settings.
    """
    try:
        return load_class(settings)(width=width, classes=classes, **settings.settings)
    except SpikeTextError:
        raise
    except Exception as error:
        raise SpikeTextError(
            f"{settings.file}: `{settings.name}(width, classes, …)` fails: {type(error).__name__}: {error}; "
            "its settings stand in `network: settings`"
        ) from error


def declared(module: nn.Module, where: str) -> Declared:
    """What the network declares.

    Raises:
        SpikeTextError: a population or synapse names what is not there, or cannot be counted.
    """
    populations: Any = getattr(module, "populations", None)
    synapses: Any = getattr(module, "synapses", None)
    work: Any = getattr(module, "work", {})
    pairs = isinstance(synapses, Sequence) and all(
        isinstance(one, Sequence) and len(one) == 2 for one in synapses
    )
    if not populations or not synapses or not isinstance(populations, Mapping) or not pairs:
        raise SpikeTextError(
            f"{where}: declare `populations = {{name: module}}` and `synapses = [(source, module), …]`"
        )
    parts = dict(module.named_modules())
    for name, path in populations.items():
        if path not in parts or not path:
            raise SpikeTextError(f"{where}: population `{name}`: the network has no module `{path}`")
        if name in TAKEN:
            raise SpikeTextError(f"{where}: a population cannot be called `{name}`: choose another name")
    paths = [path for _, path in synapses]
    for source, path in synapses:
        if source != "input" and source not in populations:
            known = ", ".join(["input", *populations])
            raise SpikeTextError(f"{where}: synapses from `{source}`: no such population; there are {known}")
        if not isinstance(parts.get(path), COUNTED):
            kinds = " or ".join(kind.__name__ for kind in COUNTED)
            raise SpikeTextError(
                f"{where}: synapses from `{source}`: `{path}` must be a {kinds} of the network"
            )
        if paths.count(path) > 1:
            raise SpikeTextError(
                f"{where}: `{path}` stands in two synapses: each source needs weights of its own"
            )
    inside = tuple(f"{path}." for path in populations.values())
    for path, part in parts.items():
        own = any(True for _ in part.parameters(recurse=False))
        if own and path not in (*paths, *populations.values()) and not path.startswith(inside):
            raise SpikeTextError(
                f"{where}: `{path or 'the network'}` has weights that no synapses declare, so its work would "
                "not be counted"
            )
    for name, operations in work.items():
        if name not in populations:
            raise SpikeTextError(f"{where}: `work` of `{name}`: no such population")
        for operation in operations:
            if operation not in OWN_WORK:
                known = ", ".join(OWN_WORK)
                raise SpikeTextError(f"{where}: `work` of `{name}`: `{operation}` is none of {known}")
    return Declared(populations, [(str(a), str(b)) for a, b in synapses], work)
