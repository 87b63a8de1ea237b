"""Matrix products: where nearly all of the time goes.

On x86-64 processors oneDNN multiplies float32 matrices about twice as fast as the BLAS that PyTorch
calls for `mm` (benchmarks/ measures it); PyTorch only exposes it as an operator for inference, so the
derivatives are spelt out here. Where that operator does not exist, `mm` is used.
"""

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx


def _onednn_available() -> bool:
    probe = torch.eye(2)
    try:
        torch.ops.mkldnn._linear_pointwise(probe, probe, None, "none", [], "")
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return True


_ONEDNN = _onednn_available()


def _times_transposed(a: Tensor, b: Tensor) -> Tensor:
    """`a @ b.T` for a `[M, K]` and b `[N, K]`."""
    if _ONEDNN and a.device.type == "cpu" and a.dtype == torch.float32:
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            a.contiguous(), b.contiguous(), None, "none", [], ""
        )
        return product
    return a @ b.T


class _Project(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, inputs: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        ctx.save_for_backward(inputs, weight)
        return _times_transposed(inputs, weight)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:  # noqa: D102
        inputs, weight = ctx.saved_tensors  # type: ignore[attr-defined]
        wants_inputs, wants_weight = ctx.needs_input_grad  # type: ignore[attr-defined]
        grad_inputs = _times_transposed(grad, weight.T) if wants_inputs else None
        grad_weight = _times_transposed(grad.T, inputs.T) if wants_weight else None
        return grad_inputs, grad_weight


def project(inputs: Tensor, weight: Tensor) -> Tensor:
    """Multiply every row of `inputs` by `weight`.

    Args:
        inputs: `[..., D]`, values or spikes.
        weight: `[K, D]`.

    Returns:
        `[..., K]`; gradients flow to both where they are asked for.
    """
    flat = inputs.reshape(-1, inputs.shape[-1])
    product: Tensor = _Project.apply(flat, weight)
    return product.reshape(*inputs.shape[:-1], weight.shape[0])
