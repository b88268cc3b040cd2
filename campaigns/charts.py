"""Geometry of the drawings of this room; the templates only write it down."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.rules.measuring import Difference

WIDTH, HEIGHT, SIDE, MIDDLE = 420, 84, 20, 32


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    points: float  # customers of a hundred


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """The uplift as a point with its interval, nought and the line that pays for the contacts."""

    low: float
    value: float
    high: float
    nought: float
    pays: float | None
    ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = SIDE
    right: int = WIDTH - SIDE
    middle: int = MIDDLE
    bottom: int = HEIGHT - SIDE


def interval_chart(uplift: Difference, break_even: float) -> IntervalChart:
    """Customers of a hundred to the right, from what the interval and both lines need."""
    marks = [uplift.low, uplift.high, 0.0, break_even]
    step = _step(max(marks) - min(marks))
    first, last = _floor(min(marks), step), -_floor(-max(marks), step)

    def x(share: float) -> float:
        return round(SIDE + (WIDTH - 2 * SIDE) * (share - first) / (last - first), 1)

    count = round((last - first) / step)
    ticks = [Tick(x(first + number * step), round((first + number * step) * 100, 1)) for number in range(count + 1)]
    pays = x(break_even) if break_even else None
    return IntervalChart(x(uplift.low), x(uplift.value), x(uplift.high), x(0), pays, ticks)


def _floor(value: float, step: float) -> float:
    return step * (value // step)


def _step(span: float) -> float:
    """A round distance between marks, so that there are at most eight."""
    for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2):
        if span / step <= 6:
            return step
    return 0.5
