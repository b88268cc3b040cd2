"""How cars of each segment drive: medians, variances between and within cars, and the season (DOMAIN section 5)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from lifecycle.rules.calibration import FLAT_SEASON, Driving, Segment
from lifecycle.rules.facts import Reading
from lifecycle.rules.season import Season, season_of
from vehicles.rules.driving import FASTEST, SLOWEST, YEAR

FEWEST_CARS = 30  # of a segment that speaks for itself
FEWEST_STRETCHES = 2000  # to see a season
LONGEST_STRETCH = 1.5  # years; a longer one says nothing about a season


class Stretch(NamedTuple):
    """What one car drove between two good readings."""

    car: int
    segment: str
    first: date
    last: date
    km: int


def stretches_of(car: int, segment: str, epochs: Iterable[Sequence[Reading]], gap_days: int) -> list[Stretch]:
    """The stretches of cleaned readings at least so many days apart, oldest first."""
    found = []
    for chain in epochs:
        start = chain[0]
        for row in chain[1:]:
            if (row.on - start.on).days >= gap_days:
                found.append(Stretch(car, segment, start.on, row.on, row.km - start.km))
                start = row
    return found


def estimate_driving(stretches: Sequence[Stretch]) -> Driving:
    """Season first, then each segment's median and variances with the season taken out."""
    months = season_months(stretches)
    season = season_of(months)
    by_segment: dict[str, dict[int, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for row in stretches:
        by_segment[row.segment][row.car].append(_rate(row, season))
    segments = {key: _segment(list(cars.values())) for key, cars in by_segment.items() if len(cars) >= FEWEST_CARS}
    return Driving(segments, months)


def _rate(row: Stretch, season: Season) -> tuple[float, float]:
    """(ln km a year, years), as the forecast takes them."""
    years = max(season.between(row.first, row.last), 1.0) / YEAR
    return math.log(min(max(row.km / years, SLOWEST), FASTEST)), years


def _segment(cars: list[list[tuple[float, float]]]) -> Segment:
    """Median car; variance within a car from cars of several stretches, between cars what is left.

    A wrong digit that got through is a huge deviation: both variances are taken from the middle of the
    distribution (1.4826 x median absolute deviation).
    """
    means = np.array([_mean(rows) for rows in cars])
    middle = float(np.median(means))
    total = _robust_variance(means - middle)
    deviations = []
    for rows in cars:
        if len(rows) < 2:
            continue
        mean = _mean(rows)
        scale = math.sqrt(len(rows) / (len(rows) - 1))
        # A stretch of e years deviates about as 1/sqrt(e): all brought to one year.
        deviations += [(rate - mean) * scale * math.sqrt(min(years, 1.5)) for rate, years in rows]
    within = _robust_variance(np.array(deviations)) if len(deviations) >= FEWEST_CARS else 0.06
    years = float(np.median([sum(length for _, length in rows) for rows in cars]))
    return Segment(
        km_per_year=round(math.exp(middle), 1),
        between=round(max(total - within / max(years, 0.1), 0.02), 4),
        within=round(within, 4),
        cars=len(cars),
    )


def _mean(rows: list[tuple[float, float]]) -> float:
    weights = [min(years, 1.5) for _, years in rows]
    return sum(rate * weight for (rate, _), weight in zip(rows, weights, strict=True)) / sum(weights)


def _robust_variance(deviations: np.ndarray) -> float:
    return float((1.4826 * np.median(np.abs(deviations - np.median(deviations)))) ** 2)


def season_months(stretches: Sequence[Stretch]) -> tuple[float, ...]:
    """Each month's share of the mean month, from stretches compared with their own car's mean rate.

    Weighted least squares of (rate of the stretch / rate of the car) on the share of its days in each month,
    drawn to 1 a little. Flat where too few stretches speak.
    """
    totals: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in stretches:
        held = totals[row.car]
        held[0] += row.km
        held[1] += (row.last - row.first).days
        held[2] += 1
    shares, rates, weights = [], [], []
    for row in stretches:
        km, days, count = totals[row.car]
        length = (row.last - row.first).days
        if count < 2 or km <= 0 or length > LONGEST_STRETCH * YEAR or days < YEAR:
            continue
        rate = row.km / length / (km / days)
        if 0.2 < rate < 5:
            shares.append(_days_by_month(row.first, row.last))
            rates.append(rate)
            weights.append(math.sqrt(length))
    if len(rates) < FEWEST_STRETCHES:
        return FLAT_SEASON
    matrix = np.array(shares) * np.array(weights)[:, None]
    target = (np.array(rates) - 1) * np.array(weights)
    ridge = np.sqrt(len(rates)) * np.eye(12)
    found, *_ = np.linalg.lstsq(np.vstack([matrix, ridge]), np.concatenate([target, np.zeros(12)]), rcond=None)
    months = 1 + found
    months = np.clip(months / months.mean(), 0.5, 2.0)
    return tuple(round(float(month), 3) for month in months)


def _days_by_month(first: date, last: date) -> list[float]:
    """Share of the days of a stretch in each month of the year."""
    counts = [0.0] * 12
    day = first
    while day < last:
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        end = min(following, last)
        counts[day.month - 1] += (end - day) / timedelta(days=1)
        day = end
    total = sum(counts)
    return [count / total for count in counts]
