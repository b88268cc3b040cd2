"""Random draws for one row after another, from a seeded numpy generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Thing = TypeVar("Thing")


class Dice:
    """Cheap draws for one card after another: numbers drawn in bulk, handed out in order."""

    def __init__(self, rng: np.random.Generator, size: int = 4096) -> None:
        self._rng, self._size = rng, size
        self._numbers: list[float] = []

    def roll(self) -> float:
        if not self._numbers:
            self._numbers = self._rng.random(self._size).tolist()
        return self._numbers.pop()

    def chance(self, share: float) -> bool:
        return self.roll() < share

    def one_of(self, things: Sequence[Thing]) -> Thing:
        return things[int(self.roll() * len(things))]

    def below(self, limit: int) -> int:
        return int(self.roll() * limit)

    def between(self, low: float, high: float) -> float:
        return low + self.roll() * (high - low)
