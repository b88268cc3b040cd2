"""Geometry of the odometer chart: readings into a drawing, without a pixel of script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from vehicles.rules.driving import epochs_of
from vehicles.rules.odometer import VALUES

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


class Forecast(Protocol):
    """Where the odometer will stand on a day to come, and the bounds that hold four of five cars."""

    @property
    def on(self) -> date: ...
    @property
    def low(self) -> int: ...
    @property
    def km(self) -> int: ...
    @property
    def high(self) -> int: ...


class Place(NamedTuple):
    on: date
    km: int


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
    """`path` joins the believed readings of each odometer; the others stand beside it as doubts.

    `cone` is the area of the forecast, `middle` its most likely line; empty without one.
    """

    points: list[Point]
    path: str
    cone: str
    middle: str
    ahead: list[Forecast]
    years: list[Tick]
    heights: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def odometer_chart(readings: Sequence[Shown], ahead: Sequence[Forecast] = ()) -> OdometerChart | None:
    """The drawing, or None where fewer than two readings, or all of one day, show no movement.

    `ahead` is the forecast, beginning at the last believed reading.
    """
    rows = sorted(readings, key=lambda row: (row.read_on, row.km))
    first, last = _span(rows, ahead)
    if first == last:
        return None
    most = _most(rows, ahead)
    step = _step(most)
    top = step * (most // step + 1)

    def x(day: date) -> float:
        share = (day - first).days / (last - first).days
        return round(LEFT + (WIDTH - LEFT - RIGHT) * share, 1)

    def y(km: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(km, top) / top, 1)

    def line(places: Iterable[tuple[date, int]]) -> str:
        return "M" + " L".join(f"{x(day)} {y(km)}" for day, km in places)

    epochs = epochs_of([Place(row.read_on, row.km) for row in rows if row.plausibility in BELIEVED], VALUES.drop_km)
    area = [(one.on, one.high) for one in ahead] + [(one.on, one.low) for one in reversed(ahead)]
    return OdometerChart(
        points=[Point(x(row.read_on), y(row.km), row) for row in rows],
        path=" ".join(line(epoch) for epoch in epochs if len(epoch) > 1),
        cone=f"{line(area)} Z" if area else "",
        middle=line((one.on, one.km) for one in ahead) if ahead else "",
        ahead=list(ahead),
        years=_years(first, last, x),
        heights=[Tick(y(km), km) for km in range(0, top + 1, step)],
    )


def _span(rows: Sequence[Shown], ahead: Sequence[Forecast]) -> tuple[date, date]:
    days = [row.read_on for row in rows] + [one.on for one in ahead]
    return (min(days), max(days)) if days else (date.min, date.min)


def _most(rows: Sequence[Shown], ahead: Sequence[Forecast]) -> int:
    """The km at the upper edge. One digit too many would press the rest flat: it is drawn at the edge instead."""
    believed = [row.km for row in rows if row.plausibility in BELIEVED] + [one.high for one in ahead]
    highest = max((row.km for row in rows), default=0)
    return max(min(highest, 3 * max(believed) // 2), *believed) if believed else highest


def _years(first: date, last: date, x: Callable[[date], float]) -> list[Tick]:
    """The beginnings of years inside the drawing, eight at most, so that their words do not touch."""
    years = [year for year in range(first.year, last.year + 1) if first <= date(year, 1, 1) <= last]
    every = -(-len(years) // 8) or 1
    return [Tick(x(date(year, 1, 1)), year) for year in years[::every]]


def _step(most: int) -> int:
    """A round distance between lines so that there are three to six of them."""
    step = 1000
    for factor in (2, 5, 10, 20, 50, 100, 200, 500):
        if most / step <= 5:
            return step
        step = 1000 * factor
    return step
