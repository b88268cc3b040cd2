"""How a customer feels about us: advocate, loyal, neutral or unhappy (DOMAIN section 5)."""

from __future__ import annotations

from lifecycle.rules.calendar import add_months
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts
from lifecycle.rules.policy import LifecycleValues
from lifecycle.rules.worth import Worth

DETRACTOR, PROMOTER = 6, 9  # of 0-10: up to here unhappy, from here recommends us
ADVOCATE, LOYAL, NEUTRAL, UNHAPPY = "advocate", "loyal", "neutral", "unhappy"


def loyalty_of(facts: Facts, worth: Worth, values: LifecycleValues, clock: Clock) -> str:
    """A complaint outweighs everything, then the last answer to "would you recommend us?"; who did recommend us has
    said so louder than by a middling answer.

    Loyal are those who bought here again, or have come for years as often as due.
    """
    for complaint in facts.complaints:
        settled = complaint.resolved_on
        if settled is None or not clock.reached(add_months(settled, values.complaint_remembered_months)):
            return UNHAPPY
    answer = facts.answers[-1] if facts.answers else None
    if answer and not clock.reached(add_months(answer.on, values.answer_remembered_months)):
        if answer.score <= DETRACTOR:
            return UNHAPPY
        if answer.score >= PROMOTER:
            return ADVOCATE
    if facts.referrals and not clock.reached(add_months(facts.referrals[-1], values.referral_remembered_months)):
        return ADVOCATE
    has_stayed = clock.reached(add_months(facts.customer_since or facts.started_on, values.loyal_after_months))
    if facts.cars_bought + len(facts.later_purchases) >= 2 or (has_stayed and worth.r >= 4 and worth.f >= 4):
        return LOYAL
    return NEUTRAL
