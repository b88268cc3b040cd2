"""Which stage and substage an ownership is at, and why: DOMAIN section 3, from facts alone.

Precedence: ended > repeat purchase > lost > dormant > retention > first service > purchase. An open
appointment keeps, or puts back, first service or retention, whatever the overdue ratio R.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from dealercrm.why import Why
from lifecycle.rules.calendar import add_days, add_months
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Booking, Facts, RefusalFact
from lifecycle.rules.maintenance import Forecast, about
from lifecycle.rules.policy import LifecycleValues
from lifecycle.rules.repurchase import BuyingWindow

OPEN_BOOKINGS = frozenset({"booked", "confirmed"})


class Place(NamedTuple):
    """Stage, substage and the sentence why; both empty where an ownership has no stage."""

    stage: str
    substage: str
    why: Why


def place_of(
    facts: Facts, current: Forecast, window: BuyingWindow | None, values: LifecycleValues, clock: Clock
) -> Place:
    """The stage on the clock's day. Each step answers or passes on to the next."""
    if facts.is_gone:
        return Place("", "", Why("stage.none.gone"))
    if facts.ended_on:
        reason = facts.end_reason or "sold"
        return Place("ended", reason, Why(f"stage.ended.{reason}", {"on": facts.ended_on}))
    if not clock.reached(facts.started_on):
        return Place("", "", Why("stage.none.not_yet", {"on": facts.started_on}))
    booking = open_booking(facts, "service", clock)
    if not facts.bought_from_us and current.last_visit_on is None and booking is None:
        return Place("", "", Why("stage.none.elsewhere"))
    return (
        _repeat_purchase(facts, window, clock)
        or (None if booking else _gone_quiet(facts, current, values, clock))
        or _active(facts, current, booking, values, clock)
    )


def open_booking(facts: Facts, purpose: str, clock: Clock) -> Booking | None:
    """The next appointment the customer is expected at; one whose day has gone by unresolved is none."""
    found = None
    for booking in facts.bookings:
        if booking.purpose != purpose or booking.status == "cancelled":
            continue
        is_ahead = not clock.reached(booking.on)
        is_open = is_ahead or (booking.status in OPEN_BOOKINGS and not clock.reached(add_days(booking.on, 1)))
        if is_open and (found is None or booking.on < found.on):
            found = booking
    return found


def _repeat_purchase(facts: Facts, window: BuyingWindow | None, clock: Clock) -> Place | None:
    if window is None or window.bought_on or not clock.reached(window.opens_on):
        return None
    params = {"opens_on": window.opens_on, "closes_on": window.closes_on, "bought_on": facts.started_on}
    drive = open_booking(facts, "test_drive", clock)
    if drive:
        return _place("repeat_purchase", "test_drive_booked", params | {"on": drive.on})
    talks = [
        touch
        for touch in facts.touches
        if touch.topic == "repurchase" and touch.was_reached and touch.on >= window.opens_on
    ]
    if not talks:
        return _place("repeat_purchase", "window_open", params)
    substage = "deciding" if talks[-1].outcome == "thinks" else "offer_made"
    return _place("repeat_purchase", substage, params | {"on": talks[-1].on})


def dormant_from(current: Forecast, values: LifecycleValues) -> date:
    return current.ratio_on(values.ratio_dormant)


def lost_from(current: Forecast, values: LifecycleValues) -> date:
    """R says lost, and so many months have passed as well; until then the car is dormant."""
    return max(current.ratio_on(values.ratio_lost), add_months(current.silent_since, values.lost_after_months))


def thin_ice_from(current: Forecast, values: LifecycleValues) -> date:
    """The last weeks before dormant: the shorter of so many months and a share of the interval."""
    dormant = dormant_from(current, values)
    share = round(current.interval_days * values.thin_ice_share_of_interval)
    return max(add_months(dormant, -values.thin_ice_months), add_days(dormant, -share))


def _gone_quiet(facts: Facts, current: Forecast, values: LifecycleValues, clock: Clock) -> Place | None:
    params = {"last_on": current.silent_since, "interval_days": current.interval_days}
    if clock.reached(lost_from(current, values)):
        refusal = _standing_refusal(facts, clock)
        if refusal:
            return _place("lost", "refused", params | {"on": refusal.on})
        return _place("lost", "silent", params)
    quiet_from = dormant_from(current, values)
    if not clock.reached(quiet_from):
        return None
    complaints = [complaint for complaint in facts.complaints if complaint.resolved_on is None]
    if complaints:
        return _place("dormant", "blocked_by_complaint", params | {"on": complaints[-1].opened_on})
    for touch in reversed(facts.touches):
        if touch.is_outgoing and touch.topic == "win_back" and touch.on >= quiet_from:
            return _place("dormant", "win_back", params | {"on": touch.on})
    return _place("dormant", "quiet", params)


def _standing_refusal(facts: Facts, clock: Clock) -> RefusalFact | None:
    """A refusal of service talk, or of everything, that still holds."""
    for refusal in reversed(facts.refusals):
        if refusal.topic in {"", "win_back", "maintenance", "overdue_maintenance"} and not (
            refusal.until and clock.reached(add_days(refusal.until, 1))
        ):
            return refusal
    return None


def _active(facts: Facts, current: Forecast, booking: Booking | None, values: LifecycleValues, clock: Clock) -> Place:
    """Retention, first service or purchase: who comes to us, or has just bought."""
    is_kept = bool(current.maintained_on) or not facts.bought_from_us
    if not is_kept and not clock.reached(add_days(facts.started_on, values.purchase_days)):
        return _purchase(facts, values, clock)
    stage = "retention" if is_kept else "first_service"
    due = current.due
    params: dict[str, Any] = {"due_on": due.on, "due_km": about(due.km), "is_by_km": due.is_by_km}
    params["last_on"] = current.silent_since
    if booking:
        return _place(stage, "booked", params | {"on": booking.on})
    if is_kept and clock.reached(thin_ice_from(current, values)):
        return _place(stage, "thin_ice", params | {"dormant_on": dormant_from(current, values)})
    if clock.reached(add_days(due.on, values.overdue_days)):
        return _place(stage, "overdue", params)
    if clock.reached(due.on):
        return _place(stage, "due", params)
    if clock.reached(add_days(due.on, -values.due_soon_days)):
        return _place(stage, "due_soon", params)
    return _place(stage, "on_schedule" if is_kept else "waiting", params)


def _purchase(facts: Facts, values: LifecycleValues, clock: Clock) -> Place:
    opens, _, closes = values.window_courtesy_call
    params = {"on": facts.started_on}
    talked = any(
        touch.topic == "courtesy_call" and touch.was_reached and touch.on >= facts.started_on for touch in facts.touches
    )
    if talked or clock.reached(add_days(facts.started_on, closes + 1)):
        return _place("purchase", "onboarding", params)
    if clock.reached(add_days(facts.started_on, opens)):
        return _place("purchase", "courtesy_call_due", params)
    return _place("purchase", "delivered", params)


def _place(stage: str, substage: str, params: dict[str, Any]) -> Place:
    return Place(stage, substage, Why(f"stage.{stage}.{substage}", params))
