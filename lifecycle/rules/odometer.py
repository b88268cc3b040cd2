"""How far the car has driven and how fast it drives: the forecast of DOMAIN section 5.

Everything here follows from the readings alone, never from today's date: a forecast stays as it is
until a reading arrives, and km at a day is read off it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from lifecycle.rules.calibration import FLAT_SEASON
from lifecycle.rules.facts import Reading
from lifecycle.rules.policy import LifecycleValues
from lifecycle.rules.season import Season, season_of
from vehicles.rules.driving import YEAR, epochs_of, pace_of
from vehicles.rules.odometer import VALUES as BELIEVED

EVEN = season_of(FLAT_SEASON)
Q80 = 1.2816  # the window between the quantiles holds 80%


class Driving(NamedTuple):
    """The forecast: `km_per_year`, `spread` (sd of ln driven km) and the last good reading, if there is one."""

    km_per_year: float
    spread: float
    last_km: int | None
    last_on: date | None
    chain: tuple[Reading, ...] = ()
    season: Season = EVEN

    @property
    def km_per_day(self) -> float:
        """On a mean day of the year."""
        return self.km_per_year / YEAR

    def days_until(self, start: date, km: float) -> int:
        """In how many days from a day so many km will have been driven."""
        return self.season.after(start, km / self.km_per_day)

    def km_on(self, day: date) -> int | None:
        """About how many km the odometer showed or will show on a day; None without any reading."""
        if self.last_km is None or self.last_on is None:
            return None
        if day >= self.last_on:
            return round(self.last_km + self.km_per_day * self.season.between(self.last_on, day))
        for later, earlier in pairwise(reversed(self.chain)):  # asked for are mostly the last visits
            if earlier.on <= day:
                share = self.season.between(earlier.on, day) / (self.season.between(earlier.on, later.on) or 1)
                return round(earlier.km + share * (later.km - earlier.km))
        first = self.chain[0]
        return max(0, round(first.km - self.km_per_day * self.season.between(day, first.on)))


def forecast_driving(
    readings: Sequence[Reading],
    usual_km_per_year: float,
    values: LifecycleValues,
    *,
    between: float | None = None,
    within: float | None = None,
    season: Season = EVEN,
    width: float = 1.0,
) -> Driving:
    """The car's own rate as far as its readings are credible, the segment's median for the rest.

    `between` and `within` are the segment's variances of ln(km a year) between cars and within one, where a
    calibration knows them; else the policy's. `width` scales the spread to what a base has shown. Which readings are
    believed was decided when they arrived (vehicles/rules/odometer.py); doubted ones are not used.
    """
    if between is None or within is None:
        between, within = values.odometer_between_variance, values.odometer_within_variance
    epochs = epochs_of([row for row in readings if not row.is_doubted], BELIEVED.drop_km)
    chain = epochs[-1] if epochs else ()
    pace = pace_of(
        epochs,
        usual_km_per_year,
        gap_days=values.odometer_gap_days,
        credibility_years=values.odometer_credibility_years,
        days_until=season.until,
    )
    return Driving(
        km_per_year=pace.km_per_year,
        spread=width * pace.spread(between, within),
        last_km=chain[-1].km if chain else None,
        last_on=chain[-1].on if chain else None,
        chain=chain,
        season=season,
    )


class Ahead(NamedTuple):
    """Where the odometer will stand on a day: most likely, and the 10% and 90% quantiles."""

    on: date
    low: int
    km: int
    high: int


def ahead(driving: Driving, days: Sequence[date]) -> list[Ahead]:
    """The forecast on these days since the last good reading, to the hundred; nothing without any reading."""
    if driving.last_km is None or driving.last_on is None:
        return []
    width = math.exp(Q80 * driving.spread)
    found = []
    for day in days:
        if day == driving.last_on:
            found.append(Ahead(day, driving.last_km, driving.last_km, driving.last_km))
            continue
        driven = driving.km_per_day * driving.season.between(driving.last_on, day)
        low, km, high = (_about(driving.last_km + part) for part in (driven / width, driven, driven * width))
        found.append(Ahead(day, low, km, high))
    return found


def _about(km: float) -> int:
    return int(round(km, -2))
