"""Numbers that look like chance and are the same every time and everywhere: hashes of a name and a position.

Only integer arithmetic, + − × and ÷ on floats: these give the same bits on every machine, which exp or sin do not.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def uniform(name: str, count: int) -> Floats:
    """`count` numbers from 0 up to 1, each from the hash of `name` and its position (splitmix64)."""
    seed = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=8).digest(), dtype="<u8")[0]
    x = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + seed
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return (x >> np.uint64(11)) * (1.0 / 2**53)


def number(name: str) -> float:
    """One number from 0 up to 1."""
    return float(uniform(name, 1)[0])


def between(name: str, low: float, high: float) -> float:
    """One number from `low` up to `high`."""
    return low + (high - low) * number(name)


def weather(name: str, count: int, memory: int = 18) -> Floats:
    """A factor around 1 that wanders slowly, as wind and temperature make air and heating do: about 0.4 to 2.5, skewed upwards."""
    raw = uniform(name, count + memory)
    total = np.zeros(count)
    for shift in range(memory):
        total += raw[shift : shift + count]
    calm = (total / memory - 0.5) * (memory**0.5) * 0.9 + 0.93
    return np.maximum(calm, 0.25) * np.maximum(calm, 0.25)
