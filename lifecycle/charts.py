"""Geometry of the drawings of this room; the templates only write it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SIDE, LEFT, TOP, BOTTOM = 320, 40, 12, 36


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the customers, by forecast: how many, what was forecast on average, and how many came."""

    customers: int
    forecast: float
    came: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ReliabilityChart:
    """Forecast to the right, what came upwards; on the diagonal the forecast was right."""

    tenths: list[Tenth]
    path: str
    ticks: list[tuple[int, float, float]]  # percent, x, y
    width: int = SIDE + LEFT + TOP
    height: int = SIDE + TOP + BOTTOM
    left: int = LEFT
    right: int = LEFT + SIDE
    top: int = TOP
    bottom: int = TOP + SIDE


def reliability_chart(table: Sequence[Sequence[float]]) -> ReliabilityChart:
    """From rows of (customers, mean forecast, share who came), both between 0 and 1."""
    tenths = [Tenth(int(customers), forecast, came, _x(forecast), _y(came)) for customers, forecast, came in table]
    line = " L".join(f"{tenth.x} {tenth.y}" for tenth in tenths)
    ticks = [(percent, _x(percent / 100), _y(percent / 100)) for percent in (0, 25, 50, 75, 100)]
    return ReliabilityChart(tenths, f"M{line}" if len(tenths) > 1 else "", ticks)


def _x(share: float) -> float:
    return round(LEFT + SIDE * share, 1)


def _y(share: float) -> float:
    return round(TOP + SIDE * (1 - share), 1)
