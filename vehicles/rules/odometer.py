"""Is this odometer reading believable? DOMAIN section 5. Nothing is refused: a doubt is a flag with its reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from dealercrm.why import Why

DROP_KM = 100
FAST_KM_A_DAY = 900
Z_LIMIT = 2.6
Z_GAP_DAYS = 45
LOOK_BACK = 12
# Variances of ln(km a year) until a store's own are calibrated: between cars (sigma about .5, taxis and
# fleets included) and within one car.
BETWEEN, WITHIN, NOISE, SHRINK_YEARS = 0.25, 0.10, 0.03, 0.025
_SKIP_COST = 1.0
_NEW_EPOCH_COST = 1.5  # dearer than one bad reading, cheaper than two: two later readings that agree are a new odometer


class Reading(NamedTuple):
    """What the odometer showed on a day. `is_certain`: a person confirmed it."""

    on: date
    km: int
    is_certain: bool = False


def check_entry(new: Reading, before: Sequence[Reading], km_per_year: float) -> Why | None:
    """The alarm while a reading is typed in or arrives: ask, store with a flag, never refuse.

    `before` are earlier believable readings, oldest first; `km_per_year` is the segment's median.
    """
    earlier = [one for one in before if one.on <= new.on]
    if not earlier:
        return None
    return _doubt(earlier[-1], new, _ln_rate(earlier, km_per_year), _history_years(earlier))


def doubts(readings: Sequence[Reading], km_per_year: float) -> list[Why | None]:
    """Per reading of one car (sorted by date) why it is not believed, or None.

    Keeps the most plausible chain: each reading either fits the last kept one of the twelve before
    it, or is left out with its reason. A drop that later readings agree with is a replaced odometer
    and starts a new epoch, whose readings are believed.
    """
    best: list[tuple[float, int, bool]] = []  # cost of the best chain that ends here, its last link, new epoch
    ln_year = math.log(km_per_year)
    for index, reading in enumerate(readings):
        choices = [(index * _SKIP_COST + (0.2 if reading.km < 10 and index else 0.0), -1, False)]
        for back in range(max(0, index - LOOK_BACK), index):
            link = _link_cost(readings[back], reading, ln_year)
            skipped = (index - back - 1) * (5.0 if reading.is_certain else _SKIP_COST)
            choices.append((best[back][0] + skipped + link[0], back, link[1]))
        best.append(min(choices, key=lambda choice: choice[0]))
    kept = _chain(best)
    return [None if index in kept else _why_not(readings, index, kept, ln_year) for index in range(len(readings))]


def _link_cost(one: Reading, two: Reading, ln_year: float) -> tuple[float, bool]:
    """Cost of believing both: little where they agree, that of a new epoch where they cannot be one odometer."""
    doubt = _doubt(one, two, ln_year, 0.0)
    if doubt is None:
        return 0.0, False
    if two.is_certain:
        return 0.5, True
    if doubt.code == "odometer.unlikely":
        return 1.2, False
    if doubt.code == "odometer.dropped" and two.km < one.km:
        return _NEW_EPOCH_COST, True
    return 10.0, False


def _chain(best: Sequence[tuple[float, int, bool]]) -> set[int]:
    """Indexes of the cheapest chain; readings left out after its end cost like those left out inside."""
    if not best:
        return set()
    last = min(range(len(best)), key=lambda i: (best[i][0] + (len(best) - 1 - i) * _SKIP_COST, -i))
    kept: set[int] = set()
    while last >= 0:
        kept.add(last)
        last = best[last][1]
    return kept


def _why_not(readings: Sequence[Reading], index: int, kept: set[int], ln_year: float) -> Why:
    """The reason in terms of the nearest believed neighbour."""
    before = [i for i in kept if i < index]
    after = [i for i in kept if i > index]
    if before:
        doubt = _doubt(readings[max(before)], readings[index], ln_year, 0.0)
        if doubt:
            return doubt
    if after:
        later = readings[min(after)]
        return Why("odometer.above_later", {"km": readings[index].km, "later_km": later.km, "later_on": later.on})
    return Why("odometer.unlikely", {"km": readings[index].km, "expected": readings[index].km})


def _doubt(last: Reading, new: Reading, ln_rate: float, history_years: float) -> Why | None:
    driven, days = new.km - last.km, (new.on - last.on).days
    if driven < -DROP_KM:
        return Why("odometer.dropped", {"km": new.km, "last_km": last.km, "last_on": last.on})
    if driven > FAST_KM_A_DAY * max(days, 1):
        return Why("odometer.too_fast", {"km": new.km, "a_day": round(driven / max(days, 1)), "last_on": last.on})
    if days > Z_GAP_DAYS:
        expected = math.exp(ln_rate) * days / 365
        z = (math.log(max(driven, 1)) - math.log(expected)) / _spread(history_years)
        if abs(z) > Z_LIMIT:
            return Why("odometer.unlikely", {"km": new.km, "expected": round(last.km + expected, -2)})
    return None


def _spread(history_years: float) -> float:
    """sd of ln(driven km): less the longer the car is known."""
    z = history_years / (history_years + SHRINK_YEARS)
    return math.sqrt(BETWEEN * (1 - z) + 0.5 * WITHIN / max(history_years, 0.1) + NOISE)


def _history_years(readings: Sequence[Reading]) -> float:
    return max(0, (readings[-1].on - readings[0].on).days) / 365


def _ln_rate(readings: Sequence[Reading], km_per_year: float) -> float:
    """ln(km a year) of this car: its own history shrunk towards the segment's median."""
    years = _history_years(readings)
    driven = readings[-1].km - readings[0].km
    if years < 20 / 365 or driven <= 0:
        return math.log(km_per_year)
    z = years / (years + SHRINK_YEARS)
    return z * math.log(driven / years) + (1 - z) * math.log(km_per_year)
