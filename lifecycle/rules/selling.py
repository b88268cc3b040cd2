"""Does the customer still own the car? A score from signs that add up; no single one proves a sale.

DOMAIN section 5, "probably sold". Above the line the car is asked about first, and talk of service
and offers for it waits. Signs count from the last evidence of ownership: a visit by the owner, or a
conversation in which nothing was said of a sale.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from dealercrm.why import Why
from lifecycle.rules.calendar import add_days, add_months
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts
from lifecycle.rules.maintenance import Forecast
from lifecycle.rules.policy import LifecycleValues

SAYS_NOTHING = frozenset({"", "sold", "wrong_number", "deceased", "duplicate", "no_calls"})
MOST_MISSED = 3
MOST = 100


class Part(NamedTuple):
    """One sign, what it weighs, and since when; `said` are the parameters of its sentence."""

    code: str
    points: int
    on: date
    said: Mapping[str, Any]

    @property
    def why(self) -> Why:
        """The sign as a sentence."""
        return Why(f"sold.{self.code}", self.said)


class Score(NamedTuple):
    """0-100 and its parts. `since` is the last evidence of ownership, `cycle` the fact it is."""

    points: int
    parts: tuple[Part, ...]
    since: date
    cycle: str

    def reached_on(self, line: int) -> date | None:
        """The day on which the signs first added up to `line`; None where they do not."""
        total = 0
        for part in sorted(self.parts, key=lambda part: part.on):
            total += part.points
            if total >= line:
                return part.on
        return None


def owned_since(facts: Facts) -> tuple[date, str]:
    """The last evidence that the customer owns the car, and the fact it is: the sale, a visit, a conversation."""
    last, what, number = facts.started_on, "sale", 0
    for visit in facts.visits:
        if visit.is_ours and not visit.is_by_other and visit.on >= last:
            last, what, number = visit.on, "visit", visit.id
    for touch in facts.touches:
        if touch.was_reached and touch.outcome not in SAYS_NOTHING and touch.on >= last:
            last, what, number = touch.on, "touch", touch.id
    return last, f"{what}:{number}" if number else what


def probably_sold(facts: Facts, current: Forecast, values: LifecycleValues, clock: Clock) -> Score:
    """How much speaks for it that the car has another owner by now."""
    since, cycle = owned_since(facts)
    parts = tuple([part for part in _signs(facts, since, current, values, clock) if part.points])
    return Score(min(sum(part.points for part in parts), MOST), parts, since, cycle)


def _signs(facts: Facts, since: date, current: Forecast, values: LifecycleValues, clock: Clock) -> Iterator[Part]:
    for number in range(1, MOST_MISSED + 1):
        missed_on = add_days(since, math.ceil((number - 1 + values.ratio_overdue) * current.interval_days))
        if not clock.reached(missed_on):
            break
        said = {"number": number, "on": missed_on}
        yield Part("missed_service", values.sold_points_missed_service, missed_on, said)
    dead = {point.reason: point.dead_on for point in facts.points if point.dead_on and point.dead_on >= since}
    if on := dead.get("wrong_number"):
        yield Part("wrong_number", values.sold_points_wrong_number, on, {"on": on})
    others = [visit.on for visit in facts.visits if visit.is_by_other and visit.on > since]
    if others:
        yield Part("other_visitor", values.sold_points_other_visitor, others[0], {"on": others[0]})
    usual = facts.market.first_ownership_months
    if usual:
        passed_on = add_months(facts.started_on, usual)
        if clock.reached(passed_on):
            yield Part("usual_term", values.sold_points_usual_term, passed_on, {"months": usual})
    if on := dead.get("bounced"):
        yield Part("bounced_mail", values.sold_points_bounced_mail, on, {"on": on})
