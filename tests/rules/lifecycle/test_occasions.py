"""DOMAIN section 4: what opens, when it is due, what answers it, and what it is called by."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lifecycle.rules.closing import closure
from lifecycle.rules.facts import Booking, ComplaintFact, CoverFact, Facts, Market, TouchFact, Visit
from lifecycle.rules.occasions import Candidate
from tests.rules.lifecycle.histories import LINES, SOLD, facts, judged, open_kinds, serviced

TWICE = serviced(date(2023, 3, 1), date(2024, 3, 1))


def after(days: int) -> date:
    return SOLD + timedelta(days=days)


def the(known: Facts, kind: str, today: date) -> Candidate:
    found = [item for item in judged(known, today).candidates if item.kind == kind]
    assert len(found) == 1, found
    return found[0]


def why_none(known: Facts, kind: str, today: date) -> str:
    return judged(known, today).absent[kind].code


def test_the_courtesy_call_is_open_from_the_third_to_the_fifteenth_day() -> None:
    assert "courtesy_call" not in open_kinds(facts(), after(2))
    assert "courtesy_call" in open_kinds(facts(), after(3))
    assert "courtesy_call" in open_kinds(facts(), after(15))
    assert "courtesy_call" not in open_kinds(facts(), after(16))


def test_a_call_that_reached_nobody_leaves_it_open_and_one_that_did_serves_it() -> None:
    missed = facts(touches=(TouchFact(1, after(4), "courtesy_call", "no_answer", was_reached=False),))
    assert "courtesy_call" in open_kinds(missed, after(5))
    spoken = facts(touches=(TouchFact(1, after(4), "courtesy_call", "done", was_reached=True),))
    assert the(spoken, "courtesy_call", after(5)).state == "served"


def test_the_first_service_opens_a_fortnight_before_and_its_cycle_is_the_sale() -> None:
    item = the(facts(), "first_service", date(2023, 2, 15))
    assert (item.state, item.cycle) == ("open", "sale")
    assert (item.opens_on, item.due_on, item.closes_on) == (date(2023, 2, 15), date(2023, 2, 22), date(2023, 4, 30))
    assert why_none(facts(), "maintenance", date(2023, 2, 15)) == "occasion.none.first_service_first"


def test_maintenance_is_named_by_the_visit_it_counts_from() -> None:
    item = the(facts(visits=TWICE), "maintenance", date(2025, 2, 20))
    assert (item.state, item.cycle) == ("open", "visit:2")
    other_interval = judged(facts(visits=TWICE, lines=()), date(2025, 2, 20), interval_months=11).candidates
    assert next(one for one in other_interval if one.kind == "maintenance").cycle == "visit:2"


def test_maintenance_inside_warranty_says_so_and_gives_the_makers_deadline() -> None:
    lada = facts(market=Market(km_per_year=15000, warranty_months=36, warranty_late_days=10))
    item = the(lada, "first_service", date(2023, 2, 20))
    assert item.evidence["in_warranty"] is True
    assert item.evidence["deadline_on"] == "2023-03-11"
    assert (
        the(facts(visits=serviced(date(2025, 3, 1))), "maintenance", date(2026, 2, 20)).evidence["in_warranty"] is False
    )


def test_work_done_elsewhere_starts_a_cycle_of_its_own() -> None:
    elsewhere = facts(touches=(TouchFact(7, date(2023, 3, 5), "first_service", "done_elsewhere", was_reached=True),))
    assert the(elsewhere, "maintenance", date(2023, 4, 1)).cycle == "elsewhere:7"
    assert why_none(elsewhere, "first_service", date(2023, 4, 1)) == "occasion.none.done_elsewhere"


def test_overdue_and_win_back_follow_the_ratio_and_the_last_visit_of_any_kind() -> None:
    known = facts(visits=(*TWICE, Visit(3, date(2024, 6, 1), ("tyres",))))
    overdue, asleep = (the(known, kind, date(2025, 1, 1)) for kind in ("overdue_maintenance", "win_back"))
    assert (overdue.cycle, asleep.cycle) == ("visit:3", "visit:3")
    assert overdue.opens_on == date(2024, 6, 1) + timedelta(days=457)  # 1.25 x 365, rounded up
    assert asleep.opens_on == date(2024, 6, 1) + timedelta(days=639)  # 1.75 x 365, rounded up
    assert overdue.closes_on == asleep.opens_on - timedelta(days=1)
    assert asleep.closes_on == asleep.opens_on + timedelta(days=120)


def test_who_stays_away_is_offered_what_the_missed_visit_would_have_held() -> None:
    known = facts(visits=TWICE, market=Market(km_per_year=12000))
    missed = the(known, "maintenance", date(2025, 2, 20)).evidence["works"]
    assert {"maintenance", "oil"} <= set(missed)
    for kind in ("overdue_maintenance", "win_back"):
        assert the(known, kind, date(2025, 7, 1)).evidence["works"] == missed


def test_win_back_goes_on_inside_the_buying_window() -> None:
    known = facts(visits=serviced(date(2023, 3, 1)))
    assert {"win_back", "repurchase"} <= open_kinds(known, date(2025, 1, 10))


def test_a_work_near_the_maintenance_is_done_with_it_and_an_overdue_car_is_not_called_for_a_part() -> None:
    assert why_none(facts(lines=LINES[:2]), "component_wear", after(340)) == "occasion.none.with_maintenance"
    early, late = Visit(3, date(2023, 8, 1), ("brake_fluid",)), Visit(4, date(2024, 2, 1), ("brake_fluid",))
    apart = judged(facts(visits=(TWICE[0], early, TWICE[1])), date(2024, 10, 1))
    item = next(one for one in apart.candidates if one.kind == "component_wear")
    assert (item.cycle, item.due_on, item.is_safety_work) == ("brake_fluid:visit:3", date(2025, 8, 1), True)
    asleep = judged(facts(visits=(TWICE[0], late, TWICE[1])), date(2024, 10, 1))
    assert asleep.absent["component_wear"].code == "occasion.none.with_maintenance"


def test_declined_work_is_asked_again_after_a_month_and_brakes_after_a_week() -> None:
    visit = Visit(5, date(2024, 3, 1), ("maintenance",), declined=("brakes", "battery"))
    items = {
        one.cycle: one
        for one in judged(facts(visits=(visit,)), date(2024, 3, 10)).candidates
        if one.kind == "declined_work"
    }
    brakes, battery = items["visit:5:brakes"], items["visit:5:battery"]
    assert (brakes.opens_on, brakes.is_safety_work, brakes.state) == (date(2024, 3, 8), True, "open")
    assert (battery.opens_on, battery.is_safety_work, battery.state) == (date(2024, 3, 31), False, "ahead")
    done = (visit, Visit(6, date(2024, 4, 2), ("brakes",)))
    assert "declined_work" in {
        one.kind for one in judged(facts(visits=done), date(2024, 4, 3)).candidates if one.state == "served"
    }


def test_insurance_is_offered_before_its_end_and_a_renewal_answers_it() -> None:
    policy = CoverFact(4, "insurance", "KASKO", None, date(2024, 6, 30))
    item = the(facts(covers=(policy,)), "insurance_renewal", date(2024, 5, 16))
    assert (item.cycle, item.state, item.due_on) == ("cover:4", "open", date(2024, 5, 31))
    renewed = CoverFact(5, "insurance", "KASKO", None, date(2025, 6, 30))
    states = {one.cycle: one.state for one in judged(facts(covers=(policy, renewed)), date(2024, 6, 1)).candidates
              if one.kind == "insurance_renewal"}  # fmt: skip
    assert states == {"cover:4": "served", "cover:5": "ahead"}
    other_product = CoverFact(5, "insurance", "OSAGO", None, date(2025, 6, 30))
    assert "insurance_renewal" in open_kinds(facts(covers=(policy, other_product)), date(2024, 6, 1))


def test_an_appointment_is_confirmed_before_and_asked_after() -> None:
    booked = Booking(3, "service", date(2024, 5, 20), "booked", date(2024, 5, 1))
    assert the(facts(bookings=(booked,)), "appointment_confirmation", date(2024, 5, 17)).state == "open"
    missed = booked._replace(status="no_show")
    assert the(facts(bookings=(missed,)), "no_show", date(2024, 5, 21)).state == "open"
    again = Booking(4, "service", date(2024, 5, 25), "booked", date(2024, 5, 21))
    assert the(facts(bookings=(missed, again)), "no_show", date(2024, 5, 22)).state == "served"
    came = facts(bookings=(missed,), visits=serviced(date(2024, 5, 22)))
    assert the(came, "no_show", date(2024, 5, 23)).state == "served"


def test_a_complaint_is_answered_when_it_is_resolved() -> None:
    known = facts(complaints=(ComplaintFact(2, date(2024, 5, 1), date(2024, 5, 9)),))
    assert the(known, "complaint_follow_up", date(2024, 5, 8)).state == "open"
    assert the(known, "complaint_follow_up", date(2024, 5, 9)).state == "served"


def test_a_birthday_is_greeted_on_its_day_once_per_person() -> None:
    born = facts(birth_on=date(1984, 2, 29))
    assert the(born, "birthday", date(2024, 2, 29)).state == "open"
    assert the(born, "birthday", date(2025, 2, 28)).cycle == "year:2025"
    assert the(born, "birthday", date(2025, 3, 1)).cycle == "year:2026"
    assert why_none(born._replace(is_main_car=False), "birthday", SOLD) == "occasion.none.other_car"
    assert why_none(born._replace(is_company=True), "birthday", SOLD) == "occasion.none.no_birth_date"


def test_an_ended_ownership_gives_no_reason_to_talk() -> None:
    ended = judged(facts(ended_on=after(5), end_reason="sold", birth_on=date(1984, 3, 6)), after(5))
    assert ended.candidates == ()
    assert {why.code for why in ended.absent.values()} == {"occasion.none.ended"}


@pytest.mark.parametrize(
    ("kind", "cycle", "closes_on", "known", "expected"),
    [
        ("first_service", "sale", date(2023, 4, 30), facts(visits=TWICE), "served"),
        ("maintenance", "visit:1", date(2024, 4, 30), facts(visits=TWICE), "served"),
        ("overdue_maintenance", "visit:1", date(2025, 1, 1), facts(visits=TWICE), "served"),
        ("maintenance", "visit:99", date(2025, 4, 30), facts(visits=TWICE), "obsolete"),  # that order was voided
        ("birthday", "year:2023", date(2023, 5, 1), facts(birth_on=date(1980, 5, 1)), "expired"),
        ("maintenance", "visit:2", date(2024, 5, 1), facts(visits=TWICE), "obsolete"),  # its window has moved ahead
        ("insurance_renewal", "cover:9", date(2024, 9, 1), facts(), "obsolete"),  # the policy was voided
        ("first_service", "sale", date(2024, 9, 1), facts(ended_on=date(2024, 3, 1), end_reason="sold"), "obsolete"),
    ],
)
def test_a_row_closes_with_the_fact_that_closed_it(
    kind: str, cycle: str, closes_on: date, known: Facts, expected: str
) -> None:
    today = date(2024, 3, 20)
    status, why = closure(kind, cycle, closes_on, judged(known, today), known, today)
    assert status == expected
    assert why.code
