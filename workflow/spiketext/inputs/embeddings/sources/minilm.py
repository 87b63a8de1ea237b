"""Static word vectors from the input layer of MiniLM, a sentence encoder (Wang et al. 2020)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer

from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.sources.base import Found, check_spread, missing

TABLE = "embeddings.word_embeddings.weight"


class MiniLM:
    """A word's vector is the mean of the rows of its word pieces; no word of known letters is unknown.

    The table is centred by the mean of all its rows, so that words differ from one another rather than
    all from zero.
    """

    any_word = True

    def __init__(self, model: str | Path, tokenizer: str | Path) -> None:
        """Read the input layer of model.safetensors, and tokenizer.json.

        Raises:
            SpikeTextError: a file is damaged or of another kind.
        """
        try:
            with safe_open(model, framework="numpy") as tensors:
                table = tensors.get_tensor(TABLE).astype(np.float32)
        except (OSError, SafetensorError) as error:
            raise SpikeTextError(
                f"{model}: no table {TABLE} can be read: {error}; supply the file again"
            ) from error
        try:
            self._pieces = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # the library raises plain Exception
            raise SpikeTextError(
                f"{tokenizer}: not a tokenizer.json: {error}; supply the file again"
            ) from error
        self._pieces.no_truncation()
        self._pieces.no_padding()
        self._unknown = self._pieces.token_to_id("[UNK]")
        if table.ndim != 2 or not np.isfinite(table).all():
            raise SpikeTextError(f"{model}: {TABLE} is no table of finite values; supply the file again")
        check_spread(model, table)
        self._table = table - table.mean(axis=0, dtype=np.float64).astype(np.float32)
        self.width = table.shape[1]

    def embed(self, words: Sequence[str]) -> Found:
        """See `Source.embed`; a word is unknown if none of its pieces is known. All pieces are lower-case."""
        found = missing(words, self.width)
        for row, pieces in enumerate(self._pieces.encode_batch(list(words), add_special_tokens=False)):
            known = [piece for piece in pieces.ids if piece != self._unknown]
            if known:
                found.vectors[row] = self._table[known].mean(axis=0)
                found.covered[row] = True
        return found

    def leading(self, count: int) -> list[str]:
        """No list of words: every word has a vector anyway."""
        return []

    def fitting_rows(self) -> np.ndarray:
        """The whole table of word pieces."""
        return self._table
