"""May we contact this customer about this, by this channel, on this day? DOMAIN section 6, in its order.

Every gate answers None (open) or a `Shut`. The first shut gate is the reason of the decision; all are
kept, so that a report can say what else stood in the way. The holdout has its place between the sister
store and the calendar; planning draws it when the gates before the budget pass (rules/holdout.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from campaigns.rules.budget import contact_budget
from campaigns.rules.facts import BLOCKED_BY_COMPLAINT, Candidate, CustomerFacts, Day
from campaigns.rules.hours import next_window, window_of
from campaigns.rules.plays import Privilege
from campaigns.rules.policy import ContactValues
from campaigns.rules.ruling import CONTACT, NEVER, WAIT, Ruling, Shut
from customers.rules.consent import NEEDS_CONSENT, last_word
from dealercrm.why import Why
from lifecycle.rules.calendar import add_months

Gate = Callable[[Candidate, CustomerFacts, ContactValues, Day], Shut | None]


def ended(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if customer.is_gone:
        return Shut("ended", Why("gate.erased"))
    if candidate.ownership_ended_on is not None and candidate.ownership_ended_on <= day.today:
        return Shut("ended", Why("gate.ended", {"on": candidate.ownership_ended_on}))
    return None


def contact_point(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if candidate.channel in customer.closed_channels:
        return Shut("no_contact_point", Why("gate.channel_off", {"channel": candidate.channel}))
    points = {
        "call": customer.phones,
        "sms": customer.mobiles,
        "email": customer.emails,
        "messenger": customer.messengers,
    }
    if points.get(candidate.channel, 0):
        return None
    return Shut("no_contact_point", Why("gate.no_contact_point", {"channel": candidate.channel}))


def message_only(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if candidate.channel == "call" and candidate.is_message_only:
        return Shut("message_only", Why("gate.message_only"))
    return None


def refusal(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    binding = [
        refused
        for refused in customer.refusals
        if refused.topic in {"", candidate.kind}
        and refused.ownership_id in {None, candidate.ownership_id}
        and (refused.until is None or refused.until > day.today)
    ]
    if not binding:
        return None
    ends = [refused.until for refused in binding if refused.until is not None]
    if len(ends) < len(binding):
        return Shut("refusal", Why("gate.refused_for_good"))
    return Shut("refusal", Why("gate.refused_until", {"until": max(ends)}), max(ends))


def consent(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    """The latest word about this purpose and channel counts; without one the purpose class decides.

    Complaints and confirmations are stopped only by a word about the whole channel ("no calls at all").
    """
    is_urgent = candidate.play.privilege is Privilege.URGENT
    events = [event for event in customer.consents if not (is_urgent and event.purpose)]
    word = last_word(events, candidate.purpose, candidate.channel)
    if word is not None and not word.is_given:
        return Shut("no_consent", Why("gate.objected", {"channel": candidate.channel, "on": word.at.date()}))
    if word is None and candidate.purpose in NEEDS_CONSENT and not is_urgent:
        return Shut("no_consent", Why("gate.no_consent", {"purpose": candidate.purpose, "channel": candidate.channel}))
    return None


def complaint(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if customer.complaint_since is None or candidate.purpose not in BLOCKED_BY_COMPLAINT:
        return None
    return Shut("complaint", Why("gate.complaint", {"since": customer.complaint_since}), day.today + timedelta(days=1))


def recent_work(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    """A work of the same group since the occasion opened, or just before; another group's work covers nothing."""
    about = set(candidate.works or candidate.play.works)
    since = min(candidate.opens_on, day.today - timedelta(days=values.recent_work_days))
    done = [
        work
        for work in customer.works
        if work.ownership_id == candidate.ownership_id and work.group in about and since <= work.on <= day.today
    ]
    if not done:
        return None
    last = max(done, key=lambda work: work.on)
    return Shut("recent_work", Why("gate.recent_work", {"work": last.group, "on": last.on}))


def booked(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    wanted = candidate.play.booking
    if not wanted or candidate.is_promised:  # whoever asked for a call gets it, booked or not
        return None
    ahead = [
        booking.on
        for booking in customer.bookings
        if booking.purpose == wanted
        and booking.on >= day.today
        and booking.ownership_id in {None, candidate.ownership_id}
    ]
    if not ahead:
        return None
    return Shut("booked", Why("gate.booked", {"on": min(ahead)}), min(ahead) + timedelta(days=1))


def more_valuable(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if not candidate.rival or not candidate.is_start:
        return None
    return Shut("more_valuable", Why("gate.more_valuable", {"kind": candidate.rival}), day.today + timedelta(days=1))


def silence_after_purchase(
    candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day
) -> Shut | None:
    if customer.bought_on is None or not candidate.play.is_sales_offer:
        return None
    until = add_months(customer.bought_on, values.silence_after_purchase_months)
    if day.today >= until:
        return None
    return Shut("silence_after_purchase", Why("gate.silence_after_purchase", {"on": customer.bought_on}), until)


def sister_store(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    if candidate.purpose != "marketing" or not candidate.is_start:
        return None
    theirs = [
        contact.on
        for contact in customer.contacts
        if contact.purpose == "marketing"
        and contact.dealership_id != candidate.dealership_id
        and contact.on > day.today - timedelta(days=values.sister_store_days)
    ]
    if not theirs:
        return None
    return Shut(
        "sister_store",
        Why("gate.sister_store", {"on": max(theirs)}),
        max(theirs) + timedelta(days=values.sister_store_days),
    )


def holdout(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    """Kept back on purpose, and for good: whoever is contacted after all measures nothing."""
    if not candidate.held_out:
        return None
    is_global = candidate.held_out == "global"
    return Shut("holdout", Why("gate.held_out_of_all" if is_global else "gate.held_out"))


def quiet_hours(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Shut | None:
    """Planning asks whether the day has an allowed window; claim and send ask about the moment.

    An hour the customer asked for is not quiet: we promised it.
    """
    if candidate.is_promised:
        return None
    is_greeting = candidate.is_message_only
    zone = customer.zone
    asked_at = day.moment
    if asked_at is None:
        if window_of(day.today, zone, values, day.holidays, is_greeting=is_greeting):
            return None
        asked_at = datetime.combine(day.today + timedelta(days=1), time(0), zone)
        why = Why("gate.quiet_day")
    else:
        local = asked_at.astimezone(zone)
        window = window_of(local.date(), zone, values, day.holidays, is_greeting=is_greeting)
        if window is not None and window.opens <= asked_at < window.closes:
            return None
        why = Why("gate.quiet_hour", {"local": local.strftime("%H:%M")})
    ahead = next_window(asked_at, zone, values, day.holidays, is_greeting=is_greeting)
    return Shut("quiet_hours", why, ahead.opens.date() if ahead else None)


GATES: dict[str, Gate] = {
    "ended": ended,
    "no_contact_point": contact_point,
    "message_only": message_only,
    "refusal": refusal,
    "no_consent": consent,
    "complaint": complaint,
    "recent_work": recent_work,
    "booked": booked,
    "more_valuable": more_valuable,
    "contact_budget": contact_budget,
    "silence_after_purchase": silence_after_purchase,
    "sister_store": sister_store,
    "holdout": holdout,
    "quiet_hours": quiet_hours,
}
# Whoever passes these is eligible: drawn for the campaign's control group, or contacted.
BEFORE_BUDGET = frozenset(list(GATES)[: list(GATES).index("contact_budget")])
# Checked again in the transaction that shows a call or starts a send, against the facts of that moment.
AT_THE_DOOR = ("ended", "no_contact_point", "refusal", "no_consent", "complaint", "booked", "quiet_hours")
# A task on the list that one of these shuts is taken off it; the others let a plan that was made stand.
WITHDRAWING = ("ended", "no_contact_point", "refusal", "no_consent", "complaint", "recent_work", "booked")

_PASSES: dict[Privilege, frozenset[str]] = {
    Privilege.NONE: frozenset(),
    Privilege.URGENT: frozenset(GATES) - {"ended", "no_contact_point", "message_only", "no_consent", "quiet_hours"},
    Privilege.RECALL: frozenset(GATES) - {"ended", "no_contact_point"},
}


def shut_gates(
    candidate: Candidate,
    customer: CustomerFacts,
    values: ContactValues,
    day: Day,
    *,
    only: tuple[str, ...] = tuple(GATES),
) -> list[Shut]:
    """Every gate that is shut for this contact, in DOMAIN's order; empty means go."""
    passes = _PASSES[candidate.play.privilege]
    answers = (GATES[name](candidate, customer, values, day) for name in only if name not in passes)
    return [answer for answer in answers if answer is not None]


def decide(candidate: Candidate, customer: CustomerFacts, values: ContactValues, day: Day) -> Ruling:
    """The decision that planning records for a candidate."""
    return ruling_of(shut_gates(candidate, customer, values, day), candidate, customer)


def ruling_of(shut: list[Shut], candidate: Candidate, customer: CustomerFacts) -> Ruling:
    facts = _facts_used(candidate, customer)
    if not shut:
        return Ruling(CONTACT, "", (), Why("gate.open"), None, facts)
    first = shut[0]
    # It may be asked again on the day the last of the dated gates opens; one gate without a day shuts for good.
    days = [item.eligible_on for item in shut]
    known = [day for day in days if day is not None]
    eligible_on = max(known) if len(known) == len(days) else None
    verdict = WAIT if eligible_on is not None else NEVER
    return Ruling(verdict, first.gate, tuple(item.gate for item in shut), first.why, eligible_on, facts)


def _facts_used(candidate: Candidate, customer: CustomerFacts) -> dict[str, Any]:
    held = {"value": candidate.value} if candidate.held_out else {}  # it keeps its place in the order
    return held | {
        "channel": candidate.channel,
        "purpose": candidate.purpose,
        "contacts": len(customer.contacts),
        "in_flight": len(customer.in_flight),
        "phones": customer.phones,
        "emails": customer.emails,
        "consent_events": len(customer.consents),
    }
