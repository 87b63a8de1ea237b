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

AT_ONCE = 2**27  # values of an array that a GPU computes at once: 512 MiB


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


def steps_at_once(device: torch.device, size: int) -> int:
    """How many steps to compute in one call where each has arrays of `size` values.

    A call costs a GPU the same however little there is to do, so it gets as many as its memory holds; a CPU
    gets one, whose arrays stay in its cache.
    """
    return 1 if device.type == "cpu" else max(1, AT_ONCE // size)


def _bags(tables: Tensor, rows: Tensor, start: Tensor) -> Tensor:
    """Sums of rows of each table `[T, R, C]`, bag by bag: `[T, len(start), C]`."""
    count, size, _ = tables.shape
    steps = torch.arange(count, device=tables.device)[:, None]
    every, starts = rows + steps * size, start + steps * len(rows)
    bags = F.embedding_bag(every.flatten(), tables.flatten(0, 1), starts.flatten(), mode="sum")
    return bags.unflatten(0, (count, -1))


def window_sums(tables: Tensor, windows: Windows) -> Tensor:
    """Projections `[T, n * S, C]` → outputs of the windows `[T, W, C]`."""
    return _bags(tables, windows.gather, windows.gather_start)


def row_sums(values: Tensor, windows: Windows) -> Tensor:
    """The transpose of `window_sums`: `[T, W, C]` → `[T, n * S, C]`."""
    return _bags(values, windows.scatter, windows.scatter_start)


def pool_sums(values: Tensor, windows: Windows) -> Tensor:
    """Sums over the windows of each sentence and width: `[T, W, C]` → `[T, B * K, C]`."""
    return _bags(values, torch.arange(values.shape[1], device=values.device), windows.pool_start)


class _Convolve(torch.autograd.Function):
    # A few steps at a time, and the projections are never stored: they are the largest arrays by far, and
    # the derivatives do not need them.

    @staticmethod
    def forward(ctx: FunctionCtx, inputs: Tensor, kernel: Tensor, windows: Windows, channels: int) -> Tensor:
        ctx.save_for_backward(inputs, kernel)
        ctx.windows = windows  # type: ignore[attr-defined]
        parts = []
        for words in inputs.split(steps_at_once(inputs.device, inputs.shape[1] * len(kernel))):
            table = times_transposed(words.flatten(0, 1), kernel)
            parts.append(window_sums(table.reshape(len(words), -1, channels), windows))
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        inputs, kernel = ctx.saved_tensors  # type: ignore[attr-defined]
        windows: Windows = ctx.windows  # type: ignore[attr-defined]
        wants_inputs, wants_kernel = ctx.needs_input_grad[:2]  # type: ignore[attr-defined]
        size = steps_at_once(inputs.device, inputs.shape[1] * len(kernel))
        grad_inputs: list[Tensor] = []
        grad_kernel = torch.zeros_like(kernel)
        for words, own in zip(inputs.split(size), grad.split(size), strict=True):
            table = row_sums(own.contiguous(), windows).reshape(-1, len(kernel))  # [T * n, S * C]
            if wants_inputs:
                grad_inputs.append(times_transposed(table, kernel.T).reshape(words.shape))
            if wants_kernel:
                grad_kernel += times_transposed(table.T, words.flatten(0, 1).T)
        of_inputs = torch.cat(grad_inputs) if wants_inputs else None
        return of_inputs, grad_kernel if wants_kernel else None, None, None


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
        return pool_sums(values, windows) / windows.counts.reshape(-1, 1)

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
