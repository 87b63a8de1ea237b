"""The typed configuration: the one source of schema, defaults and documentation.

A data set, a source of word vectors, a method or a cost table is data: the package's catalogue
holds those that it knows, and `define:` in a config file adds to them or changes single values.
"""

import difflib
import os
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from spiketext.config.attacks import Attack
from spiketext.config.data import Dataset, Embedding, TextSet, VectorSource
from spiketext.config.dnns import check_start, dnn_owner, share_dnns
from spiketext.config.energy import CostTable
from spiketext.config.labelled import RawFile
from spiketext.config.methods import Method
from spiketext.config.resources import Resource
from spiketext.config.types import Folder, LocalPath, Metric, Mistake, Name, Strict


class Definitions(Strict):
    """What the lists above can name; the catalogue's entries plus the user's."""

    resources: dict[Name, Resource] = Field(default_factory=dict)
    datasets: dict[Name, Dataset] = Field(default_factory=dict)
    embeddings: dict[Name, Embedding] = Field(default_factory=dict)
    methods: dict[Name, Method] = Field(default_factory=dict)
    cost_tables: dict[Name, CostTable] = Field(default_factory=dict)

    @property
    def texts(self) -> dict[str, TextSet]:
        """The data sets of texts."""
        return {name: one for name, one in self.datasets.items() if isinstance(one, TextSet)}

    @field_validator("methods")
    @classmethod
    def _share_dnns(cls, methods: dict[str, Method]) -> dict[str, Method]:
        """Methods that convert another one's DNN get its `network` and `training`."""
        return share_dnns(methods)


class Config(Strict):
    """The configuration of one study."""

    datasets: list[Name] = Field(["mr", "zh_reviews"], min_length=1, description="Data sets to run.")
    methods: list[Name] = Field(
        ["dnn", "lv2023", "sparse-20", "tf-idf"], min_length=1, description="Methods to run."
    )
    baselines: list[Name] = Field(
        ["majority", "tf-idf", "tf-idf-characters", "mean-vector"],
        description="Methods that are trained, evaluated and priced beside those, but not attacked. Each is "
        "fitted within seconds to a minute.",
    )
    seeds: list[Annotated[int, Field(ge=0, le=2**31 - 1)]] = Field(
        [1], min_length=1, description="One whole run each: split, weights, spikes, attack sample."
    )
    results: Folder = Field("results", description="Folder of all outputs; each study needs one of its own.")
    resources: Folder = Field(
        "results/resources", description="Folder of the resources, which all studies share."
    )
    mirror: LocalPath | None = Field(
        None, description="Folder or base URL that is tried before a resource's own source."
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where networks run.")
    threads: int = Field(
        1, ge=1, le=64, description="Threads of each training job; results depend on it, not on --cores."
    )
    metric: Metric = Field(
        "accuracy",
        description="What choices on dev are made by (the epoch, the strength of a baseline's penalty, the "
        "best classifier), and what the report's verdict compares; with `target: value` that is the loss.",
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
        for kind, values in (("datasets", self.datasets), ("methods", self.methods), ("seeds", self.seeds)):
            if len(set(values)) < len(values):
                raise Mistake("names an entry twice", kind)
        for kind, names, defined in (
            ("datasets", self.datasets, self.define.datasets),
            ("methods", self.methods, self.define.methods),
            ("baselines", self.baselines, self.define.methods),
        ):
            _check_names("datasets" if kind == "datasets" else "methods", names, list(defined), kind)
        if len(set(self.attack.modes)) < len(self.attack.modes):
            raise Mistake("names a mode twice", "attack", "modes")
        for name in self.classifiers:
            shared = self.dnn_of(name)
            if shared is None:
                raise Mistake(f"`{name}` is compared with a DNN: list one, such as `dnn`, too", "methods")
            if shared not in self.classifiers:
                message = f"`{name}` needs the DNN of `{shared}`: list `{shared}` in `methods` too"
                raise Mistake(message, "methods")
        tables = list(self.define.cost_tables)
        _check_names("cost_tables", [self.cost_table], tables, "cost_table")
        _check_names("cost_tables", self.cost_tables, tables, "cost_tables")
        if self.cost_tables and self.cost_table not in self.cost_tables:
            raise Mistake(f"`{self.cost_table}` is not in `cost_tables`: list it there too", "cost_table")
        return self

    @model_validator(mode="after")
    def _needed_ones_come_first(self) -> Self:
        for name in self.classifiers:
            self._check_order([name])
            check_start(name, self.define.methods)
        return self

    def _check_order(self, above: list[str]) -> None:
        """Whether the last of these methods, each of which needs the next, can be trained first."""
        method = self.define.methods[above[-1]]
        for needed, how in method.trained_after.items():
            if needed not in self.classifiers:
                message = f"`{above[-1]}` {how} `{needed}`: list that in `methods` or `baselines` too"
                raise Mistake(message, "methods")
        for needed in [*method.trained_after, *([method.dnn] if method.dnn else [])]:
            if needed in above:
                raise Mistake(
                    f"`{needed}` would learn from itself: choose another teacher, or start", "methods"
                )
            self._check_order([*above, needed])

    @model_validator(mode="after")
    def _files_exist(self) -> Self:
        """What the data sets read is defined, and there if it is local."""
        for name in self.datasets:
            dataset = self.define.datasets[name]
            place = ("define", "datasets", name)
            for i, file in enumerate(dataset.files):
                self._check_file(file, *place, "files", str(i))
            for i, file in enumerate(dataset.unlabelled_files):
                self._check_file(file, *place, "unlabelled", "files", str(i))
            if dataset.embedding is not None:
                self._check_vectors(dataset.embedding, *place, "embedding")
        for name in self.classifiers:
            network = self.define.methods[name].network
            if network.kind == "python":
                _check_readable(network.file, "define", "methods", name, "network", "file")
            for resource in network.parts:
                self.check_resource(resource, "define", "methods", name, "network")
        return self

    @model_validator(mode="after")
    def _words_where_needed(self) -> Self:
        """What reads words has some to read."""
        without = [name for name in self.datasets if not self.define.datasets[name].of_words]
        for kind, names in (("methods", self.methods), ("baselines", self.baselines)):
            needing = [name for name in names if self.define.methods[name].network.needs_words]
            if without and needing:
                raise Mistake(
                    f"`{needing[0]}` reads words, and `{without[0]}` has none; leave it out: "
                    f"`{kind}: [{', '.join(name for name in names if name not in needing)}]`",
                    kind,
                )
        return self

    @model_validator(mode="after")
    def _dimensions_that_vectors_have(self) -> Self:
        """No method keeps more dimensions of the vectors than they have."""
        for name in self.datasets:
            vectors = self.define.datasets[name].embedding
            width = None if vectors is None else self.define.embeddings[vectors].width
            for method in self.classifiers:
                dimensions = self.define.methods[method].inputs.dimensions
                if width is not None and dimensions is not None and dimensions > width:
                    raise Mistake(
                        f"{dimensions} dimensions are more than the {width} of the vectors of `{name}`",
                        *("define", "methods", method, "inputs", "dimensions"),
                    )
        return self

    @model_validator(mode="after")
    def _all_tell_the_same(self) -> Self:
        """Data sets ask for classes, or for a value; and every method can tell that."""
        for name in self.datasets[1:]:
            if self.define.datasets[name].target != self.target:
                message = (
                    f"`{name}` has another `target` than `{self.datasets[0]}`: give it a study of its own"
                )
                raise Mistake(message, "datasets")
        asked = f"`{self.datasets[0]}` asks for `target: {self.target}`"
        for kind, names in (("methods", self.methods), ("baselines", self.baselines)):
            able = [one for one in names if self.target in self.define.methods[one].network.targets]
            if len(able) < len(names):
                other = next(one for one in names if one not in able)
                told = f"`{kind}: [{', '.join(able)}]`"
                raise Mistake(f"{asked}, which `{other}` cannot tell; leave it out: {told}", kind)
        for name in self.classifiers:
            for objective in self.define.methods[name].objectives:
                if objective.target != self.target:
                    raise Mistake(
                        f"{asked}, and `{name}` minimises `{objective.kind}`, which is for "
                        f"`target: {objective.target}`; choose another `objective`",
                        "methods",
                    )
        return self

    @property
    def target(self) -> str:
        """What all data sets ask for: a task of `spiketext.tasks`."""
        return self.define.datasets[self.datasets[0]].target

    def _check_vectors(self, name: str, *place: str) -> None:
        _check_names("embeddings", [name], list(self.define.embeddings), *place)
        for i, source in enumerate(self.define.embeddings[name].sources):
            self._check_file(source, "define", "embeddings", name, "sources", str(i))

    def _check_file(self, item: RawFile | VectorSource, *place: str) -> None:
        if item.path is not None:
            _check_readable(item.path, *place, "path")
        if item.resource is None:
            return
        files = self.check_resource(item.resource, *place, "resource").files
        if item.file is not None and files is not None and item.file not in files:
            message = f"resource `{item.resource}` has no file `{item.file}`: {', '.join(files)}"
            raise Mistake(message, *place, "file")

    def check_resource(self, name: str, *place: str) -> Resource:
        """The resource that `place` names.

        Raises:
            Mistake: it is not defined, or is a local file that cannot be read.
        """
        _check_names("resources", [name], list(self.define.resources), *place)
        resource = self.define.resources[name]
        # A file with a checksum may come from the mirror, or be here already.
        if resource.path is not None and (not resource.can_mirror or os.path.exists(resource.path)):  # noqa: PTH110
            place = ("define", "resources", name, "path")
            if resource.is_folder and not resource.watched:
                raise Mistake(f"there are no files in the folder `{resource.path}`: check its path", *place)
            for file in resource.watched if resource.is_folder else [resource.path]:
                _check_readable(str(file), *place)
        return resource

    def dnn_of(self, method: str) -> str | None:
        """The method whose DNN `method` converts or is compared with."""
        return dnn_owner(method, {name: self.define.methods[name] for name in self.classifiers})

    @property
    def origins(self) -> dict[str, list[str]]:
        """Where the files of each data set come from."""
        return {name: [file.origin for file in self.define.datasets[name].files] for name in self.datasets}

    @property
    def classifiers(self) -> list[str]:
        """All methods of the study: `methods`, then `baselines`."""
        return list(dict.fromkeys([*self.methods, *self.baselines]))

    @property
    def priced(self) -> dict[str, CostTable]:
        """The cost tables that price the operations, the main one first."""
        names = dict.fromkeys([self.cost_table, *(self.cost_tables or self.define.cost_tables)])
        return {name: self.define.cost_tables[name] for name in names}


def _check_names(kind: str, names: list[str], known: list[str], *place: str) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.65)
            hint = f"; did you mean `{near[0]}`?" if near else f": {', '.join(sorted(known))}"
            raise Mistake(f"`{name}` is not among the {kind} defined{hint}", *place)


def _check_readable(path: str, *place: str) -> None:
    # Unlike those of Path, these never raise, whatever the name and the folder's permissions are.
    if os.path.isdir(path):  # noqa: PTH112
        raise Mistake(f"`{path}` is a folder: name a file in it", *place)
    if not os.path.isfile(path):  # noqa: PTH113
        raise Mistake(f"there is no file `{path}`: check its path", *place)
    if not os.access(path, os.R_OK):
        raise Mistake(f"`{path}` may not be read: check its permissions", *place)
