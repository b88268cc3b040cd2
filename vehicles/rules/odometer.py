"""Is this odometer reading believable? DOMAIN section 5. Nothing is refused: a doubt is a flag with its reason.

The one rule for forms, the API and imports. A reading is judged within the whole history of its car:
older ones have later readings as witnesses, the newest has only what its car is expected to drive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from typing import NamedTuple

from dealercrm.values import Values
from dealercrm.why import Why
from vehicles.rules.driving import epochs_of, pace_of

_SKIP_COST = 1.0
_SKIP_CERTAIN_COST = 5.0
_NEW_EPOCH_COST = 1.5  # dearer than one bad reading, cheaper than two: two later readings that agree are a new odometer


@dataclass(frozen=True, slots=True)
class ReadingValues(Values):
    """What is asked about. `z_limit` in standard deviations of ln(driven km), for gaps over `z_gap_days`."""

    drop_km: int = 100
    km_per_day: int = 900
    z_limit: float = 2.6
    z_gap_days: int = 45
    look_back: int = 12
    km_per_year: int = 17500
    between_variance: float = 0.25
    within_variance: float = 0.1
    gap_days: int = 20
    credibility_years: float = 0.025


VALUES = ReadingValues()


class Reading(NamedTuple):
    """What the odometer showed on a day. `is_certain`: a person confirmed it."""

    on: date
    km: int
    is_certain: bool = False


class _Expected(NamedTuple):
    """ln of the km a year a car is expected to drive, and how far off in ln(km) is still believed."""

    ln_year: float
    tolerance: float


def check_entry(
    new: Reading, others: Sequence[Reading], km_per_year: float, *, new_on: date | None = None
) -> Why | None:
    """The alarm while a reading is typed in or arrives, among the `others` known of the car, in any order.

    `km_per_year` is what cars of its kind drive; `new_on` the day we sold it new, showing nought.
    """
    history = sorted([*others, new], key=lambda one: (one.on, one.km))
    return doubts(history, km_per_year, new_on=new_on)[history.index(new)]


def doubts(
    readings: Sequence[Reading], km_per_year: float, *, new_on: date | None = None, values: ReadingValues = VALUES
) -> list[Why | None]:
    """Per reading of one car (sorted by date) why it is not believed, or None.

    Keeps the most plausible chain: each reading either fits the last kept one of the twelve before
    it, or is left out with its reason. A drop that later readings agree with is a replaced odometer
    and starts a new epoch, whose readings are believed. A car sold new showed nought on `new_on`.
    """
    if new_on and readings and new_on < readings[0].on:
        return _doubts([Reading(new_on, 0), *readings], km_per_year, values)[1:]
    return _doubts(readings, km_per_year, values)


def _doubts(readings: Sequence[Reading], km_per_year: float, values: ReadingValues) -> list[Why | None]:
    usual = _Expected(math.log(km_per_year), values.z_limit * math.sqrt(
        values.between_variance + 5 * values.within_variance + 0.03
    ))  # fmt: skip
    found: list[Why | None] = [None] * len(readings)
    if any(_doubt(one, two, usual, values) for one, two in pairwise(readings)):
        kept = _best_chain(readings, usual, values)
        for index in range(len(readings)):
            if index not in kept:
                found[index] = _why_not(readings, index, kept, usual, values)
    believed = [one for one, why in zip(readings, found, strict=True) if why is None]
    if len(believed) > 1 and not believed[-1].is_certain:
        newest = believed[-1]
        found[len(readings) - 1 - readings[::-1].index(newest)] = _unlike_its_car(newest, believed[:-1], usual, values)
    return found


def _unlike_its_car(newest: Reading, before: Sequence[Reading], usual: _Expected, values: ReadingValues) -> Why | None:
    """The newest believed reading against the forecast of its own car."""
    if newest.km < before[-1].km - values.drop_km:
        return None  # a replaced odometer, which the chain has found
    chains = epochs_of(before, values.drop_km)
    pace = pace_of(
        chains, math.exp(usual.ln_year), gap_days=values.gap_days, credibility_years=values.credibility_years
    )
    spread = pace.spread(values.between_variance, values.within_variance)
    own = _Expected(math.log(pace.km_per_year), values.z_limit * spread)
    return _doubt(before[-1], newest, own, values)


def _best_chain(readings: Sequence[Reading], usual: _Expected, values: ReadingValues) -> set[int]:
    """Indexes of the cheapest chain; readings left out after its end cost like those left out inside."""
    # What it costs to leave out all readings before each one; a person's word is dear.
    left_out = [0.0, *accumulate(_SKIP_CERTAIN_COST if one.is_certain else _SKIP_COST for one in readings)]
    best: list[tuple[float, int]] = []  # cost of the best chain that ends here, its last link
    for index, reading in enumerate(readings):
        choices = [(left_out[index] + (0.2 if reading.km < 10 and index else 0.0), -1)]
        for back in range(max(0, index - values.look_back), index):
            skipped = left_out[index] - left_out[back + 1]
            choices.append((best[back][0] + skipped + _link_cost(readings[back], reading, usual, values), back))
        best.append(min(choices, key=lambda choice: choice[0]))
    last = min(range(len(best)), key=lambda i: (best[i][0] + left_out[-1] - left_out[i + 1], i))
    kept: set[int] = set()
    while last >= 0:
        kept.add(last)
        last = best[last][1]
    return kept


def _link_cost(one: Reading, two: Reading, usual: _Expected, values: ReadingValues) -> float:
    """Cost of believing both: little where they agree, that of a new epoch where they cannot be one odometer."""
    doubt = _doubt(one, two, usual, values)
    if doubt is None:
        return 0.0
    if two.is_certain:
        return 0.5
    if doubt.code == "odometer.unlikely":
        return 1.2
    if doubt.code == "odometer.dropped":
        return _NEW_EPOCH_COST
    return 10.0


def _why_not(readings: Sequence[Reading], index: int, kept: set[int], usual: _Expected, values: ReadingValues) -> Why:
    """The reason in terms of the nearest believed neighbour."""
    before = [i for i in kept if i < index]
    after = [i for i in kept if i > index]
    if before:
        doubt = _doubt(readings[max(before)], readings[index], usual, values)
        if doubt:
            return doubt
    if after:
        later = readings[min(after)]
        return Why("odometer.above_later", {"km": readings[index].km, "later_km": later.km, "later_on": later.on})
    return Why("odometer.unlikely", {"km": readings[index].km, "expected": readings[index].km})


def _doubt(last: Reading, new: Reading, expected: _Expected, values: ReadingValues) -> Why | None:
    driven, days = new.km - last.km, (new.on - last.on).days
    if driven < -values.drop_km:
        return Why("odometer.dropped", {"km": new.km, "last_km": last.km, "last_on": last.on})
    if driven > values.km_per_day * max(days, 1):
        return Why("odometer.too_fast", {"km": new.km, "a_day": round(driven / max(days, 1)), "last_on": last.on})
    if days > values.z_gap_days:
        likely = math.exp(expected.ln_year) * days / 365
        if abs(math.log(max(driven, 1) / likely)) > expected.tolerance:
            return Why("odometer.unlikely", {"km": new.km, "expected": round((last.km + likely) / 100) * 100})
    return None
