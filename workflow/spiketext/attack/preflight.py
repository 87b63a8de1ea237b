"""Before an attack: a private home for TextAttack with everything it needs, and proof that it suffices.

TextAttack downloads at its first import and at some constructors, and a recipe whose data are
missing finds no candidates, fails on every sentence and so makes the network look unassailable.
Therefore its folders are private to the job and filled beforehand, downloads are cut off, and a
recipe that finds nothing for a probe sentence is refused.
"""

from __future__ import annotations

import importlib
import logging
import logging.config
import os
import shutil
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from spiketext.attack.home import fill_home
from spiketext.attack.recipes import ROOM
from spiketext.config.attacks import Recipe
from spiketext.errors import SpikeTextError
from spiketext.files import storage_errors
from spiketext.kinds import module_of

log = logging.getLogger("spiketext")


@contextmanager
def textattack_for(recipe: Recipe, manifests: Iterable[str | Path], home: Path) -> Iterator[ModuleType]:
    """Yield TextAttack, imported, with the data of `recipe` in a folder that is deleted at the end.

    Args:
        recipe: what is going to be run.
        manifests: manifests of fetched resources; those of `recipe.resources` must be among them.
        home: the folder, this job's alone; what a killed job has left there is deleted first.

    Raises:
        SpikeTextError: a resource is missing or damaged, or the disk is full.
    """
    home = home.absolute()
    with storage_errors(home):
        if home.exists():
            shutil.rmtree(home)
    try:
        fill_home(home, recipe, manifests)
        # NLTK first: the import of TextAttack reads stop words.
        with _environment(home), _nltk_reads_only(home / "nltk"):
            yield _import_textattack(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)  # network file systems keep files that are still open


@contextmanager
def _environment(home: Path) -> Iterator[None]:
    """Point everything that TextAttack brings along to `home`, and away from the network."""
    values = {
        "TA_CACHE_DIR": home / "textattack",
        "TFHUB_CACHE_DIR": home / "textattack",
        "HF_HOME": home / "huggingface",
        "FLAIR_CACHE_ROOT": home / "flair",
        "NLTK_DATA": home / "nltk",
        "XDG_CACHE_HOME": home / "cache",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    before = dict(os.environ)
    os.environ.update({name: str(value) for name, value in values.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _import_textattack(home: Path) -> ModuleType:
    """Import TextAttack without letting it touch our logging: it closes log files and disables loggers."""
    log.info("loading TextAttack (some 15 s)")
    configure = logging.config.dictConfig
    logging.config.dictConfig = lambda _: None  # type: ignore[assignment]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            textattack = importlib.import_module("textattack")
            jieba = importlib.import_module("jieba")
    except LookupError as error:
        reason = " ".join(str(error).split())[:200]
        raise SpikeTextError(
            f"textattack asks for NLTK data that SpikeText does not know of ({reason}); install the version "
            "that the lock file names"
        ) from error
    finally:
        logging.config.dictConfig = configure
    logging.getLogger("textattack.shared.utils.install").setLevel(logging.ERROR)
    # jieba would share a file of a fixed name in the common temporary folder.
    if not jieba.dt.initialized:
        jieba.dt.tmp_dir = str(home)
    jieba.setLogLevel(logging.WARNING)
    return textattack


@contextmanager
def _nltk_reads_only(folder: Path) -> Iterator[None]:
    """Let NLTK find its data in `folder` and nowhere else, and download nothing."""
    import nltk
    from nltk.corpus import stopwords, wordnet

    def forget() -> None:
        """What NLTK has read elsewhere, with which it would go on."""
        for corpus in (stopwords, wordnet):
            corpus._unload()
        nltk.tag._get_tagger.cache_clear()

    def no_download(*_: Any, **__: Any) -> bool:
        return False

    path, download = nltk.data.path[:], nltk.download
    nltk.data.path[:] = [str(folder)]
    nltk.download = no_download
    try:
        forget()
        yield
    finally:
        nltk.data.path[:] = path
        nltk.download = download
        forget()


def build_attack(recipe: Recipe, victim: Any, manifests: Iterable[str | Path], query_batch: int) -> Any:
    """Build the recipe's attack on `victim` and see that it finds candidates.

    Args:
        recipe: a recipe whose `textattack_for` is open.
        victim: a `spiketext.attack.victim.Victim`.
        manifests: manifests of fetched resources; those of `recipe.resources` must be among them.
        query_batch: sentences that the victim is asked at once.

    Returns:
        A `textattack.Attack`; its `offered` counts the changed texts that its search could choose from.

    Raises:
        SpikeTextError: the recipe's data are missing, unreadable or yield nothing.
    """
    remedy = "install the version of textattack that the lock file names"
    if recipe.resources:
        remedy = f"delete the folders of its resources ({', '.join(recipe.resources)}) and run again"
    try:
        attack = module_of(ROOM, recipe.name).build(victim, list(manifests))
        _count_offers(attack)
        text = attacked_text(recipe, recipe.probe)
        found = len(attack.get_transformations(text, original_text=text))
    except SpikeTextError:
        raise
    except Exception as error:  # readers of damaged data raise whatever they stumble on
        if not recipe.resources:
            raise
        reason = " ".join(str(error).split())[:200]
        raise SpikeTextError(
            f"attack recipe {recipe.name}: its data cannot be read ({reason}); {remedy}"
        ) from error
    if found == 0:
        raise SpikeTextError(
            f"attack recipe {recipe.name} finds nothing to change in {recipe.probe!r}, which would look like "
            f"perfect robustness; {remedy}"
        )
    log.info("%s: %d candidates for the probe sentence", recipe.title, found)
    attack.goal_function.batch_size = query_batch
    attack.goal_function.use_cache = victim.mode.repeatable
    return attack


def attacked_text(recipe: Recipe, text: str) -> Any:
    """A text as the recipe's attack takes it: a `textattack.shared.AttackedText`."""
    from textattack.shared import AttackedText

    return getattr(module_of(ROOM, recipe.name), "show", AttackedText)(text)


def _count_offers(attack: Any) -> None:
    """Have the attack count in `offered` the texts that it gives its search to choose from."""
    attack.offered = 0

    def counted(*args: Any, **kwargs: Any) -> Any:
        texts = attack.get_transformations(*args, **kwargs)
        attack.offered += len(texts)
        return texts

    attack.search_method.get_transformations = counted
