"""When a customer is likely to buy again: the window of the policy, around the usual term of ownership."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from lifecycle.rules.calendar import add_days, add_months
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts
from lifecycle.rules.policy import LifecycleValues


class BuyingWindow(NamedTuple):
    """The current or the next window. `bought_on`: another car was bought in it, so it is answered."""

    number: int
    opens_on: date
    centre_on: date
    closes_on: date
    bought_on: date | None


def term_months(facts: Facts, values: LifecycleValues) -> int:
    """Minimum term of ownership before a new car is spoken of, by the customer's category."""
    months: int = getattr(values, f"repurchase_months_{facts.category}")
    return months


def buying_window(facts: Facts, values: LifecycleValues, clock: Clock) -> BuyingWindow | None:
    """The first window that has not passed; None for a car bought elsewhere.

    Windows repeat every `repurchase_again_months`. After a purchase the next ones are passed over
    until so many months have gone by.
    """
    if not facts.bought_from_us:
        return None
    term, half = term_months(facts, values), values.repurchase_half_width_months
    again = max(values.repurchase_again_months, 1)
    # Windows that closed in a month before this one are passed over at once.
    number = max((clock.months_behind(facts.started_on) - 1 - term - half) // again + 1, 0)
    while True:
        centre = add_months(facts.started_on, term + number * again)
        closes_on = add_days(add_months(centre, half), -1)
        if clock.lies_behind(closes_on):
            number += 1
            continue
        is_too_soon = facts.later_purchases and any(
            day < add_months(centre, -half) <= add_months(day, values.repurchase_again_months)
            for day in facts.later_purchases
        )
        if not is_too_soon and not clock.passed(closes_on):
            opens_on = add_months(centre, -half)
            bought = [day for day in facts.later_purchases if opens_on <= day <= closes_on]
            return BuyingWindow(number, opens_on, centre, closes_on, min(bought) if bought else None)
        number += 1
