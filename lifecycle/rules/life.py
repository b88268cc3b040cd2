"""When is this car changed for another? The life table of ownerships (DOMAIN section 5), beside the policy's window.

A table holds the cumulative hazard of an ownership's end by month of ownership; the chance between two
months is 1 - exp(-(H(b) - H(a))). Signals multiply the hazard of some months; "I keep this car" stops it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from lifecycle.rules.calibration import Calibration
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts
from lifecycle.rules.repurchase import BuyingWindow

MONTH = 365.25 / 12
HALF_YEAR = 365.25 / 2
LONGEST = 180  # months of a table; beyond it the hazard of its last year goes on
MARKET_MEDIAN = 69  # months of a first ownership, all makes (DOMAIN section 9)
SHAPE = 2.6  # Weibull around the make's median, where no table speaks
FINANCE = (-2, 4)  # months around the end of a finance contract in which more owners change cars


class NextCar(NamedTuple):
    """Chances in percent: inside the buying window for one who still owns the car then, and within 12 months.

    `finance_ends_on` is the signal that raised them; `keeps_until` what the customer said.
    """

    in_window: int | None
    in_year: int
    finance_ends_on: date | None = None
    keeps_until: date | None = None


def next_car(facts: Facts, window: BuyingWindow | None, calibration: Calibration, clock: Clock) -> NextCar | None:
    """None for one who said "I keep this car" for good. Looked at anew each half year of the ownership."""
    keeps = _keeps_until(facts, clock)
    if keeps == _FOR_GOOD:
        return None
    table = cumulative(calibration, facts.market.make_id, facts.market.first_ownership_months or MARKET_MEDIAN)
    start = facts.started_on
    ends = [cover.ends_on for cover in facts.covers if cover.kind == "finance"]
    signals = [(_months(start, end) + FINANCE[0], _months(start, end) + FINANCE[1]) for end in ends]
    rest = _months(start, keeps) if keeps else 0.0

    def between(first: float, last: float) -> int:
        if rest:
            first, last = max(first, rest), max(last, rest)
        hazard = _at(table, last) - _at(table, first)
        for start, end in signals:
            low, high = max(first, start), min(last, end)
            if low < high:
                hazard += (calibration.life.finance_ratio - 1) * (_at(table, high) - _at(table, low))
        return round(100 * (1 - math.exp(-hazard)))

    now = clock.steps(start, HALF_YEAR) * 6.0
    in_window = None
    if window is not None and window.bought_on is None:
        in_window = between(max(_months(start, window.opens_on), now), max(_months(start, window.closes_on), now))
    return NextCar(in_window, between(now, now + 12), max(ends, default=None), keeps)


_FOR_GOOD = date.max


def _keeps_until(facts: Facts, clock: Clock) -> date | None:
    """Until when the customer does not want to hear of another car; `_FOR_GOOD` without a term."""
    found = None
    for refusal in facts.refusals:
        if refusal.topic != "repurchase":
            continue
        if refusal.until is None:
            return _FOR_GOOD
        if not clock.reached(refusal.until) and (found is None or refusal.until > found):
            found = refusal.until
    return found


def cumulative(calibration: Calibration, make_id: int | None, median_months: int) -> Sequence[float]:
    """Cumulative hazard at the end of each month of ownership: the make's table, else Weibull around its median."""
    table = calibration.life.tables.get(str(make_id or 0))
    return table if table is not None else weibull(median_months)


_WEIBULL: dict[int, tuple[float, ...]] = {}


def weibull(median_months: int) -> tuple[float, ...]:
    """ln 2 x (month / median) ** 2.6: half of the ownerships have ended at the median."""
    if median_months not in _WEIBULL:
        _WEIBULL[median_months] = tuple(
            [math.log(2) * (month / median_months) ** SHAPE for month in range(LONGEST + 1)]
        )
    return _WEIBULL[median_months]


def _months(start: date, day: date) -> float:
    return (day - start).days / MONTH


def _at(table: Sequence[float], month: float) -> float:
    """The cumulative hazard at a point of time, straight between months, as in the last year beyond the end."""
    last = len(table) - 1
    if month <= 0:
        return 0.0
    if month >= last:
        return table[last] + (month - last) * (table[last] - table[last - 12]) / 12
    low = int(month)
    return table[low] + (month - low) * (table[low + 1] - table[low])
