"""Whose visit is it? A booked visit that came about is credited to who booked it and to the advisor who had it.

DOMAIN section 7: within some days of the booked date and in the same work group; a refused credit says why.
All bookings and visits of a customer's cars are judged together, because a visit is credited once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from dealercrm.why import Why

OPEN, CREDITED, REFUSED = "open", "credited", "refused"
FAR = timedelta(days=60)  # a visit further away from the booked day is no answer to it, and is not named


class Booking(NamedTuple):
    """A call that ended with a booking, of a service or (`is_drive`) of a test drive.

    `car` is the vehicle, or None where the call was about no car of theirs: then every visit of the customer will do.
    `groups` empty: the call was about no works, so any visit will do. `days`: how far from the booked day counts.
    `has_arrived`: what the appointment of a test drive became; None while it may still come about.
    """

    id: int
    customer: int
    car: int | None
    store: int
    called_on: date
    on: date
    days: int
    groups: frozenset[str] = frozenset()
    is_drive: bool = False
    has_arrived: bool | None = None
    booked_before_on: date | None = None  # the day of the visit that they had arranged themselves
    is_taken_back: bool = False


class Visit(NamedTuple):
    """A repair order. `store` is where it was; a voided order is no visit, but it explains a refusal."""

    id: int
    customer: int
    car: int
    store: int
    on: date
    groups: frozenset[str] = frozenset()
    is_voided: bool = False


class Ruling(NamedTuple):
    """What becomes of a booking: the visit it is credited with, and why it is or is not."""

    verdict: str
    why: Why
    visit: int | None = None


def judge(bookings: Iterable[Booking], visits: Collection[Visit], today: date) -> dict[int, Ruling]:
    """The ruling on each booking, as of a day. A visit goes to the nearest booking, of two as near to the earlier."""
    rulings: dict[int, Ruling] = {}
    service: list[Booking] = []
    for booking in bookings:
        ruling = _without_visits(booking, today)
        if ruling is not None:
            rulings[booking.id] = ruling
        else:
            service.append(booking)
    pairs = sorted(
        (abs(visit.on - booking.on), booking.called_on, booking.id, visit.on, visit.id, booking, visit)
        for booking in service
        for visit in visits
        if _is_it(booking, visit)
    )
    taken: dict[int, int] = {}
    for *_order, booking, visit in pairs:
        if booking.id not in rulings and visit.id not in taken:
            taken[visit.id] = booking.id
            gap = (visit.on - booking.on).days
            why = Why("credit.came", {"on": visit.on, "booked": booking.on, "days": abs(gap)})
            rulings[booking.id] = Ruling(CREDITED, why, visit.id)
    for booking in service:
        if booking.id not in rulings:
            rulings[booking.id] = _refusal(booking, visits, taken, today)
    return rulings


def open_until(booking: Booking) -> date:
    """The last day on which a visit still counts."""
    return booking.on + timedelta(days=booking.days)


def _without_visits(booking: Booking, today: date) -> Ruling | None:
    """Rulings that no repair order changes."""
    if booking.is_taken_back:
        return Ruling(REFUSED, Why("credit.taken_back"))
    if booking.booked_before_on is not None:
        return Ruling(REFUSED, Why("credit.booked_before", {"on": booking.booked_before_on}))
    if not booking.is_drive:
        return None
    if booking.has_arrived:
        return Ruling(CREDITED, Why("credit.drove", {"on": booking.on}))
    if booking.has_arrived is None and today <= open_until(booking):
        return Ruling(OPEN, Why("credit.open", {"until": open_until(booking)}))
    return Ruling(REFUSED, Why("credit.no_drive", {"on": booking.on}))


def _about(booking: Booking, visit: Visit) -> bool:
    """The same car (or customer), not before the call."""
    is_theirs = visit.car == booking.car if booking.car is not None else visit.customer == booking.customer
    return is_theirs and visit.on >= booking.called_on


def _is_near(booking: Booking, visit: Visit) -> bool:
    return abs(visit.on - booking.on) <= timedelta(days=booking.days)


def _has_works(booking: Booking, visit: Visit) -> bool:
    return not booking.groups or bool(booking.groups & visit.groups)


def _is_it(booking: Booking, visit: Visit) -> bool:
    return (
        not visit.is_voided
        and visit.store == booking.store
        and _about(booking, visit)
        and _is_near(booking, visit)
        and _has_works(booking, visit)
    )


def _refusal(booking: Booking, visits: Collection[Visit], taken: dict[int, int], today: date) -> Ruling:
    """Why no visit is credited; the reason that came closest to a credit is the one that is said."""
    if today <= open_until(booking):
        return Ruling(OPEN, Why("credit.open", {"until": open_until(booking)}))
    around = sorted(
        (visit for visit in visits if _about(booking, visit) and abs(visit.on - booking.on) <= FAR),
        key=lambda visit: (abs(visit.on - booking.on), visit.on, visit.id),
    )
    near = [visit for visit in around if _is_near(booking, visit)]
    here = [visit for visit in near if visit.store == booking.store]
    for visit in here:
        if visit.id in taken and _has_works(booking, visit):
            return Ruling(REFUSED, Why("credit.other_booking", {"on": visit.on}))
    for visit in here:
        if visit.is_voided and _has_works(booking, visit):
            return Ruling(REFUSED, Why("credit.voided", {"on": visit.on}))
    for visit in near:
        if not visit.is_voided and visit.store != booking.store:
            return Ruling(REFUSED, Why("credit.other_store", {"on": visit.on}))
    for visit in here:
        if not visit.is_voided and not _has_works(booking, visit):
            params = {"on": visit.on, "works": sorted(visit.groups), "booked": sorted(booking.groups)}
            return Ruling(REFUSED, Why("credit.other_works", params))
    missed = {"days": booking.days, "booked": booking.on}
    for visit in around:
        if not visit.is_voided and visit.store == booking.store and _has_works(booking, visit):
            code = "credit.too_early" if visit.on < booking.on else "credit.too_late"
            gap = abs((visit.on - booking.on).days)
            return Ruling(REFUSED, Why(code, {"on": visit.on, "gap": gap, "days": booking.days}))
    return Ruling(REFUSED, Why("credit.no_visit", missed))


def month_that_counts(event_on: date, today: date, close_days: int) -> date:
    """The first day of the month whose sheet an entry belongs to.

    That of the event, for so many days after its end; later the sheet has been read and paid, and what is found out
    then falls into the month of `today`.
    """
    month = event_on.replace(day=1)
    after = (month + timedelta(days=31)).replace(day=1)
    return month if today < after + timedelta(days=close_days) else today.replace(day=1)
