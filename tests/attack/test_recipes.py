import os
import subprocess
import sys
from pathlib import Path

import pytest

import spiketext
from spiketext.attack import stopwords
from spiketext.attack.recipes import ROOM
from spiketext.config.attacks import Attack, check_recipes, find_recipe, recipes
from spiketext.config.load import catalogue, load_config
from spiketext.errors import SpikeTextError
from spiketext.kinds import PACKAGE, file_of


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_default_recipes_are_known(language):
    names = Attack().recipes(language)
    check_recipes(names, language)
    assert names


def test_every_recipe_says_what_it_substitutes():
    for name, recipe in recipes().items():
        assert recipe.name == name
        assert all(sentence.endswith(".") for sentence in recipe.substitutions)
        assert recipe.substitutions and recipe.probe


def test_every_recipe_of_the_catalogue_can_be_built():
    """And nothing is built that the catalogue does not describe."""
    modules = set(file_of(ROOM, "x").parent.glob("[a-z]*.py"))
    assert modules == {file_of(ROOM, name) for name in recipes()}
    assert modules == set((PACKAGE / "attack" / "recipes").glob("[!_]*.py"))


def test_every_resource_of_a_recipe_is_in_the_catalogue_or_for_the_user_to_supply():
    for recipe in recipes().values():
        assert set(recipe.supply) == set(recipe.resources) - set(catalogue()["resources"])
        assert set(recipe.stand_ins) <= set(recipe.resources)


@pytest.mark.parametrize(
    ("key", "name", "resource"),
    [
        ("english", "pso", "hownet-candidates"),
        ("english", "bae", "masked-language-model"),
        ("chinese", "chinese-hownet", "chinese-hownet"),
    ],
)
def test_what_the_user_must_supply_is_refused_before_anything_runs(key, name, resource, tmp_path):
    """In the line that says how; a folder serves where it has files."""
    study = {"attack": {key: [name]}}
    with pytest.raises(SpikeTextError, match=rf"attack.{key}: .*define the resource {resource} .*`path` to"):
        load_config(study)
    own = {"version": "1", "licence": "own", "path": str(tmp_path)}
    study["define"] = {"resources": {resource: own}}
    with pytest.raises(SpikeTextError, match=rf"define.resources.{resource}.path: there are no files"):
        load_config(study)
    (tmp_path / "a.json").touch()
    config = load_config(study)
    assert config.define.resources[resource].watched == [tmp_path / "a.json"]


@pytest.mark.parametrize("synonyms", ["counterfitted-neighbours", "counterfitted-vectors"])
def test_synonyms_come_from_the_resource_that_the_study_names(synonyms):
    """What the lists stand in for is said only where they do."""
    recipe = Attack(synonyms=synonyms).recipe("textfooler")
    assert recipe.resources == [synonyms, "averaged-perceptron-tagger", "use-multilingual"]
    said = " ".join(recipe.substitutions)
    assert ("at most 8 neighbours" in said) == (synonyms == "counterfitted-neighbours")
    assert "Universal Sentence Encoder" in said
    assert Attack().recipe("pwws").resources == ["wordnet"]


@pytest.mark.parametrize(
    ("names", "language", "words"),
    [
        (["deepwordbugs"], "en", ["deepwordbugs", "did you mean `deepwordbug`"]),
        (["pwws"], "zh", ["attack.english", "pwws", "move it there"]),
        (["chinese-character-swap"], "en", ["attack.chinese", "move it there"]),
        (["pwws", "pwws"], "en", ["twice"]),
    ],
)
def test_wrong_recipes_are_refused_in_one_line(names, language, words):
    with pytest.raises(SpikeTextError) as error:
        check_recipes(names, language)
    assert "\n" not in str(error.value)
    assert all(word in str(error.value) for word in words)


def test_unknown_recipe_without_a_near_name_lists_all():
    with pytest.raises(SpikeTextError, match=r"deepwordbug, pwws, .*, chinese-character-swap"):
        find_recipe("zzz")


def test_reading_the_registry_does_not_load_textattack():
    """Rule files import the registry at every start of Snakemake."""
    code = (
        "import sys, spiketext.config.attacks, spiketext.attack.recipes, spiketext.attack.run; "
        "sys.exit(any(name in sys.modules for name in ('textattack', 'nltk', 'torch')))"
    )
    package = Path(spiketext.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, env={**os.environ, "PYTHONPATH": str(package)}
    )
    assert done.returncode == 0


def test_stopwords_are_function_words():
    words = stopwords.english_stopwords()
    assert words == sorted(set(words))
    assert len(words) > 250
    assert {"the", "of", "isn't", "very", "has", "you're", "t"} <= set(words)
    assert not {"good", "bad", "film", "serious", "sincere", ""} & set(words)


@pytest.mark.parametrize("source", ["", "stopwords = 3", "stopwords = set(['a'])", "stopwords = ["])
def test_a_textattack_without_the_list_is_refused(source, tmp_path, monkeypatch):
    folder = tmp_path / "textattack" / "attack_recipes"
    folder.mkdir(parents=True)
    (tmp_path / "textattack" / "__init__.py").touch()
    (folder / "textfooler_jin_2019.py").write_text(source)

    class Spec:
        origin = str(tmp_path / "textattack" / "__init__.py")

    monkeypatch.setattr(stopwords.importlib.util, "find_spec", lambda _: Spec)
    with pytest.raises(SpikeTextError, match=r"no stop words in .*install the version"):
        stopwords.english_stopwords()
