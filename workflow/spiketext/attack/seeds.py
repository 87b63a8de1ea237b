"""Random numbers of an attack: a function of what is attacked, not of the order in which it is."""

from __future__ import annotations

import hashlib
import random

import numpy as np


def number_of(key: str) -> int:
    """A seed of 32 bits that belongs to a key, such as that of the attack on one text."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4])


def seed_generators(key: str) -> None:
    """Seed all generators that attacks draw from."""
    import torch

    number = number_of(key)
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)
