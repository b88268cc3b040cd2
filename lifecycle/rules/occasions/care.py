"""Reasons that the person gives: a sale, an appointment, a complaint, a birthday."""

from __future__ import annotations

from dealercrm.why import Why
from lifecycle.rules.calendar import add_days
from lifecycle.rules.occasions.candidate import Case, Found, candidate, dated
from lifecycle.rules.occasions.service import NEVER_HERE, NOT_BOUGHT_HERE, SWITCHED_OFF

NO_APPOINTMENT = Why("occasion.none.no_appointment")
NO_MISSED_APPOINTMENT = Why("occasion.none.no_missed_appointment")
NO_COMPLAINT = Why("occasion.none.no_complaint")
NO_BIRTH_DATE = Why("occasion.none.no_birth_date")
NO_HOLIDAY = Why("occasion.none.no_holiday")
OTHER_CAR = Why("occasion.none.other_car")


def courtesy_call(case: Case) -> Found:
    """Thanks for the purchase, questions, the service contract offered."""
    if not case.facts.bought_from_us:
        return NOT_BOUGHT_HERE
    sold_on = case.facts.started_on
    return (
        candidate(
            case,
            "courtesy_call",
            "sale",
            sold_on,
            case.values.window_courtesy_call,
            {"on": sold_on},
            answer=_talked(case, "courtesy_call"),
        ),
    )


def onboarding(case: Case) -> Found:
    """Small messages in the first weeks with the car."""
    if not case.facts.bought_from_us:
        return NOT_BOUGHT_HERE
    sold_on = case.facts.started_on
    return tuple(
        [
            candidate(
                case,
                "onboarding",
                f"sale:{days}",
                add_days(sold_on, days),
                case.values.window_onboarding,
                {"on": sold_on, "days": days},
            )
            for days in case.values.onboarding_days
        ]
    )


def _talked(case: Case, topic: str) -> Why | None:
    for touch in case.facts.touches:
        if touch.topic == topic and touch.was_reached and touch.on >= case.facts.started_on:
            return Why("occasion.served.talked", {"on": touch.on})
    return None


def service_feedback(case: Case) -> Found:
    """How was it? Asked after the last visit, once; an answer since then serves it."""
    last = next((visit for visit in reversed(case.facts.visits) if visit.is_ours and not visit.is_internal), None)
    if last is None:
        return NEVER_HERE
    answer = next((answer for answer in case.facts.answers if answer.on >= last.on), None)
    return (
        candidate(
            case,
            "service_feedback",
            f"visit:{last.id}",
            last.on,
            case.values.window_service_feedback,
            {"on": last.on},
            evidence={"visit": last.id},
            answer=Why("occasion.served.answered", {"on": answer.on, "score": answer.score}) if answer else None,
        ),
    )


def appointment_confirmation(case: Case) -> Found:
    """Shortly before the appointment: does the time still suit?"""
    found = []
    for booking in case.facts.bookings:
        if booking.purpose != "service" or booking.status in {"cancelled", "arrived", "no_show"}:
            continue
        opens, due, closes = (add_days(booking.on, days) for days in case.values.window_appointment_confirmation)
        opens = max(opens, booking.made_on)
        answer = Why("occasion.served.confirmed") if booking.status == "confirmed" else None
        found.append(
            dated(
                case,
                "appointment_confirmation",
                f"appointment:{booking.id}",
                (min(opens, closes), max(opens, due), closes),
                {"on": booking.on},
                {"appointment": booking.id},
                answer=answer,
            )
        )
    return tuple(found) or NO_APPOINTMENT


def no_show(case: Case) -> Found:
    """The customer was expected and did not come; a later visit or a new appointment answers it."""
    found = []
    for booking in case.facts.bookings:
        if booking.purpose != "service" or booking.status != "no_show" or not case.clock.reached(booking.on):
            continue
        came = next((visit.on for visit in case.facts.visits if visit.is_ours and visit.on >= booking.on), None)
        answer = Why("occasion.served.visit", {"on": came}) if came else None
        for later in case.facts.bookings:
            if later.on > booking.on and later.purpose == "service" and later.status not in {"cancelled", "no_show"}:
                answer = answer or Why("occasion.served.booked_again", {"on": later.on})
        found.append(
            candidate(
                case,
                "no_show",
                f"appointment:{booking.id}",
                booking.on,
                case.values.window_no_show,
                {"on": booking.on},
                evidence={"appointment": booking.id},
                answer=answer,
            )
        )
    return tuple(found) or NO_MISSED_APPOINTMENT


def complaint_follow_up(case: Case) -> Found:
    """Something we owe the customer: called back the same day or the next, until it is resolved."""
    found = []
    for complaint in case.facts.complaints:
        if not complaint.is_about_this:
            continue
        answer = Why("occasion.served.resolved", {"on": complaint.resolved_on}) if complaint.resolved_on else None
        found.append(
            candidate(
                case,
                "complaint_follow_up",
                f"complaint:{complaint.id}",
                complaint.opened_on,
                case.values.window_complaint_follow_up,
                {"on": complaint.opened_on},
                evidence={"complaint": complaint.id},
                answer=answer,
            )
        )
    return tuple(found) or NO_COMPLAINT


def birthday(case: Case) -> Found:
    """A greeting on the day itself, once per person however many cars they own; never a call."""
    facts = case.facts
    if facts.is_company or facts.birth_on is None:
        return NO_BIRTH_DATE
    if not case.values.is_birthday_greeted:
        return SWITCHED_OFF
    if not facts.is_main_car:
        return OTHER_CAR
    day = case.clock.anniversary(facts.birth_on)
    return (dated(case, "birthday", f"year:{day.year}", (day, day, day), {"on": day}),)


def public_holiday(case: Case) -> Found:
    """A greeting on the holiday itself, once per person however many cars they own; never a call."""
    if not case.values.is_public_holiday_greeted:
        return SWITCHED_OFF
    if not case.facts.is_main_car:
        return OTHER_CAR
    for holiday in case.facts.holidays:
        on = holiday.on
        if on >= case.facts.started_on and not case.clock.reached(add_days(on, 1)):
            said = {"on": on, "name_en": holiday.name_en, "name_ru": holiday.name_ru}
            evidence = {"holiday_en": holiday.name_en, "holiday_ru": holiday.name_ru}
            return (dated(case, "public_holiday", f"day:{on}", (on, on, on), said, evidence),)
    return NO_HOLIDAY
