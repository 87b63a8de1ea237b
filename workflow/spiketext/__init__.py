"""SpikeText: from labelled text to a spiking classifier; `load` gives a trained one."""

from importlib import import_module
from typing import Any

__all__ = ["load"]


def load(folder: Any, stage: str | None = None, **options: Any) -> Any:
    """The trained classifier in a results folder; see `spiketext.use.classifier.load`."""
    # By name: an import here would make every job depend on it, and every import of the package slow.
    return import_module("spiketext.use.classifier").load(folder, stage, **options)
