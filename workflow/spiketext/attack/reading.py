"""What an attack is shown of a text, and what the network reads of the texts that it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from spiketext.attack.sample import Example
from spiketext.errors import SpikeTextError

MASK = "[UNK]"  # what TextAttack writes in a word's place to see how much the word matters
SEPARATOR = "<SPLIT>"  # by which TextAttack joins texts of several parts
UNKNOWN_WORD = ""  # the vocabulary's padding: a word without a vector
LONGEST_WORD = 50  # characters; TextAttack takes a link of 1,500 for hundreds of words

_MARKS = re.compile("|".join(map(re.escape, (MASK, SEPARATOR))), re.IGNORECASE)
# Characters that mean nothing: tokenisers leave them whole, TextAttack takes them for punctuation.
_PRIVATE = (*range(0xF0000, 0xFFFFE), *range(0x100000, 0x10FFFE))


class Reader:
    """Shows texts to an attack, and reads what it makes of them with the eyes of the network.

    An attack sees of a text only what the network reads, its first tokens. Of these it does not see very
    long words, links for instance: single private-use characters stand in for them.
    """

    def __init__(self, tokenise: Callable[[str], list[str]], max_length: int, texts: Iterable[str]) -> None:
        """Prepare for `texts`, all of the sample.

        Args:
            tokenise: as in training.
            max_length: tokens that the network reads of a text.
            texts: characters that stand in them stand in for nothing.
        """
        self._tokenise, self._max_length = tokenise, max_length
        used = set().union(*texts)
        self._free = (chr(code) for code in _PRIVATE if chr(code) not in used)
        self._masked = next(self._free)
        self._words = {self._masked: UNKNOWN_WORD}

    def words(self, text: str) -> list[str]:
        """The words that the network reads of a shown or changed text; `[UNK]` is one without a vector."""
        words = self._tokenise(text.replace(MASK, f" {self._masked} "))
        return [self._words.get(word, word) for word in words]

    def restore(self, text: str) -> str:
        """A shown or changed text with the long words in their places."""
        for stand_in, word in self._words.items():
            text = text.replace(stand_in, word)
        return text

    def show(self, example: Example) -> Example:
        """The example as the attack is to see it; the network reads the same.

        Raises:
            SpikeTextError: its text is cut into other words than in training.
        """
        if tuple(self._tokenise(example.text)) != example.tokens:
            raise SpikeTextError(
                f"text {example.id} is cut into other words than in training; delete the data set's text "
                "folder and run again"
            )
        read = example.tokens[: self._max_length]
        text = example.text if read == example.tokens else self._shorten(example.text, list(read))
        # Tokenisers lower-case everything, so marks that stand in the data lose their meaning and no more.
        text = _MARKS.sub(lambda mark: mark[0].lower(), text)
        hidden = self._hide(text, read)
        if self.words(hidden)[: len(read)] == list(read):
            text = hidden
        return replace(example, text=text, tokens=read)

    def _shorten(self, text: str, read: list[str]) -> str:
        """The shortest beginning of a text, or nearly, that starts with the tokens `read`."""
        enough, too_short = len(text), 0
        while enough - too_short > 1:
            middle = (enough + too_short) // 2
            if self._tokenise(text[:middle])[: len(read)] == read:
                enough = middle
            else:
                too_short = middle
        return text[:enough]

    def _hide(self, text: str, tokens: Iterable[str]) -> str:
        """The text with stand-ins for its long words."""
        stand_ins = {word: stand_in for stand_in, word in self._words.items()}
        long = {token for token in tokens if len(token) > LONGEST_WORD}
        for word in sorted(long, key=len, reverse=True):  # a word may be part of a longer one
            if word not in stand_ins:
                stand_ins[word] = next(self._free, word)
                self._words[stand_ins[word]] = word
            text = re.sub(re.escape(word), stand_ins[word], text, flags=re.IGNORECASE)
        return text
