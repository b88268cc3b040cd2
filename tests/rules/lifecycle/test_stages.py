"""DOMAIN section 3, fact by fact. The car of `facts()` was sold new on 1 March 2022 and drives 15,000 km a year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lifecycle.rules.facts import Booking, ComplaintFact, Market, RefusalFact, TouchFact, Visit
from tests.rules.lifecycle.histories import SOLD, facts, judged, serviced, stage

SERVICED = date(2023, 3, 1)
TWICE = serviced(SERVICED, date(2024, 3, 1))  # the next maintenance is due on 1 March 2025, interval 365 days


def after(days: int) -> date:
    return SOLD + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "purchase/delivered"),
        (2, "purchase/delivered"),
        (3, "purchase/courtesy_call_due"),
        (15, "purchase/courtesy_call_due"),
        (16, "purchase/onboarding"),
        (29, "purchase/onboarding"),
        (30, "first_service/waiting"),
        (350, "first_service/waiting"),
        (351, "first_service/due_soon"),
        (365, "first_service/due"),
        (394, "first_service/due"),
        (395, "first_service/overdue"),
    ],
)
def test_a_new_car_walks_from_delivery_to_its_first_service(days: int, expected: str) -> None:
    assert stage(facts(), after(days)) == expected


def test_a_courtesy_call_that_reached_the_customer_starts_onboarding() -> None:
    called = facts(touches=(TouchFact(1, after(4), "courtesy_call", "done", was_reached=True),))
    assert stage(called, after(5)) == "purchase/onboarding"
    tried = facts(touches=(TouchFact(1, after(4), "courtesy_call", "no_answer", was_reached=False),))
    assert stage(tried, after(5)) == "purchase/courtesy_call_due"


def test_the_first_maintenance_here_makes_a_kept_customer_and_a_tyre_repair_does_not() -> None:
    assert stage(facts(visits=serviced(after(200))), after(201)) == "retention/on_schedule"
    assert stage(facts(visits=serviced(after(200), works=("tyres",))), after(201)) == "first_service/waiting"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 2, 14), "retention/on_schedule"),
        (date(2025, 2, 15), "retention/due_soon"),
        (date(2025, 3, 1), "retention/due"),
        (date(2025, 3, 31), "retention/overdue"),
        (date(2025, 8, 31), "retention/thin_ice"),
        (date(2025, 11, 29), "retention/thin_ice"),
        (date(2025, 11, 30), "dormant/quiet"),
        (date(2026, 8, 30), "dormant/quiet"),
        (date(2026, 8, 31), "lost/silent"),
    ],
)
def test_a_kept_car_that_stays_away_is_due_then_on_thin_ice_then_dormant_then_lost(on: date, expected: str) -> None:
    assert stage(facts(visits=TWICE), on, repurchase_months_mass=600) == expected


def test_nobody_is_lost_before_two_years_however_short_the_interval() -> None:
    taxi = facts(visits=TWICE, market=Market(km_per_year=70000))
    assert stage(taxi, date(2026, 2, 28), repurchase_months_mass=600) == "dormant/quiet"
    assert stage(taxi, date(2026, 3, 1), repurchase_months_mass=600) == "lost/silent"


def test_any_visit_counts_against_silence_and_only_maintenance_moves_the_due_date() -> None:
    tyres = (*TWICE, Visit(9, date(2025, 10, 1), ("tyres",)))
    known = facts(visits=tyres)
    assert stage(known, date(2025, 12, 15), repurchase_months_mass=600) == "retention/overdue"
    assert judged(known, date(2025, 12, 15)).forecast.due.on == date(2025, 3, 1)


def test_done_elsewhere_moves_the_due_date_and_not_the_silence() -> None:
    touch = TouchFact(5, date(2025, 6, 1), "maintenance", "done_elsewhere", was_reached=True)
    known = facts(visits=TWICE, touches=(touch,))
    assert judged(known, date(2025, 7, 1)).forecast.due.on == date(2026, 6, 1)
    assert stage(known, date(2025, 12, 15), repurchase_months_mass=600) == "dormant/quiet"


def test_an_open_appointment_brings_even_a_lost_car_back() -> None:
    booking = Booking(1, "service", date(2027, 1, 20), "booked", date(2027, 1, 10))
    known = facts(visits=TWICE, bookings=(booking,))
    assert stage(known, date(2027, 1, 9), repurchase_months_mass=600) == "lost/silent"
    assert stage(known, date(2027, 1, 10), repurchase_months_mass=600) == "retention/booked"
    assert stage(known, date(2027, 1, 20), repurchase_months_mass=600) == "retention/booked"
    assert stage(known, date(2027, 1, 21), repurchase_months_mass=600) == "lost/silent"


def test_a_cancelled_appointment_keeps_nothing() -> None:
    known = facts(visits=TWICE, bookings=(Booking(1, "service", date(2026, 1, 20), "cancelled", date(2026, 1, 1)),))
    assert stage(known, date(2026, 1, 10), repurchase_months_mass=600) == "dormant/quiet"


def test_a_dormant_car_says_whether_a_complaint_blocks_it_or_a_win_back_runs() -> None:
    on = date(2026, 1, 10)
    called = facts(visits=TWICE, touches=(TouchFact(1, date(2025, 12, 5), "win_back", "no_answer", was_reached=False),))
    assert stage(called, on, repurchase_months_mass=600) == "dormant/win_back"
    complained = facts(visits=TWICE, complaints=(ComplaintFact(1, date(2025, 5, 1), None),))
    assert stage(complained, on, repurchase_months_mass=600) == "dormant/blocked_by_complaint"
    solved = facts(visits=TWICE, complaints=(ComplaintFact(1, date(2025, 5, 1), date(2025, 6, 1)),))
    assert stage(solved, on, repurchase_months_mass=600) == "dormant/quiet"


def test_a_lost_customer_who_refused_is_told_apart_until_the_refusal_ends() -> None:
    refused = facts(visits=TWICE, refusals=(RefusalFact(date(2026, 9, 1), "win_back", date(2026, 12, 31)),))
    assert stage(refused, date(2026, 12, 31), repurchase_months_mass=600) == "lost/refused"
    assert stage(refused, date(2027, 1, 1), repurchase_months_mass=600) == "lost/silent"


@pytest.mark.parametrize(
    ("fields", "months"),
    [
        ({"is_company": True, "is_premium": True}, 36),
        ({"is_premium": True}, 30),
        ({"market": Market(price_class="premium")}, 30),
        ({"market": Market(price_class="chinese")}, 24),
        ({}, 36),
    ],
)
def test_the_buying_window_follows_the_first_category_that_fits(fields: dict[str, object], months: int) -> None:
    window = judged(facts(**fields), SOLD).window
    assert window is not None
    assert window.centre_on == date(2022 + months // 12, 3 + months % 12, 1)


def test_repeat_purchase_wins_over_lost_and_opens_again_every_year() -> None:
    for year in (2025, 2026, 2027):
        assert stage(facts(), date(year, 1, 1)) == "repeat_purchase/window_open"
        assert stage(facts(), date(year, 4, 30)) == "repeat_purchase/window_open"
        assert not stage(facts(), date(year, 5, 1)).startswith("repeat_purchase")
        assert not stage(facts(), date(year, 12, 31)).startswith("repeat_purchase")


def test_inside_the_window_talk_and_test_drive_are_seen() -> None:
    on = date(2025, 3, 1)
    talked = facts(touches=(TouchFact(1, date(2025, 2, 1), "repurchase", "done", was_reached=True),))
    assert stage(talked, on) == "repeat_purchase/offer_made"
    thinks = facts(touches=(TouchFact(1, date(2025, 2, 1), "repurchase", "thinks", was_reached=True),))
    assert stage(thinks, on) == "repeat_purchase/deciding"
    drive = facts(bookings=(Booking(1, "test_drive", date(2025, 3, 5), "booked", date(2025, 2, 1)),))
    assert stage(drive, on) == "repeat_purchase/test_drive_booked"


def test_a_purchase_answers_the_window_and_the_next_one_within_a_year() -> None:
    bought = facts(later_purchases=(date(2025, 2, 10),))
    assert stage(bought, date(2025, 2, 9)).startswith("repeat_purchase")
    assert not stage(bought, date(2025, 2, 10)).startswith("repeat_purchase")
    assert not stage(bought, date(2026, 2, 10)).startswith("repeat_purchase")
    assert stage(bought, date(2027, 2, 10)).startswith("repeat_purchase")


def test_an_ended_ownership_wins_over_everything_from_its_day() -> None:
    ended = facts(ended_on=date(2025, 3, 1), end_reason="traded_in")
    assert stage(ended, date(2025, 2, 28)) == "repeat_purchase/window_open"
    assert stage(ended, date(2025, 3, 1)) == "ended/traded_in"


def test_a_car_bought_elsewhere_has_no_stage_until_it_visits_and_is_kept_from_its_first_visit() -> None:
    assert stage(facts(acquired="elsewhere"), after(100)) == ""
    visited = facts(acquired="elsewhere", visits=serviced(after(50), works=("tyres",)))
    assert stage(visited, after(49)) == ""
    assert stage(visited, after(50)) == "retention/on_schedule"


def test_a_used_cars_first_due_date_counts_from_the_sale() -> None:
    """Visits of the earlier owner are no visits of this one."""
    earlier = (Visit(1, date(2022, 2, 1), ("maintenance",), is_ours=False),)
    known = facts(acquired="used", visits=earlier)
    assert judged(known, after(40)).forecast.due.on == date(2023, 3, 1)
    assert stage(known, after(40)) == "first_service/waiting"


def test_an_erased_customer_has_no_stage_and_no_occasion() -> None:
    gone = judged(facts(is_gone=True), after(5))
    assert (gone.place.stage, gone.candidates) == ("", ())
