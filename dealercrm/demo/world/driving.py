"""How far each car drives: lognormal between cars, slow drift within one, more in summer, taxis and fleets."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

PRIVATE, TAXI, FLEET = 0, 1, 2
MONTH_DAYS = 30.4375
SPREAD_BETWEEN_CARS = 0.45  # sigma of ln(km a year) around the brand's median
DRIFT_PER_MONTH = 0.035  # sigma of one month's step of ln(rate)
SUMMER = 1.15  # May to September against the rest


def km_per_year(rng: np.random.Generator, median: Ints, use: Ints) -> Floats:
    """Annual mileage of each car: around the brand's median, 62,000 for taxis, 30,000 for fleet cars."""
    private = median * np.exp(rng.normal(0, SPREAD_BETWEEN_CARS, len(median)))
    taxi = 62_000 * np.exp(rng.normal(0, 0.20, len(median)))
    fleet = 30_000 * np.exp(rng.normal(0, 0.25, len(median)))
    yearly = np.select([use == TAXI, use == FLEET], [taxi, fleet], private)
    return np.asarray(np.clip(yearly, 2_500, 130_000))


class Odometers:
    """True odometers of all cars on a grid of months; day 0 is `first`. The truth, before anybody writes it down."""

    def __init__(self, rng: np.random.Generator, *, first: date, days: int, yearly: Floats, km0: Floats, day0: Ints):
        months = int(days / MONTH_DAYS) + 2
        calendar = [(first + timedelta(days=int((m + 0.5) * MONTH_DAYS))).month for m in range(months)]
        season = np.array([SUMMER if 5 <= month <= 9 else 1.0 for month in calendar])
        season = season / (7 + 5 * SUMMER) * 12
        # Drift of every month of 20,000 cars is the largest array here: single precision halves it.
        drift = rng.standard_normal((len(yearly), months), dtype=np.float32) * DRIFT_PER_MONTH
        np.cumsum(drift, axis=1, out=drift)
        monthly = (yearly[:, None] / 12 * season[None, :]) * np.exp(drift)
        self._driven = np.zeros((len(yearly), months + 1))
        np.cumsum(monthly, axis=1, out=self._driven[:, 1:])
        self._offset = km0 - self._grid(np.arange(len(yearly)), day0)

    def at(self, cars: Ints, days: Any) -> Floats:
        """True km of each car on each day."""
        return self._grid(cars, days) + self._offset[cars]

    def day_when(self, cars: Ints, km: Floats) -> Floats:
        """The day each car reaches `km`; far beyond the grid where it does not in this world's time."""
        target = km - self._offset[cars]
        rows = self._driven[cars]
        month = (rows < target[:, None]).sum(axis=1) - 1
        last = rows.shape[1] - 1
        low = np.clip(month, 0, last - 1)
        at_low, at_high = rows[np.arange(len(cars)), low], rows[np.arange(len(cars)), low + 1]
        day = (low + (target - at_low) / np.maximum(at_high - at_low, 1)) * MONTH_DAYS
        return np.where(month >= last, 1e6, day)

    def _grid(self, cars: Ints, days: Any) -> Floats:
        month = np.asarray(days) / MONTH_DAYS
        low = np.clip(month.astype(int), 0, self._driven.shape[1] - 2)
        at_low = self._driven[cars, low]
        return np.asarray(at_low + (month - low) * (self._driven[cars, low + 1] - at_low))
