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

YEAR = 365.25
SLOWEST, FASTEST = 500.0, 150_000.0  # km a year; outside of this a pair of readings says nothing about driving
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
        for earlier, later in pairwise(self.chain):
            if earlier.on <= day <= later.on:
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
) -> Driving:
    """The car's own rate as far as its readings are credible, the segment's median for the rest.

    `between` and `within` are the segment's variances of ln(km a year) between cars and within one, where a
    calibration knows them; else the policy's.
    """
    if between is None or within is None:
        between, within = values.odometer_between_variance, values.odometer_within_variance
    epochs = clean(readings, usual_km_per_year, values)
    chain = epochs[-1] if epochs else ()
    pairs = [pair for epoch in epochs for pair in _pairs(epoch, values.odometer_gap_days)]
    usual = math.log(usual_km_per_year)
    experience = weight = weighted = history = 0.0
    for earlier, later in pairs:
        years = season.between(earlier.on, later.on) / YEAR
        speed = min(max((later.km - earlier.km) / years, SLOWEST), FASTEST)
        share = min(years, 1.5)
        age = (chain[-1].on - later.on).days
        weight += share * math.exp(-age / 365)
        weighted += share * math.exp(-age / 365) * math.log(speed)
        experience += share
        history += years
    credibility = experience / (experience + values.odometer_credibility_years)
    own = weighted / weight if weight else usual
    spread = math.sqrt(between * (1 - credibility) + 0.5 * within / max(history, 0.1) + 0.03)
    return Driving(
        km_per_year=math.exp(credibility * own + (1 - credibility) * usual),
        spread=spread,
        last_km=chain[-1].km if chain else None,
        last_on=chain[-1].on if chain else None,
        chain=chain,
        season=season,
    )


def clean(readings: Sequence[Reading], usual_km_per_year: float, values: LifecycleValues) -> list[tuple[Reading, ...]]:
    """The most plausible chain of the last readings; a replaced odometer starts a chain (epoch) of its own.

    One wrong digit falls out because more readings agree without it. A drop that two or more later
    readings agree with is a replaced odometer, not a mistake.
    """
    rows = _one_a_day(readings)[-values.odometer_readings :]
    if all(not row.is_doubted for row in rows) and all(_fits(a, b, values) for a, b in pairwise(rows)):
        return [tuple(rows)] if rows else []
    chain = _best_chain(rows, usual_km_per_year, values)
    tail = [row for row in rows if row.on > chain[-1].on]
    if len(tail) >= 2:
        later = _best_chain(tail, usual_km_per_year, values)
        if len(later) >= 2:
            return [chain, later]
    return [chain]


def _one_a_day(readings: Sequence[Reading]) -> list[Reading]:
    best: dict[date, Reading] = {}
    for row in readings:
        held = best.get(row.on)
        if held is None or _trust(row) > _trust(held) or (_trust(row) == _trust(held) and row.km > held.km):
            best[row.on] = row
    return [best[day] for day in sorted(best)]


def _trust(reading: Reading) -> float:
    if reading.is_trusted:
        return 3.0
    return 0.5 if reading.is_doubted else 1.0


def _fits(earlier: Reading, later: Reading, values: LifecycleValues) -> bool:
    driven = later.km - earlier.km
    days = max((later.on - earlier.on).days, 1)
    return -values.odometer_drop_km <= driven <= values.odometer_km_per_day * days


def _best_chain(rows: Sequence[Reading], usual_km_per_year: float, values: LifecycleValues) -> tuple[Reading, ...]:
    """The heaviest chain in which each reading fits the one before.

    Where as many readings speak for one chain as for another, the usual speed decides, then the later end.
    """
    weights = [_trust(row) for row in rows]
    before: list[int | None] = [None] * len(rows)
    for index, row in enumerate(rows):
        for other in range(index):
            if not _fits(rows[other], row, values):
                continue
            weight = weights[other] + _trust(row) - _strangeness(rows[other], row, usual_km_per_year)
            if weight > weights[index]:
                weights[index], before[index] = weight, other
    end: int | None = max(range(len(rows)), key=lambda index: (round(weights[index], 1), index))
    chain: list[Reading] = []
    while end is not None:
        chain.append(rows[end])
        end = before[end]
    return tuple(reversed(chain))


def _strangeness(earlier: Reading, later: Reading, usual_km_per_year: float) -> float:
    """0 for the usual speed, up to 0.4 for one far from it: less than any reading weighs."""
    years = max((later.on - earlier.on).days, 1) / YEAR
    speed = max((later.km - earlier.km) / years, SLOWEST)
    return min(0.1 * abs(math.log(speed / usual_km_per_year)), 0.4)


def _pairs(chain: Sequence[Reading], gap_days: int) -> list[tuple[Reading, Reading]]:
    """Consecutive readings at least so many days apart; closer ones are skipped, not lost distance."""
    pairs: list[tuple[Reading, Reading]] = []
    for row in chain[1:]:
        start = pairs[-1][1] if pairs else chain[0]
        if (row.on - start.on).days >= gap_days:
            pairs.append((start, row))
    return pairs
