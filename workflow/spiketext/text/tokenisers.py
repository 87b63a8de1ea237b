"""From a text to its words: one function for every language, pure and deterministic.

English is lower-cased and cut by the Treebank rules of NLTK; Chinese is cut by jieba, its hidden
Markov model for unknown words included.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

from spiketext.errors import SpikeTextError

Tokeniser = Callable[[str], list[str]]

# Text that is already cut into words has ` and ' in pairs, other text curly marks; one form for all
# also makes cutting a second time change nothing.
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})
_DOUBLE_QUOTES = {"``": '"', "''": '"'}
_LINE_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Where a sentence ends inside a text: the Treebank rules cut a full stop only at the very end. A stop
# after one letter, or within a word that has another, is an initial or an abbreviation.
_SENTENCE_END = re.compile(r"""(?:(?<=[^\s.]{2}\.)|(?<=[!?]))(?=["')\]]*\s)(?<!\.\w\.)""")
_ABBREVIATION = re.compile(
    "mr|mrs|ms|dr|prof|sr|jr|st|vs|etc|messrs|gen|col|capt|lt|sgt|rev|vol|inc|ltd|co|corp|dept"
)

# Full-width Latin letters and digits, and the ideographic space, to their usual forms. Punctuation
# stays: published Chinese vectors hold it in its full-width form.
_FULL_WIDTH = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
_HALF_WIDTH = {code: code - 0xFEE0 for code in _FULL_WIDTH} | {0x3000: 0x20}


def tokenise(text: str, language: str) -> list[str]:
    """Cut a text into lower-case words.

    Args:
        text: any text; white space of any kind separates words and is never part of one.
        language: "en" or "zh".

    Raises:
        SpikeTextError: no tokeniser for the language.
    """
    return tokeniser(language)(text)


@cache
def tokeniser(language: str) -> Tokeniser:
    """The tokeniser of a language, its dictionaries loaded once per process."""
    if language == "en":
        return _english()
    if language == "zh":
        return _chinese()
    raise SpikeTextError(f"no tokeniser for language {language!r}; `language` is en or zh")


def _english() -> Tokeniser:
    from nltk.tokenize.destructive import NLTKWordTokenizer  # takes a second to import

    treebank = NLTKWordTokenizer()

    def cut(text: str) -> list[str]:
        plain = _LINE_BREAK_TAG.sub(" ", text.translate(_QUOTES)).lower()
        words = (word for sentence in _sentences(plain) for word in treebank.tokenize(sentence))
        return [_DOUBLE_QUOTES.get(word, word) for word in words]

    return cut


def _sentences(text: str) -> Iterator[str]:
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        last = text[begin : match.start()].rsplit(maxsplit=1)[-1:]
        if not last or _ABBREVIATION.fullmatch(last[0].rstrip(".")):
            continue
        yield text[begin : match.start()]
        begin = match.start()
    yield text[begin:]


def _chinese() -> Tokeniser:
    import jieba

    # jieba keeps its dictionary in a file of a fixed name in the common temporary folder, where anybody
    # could have put one; building it takes half a second, so there is no file at all.
    words = jieba.Tokenizer()
    words.FREQ, words.total = words.gen_pfdict(words.get_dict_file())
    words.initialized = True

    def cut(text: str) -> list[str]:
        plain = " ".join(text.translate(_HALF_WIDTH).lower().split())
        return [word for word in words.lcut(plain, HMM=True) if not word.isspace()]

    return cut
