"""Matrix products: where nearly all of the time goes.

On x86-64 processors oneDNN multiplies float32 matrices about twice as fast as the BLAS that PyTorch
calls for `mm`, but PyTorch only exposes it as an operator for inference, without derivatives. Where that
operator does not exist, `mm` is used.
"""

import torch
from torch import Tensor


def _onednn_available() -> bool:
    probe = torch.eye(2)
    try:
        torch.ops.mkldnn._linear_pointwise(probe, probe, None, "none", [], "")
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return True


_ONEDNN = _onednn_available()


def times_transposed(a: Tensor, b: Tensor) -> Tensor:
    """`a @ b.T` for a `[M, K]` and b `[N, K]`."""
    if _ONEDNN and a.device.type == "cpu" and a.dtype == torch.float32:
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            a.contiguous(), b.contiguous(), None, "none", [], ""
        )
        return product
    return a @ b.T
