"""English function words that attacks leave alone, without NLTK's downloads."""

import ast
import importlib.util
from pathlib import Path

from spiketext.errors import SpikeTextError

# What TextFooler's list lacks of NLTK's: forms of auxiliary verbs, quantifiers, and ends of contractions.
FURTHER = {
    *("be", "did", "do", "does", "doing", "had", "has", "have", "having", "should", "will"),
    *("because", "each", "few", "further", "own", "so", "some", "very"),
    *("m", "ma", "re"),
}


def english_stopwords() -> list[str]:
    """The stop words of TextAttack's TextFooler recipe and some more, sorted.

    They are read from the source of the installed package, which has them only inside a function.

    Raises:
        SpikeTextError: TextAttack is missing, or this version has no such list.
    """
    package = importlib.util.find_spec("textattack")
    if package is None or package.origin is None:
        raise SpikeTextError(
            "the package textattack is not installed; set up the environment again (make setup)"
        )
    source = Path(package.origin).parent / "attack_recipes" / "textfooler_jin_2019.py"
    try:
        words = _words_in(source.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError) as error:
        raise SpikeTextError(
            f"no stop words in {source} ({error}); install the version of textattack that the lock file names"
        ) from error
    return sorted({*words, *FURTHER})


def _words_in(source: str) -> list[str]:
    """The list that is assigned to `stopwords` as `set([...])`."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == "stopwords" for target in node.targets)
            and isinstance(node.value, ast.Call)
            and len(node.value.args) == 1
        ):
            words = ast.literal_eval(node.value.args[0])
            if len(words) >= 100 and all(isinstance(word, str) for word in words):
                return list(words)
    raise ValueError("no assignment to `stopwords`")
