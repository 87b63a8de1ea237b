"""Convolution and pooling over sentences of different lengths, without padding.

A convolution of width k over words is a sum of k projections: row j of the kernel applied to the
word at offset j. A word's projections are the same wherever it stands, so each *distinct* word of a
batch is projected once (by `products.project`) and the windows gather and add the results. Both the
sum and its derivative are gathers (`embedding_bag`), which are deterministic and touch no padding.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx


@dataclass(frozen=True)
class Windows:
    """Where the windows of a batch lie.

    The S = sum(widths) kernel rows of a word are numbered width by width; window number w sums the
    rows `gather[gather_start[w]:gather_start[w + 1]]` of the table `[n * S, C]` of projections.
    Windows are ordered by sentence, then width, then position.
    """

    gather: Tensor  # [sum of window widths], rows of the projection table
    gather_start: Tensor  # [W]
    scatter: Tensor  # [sum of window widths], windows, sorted by table row: the transpose of `gather`
    scatter_start: Tensor  # [n * S]
    pool_start: Tensor  # [B * K], first window of each sentence and width
    counts: Tensor  # [B, K], windows of each sentence and width

    def to(self, device: torch.device) -> "Windows":
        """Copy to a device."""
        return Windows(**{name: value.to(device) for name, value in vars(self).items()})


def make_windows(index: np.ndarray, lengths: np.ndarray, widths: list[int], distinct: int) -> Windows:
    """Lay out the windows of a batch.

    Args:
        index: `[tokens]`, each token's place among the batch's distinct words; sentence after sentence.
        lengths: `[B]`, tokens of each sentence, each at least max(widths).
        widths: widths of the convolutions, K of them.
        distinct: number of distinct words n.
    """
    sentences, kinds, slabs = len(lengths), len(widths), sum(widths)
    counts = lengths[:, None] - np.asarray(widths)[None, :] + 1  # [B, K]
    if counts.min() < 1:
        raise ValueError("a sentence is shorter than the widest window")
    per_group = counts.reshape(-1)  # [B * K]
    pool_start = np.concatenate([[0], np.cumsum(per_group)[:-1]])
    total = int(per_group.sum())
    group = np.repeat(np.arange(sentences * kinds), per_group)  # [W]
    position = np.arange(total) - pool_start[group]  # [W], place within the sentence
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    first_token = starts[group // kinds] + position  # [W]
    width = np.asarray(widths)[group % kinds]  # [W]
    first_slab = np.concatenate([[0], np.cumsum(widths)[:-1]])[group % kinds]  # [W]

    gather_start = np.concatenate([[0], np.cumsum(width)[:-1]])
    window = np.repeat(np.arange(total), width)  # [sum of widths]
    offset = np.arange(len(window)) - gather_start[window]
    gather = index[first_token[window] + offset] * slabs + first_slab[window] + offset

    order = np.argsort(gather, kind="stable")
    rows = np.bincount(gather, minlength=distinct * slabs)
    scatter_start = np.concatenate([[0], np.cumsum(rows)[:-1]])
    return Windows(
        *(
            torch.from_numpy(np.ascontiguousarray(a, dtype=np.int64))
            for a in (gather, gather_start, window[order], scatter_start, pool_start, counts)
        )
    )


def _bags(table: Tensor, rows: Tensor, start: Tensor) -> Tensor:
    """Sums of rows of `table` `[T, R, C]`, bag by bag: `[T, len(start), C]`."""
    out = table.new_empty(table.shape[0], len(start), table.shape[2])
    for t in range(table.shape[0]):
        out[t] = F.embedding_bag(rows, table[t], start, mode="sum")
    return out


class _SumWindows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, table: Tensor, windows: Windows) -> Tensor:  # noqa: D102
        ctx.windows = windows  # type: ignore[attr-defined]
        return _bags(table, windows.gather, windows.gather_start)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None]:  # noqa: D102
        windows: Windows = ctx.windows  # type: ignore[attr-defined]
        return _bags(grad.contiguous(), windows.scatter, windows.scatter_start), None


def sum_windows(projections: Tensor, windows: Windows, channels: int) -> Tensor:
    """Convolution outputs from the projections of the distinct words.

    Args:
        projections: `[T, n, S * C]`.
        windows: layout of the batch.
        channels: C.

    Returns:
        `[T, W, C]`, one row a window.
    """
    table = projections.reshape(projections.shape[0], -1, channels)
    summed: Tensor = _SumWindows.apply(table, windows)
    return summed


class _MeanPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, values: Tensor, windows: Windows) -> Tensor:  # noqa: D102
        ctx.windows = windows  # type: ignore[attr-defined]
        every = torch.arange(values.shape[1], device=values.device)
        return _bags(values, every, windows.pool_start) / windows.counts.reshape(-1, 1)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None]:  # noqa: D102
        counts = ctx.windows.counts.reshape(-1)  # type: ignore[attr-defined]
        return (grad / counts[:, None]).repeat_interleave(counts, dim=1), None


def mean_pool(values: Tensor, windows: Windows) -> Tensor:
    """Mean over the windows of each sentence and width: `[T, W, C]` → `[T, B, K * C]`."""
    pooled: Tensor = _MeanPool.apply(values.contiguous(), windows)
    return pooled.reshape(values.shape[0], len(windows.counts), -1)


def max_pool(values: Tensor, windows: Windows) -> Tensor:
    """Maximum over the windows of each sentence and width: `[T, W, C]` → `[T, B, K * C]`."""
    lengths = windows.counts.reshape(1, -1).expand(values.shape[0], -1).contiguous()
    pooled: Tensor = torch.segment_reduce(values, "max", lengths=lengths, axis=1, unsafe=True)
    return pooled.reshape(values.shape[0], len(windows.counts), -1)
