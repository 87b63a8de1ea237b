"""Convolution and pooling over sentences of different lengths, without padding.

A convolution of width k over words is a sum of k projections: row j of the kernel applied to the
word at offset j. A word's projections are the same wherever it stands, so each *distinct* word of a
batch is projected once and the windows gather and add the results. Both the
sum and its derivative are gathers (`embedding_bag`), which are deterministic and touch no padding.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

from spiketext.networks.layers.products import times_transposed


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
    # The same by tokens, as the native layer reads it.
    index: Tensor  # [tokens] int32, each token's word; sentence after sentence
    sentence: Tensor  # [tokens] int32, the sentence it stands in
    sentence_start: Tensor  # [B + 1], first token of each sentence
    occurrences: Tensor  # [tokens] int32, tokens sorted by word
    occurrence_start: Tensor  # [n + 1], first of each word's tokens

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
    starts = np.concatenate([[0], np.cumsum(lengths)])
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
    occurrences = np.argsort(index, kind="stable")
    uses = np.bincount(index, minlength=distinct)
    wide = {
        "gather": gather,
        "gather_start": gather_start,
        "scatter": window[order],
        "scatter_start": scatter_start,
        "pool_start": pool_start,
        "counts": counts,
        "sentence_start": starts,
        "occurrence_start": np.concatenate([[0], np.cumsum(uses)]),
    }
    narrow = {
        "index": index,
        "sentence": np.repeat(np.arange(sentences), lengths),
        "occurrences": occurrences,
    }
    arrays = [(wide, np.int64), (narrow, np.int32)]
    return Windows(
        **{
            name: torch.from_numpy(np.ascontiguousarray(array, dtype=kind))
            for group_of, kind in arrays
            for name, array in group_of.items()
        }
    )


def _bags(table: Tensor, rows: Tensor, start: Tensor) -> Tensor:
    """Sums of rows of `table` `[R, C]`, bag by bag: `[len(start), C]`."""
    return F.embedding_bag(rows, table, start, mode="sum")


def window_sums(table: Tensor, windows: Windows) -> Tensor:
    """Projections `[n * S, C]` → outputs of the windows `[W, C]`."""
    return _bags(table, windows.gather, windows.gather_start)


def row_sums(values: Tensor, windows: Windows) -> Tensor:
    """The transpose of `window_sums`: `[W, C]` → `[n * S, C]`."""
    return _bags(values, windows.scatter, windows.scatter_start)


def pool_sums(values: Tensor, windows: Windows) -> Tensor:
    """Sums over the windows of each sentence and width: `[W, C]` → `[B * K, C]`."""
    every = torch.arange(len(values), device=values.device)
    return _bags(values, every, windows.pool_start)


class _Convolve(torch.autograd.Function):
    # Step by step, so that the projections of one step stay in the processor's cache and are never
    # stored: they are the largest arrays by far, and the derivatives do not need them.

    @staticmethod
    def forward(ctx: FunctionCtx, inputs: Tensor, kernel: Tensor, windows: Windows, channels: int) -> Tensor:
        ctx.save_for_backward(inputs, kernel)
        ctx.windows, ctx.channels = windows, channels  # type: ignore[attr-defined]
        out = inputs.new_empty(len(inputs), len(windows.gather_start), channels)
        for t, words in enumerate(inputs):
            table = times_transposed(words, kernel).reshape(-1, channels)
            out[t] = window_sums(table, windows)
        return out

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        inputs, kernel = ctx.saved_tensors  # type: ignore[attr-defined]
        windows: Windows = ctx.windows  # type: ignore[attr-defined]
        wants_inputs, wants_kernel = ctx.needs_input_grad[:2]  # type: ignore[attr-defined]
        grad_inputs = torch.empty_like(inputs) if wants_inputs else None
        grad_kernel = torch.zeros_like(kernel) if wants_kernel else None
        for t, words in enumerate(inputs):
            table = row_sums(grad[t].contiguous(), windows).reshape(len(words), -1)  # [n, S * C]
            if grad_inputs is not None:
                grad_inputs[t] = times_transposed(table, kernel.T)
            if grad_kernel is not None:
                grad_kernel += times_transposed(table.T, words.T)
        return grad_inputs, grad_kernel, None, None


def convolve(inputs: Tensor, kernel: Tensor, windows: Windows, channels: int) -> Tensor:
    """Convolution outputs of every window.

    Args:
        inputs: `[T, n, D]`, values or spikes of the distinct words.
        kernel: `[S * C, D]`.
        windows: layout of the batch.
        channels: C.

    Returns:
        `[T, W, C]`, one row a window; gradients flow to `inputs` and `kernel` where they are asked for.
    """
    convolved: Tensor = _Convolve.apply(inputs, kernel, windows, channels)
    return convolved


class _MeanPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, values: Tensor, windows: Windows) -> Tensor:
        ctx.windows = windows  # type: ignore[attr-defined]
        pooled = torch.stack([pool_sums(step, windows) for step in values])
        return pooled / windows.counts.reshape(-1, 1)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None]:
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
