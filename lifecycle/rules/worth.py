"""What a customer is worth: recency, frequency, margin (RFM) and the money of the next 24 months (DOMAIN 5).

Rates per owned time change every day, but their bands do not: each rule asks the clock for the day on
which the rate falls through a cut, so that a night need not look before.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from lifecycle.rules.calendar import add_months
from lifecycle.rules.calibration import Calibration, Spend
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts
from lifecycle.rules.health import PARTS, Health
from lifecycle.rules.maintenance import Forecast
from lifecycle.rules.policy import LifecycleValues

YEAR = 365.25
MONTHS = 24
DAYS = 730
FREQUENCY = (0.25, 0.5, 0.75, 1.0)  # visits in 24 months / visits due in 24 months
_AGE_PART = list(PARTS).index("age")


class Worth(NamedTuple):
    """`r`, `f`, `m`: 1 is the worst fifth or band, 5 the best; None where it cannot be said.

    `value` is what the customer will probably spend in 24 months, whole units of the store's currency.
    `margin` is per owned year, from the policy's share of what was paid.
    """

    visits: int
    r: int
    f: int
    m: int | None
    value: int | None


def worth_of(
    facts: Facts,
    current: Forecast,
    health: Health,
    values: LifecycleValues,
    calibration: Calibration,
    clock: Clock,
) -> Worth:
    """RFM and value of an ownership that has not ended."""
    visits = _visits_of_two_years(facts, clock)
    return Worth(
        visits=visits,
        r=_recency(current, values, clock),
        f=_frequency(visits, facts, current, clock),
        m=_margin(facts, values, calibration, clock),
        value=_value(facts, current, health, calibration.spend.get(facts.market.price_class)),
    )


def _visits_of_two_years(facts: Facts, clock: Clock) -> int:
    """Visits here in the last 24 months; the oldest of them leaves on a day the clock keeps."""
    found = 0
    for visit in reversed(facts.visits):
        if visit.is_ours:
            if clock.reached(add_months(visit.on, MONTHS)):
                break
            found += 1
    return found


def _recency(current: Forecast, values: LifecycleValues, clock: Clock) -> int:
    """5: on time, 4: due, 3: overdue, 2: dormant, 1: lost, by the bands of the overdue ratio."""
    ratios = (values.ratio_due, values.ratio_overdue, values.ratio_dormant, values.ratio_lost)
    return 5 - clock.band(current.silent_since, ratios, current.interval_days)


def _frequency(visits: int, facts: Facts, current: Forecast, clock: Clock) -> int:
    """Visits against the visits that fell due in the owned part of 24 months, at least one."""
    if not visits:
        return 1
    if clock.reached(date.fromordinal(facts.started_on.toordinal() + DAYS)):
        due = max(DAYS / current.interval_days, 1.0)
        return 1 + bisect_right(FREQUENCY, visits / due)
    # visits / max(owned / interval, 1) falls through a cut when so many days are owned
    least = current.interval_days
    return 1 + _cuts_held(facts.started_on, visits * current.interval_days, least, FREQUENCY, clock)


def _margin(facts: Facts, values: LifecycleValues, calibration: Calibration, clock: Clock) -> int | None:
    """The fifth of the price class by margin per owned year; the first year counts as whole."""
    cuts = calibration.margins.get(facts.market.price_class)
    if cuts is None:
        return None
    margin = margin_of(facts, values)
    return 1 + _cuts_held(facts.started_on, margin * YEAR, YEAR, cuts, clock)


def margin_of(facts: Facts, values: LifecycleValues) -> float:
    """What this owner's visits have earned: the policy's share of what was paid, as costs are not known."""
    return values.service_margin * sum(visit.paid for visit in facts.visits if visit.is_ours)


def _cuts_held(start: date, amount: float, least_days: float, cuts: Sequence[float], clock: Clock) -> int:
    """How many cuts `amount / max(days since start, least_days)` still reaches; the clock keeps the next fall."""
    first = start.toordinal()
    held = 0
    for cut in cuts:
        if cut > 0 and amount / least_days < cut:
            continue
        # The last day on which the rate reaches the cut; a cut of nothing is always reached.
        if cut <= 0 or not clock.reached(_from_ordinal(first + int(amount / cut) + 1)):
            held += 1
    return held


def _from_ordinal(number: int) -> date:
    return date.fromordinal(min(number, date.max.toordinal()))


def _value(facts: Facts, current: Forecast, health: Health, spend: Spend | None) -> int | None:
    """Chance of coming x visits when active x spend of a visit, the second year times the age band's retention.

    None where no calibration knows what is spent in the price class: a guess in roubles would be wrong elsewhere.
    """
    if spend is None:
        return None
    paid = [visit.paid for visit in facts.visits if visit.is_ours and visit.paid > 0]
    a_year = spend.visits_per_interval * 365 / current.interval_days
    second = spend.retention[health.bands[_AGE_PART]]
    return _about(health.chance / 100 * a_year * spend_of_a_visit(spend, paid) * (1 + second))


def _about(money: float) -> int:
    """A forecast to three digits: more would pretend to know."""
    return int(round(money, 2 - math.floor(math.log10(money)))) if money >= 1000 else round(money)


def spend_of_a_visit(spend: Spend, paid: Sequence[float]) -> float:
    """Gamma-Gamma: the customer's own mean, drawn to the class's the more the fewer visits speak for it.

    Fader, Hardie and Lee (2005), "RFM and CLV", equation of the conditional expectation.
    """
    own = len(paid)
    mean = sum(paid) / own if own else 0.0
    weight = spend.p * own / (spend.p * own + spend.q - 1)
    return (1 - weight) * spend.p * spend.gamma / (spend.q - 1) + weight * mean
