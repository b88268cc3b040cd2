"""Which cars came into the base, when and how: sold new, sold used, or first seen in the workshop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dealercrm.demo.world.brands import BRANDS, STORES, Brand
from dealercrm.demo.world.driving import FLEET, PRIVATE, TAXI, Floats, Ints, km_per_year

NEW, USED, ELSEWHERE = 0, 1, 2
SEASON = (0.70, 0.85, 1.02, 1.03, 0.97, 0.98, 1.00, 1.02, 1.05, 1.06, 1.10, 1.22)  # January ... December
GROWTH = 0.5  # more sales at the end than nine years before
BRAND_LIST: tuple[Brand, ...] = tuple(BRANDS.values())
_BRAND_NO = {brand.name: number for number, brand in enumerate(BRAND_LIST)}


@dataclass(frozen=True)
class Fleet:
    """All cars of the base, column by column, in the order in which they came. Days count from `first`."""

    first: date
    day: Ints  # the sale, or the first visit
    store: Ints
    brand: Ints
    model: Ints
    how: Ints  # NEW, USED, ELSEWHERE
    use: Ints  # PRIVATE, TAXI, FLEET
    age_days: Ints  # of the car when it came
    yearly: Floats
    km0: Floats

    def __len__(self) -> int:
        return len(self.day)

    def numbers_of_brand(self, name: str) -> Ints:
        """One number of the make (an attribute of Brand) for every car."""
        return np.array([getattr(brand, name) for brand in BRAND_LIST])[self.brand]


def cars_come(rng: np.random.Generator, count: int, *, first: date, today: date) -> Fleet:
    """`count` cars that came to the two stores from `first` until yesterday."""
    day = np.sort(rng.choice((today - first).days, size=count, p=_weight_of_days(first, today)))
    store = (rng.random(count) >= STORES[0].share).astype(np.int64)
    how = rng.choice(3, size=count, p=(0.72, 0.15, 0.13))
    brand = _brands(rng, day, store, how, first)
    model = np.zeros(count, dtype=np.int64)
    for number, maker in enumerate(BRAND_LIST):
        mine = brand == number
        shares = np.array([kind.share for kind in maker.models])
        model[mine] = rng.choice(len(shares), size=int(mine.sum()), p=shares / shares.sum())
    use = rng.choice((PRIVATE, TAXI, FLEET), size=count, p=(0.89, 0.05, 0.06))
    premium = np.array([maker.price_class == "premium" for maker in BRAND_LIST])[brand]
    use = np.where(premium & (use == TAXI), PRIVATE, use)
    median = np.array([maker.km_per_year for maker in BRAND_LIST])[brand]
    yearly = km_per_year(rng, median, use)
    # A car seen first in the workshop or sold used is two to nine years old; a new one has a few delivery km.
    older = np.clip(rng.gamma(4.0, 365, count), 500, 3400).astype(np.int64)
    age = np.where(how == NEW, rng.integers(20, 160, count), older)
    km0 = np.where(how == NEW, rng.integers(3, 40, count), yearly * age / 365 * rng.uniform(0.8, 1.1, count))
    return Fleet(first, day, store, brand, model, how, use, age, yearly, km0)


def _weight_of_days(first: date, today: date) -> Floats:
    """Chance of each day to be a sale's day: season, growth, weekends, and the empty first week of January."""
    days = (today - first).days
    weight = np.zeros(days)
    for number in range(days):
        day = first + timedelta(days=number)
        weight[number] = SEASON[day.month - 1] * (1 + GROWTH * number / (9 * 365.25))
        weight[number] *= 1.3 if day.weekday() == 5 else 0.8 if day.weekday() == 6 else 1.0
        if day.month == 1 and day.day <= 8:
            weight[number] *= 0.05
    return np.asarray(weight / weight.sum())


def _brands(rng: np.random.Generator, day: Ints, store: Ints, how: Ints, first: date) -> Ints:
    """A make for every car: the store's mix, turned by the market (Chinese makes up, others down since 2022)."""
    year = first.year + (first.timetuple().tm_yday + day) / 365.25
    chosen = np.zeros(len(day), dtype=np.int64)
    draw = rng.random(len(day))
    for number, place in enumerate(STORES):
        mine = np.flatnonzero(store == number)
        names = list(place.brands)
        weights = np.empty((len(mine), len(names)))
        for column, name in enumerate(names):
            turn = 1.0 if name == "Lada" else _market(BRANDS[name].is_chinese, year[mine])
            weights[:, column] = place.brands[name] * np.where(how[mine] == NEW, turn, 1.0)
        edges = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
        column_of = (edges < draw[mine][:, None]).sum(axis=1)
        chosen[mine] = np.array([_BRAND_NO[name] for name in names])[np.minimum(column_of, len(names) - 1)]
    return chosen


def _market(is_chinese: bool, year: Floats) -> Floats:
    if is_chinese:
        return np.asarray(0.25 + 2.0 / (1 + np.exp(-(year - 2021.8) * 1.3)))
    return np.asarray(1.15 - 0.75 / (1 + np.exp(-(year - 2022.2) * 2.0)))
