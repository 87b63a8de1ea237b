"""Checkpoints after each epoch: a killed job goes on with bit-identical results."""

import json
import logging
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from spiketext.arrays import Arrays, Layout, check_arrays, read_arrays, write_arrays
from spiketext.errors import SpikeTextError

log = logging.getLogger("spiketext")


@dataclass
class TrainingState:
    """All that an epoch changes."""

    module: nn.Module
    optimiser: torch.optim.Optimizer
    spikes: torch.Generator
    order: np.random.Generator
    epoch: int = 0
    history: list[dict[str, float | None]] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)
    best_score: float = -math.inf
    best_epoch: int = 0


def save(path: Path, state: TrainingState, fingerprint: str) -> None:
    """Write the state, atomically; `fingerprint` names the run that it belongs to."""
    arrays = {f"module.{name}": tensor for name, tensor in state.module.state_dict().items()}
    arrays |= {f"best.{name}": tensor for name, tensor in state.best.items()}
    for i, slots in state.optimiser.state_dict()["state"].items():
        arrays |= {f"optimiser.{i}.{slot}": value for slot, value in slots.items()}
    arrays |= {"rng.torch": _global(state).get_state(), "rng.spikes": state.spikes.get_state()}
    plain = {
        "fingerprint": fingerprint,
        "epoch": state.epoch,
        "history": state.history,
        "best_score": state.best_score,
        "best_epoch": state.best_epoch,
        "order": state.order.bit_generator.state,
    }
    numpy = {name: tensor.detach().cpu().numpy() for name, tensor in arrays.items()}
    numpy["plain"] = np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)
    write_arrays(path, numpy)


def restore(path: Path, state: TrainingState, fingerprint: str) -> bool:
    """Read the state into `state` if there is one of the same run; return whether there was.

    One that is damaged costs the epochs so far, no more.
    """
    if not path.exists():
        return False
    try:
        arrays = read_arrays(path)
        plain: dict[str, Any] = json.loads(arrays["plain"].tobytes()) if "plain" in arrays else {}
        if plain.get("fingerprint") != fingerprint:
            return False
        check_arrays(arrays, _layout(state, arrays))
    except SpikeTextError as error:
        log.warning("training starts anew: %s", error)
        return False
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    state.module.load_state_dict(_under("module", tensors))
    state.best = _under("best", tensors)
    slots: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _under("optimiser", tensors).items():
        i, slot = name.split(".", 1)
        slots.setdefault(int(i), {})[slot] = tensor
    groups = state.optimiser.state_dict()["param_groups"]
    state.optimiser.load_state_dict({"state": slots, "param_groups": groups})
    _global(state).set_state(tensors["rng.torch"])
    state.spikes.set_state(tensors["rng.spikes"])
    state.order.bit_generator.state = plain["order"]
    state.epoch, state.history = plain["epoch"], plain["history"]
    state.best_score, state.best_epoch = plain["best_score"], plain["best_epoch"]
    return True


def _layout(state: TrainingState, arrays: Arrays) -> dict[str, Layout]:
    """What the arrays of a checkpoint of this state must be."""
    tensors = {
        f"{part}.{name}": tensor
        for part in ("module", "best")
        for name, tensor in state.module.state_dict().items()
    }
    for i, parameter in enumerate(state.module.parameters()):
        if f"optimiser.{i}.step" in arrays:  # a parameter that has had no gradient yet has no state
            moments = {"exp_avg": parameter, "exp_avg_sq": parameter, "step": torch.zeros(())}
            tensors |= {f"optimiser.{i}.{slot}": tensor for slot, tensor in moments.items()}
    tensors |= {"rng.torch": _global(state).get_state(), "rng.spikes": state.spikes.get_state()}
    layout = {
        name: Layout(str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape))
        for name, tensor in tensors.items()
    }
    return layout | {"plain": Layout("uint8", ("plain",))}


def _global(state: TrainingState) -> torch.Generator:
    """The generator that dropout draws from: each device has its own."""
    device = state.spikes.device
    return (
        torch.default_generator if device.type == "cpu" else torch.cuda.default_generators[device.index or 0]
    )


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    start = len(prefix) + 1
    return {name[start:]: tensor for name, tensor in tensors.items() if name.startswith(prefix + ".")}
