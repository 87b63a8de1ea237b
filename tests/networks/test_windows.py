"""The layout without padding against PyTorch's own convolution, sentence by sentence."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from spiketext.networks.layers.products import times_transposed
from spiketext.networks.layers.windows import convolve, make_windows, max_pool, mean_pool

WIDTHS = [3, 4, 5]
C, D, T = 7, 11, 3


def example(lengths, vocabulary=9, seed=0):
    """Random sentences, their vectors at every step and a kernel."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, vocabulary, sum(lengths))
    words, index = np.unique(tokens, return_inverse=True)
    torch.manual_seed(seed)
    inputs = torch.randn(T, len(words), D)
    kernel = torch.randn(sum(WIDTHS) * C, D, requires_grad=True)
    windows = make_windows(index, np.asarray(lengths), WIDTHS, len(words))
    return index, inputs, kernel, windows


def by_conv1d(index, lengths, inputs, kernel, pool):
    """The textbook: one sentence, one width at a time."""
    out = []
    starts = np.concatenate([[0], np.cumsum(lengths)])
    for b in range(len(lengths)):
        sentence = inputs[:, index[starts[b] : starts[b + 1]]].transpose(1, 2)  # [T, D, L]
        first = 0
        for k in WIDTHS:
            weight = kernel[first * C : (first + k) * C].reshape(k, C, D).permute(1, 2, 0)
            first += k
            out.append(pool(F.conv1d(sentence, weight)))
    return torch.stack(out, 1).reshape(T, len(lengths), -1)


@pytest.mark.parametrize("lengths", [[5], [5, 9, 6], [12, 5, 5, 30]])
@pytest.mark.parametrize(
    ("ours", "textbook"), [(mean_pool, lambda x: x.mean(-1)), (max_pool, lambda x: x.max(-1).values)]
)
def test_convolution_and_pooling_match_conv1d_with_gradients(lengths, ours, textbook):
    """Values and gradients of kernel and inputs."""
    index, inputs, kernel, windows = example(lengths)
    inputs.requires_grad_(True)
    weights = torch.randn(T, len(lengths), len(WIDTHS) * C)
    mine = ours(torch.relu(convolve(inputs, kernel, windows, C)), windows)
    mine_grads = torch.autograd.grad((mine * weights).sum(), [kernel, inputs])
    theirs = by_conv1d(index, lengths, inputs, kernel, lambda x: textbook(torch.relu(x)))
    their_grads = torch.autograd.grad((theirs * weights).sum(), [kernel, inputs])
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-5)
    for mine_grad, their_grad in zip(mine_grads, their_grads, strict=True):
        torch.testing.assert_close(mine_grad, their_grad, rtol=1e-4, atol=1e-4)


def test_a_sentence_shorter_than_the_widest_window_is_refused():
    """The data loader pads such sentences; the layout must not guess."""
    with pytest.raises(ValueError, match="shorter"):
        make_windows(np.array([0, 1, 2, 3]), np.array([4]), WIDTHS, 4)


def test_the_product_matches_matmul_where_shapes_are_odd():
    """Also for one row, and for a transposed view."""
    torch.manual_seed(1)
    for rows in (1, 2, 33):
        inputs, weight = torch.randn(D, rows).T, torch.randn(5, D)
        torch.testing.assert_close(times_transposed(inputs, weight), inputs @ weight.T, rtol=1e-5, atol=1e-5)
