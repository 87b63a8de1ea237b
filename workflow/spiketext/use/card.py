"""The model card: what a folder of weights was made with, and what belongs to it.

Paths in it count from the card's folder, so that results can be moved with the resources beside them. It is
written by a rule of its own, from what the other rules have made: no other job depends on it.
"""

import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from spiketext.config.data import Embedding
from spiketext.config.energy import CostTable
from spiketext.config.methods import Method
from spiketext.config.types import Name, Steps, Strict
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.provenance import contents
from spiketext.seal import checksum_of, unusable

CARD = "card.json"
# Packages that cut texts into words, by language; sequences of numbers have none.
TOKENISERS: dict[str | None, list[str]] = {"en": [], "zh": ["jieba"], None: []}


class File(Strict):
    """A file of this workflow.

    Its reader verifies that the contents fit the checksum in the file; the card tells which that must be.
    """

    path: str = Field(description="From the card's folder.")
    checksum: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] = Field(description="That in the file.")

    @classmethod
    def of(cls, path: str | Path, folder: Path) -> "File":
        """The file as it is now.

        Raises:
            SpikeTextError: it is missing, or has no checksum.
        """
        return cls(path=relative(path, folder), checksum=_checksum(path))

    def within(self, folder: Path) -> Path:
        """Its path, once it is seen to be the one that is meant.

        Raises:
            SpikeTextError: it is missing, or another one.
        """
        path = folder / self.path
        if _checksum(path) != self.checksum:
            raise SpikeTextError(
                f"{path} is not the file that {folder / CARD} describes; run the workflow again"
            )
        return path


class Tokeniser(Strict):
    """What cuts texts into words."""

    language: Literal["en", "zh"] | None = Field(description="Of the texts; none: sequences of numbers.")
    packages: dict[str, str] = Field(description="Versions of the packages that it uses.")
    max_length: int = Field(ge=1, description="Tokens that the network reads of a text.")


class Vectors(Strict):
    """The word vectors."""

    name: Name | None = Field(
        description="Of the definition in the configuration; none: values of sequences."
    )
    definition: Embedding | None = Field(description="Their sources.")
    manifests: list[str] = Field(description="Manifests of the resources that they come from.")
    table: File = Field(description="Vectors of the data set's words.")
    words: File = Field(description="These words.")
    fit: File = Field(description="Fitted reductions, for further words.")
    vectors_report: File = Field(description="Mean and deviation, for the transform.")


class Weights(Strict):
    """The network of one stage."""

    weights: File = Field(description="Its weights.")
    steps: Steps | None = Field(description="T of its main results; none for a DNN.")


class Card(Strict):
    """All that is needed to use the networks of one method, data set and seed."""

    spiketext: str = Field(description="Version of the package that wrote the card.")
    dataset: Name
    title: str = Field("", description="Of the data set; empty: none.")
    method: Name
    seed: int = Field(ge=0, description="Of weights, split and spikes.")
    classes: list[str] = Field(min_length=2, description="In the order of the scores.")
    tokeniser: Tokeniser
    longest: int = Field(ge=1, description="Tokens of the data set's longest text: the size of memories.")
    definition: Method = Field(description="Network, conversion and so on.")
    own: list[str] = Field(description="Size and checksum of the network's own Python file.")
    vectors: Vectors
    stages: dict[str, Weights] = Field(min_length=1, description="The networks, the last one last.")
    cost_tables: dict[Name, CostTable] = Field(min_length=1, description="The study's, the main one first.")


def relative(path: str | Path, folder: Path) -> str:
    """A path as it is from a folder."""
    return Path(os.path.relpath(path, folder)).as_posix()


def _from(folder: Path, path: str) -> Path:
    """A path that is told from a folder, which may be a link to one elsewhere; short where it is the same."""
    short, whole = Path(os.path.normpath(folder / path)), folder / path
    return whole if whole.exists() and not (short.exists() and short.samefile(whole)) else short


def tokeniser_packages(language: str | None) -> dict[str, str]:
    """Versions, here, of the packages that cut texts of a language into words."""
    return {name: version(name) for name in TOKENISERS[language]}


def read_card(folder: Path) -> Card:
    """The card of a folder, with local files as they are from here.

    Raises:
        SpikeTextError: there is none, it is damaged, or something has changed since it was written.
    """
    path = folder / CARD
    if not folder.is_dir():
        raise SpikeTextError(f"{folder} is no folder; name one such as results/DATASET/METHOD/seed1")
    if not path.exists():
        raise SpikeTextError(
            f"{folder} has no model card ({CARD}); name a folder such as results/DATASET/METHOD/seed1, or "
            "run the workflow again, which makes the card (but none with `target: value`)"
        )
    values = read_json(path)
    try:
        card = Card.model_validate(change_paths(values, lambda path: str(_from(folder, path))))
    except (ValidationError, AttributeError, KeyError, TypeError) as error:
        raise unusable(path, f"does not fit ({_first(error)})") from error
    _check_here(card, path)
    return card


def check_sources(card: Card, folder: Path) -> None:
    """Whether what gives vectors to words that the study lacks is there; it lies beside the results.

    Raises:
        SpikeTextError: a manifest or a local file is missing, with what to copy where.
    """
    sources = [] if card.vectors.definition is None else card.vectors.definition.sources
    wanted = [(_from(folder, one), "folder") for one in card.vectors.manifests]
    wanted += [(Path(one.path), "file") for one in sources if one.path is not None]
    for path, kind in wanted:
        if not path.exists():
            place = path.parent if kind == "folder" else path
            raise SpikeTextError(
                f"{path} is missing, which gives vectors to words that the study did not have; copy the "
                f"{kind} {place.name} that the study used to {place} (docs/use.md, moving results)"
            )


def change_paths(values: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """A card's values with its local files, vectors and the network's own, under other paths."""
    vectors = values["vectors"]["definition"]
    for part, key in (
        (values["definition"]["network"], "file"),
        *((source, "path") for source in (vectors["sources"] if vectors else [])),
    ):
        if part.get(key) is not None:
            part[key] = change(part[key])
    return values


def _check_here(card: Card, path: Path) -> None:
    """Whether texts are cut, and an own network is made, as when the card was written."""
    here = tokeniser_packages(card.tokeniser.language)
    for name, there in card.tokeniser.packages.items():
        if here.get(name) != there:
            raise SpikeTextError(
                f"{path}: the texts were cut by {name} {there}, and here is {here.get(name, 'none')}: texts "
                "might be cut into other words; install that version, or run the workflow again"
            )
    if card.definition.network.kind == "python":
        file = card.definition.network.file
        try:
            same = contents([file]) == card.own
        except OSError as error:
            raise SpikeTextError(f"{path}: its network's file {file} cannot be read ({error})") from error
        if not same:
            raise SpikeTextError(f"{file} has changed since {path} was written; run the workflow again")


def _checksum(path: str | Path) -> str:
    return checksum_of(path, in_front=Path(path).suffix == ".safetensors")


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        one = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
    return "it lacks keys"
