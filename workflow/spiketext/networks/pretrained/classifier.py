"""What feeds a pretrained encoder: words themselves, instead of their vectors."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from spiketext.inputs.batches import Batch
from spiketext.networks.classifier import Classifier, Fed
from spiketext.networks.pretrained.network import Pieces, Pretrained
from spiketext.networks.wiring import Wiring
from spiketext.networks.written import written


class Reader(Classifier):
    """A network that reads words; what it is fed is in the layout, and inputs `[T, 0, 0]` say but T."""

    reads_vectors = False
    network: Pretrained

    def layout(self, batch: Batch) -> Pieces:
        """The word pieces of a batch; see `BaseClassifier`."""
        device = self.words.values.device
        starts = np.concatenate([[0], np.cumsum(batch.lengths)])
        texts = [
            written([self.words.names[row] for row in batch.ids[begin:end]])
            for begin, end in pairwise(starts)
        ]
        pieces = self.network.model.pieces(texts)
        lengths = torch.tensor([len(one) for one in pieces])
        ids = nn.utils.rnn.pad_sequence([torch.tensor(one) for one in pieces], batch_first=True)
        return Pieces(ids.to(device), lengths.to(device))

    def read(self, batch: Batch, generator: torch.Generator | None = None, layout: Any = None) -> Fed:
        """See `Classifier`; nothing is encoded."""
        inputs = torch.zeros(self.steps, 0, 0, device=self.words.values.device)
        return Fed(inputs, layout or self.layout(batch))

    def means(self, fed: Fed, batch: Batch) -> Tensor:
        """No values stand at words; see `Classifier`."""
        return torch.zeros(self.steps, len(batch.ids))

    def memory(self) -> None:
        """It remembers nothing."""
        return

    def last_scores(self, batch: Batch, memory: Any = None) -> Tensor:
        """See `BaseClassifier`."""
        return self.scores(batch)[-1]

    def wiring(self, layout: Pieces, longest: int) -> Wiring:
        """See `BaseClassifier`."""
        return self.network.wiring(layout, longest)
