"""The configuration of attacks, and the recipes that it can name."""

import difflib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from spiketext.config.files import read_yaml
from spiketext.config.stages import STAGES
from spiketext.config.types import Name, Strict
from spiketext.errors import SpikeTextError

LANGUAGES = {"en": "english", "zh": "chinese"}  # keys of `attack`
Mode = Literal["fixed", "fresh", "expectation", "vote", "patient"]  # of a stochastic victim: `attack.modes`
SEVERAL: tuple[Mode, ...] = ("expectation", "vote", "patient")  # draws answer a query
WhiteBox = Literal["hotflip", "pgd"]  # modules of `attack.white_box`
SENTENCE_ENCODER = "use-multilingual"  # the resource that compares the senses of texts
Synonyms = Literal["counterfitted-neighbours", "counterfitted-vectors"]  # resources that serve alike


def _each_once(kinds: list[WhiteBox]) -> list[WhiteBox]:
    if len(set(kinds)) < len(kinds):
        raise ValueError("names an attack twice; name each once")
    return kinds


class Recipe(Strict):
    """One attack; the module of its name in `attack.recipes` builds it."""

    name: str = Field(description="As in the configuration and in file names.")
    title: str = Field(description="For tables and figures.")
    language: Literal["en", "zh"] = Field(description="Of the texts that it changes.")
    goal: Literal["misclassify", "shorten"] = Field(
        "misclassify", description="Another class, or the same class with fewer words."
    )
    citation: str = Field(description="Where it comes from.")
    resources: list[str] = Field([], description="Resources of the registry that it needs.")
    supply: dict[str, str] = Field(
        {}, description="Of these, the ones that only the user can define, and what they are."
    )
    probe: str = Field(
        min_length=1, description="A text for which it must find candidates, else it is not run."
    )
    substitutions: list[str] = Field(description="Sentences that say what stands in for what.")
    stand_ins: dict[str, str] = Field({}, description="Likewise, where a resource of that name is used.")


class Attack(Strict):
    """Attacks on the trained classifiers."""

    sample: int = Field(50, ge=1, description="Test texts attacked.")
    stages: Literal["last", "dnn-and-last", "all"] = Field(
        "dnn-and-last",
        description="Which networks of a method: what it ends with; beside it the DNN that it was made from "
        "(one that several methods share is attacked as that of its owner); or those between them too.",
    )
    english: list[Name] = Field(["deepwordbug", "pwws"], description="Recipes for English data sets.")
    chinese: list[Name] = Field(["chinese-character-swap"], description="Recipes for Chinese data sets.")
    synonyms: Synonyms = Field(
        "counterfitted-neighbours",
        description="Where TextFooler and TextBugger take synonyms from: lists of at most 8 neighbours, or "
        "the counter-fitted vectors themselves.",
    )
    modes: list[Mode] = Field(
        ["fixed"],
        min_length=1,
        description="Which random spikes attacks on a stochastic code meet: the same at each query, fresh "
        "ones, the mean of the scores over several draws, their majority vote, or their mean until nine "
        "in ten of them are wrong. Other classifiers draw nothing and are attacked as they are.",
    )
    draws: int = Field(10, ge=2, le=1000, description="Number of draws of the modes that take several.")
    transfer: bool = Field(
        True,
        description="Whether texts found on a spiking network are replayed on its DNN, and the other way "
        "round, where both are attacked.",
    )
    similarity: bool = Field(
        False,
        description="Whether to tell how near in sense the texts that fell are to their originals: the mean "
        "cosine of their vectors by the multilingual Universal Sentence Encoder.",
    )
    query_batch: int = Field(128, ge=1, description="Texts classified at once.")
    shard: int = Field(
        100,
        ge=1,
        description="Texts that one job attacks; jobs share more, side by side. Results do not depend on it.",
    )
    white_box: Annotated[list[WhiteBox], AfterValidator(_each_once)] = Field(
        [],
        description="Attacks that know the network, on the same texts: `hotflip` swaps words by the "
        "gradient, `pgd` moves word vectors. On a network of 50 steps `pgd` takes some 20 seconds a text.",
    )

    def attacked(self, stages: list[str]) -> list[str]:
        """Which of a method's stages are attacked."""
        dnn = [stage for stage in stages[:1] if not STAGES[stage].spiking]
        chosen = {"last": stages[-1:], "dnn-and-last": [*dnn, stages[-1]], "all": stages}
        return list(dict.fromkeys(chosen[self.stages]))

    def modes_of(self, stochastic: bool) -> list[Mode]:
        """The modes in which a classifier is attacked."""
        return self.modes if stochastic else ["fixed"]

    @property
    def shards(self) -> int:
        """How many jobs share the texts of an attack; 0: the one that gives the results takes them all."""
        return -(-self.sample // self.shard) if self.sample > self.shard else 0

    def draws_of(self, mode: Mode) -> int:
        """Over how many draws a mode is."""
        return self.draws if mode in SEVERAL else 1

    def recipes(self, language: str | None) -> list[str]:
        """Recipes for a language; none for what is in none."""
        return {"en": self.english, "zh": self.chinese, None: []}[language]

    def recipe(self, name: str) -> Recipe:
        """The recipe of that name with the resources of this study, and what they stand in for."""
        recipe = find_recipe(name)
        chosen = [self.synonyms if one in get_args(Synonyms) else one for one in recipe.resources]
        said = [recipe.stand_ins[one] for one in chosen if one in recipe.stand_ins]
        return recipe.model_copy(
            update={"resources": chosen, "substitutions": [*recipe.substitutions, *said], "stand_ins": {}}
        )


@cache
def recipes() -> dict[str, Recipe]:
    """All recipes of the catalogue, by name."""
    entries = read_yaml(Path(__file__).parents[1] / "catalogue" / "recipes.yaml")
    return {name: Recipe(name=name, **entry) for name, entry in entries.items()}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        SpikeTextError: there is none; the line names the nearest.
    """
    known = recipes()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}"
        raise SpikeTextError(f"attack recipe `{name}` is not known; {hint}")
    return known[name]


def check_recipes(names: list[str], language: str) -> None:
    """Refuse unknown recipes, recipes for another language and repetitions.

    A recipe for another language finds nothing to change, which would look like perfect robustness.

    Raises:
        SpikeTextError: says which name is wrong, and the right one.
    """
    if len(set(names)) < len(names):
        raise SpikeTextError("names a recipe twice; name each once")
    for name in names:
        recipe = find_recipe(name)
        if recipe.language != language:
            raise SpikeTextError(
                f"`{name}` is a recipe for attack.{LANGUAGES[recipe.language]}; move it there"
            )
