"""The part of the configuration that a report is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from spiketext.config import Config


def used_settings(config: Config) -> dict[str, Any]:
    """The settings with the definitions of what they name, and nothing else.

    Where files lie and come from is left out: it changes no result.
    """
    values = config.model_dump(mode="json", exclude={"results", "mirror", "define"})
    define = config.define
    embeddings = {define.datasets[name].embedding for name in config.datasets}
    chosen: dict[str, Mapping[str, BaseModel]] = {
        "datasets": {name: define.datasets[name] for name in config.datasets},
        "embeddings": {name: define.embeddings[name] for name in sorted(embeddings)},
        "methods": {name: define.methods[name] for name in config.methods},
        "cost_tables": {config.cost_table: define.cost_tables[config.cost_table]},
    }
    values["define"] = {
        kind: {name: entry.model_dump(mode="json") for name, entry in entries.items()}
        for kind, entries in chosen.items()
    }
    return values


def title_of(name: str, definition: Mapping[str, Any]) -> str:
    """The name to show for an entry of the configuration."""
    return str(definition.get("title") or name)
