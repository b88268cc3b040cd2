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
    number = 0
    while True:
        months = term_months(facts, values) + number * max(values.repurchase_again_months, 1)
        centre = add_months(facts.started_on, months)
        window = BuyingWindow(
            number,
            add_months(centre, -values.repurchase_half_width_months),
            centre,
            add_days(add_months(centre, values.repurchase_half_width_months), -1),
            None,
        )
        bought = [day for day in facts.later_purchases if window.opens_on <= day <= window.closes_on]
        is_too_soon = any(
            day < window.opens_on <= add_months(day, values.repurchase_again_months) for day in facts.later_purchases
        )
        if not is_too_soon and not clock.reached(add_days(window.closes_on, 1)):
            return window._replace(bought_on=min(bought)) if bought else window
        number += 1
