"""Geometry of the odometer chart: readings into a drawing, without a pixel of script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 12, 32
BELIEVED = frozenset({"plausible", "confirmed"})


class Shown(Protocol):
    """A reading: a row of the database or anything like it."""

    @property
    def read_on(self) -> date: ...
    @property
    def km(self) -> int: ...
    @property
    def plausibility(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    reading: Shown

    @property
    def is_believed(self) -> bool:
        return self.reading.plausibility in BELIEVED


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    value: int


@dataclass(frozen=True, slots=True)
class OdometerChart:
    """`path` joins the believed readings; the others stand beside it as doubts."""

    points: list[Point]
    path: str
    years: list[Tick]
    heights: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def odometer_chart(readings: Sequence[Shown]) -> OdometerChart | None:
    """The drawing, or None where fewer than two readings, or all of one day, show no movement."""
    rows = sorted(readings, key=lambda row: (row.read_on, row.km))
    if len({row.read_on for row in rows}) < 2:
        return None
    first, last = rows[0].read_on.toordinal(), rows[-1].read_on.toordinal()
    step = _step(max(row.km for row in rows))
    top = step * (max(row.km for row in rows) // step + 1)

    def x(day: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - first) / (last - first), 1)

    def y(km: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * km / top, 1)

    points = [Point(x(row.read_on.toordinal()), y(row.km), row) for row in rows]
    line = " L".join(f"{point.x} {point.y}" for point in points if point.is_believed)
    return OdometerChart(
        points=points,
        path=f"M{line}" if " L" in line else "",
        years=_years(rows[0].read_on, rows[-1].read_on, x),
        heights=[Tick(y(km), km) for km in range(0, top + 1, step)],
    )


def _years(first: date, last: date, x: Callable[[int], float]) -> list[Tick]:
    """The beginnings of years inside the drawing, eight at most, so that their words do not touch."""
    years = [year for year in range(first.year, last.year + 1) if first <= date(year, 1, 1) <= last]
    every = -(-len(years) // 8) or 1
    return [Tick(x(date(year, 1, 1).toordinal()), year) for year in years[::every]]


def _step(most: int) -> int:
    """A round distance between lines so that there are three to six of them."""
    step = 1000
    for factor in (2, 5, 10, 20, 50, 100, 200, 500):
        if most / step <= 5:
            return step
        step = 1000 * factor
    return step
