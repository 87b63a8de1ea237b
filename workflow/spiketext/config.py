"""The typed configuration: the one source of schema, defaults and documentation.

A data set, a source of word vectors, a method or a cost table is data: the package's catalogue
holds those that it knows, and `define:` in a config file adds to them or changes single values.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from spiketext.config_data import Dataset, Embedding, TextFile, VectorSource
from spiketext.config_energy import CostTable, MemorySize
from spiketext.config_methods import Conversion, Finetuning, Method, Network, Neuron, Training, share_dnns
from spiketext.config_types import Folder, Name, Strict
from spiketext.resources.registry import Resource

__all__ = [
    "Attack",
    "Config",
    "Conversion",
    "CostTable",
    "Dataset",
    "Definitions",
    "Embedding",
    "Finetuning",
    "MemorySize",
    "Method",
    "Network",
    "Neuron",
    "TextFile",
    "Training",
    "VectorSource",
]

# ---------------------------------------------------------------------------- attacks


class Attack(Strict):
    """Attacks on the trained classifiers."""

    sample: int = Field(50, ge=1, description="Test sentences attacked.")
    english: list[Name] = Field(["deepwordbug", "pwws"], description="Recipes for English data sets.")
    chinese: list[Name] = Field(["chinese-character-swap"], description="Recipes for Chinese data sets.")
    query_batch: int = Field(128, ge=1, description="Sentences classified at once.")

    def recipes(self, language: str) -> list[str]:
        """Recipes for a language."""
        return self.english if language == "en" else self.chinese


# ---------------------------------------------------------------------------- the whole


class Definitions(Strict):
    """What the lists above can name; the catalogue's entries plus the user's."""

    resources: dict[Name, Resource] = Field(default_factory=dict)
    datasets: dict[Name, Dataset] = Field(default_factory=dict)
    embeddings: dict[Name, Embedding] = Field(default_factory=dict)
    methods: dict[Name, Method] = Field(default_factory=dict)
    cost_tables: dict[Name, CostTable] = Field(default_factory=dict)

    @field_validator("methods")
    @classmethod
    def _share_dnns(cls, methods: dict[str, Method]) -> dict[str, Method]:
        """Methods that convert another one's DNN get its `network` and `training`."""
        return share_dnns(methods)


class Config(Strict):
    """The configuration of one study."""

    datasets: list[Name] = Field(["mr", "zh_reviews"], min_length=1, description="Data sets to run.")
    methods: list[Name] = Field(["dnn", "lv2023", "sparse-20"], min_length=1, description="Methods to run.")
    seeds: list[Annotated[int, Field(ge=0, le=2**31 - 1)]] = Field(
        [1], min_length=1, description="One whole run each: split, weights, spikes, attack sample."
    )
    results: Folder = Field("results", description="Folder of all outputs.")
    mirror: str | None = Field(
        None, description="Folder or base URL that is tried before a resource's own source."
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where networks run.")
    threads: int = Field(
        1, ge=1, le=64, description="Threads of each training job; results depend on it, not on --cores."
    )
    cost_table: Name = Field("horowitz-fp32", description="Cost table of the main energy estimate.")
    cost_tables: list[Name] = Field(
        [], description="Cost tables that price the operations, the main one among them; empty: all defined."
    )
    attack: Attack = Field(default_factory=Attack, description="Attacks.")
    define: Definitions = Field(
        default_factory=Definitions,
        description="Own data sets, word vectors, methods, cost tables and resources.",
    )

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for kind, names in (("datasets", self.datasets), ("methods", self.methods)):
            _check_names(kind, names, list(getattr(self.define, kind)))
            if len(set(names)) < len(names):
                raise ValueError(f"`{kind}` names an entry twice")
        for name in self.methods:
            shared = self.define.methods[name].dnn
            if shared is not None and shared not in self.methods:
                raise ValueError(f"`{name}` converts the DNN of `{shared}`: list `{shared}` in `methods` too")
        _check_names("cost_tables", [self.cost_table, *self.cost_tables], list(self.define.cost_tables))
        if self.cost_tables and self.cost_table not in self.cost_tables:
            raise ValueError(f"`cost_table` is `{self.cost_table}`: list it in `cost_tables` too")
        for name in self.datasets:
            embedding = self.define.datasets[name].embedding
            _check_names("embeddings", [embedding], list(self.define.embeddings))
            _check_files(self.define.datasets[name].files, self.define.resources)
            _check_files(self.define.embeddings[embedding].sources, self.define.resources)
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("`seeds` names a seed twice")
        return self

    @property
    def priced(self) -> dict[str, CostTable]:
        """The cost tables that price the operations, the main one first."""
        names = dict.fromkeys([self.cost_table, *(self.cost_tables or self.define.cost_tables)])
        return {name: self.define.cost_tables[name] for name in names}


def _check_names(kind: str, names: list[str], known: list[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"`{name}` is not among the {kind} defined: {', '.join(sorted(known))}")


def _check_files(items: Sequence[TextFile | VectorSource], resources: dict[str, Resource]) -> None:
    for item in items:
        if item.path is not None and not Path(item.path).is_file():
            raise ValueError(f"there is no file `{item.path}`: check its path")
        if item.resource is None:
            continue
        _check_names("resources", [item.resource], list(resources))
        files = resources[item.resource].files
        if item.file is not None and files is not None and item.file not in files:
            raise ValueError(f"resource `{item.resource}` has no file `{item.file}`: {', '.join(files)}")
