"""The contact budget: how much of us a customer bears. All channels and all stores together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from campaigns.rules.facts import Candidate, Contacted, CustomerFacts, Day, InFlight, is_free
from campaigns.rules.policy import ContactValues
from campaigns.rules.ruling import Shut
from dealercrm.why import Why
from lifecycle.rules.calendar import add_months


def contact_budget(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    """Marketing: touches, calls and the distance of emails. Service, courtesy, survey: only the distance of calls.

    A cadence under way holds its place in the budget with its open task, so its own planned repeats,
    unanswered dials and callbacks are not counted against it again.
    """
    if candidate.is_free or candidate.is_promised:
        return None
    if candidate.purpose != "marketing":
        return _service_calls(candidate, customer, values, day) if not candidate.is_repeat else None
    shut = [
        _marketing_touches(candidate, customer, values, day),
        _marketing_calls(candidate, customer, values, day) if not candidate.is_repeat else None,
        _emails_apart(candidate, customer, values, day),
        _email_silence(candidate, customer, values, day),
    ]
    found = [item for item in shut if item is not None]
    if not found:
        return None
    return max(found, key=lambda item: item.eligible_on or date.max)


def _marketing_touches(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if candidate.channel == "call" and candidate.is_repeat:
        return None  # the planned repeat call was paid for when the cadence started
    return _count(
        candidate,
        values.marketing_touches,
        values.marketing_days,
        [contact for contact in customer.contacts if not is_free(contact.topic, contact.purpose)],
        customer.in_flight,
        day,
        "gate.budget_touches",
    )


def _marketing_calls(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if candidate.channel != "call":
        return None
    return _count(
        candidate,
        values.marketing_calls,
        values.marketing_call_days,
        _calls(customer),
        [cadence for cadence in customer.in_flight if cadence.channel == "call"],
        day,
        "gate.budget_calls",
    )


def _service_calls(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if candidate.channel != "call":
        return None
    return _count(
        candidate,
        values.service_calls,
        values.service_call_days,
        _calls(customer),
        [cadence for cadence in customer.in_flight if cadence.channel == "call"],
        day,
        "gate.budget_service_calls",
    )


def _calls(customer: CustomerFacts) -> list[Contacted]:
    return [
        contact
        for contact in customer.contacts
        if contact.channel == "call" and not is_free(contact.topic, contact.purpose)
    ]


def _count(
    candidate: Candidate,
    limit: int | None,
    days: int,
    contacts: Iterable[Contacted],
    in_flight: Iterable[InFlight],
    day: Day,
    code: str,
) -> Shut | None:
    """Shut where contacts of the last `days` and cadences under way fill the limit; opens as the oldest leaves."""
    if limit is None:
        return None
    recent = sorted(contact.on for contact in contacts if contact.on > day.today - timedelta(days=days))
    others = [
        cadence
        for cadence in in_flight
        if cadence.occasion_id != candidate.occasion_id and not is_free(cadence.kind, cadence.purpose)
    ]
    if len(recent) + len(others) < limit:
        return None
    params = {"limit": limit, "days": days, "count": len(recent) + len(others)}
    if limit == 0:
        return Shut("contact_budget", Why(code, params))
    must_leave = len(recent) + len(others) - limit
    leaves = recent[must_leave] if must_leave < len(recent) else day.today
    return Shut("contact_budget", Why(code, params), max(leaves + timedelta(days=days), day.today + timedelta(days=1)))


def _emails_apart(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if candidate.channel != "email" or values.days_between_emails is None or customer.last_email_on is None:
        return None
    free_on = customer.last_email_on + timedelta(days=values.days_between_emails)
    if day.today >= free_on:
        return None
    return Shut(
        "contact_budget",
        Why("gate.budget_emails", {"on": customer.last_email_on, "days": values.days_between_emails}),
        free_on,
    )


def _email_silence(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    limit = values.email_silence_after
    if candidate.channel != "email" or limit is None or customer.last_email_on is None:
        return None
    until = add_months(customer.last_email_on, values.email_silence_months)
    if customer.unanswered_emails < limit or day.today >= until:
        return None
    return Shut("contact_budget", Why("gate.email_silence", {"count": customer.unanswered_emails}), until)
