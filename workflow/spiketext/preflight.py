"""What can be seen of the machine before any job runs, without loading torch."""

import os
from pathlib import Path

from spiketext.errors import SpikeTextError

# What a driver shows of its GPUs: NVIDIA's, AMD's (torch calls them cuda too), Windows' for Linux within it.
GPUS = ("nvidia[0-9]*", "kfd", "dxg")


def check_device(device: str, devices: Path = Path("/dev")) -> None:
    """Refuse `cuda` on a machine that shows no GPU.

    Args:
        device: `auto`, `cpu` or `cuda`.
        devices: the folder of the machine's devices; where it is not to be seen, nothing is refused.

    Raises:
        SpikeTextError: `cuda` was asked for and there is no GPU, or CUDA_VISIBLE_DEVICES hides all.
    """
    if device != "cuda" or not devices.is_dir():
        return
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in ("", "-1"):
        raise SpikeTextError("config key device: cuda, but CUDA_VISIBLE_DEVICES hides every GPU; unset it")
    if not any(found for pattern in GPUS for found in devices.glob(pattern)):
        raise SpikeTextError("config key device: cuda, but this machine has no GPU; use `auto` or `cpu`")
