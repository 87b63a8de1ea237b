"""From a text to its words: one function for every language, pure and deterministic.

English is lower-cased and cut as in the Penn Treebank (Marcus et al. 1993): punctuation is set apart,
and so are the endings 's, 'll and n't. NLTK has such a tokeniser, but importing it takes five
seconds, and it takes a text for one sentence, so that full stops within stay glued to their words.
Chinese is cut by jieba, its hidden Markov model for unknown words included. What looks the same is the
same word: letters are composed (Unicode's form NFC), and characters that nobody sees are dropped.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from spiketext.errors import SpikeTextError
from spiketext.invisible import INVISIBLE

Tokeniser = Callable[[str], list[str]]

# Text that is already cut into words has `` and '' for quotes, other text has curly marks. One form for
# all, and cutting a second time changes nothing.
_QUOTES = str.maketrans({"‘": "'", "’": "'", "´": "'", "“": '"', "”": '"', "«": '"', "»": '"'})
_DOUBLE_QUOTES = re.compile("``|''")
_LINE_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_PIECES = re.compile(
    r"""
    \.{2,} | -{2,}                           # ellipses and dashes, of any length
    | [][(){}<>;@\#$%&?!*"…–—`£€]            # marks that never belong to a word
    | (?: [^][(){}<>;@\#$%&?!*"…–—`£€.,:-]   # a word: anything else,
        | \.(?!\.) | (?<!-)-(?!-)            # single stops and hyphens,
        | (?<=\d)[,:](?=\d) )+               # and those within numbers and times
    | .                                      # the remaining commas, colons, stops and hyphens
    """,
    re.VERBOSE,
)
# A stop belongs to the word after initials and abbreviations.
_KEEPS_STOP = re.compile(
    r"\.+|(?:\w\.)+|(?:mr|mrs|ms|dr|prof|sr|jr|st|vs|etc|messrs|gen|col|capt|lt|sgt|rev|vol|inc|ltd|co|corp)\."
)
_LEADING_QUOTE = re.compile(r"'(?!(?:s|m|d|ll|re|ve|t|n|em|til|cause|bout|\d+s?)$).")
_ENDINGS = ("n't", "'s", "'m", "'d", "'ll", "'re", "'ve", "'")
_TWO_WORDS = {
    "cannot": ["can", "not"],
    "gimme": ["gim", "me"],
    "gonna": ["gon", "na"],
    "gotta": ["got", "ta"],
    "lemme": ["lem", "me"],
    "wanna": ["wan", "na"],
    "'tis": ["'t", "is"],
    "'twas": ["'t", "was"],
}

# Full-width Latin letters and digits, and the ideographic space, to their usual forms. Punctuation
# stays: published Chinese vectors hold it in its full-width form.
_FULL_WIDTH = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
_HALF_WIDTH = {code: code - 0xFEE0 for code in _FULL_WIDTH} | {0x3000: 0x20}

_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))  # joiners stay


def tokenise(text: str, language: str) -> list[str]:
    """Cut a text into lower-case words.

    Args:
        text: any text; white space of any kind separates words and is never part of one, and what nobody
            sees is no part of any.
        language: "en" or "zh".

    Raises:
        SpikeTextError: no tokeniser for the language.
    """
    seen = text if text.isascii() else unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return _tokeniser(language)(seen)


@cache
def _tokeniser(language: str) -> Tokeniser:
    """The tokeniser of a language, its dictionaries loaded once per process."""
    if language == "en":
        return _english
    if language == "zh":
        return _chinese()
    raise SpikeTextError(f"no tokeniser for language {language!r}; `language` is en or zh")


def _english(text: str) -> list[str]:
    plain = _LINE_BREAK_TAG.sub(" ", text).translate(_QUOTES).lower()
    return [word for chunk in _DOUBLE_QUOTES.sub('"', plain).split() for word in _chunk(chunk)]


@lru_cache(maxsize=2**16)
def _chunk(chunk: str) -> tuple[str, ...]:
    """Words of what stands between two spaces. Few chunks make up most of a text, hence the cache."""
    return tuple(word for piece in _PIECES.findall(chunk) for word in _word(piece))


def _word(word: str) -> list[str]:
    """Words of a piece: quotes, stops and endings set apart, from the outside inwards."""
    front: list[str] = []
    back: list[str] = []
    while len(word) > 1 and word not in _TWO_WORDS:
        if _LEADING_QUOTE.match(word):
            front.append("'")
            word = word[1:]
        elif word[-1] == "." and not _KEEPS_STOP.fullmatch(word):
            back.append(".")
            word = word[:-1]
        elif ending := next((each for each in _ENDINGS if word.endswith(each) and word != each), None):
            back.append(ending)
            word = word.removesuffix(ending)
        else:
            break
    return [*front, *_TWO_WORDS.get(word, [word]), *reversed(back)]


@cache
def jieba_tokeniser() -> Any:
    """jieba's own tokeniser with its dictionary, which leaves no file behind."""
    import jieba

    # jieba keeps its dictionary in a file of a fixed name in the common temporary folder, where anybody
    # could have put one; building it takes half a second, so there is no file at all.
    words = jieba.Tokenizer()
    words.FREQ, words.total = words.gen_pfdict(words.get_dict_file())
    words.initialized = True
    return words


def _chinese() -> Tokeniser:
    import jieba

    @lru_cache(maxsize=2**16)
    def of_block(block: str) -> tuple[str, ...]:
        return tuple(word for word in jieba_tokeniser().lcut(block, HMM=True) if not word.isspace())

    def cut(text: str) -> list[str]:
        # jieba splits a text in this way too, and cuts each part by itself. The cache is for attacks, which
        # ask for thousands of texts that differ in one of these parts.
        blocks = jieba.re_han_default.split(text.translate(_HALF_WIDTH).lower())
        return [word for block in blocks for word in of_block(block)]

    return cut
