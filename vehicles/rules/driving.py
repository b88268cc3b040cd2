"""How much a car drives: its own rate as far as its readings are credible. DOMAIN section 5.

Below the forecasts of the lifecycle and the check of a new reading alike, so that both expect the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple, Protocol, TypeVar

YEAR = 365.25
SLOWEST, FASTEST = 500.0, 150_000.0  # km a year; outside of this a pair of readings says nothing about driving
NOISE = 0.03  # variance of ln(driven km) that no history takes away


class Shown(Protocol):
    """A believed reading."""

    @property
    def on(self) -> date: ...
    @property
    def km(self) -> int: ...


Row = TypeVar("Row", bound=Shown)


class Pace(NamedTuple):
    """`credibility` Z from 0 (as its kind drives) to 1 (as it drove itself); `history_years` of driving seen."""

    km_per_year: float
    credibility: float
    history_years: float

    def spread(self, between: float, within: float) -> float:
        """sd of ln(driven km): sqrt(a(1-Z) + 0.5 s2 / max(H, 0.1) + 0.03), the variances those of its kind."""
        return math.sqrt(between * (1 - self.credibility) + 0.5 * within / max(self.history_years, 0.1) + NOISE)


def epochs_of(believed: Sequence[Row], drop_km: int) -> list[tuple[Row, ...]]:
    """Believed readings (sorted by day) in chains of one odometer each; of one day the highest counts.

    Believed readings that fall by more than `drop_km` are a replaced odometer, not a mistake.
    """
    chains: list[list[Row]] = []
    last: Row | None = None
    for row in believed:
        if last is None or row.km < last.km - drop_km:
            chains.append([row])
        elif row.on > last.on:
            chains[-1].append(row)
        elif row.km > last.km:
            chains[-1][-1] = row
        else:
            continue
        last = row
    return [tuple(chain) for chain in chains]


def pace_of(
    epochs: Sequence[Sequence[Shown]],
    usual_km_per_year: float,
    *,
    gap_days: int,
    credibility_years: float,
    days_until: Callable[[date], float] = date.toordinal,
) -> Pace:
    """Weighted mean of ln(km a year) of readings at least `gap_days` apart, shrunk to what is usual.

    Weights e * exp(-age in days / 365) with e = min(years, 1.5); Z = E / (E + k) with E the sum of e.
    `days_until` counts days from some first one, and may weigh them by their season.
    """
    usual = math.log(usual_km_per_year)
    experience = weight = weighted = history = 0.0
    latest = epochs[-1][-1].on.toordinal() if epochs else 0
    for chain in epochs:
        start = chain[0]
        first, weighed = start.on.toordinal(), days_until(start.on)
        for row in chain:
            day = row.on.toordinal()
            if day - first < gap_days:  # too close: skipped, not lost distance
                continue
            before, weighed = weighed, days_until(row.on)
            years = (weighed - before) / YEAR
            speed = (row.km - start.km) / years
            speed = SLOWEST if speed < SLOWEST else FASTEST if speed > FASTEST else speed
            share = years if years < 1.5 else 1.5
            own = share * math.exp((day - latest) / 365)
            weight += own
            weighted += own * math.log(speed)
            experience += share
            history += years
            start, first = row, day
    credibility = experience / (experience + credibility_years)
    mean = weighted / weight if weight else usual
    return Pace(math.exp(credibility * mean + (1 - credibility) * usual), credibility, history)
