"""Recalls, feedback, seasonal tyres, public holidays, and what has to be asked before anything else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lifecycle.public_holidays import greeted_holidays
from lifecycle.rules.clock import Clock
from lifecycle.rules.closing import closure
from lifecycle.rules.facts import (
    AnswerFact,
    Booking,
    Facts,
    Holiday,
    Market,
    PointFact,
    Reading,
    RecallFact,
    TouchFact,
    Visit,
)
from lifecycle.rules.occasions import Candidate
from lifecycle.rules.policy import LifecycleValues
from lifecycle.rules.selling import Score, probably_sold
from tests.rules.lifecycle.histories import facts, judged, open_kinds, serviced

SERVICED = serviced(date(2023, 3, 1), date(2024, 3, 1))
KEPT = facts(visits=SERVICED)
VICTORY = tuple(Holiday(date(year, 5, 9), "Victory Day", "День Победы") for year in range(2022, 2030))
PHONE = PointFact("phone")
WRONG = PointFact("phone", date(2025, 4, 10), "wrong_number")
BOUNCED = PointFact("email", date(2025, 4, 20), "bounced")
OTHERS_VISIT = Visit(9, date(2025, 5, 5), ("brakes",), is_by_other=True)


def the(known: Facts, kind: str, today: date, cycle: str = "", **values: Any) -> Candidate:
    found = [
        item for item in judged(known, today, **values).candidates if item.kind == kind and item.cycle.startswith(cycle)
    ]
    assert len(found) == 1, found
    return found[0]


def why_none(known: Facts, kind: str, today: date, **values: Any) -> str:
    return judged(known, today, **values).absent[kind].code


def score(known: Facts, today: date, **values: Any) -> Score:
    chosen = LifecycleValues(**values)
    return probably_sold(known, judged(known, today).forecast, chosen, Clock(today))


@pytest.mark.parametrize(
    ("today", "is_open"),
    [
        (date(2024, 3, 24), False),
        (date(2024, 3, 25), True),
        (date(2024, 4, 30), True),
        (date(2024, 5, 1), False),
        (date(2024, 9, 30), False),
        (date(2024, 10, 1), True),
        (date(2024, 10, 31), True),
        (date(2024, 11, 1), False),
    ],
)
def test_tyres_are_changed_in_two_seasons_a_year(today: date, is_open: bool) -> None:
    assert ("seasonal_tyres" in open_kinds(KEPT, today)) is is_open


def test_a_season_is_a_cycle_of_its_own_and_tyres_are_safety_works() -> None:
    autumn = the(KEPT._replace(safety_groups=frozenset({"tyres"})), "seasonal_tyres", date(2024, 10, 10))
    assert (autumn.cycle, autumn.is_safety_work) == ("season:2024:autumn", True)
    assert autumn.due_on == date(2024, 10, 16)
    assert the(KEPT, "seasonal_tyres", date(2024, 11, 1)).cycle == "season:2025:spring"


def test_tyres_changed_in_the_season_or_shortly_before_it_serve_it() -> None:
    for on in (date(2024, 9, 1), date(2024, 10, 5)):
        changed = facts(visits=(*SERVICED, Visit(8, on, ("tyres",))))
        item = the(changed, "seasonal_tyres", date(2024, 10, 10))
        assert (item.state, item.answer.code if item.answer else "") == ("served", "occasion.served.work")
    early = facts(visits=(*SERVICED, Visit(8, date(2024, 8, 31), ("tyres",))))
    assert "seasonal_tyres" in open_kinds(early, date(2024, 10, 10))


def test_a_voided_tyre_change_opens_the_season_again() -> None:
    changed = facts(visits=(*SERVICED, Visit(8, date(2024, 10, 5), ("tyres",))))
    assert "seasonal_tyres" not in open_kinds(changed, date(2024, 10, 10))
    assert "seasonal_tyres" in open_kinds(KEPT, date(2024, 10, 10))


def test_a_region_has_its_own_season_or_none() -> None:
    north = {"tyres_autumn": (10, 9, 10, 10), "tyres_spring": (20, 4, 31, 5)}
    assert "seasonal_tyres" in open_kinds(KEPT, date(2024, 9, 10), **north)
    assert "seasonal_tyres" not in open_kinds(KEPT, date(2024, 10, 11), **north)
    assert why_none(KEPT, "seasonal_tyres", date(2024, 10, 10), are_tyres_seasonal=False).endswith("switched_off")
    with pytest.raises(ValueError, match="tyres_spring"):
        LifecycleValues(tyres_spring=(31, 2, 1, 3))


def test_who_sleeps_by_then_is_not_called_about_tyres() -> None:
    assert why_none(KEPT, "seasonal_tyres", date(2025, 11, 20)) == "occasion.none.asleep_by_then"


def test_a_public_holiday_is_greeted_on_the_day_itself_once_a_person() -> None:
    known = KEPT._replace(holidays=VICTORY)
    on: dict[str, Any] = {"is_public_holiday_greeted": True}
    assert "public_holiday" not in open_kinds(known, date(2024, 5, 8), **on)
    assert the(known, "public_holiday", date(2024, 5, 9), **on).cycle == "day:2024-05-09"
    assert "public_holiday" in open_kinds(known, date(2024, 5, 9), **on)
    assert "public_holiday" not in open_kinds(known, date(2024, 5, 10), **on)
    second = known._replace(is_main_car=False)
    assert why_none(second, "public_holiday", date(2024, 5, 9), **on) == "occasion.none.other_car"
    assert why_none(known, "public_holiday", date(2024, 5, 9)) == "occasion.none.switched_off"
    assert why_none(KEPT, "public_holiday", date(2024, 5, 9), **on) == "occasion.none.no_holiday"


def test_the_days_off_of_a_country_are_holidays_once_each_and_moved_days_are_none() -> None:
    names = [(day.on.month, day.on.day, day.name_en) for day in greeted_holidays("RU") if day.on.year == 2027]
    assert names[:3] == [
        (1, 1, "New Year Holidays"),
        (1, 7, "Christmas Day"),
        (2, 23, "Defender of the Fatherland Day"),
    ]
    assert not [name for _, _, name in names if "substituted" in name]
    assert greeted_holidays("ZZ") == ()


def test_a_mileage_nobody_knows_is_asked_for_until_it_is_read() -> None:
    read = KEPT._replace(readings=(Reading(date(2024, 3, 1), 30000),))
    assert "data_check" not in open_kinds(read, date(2025, 8, 22))
    item = the(read, "data_check", date(2025, 8, 23), "odometer:2024-03-01")
    assert item.state == "open"
    again = read._replace(readings=(*read.readings, Reading(date(2025, 8, 24), 52000)))
    later = judged(again, date(2025, 8, 25))
    status, why = closure("data_check", item.cycle, item.closes_on, later, again, date(2025, 8, 25))
    assert (status, why.code) == ("served", "occasion.served.reading")


def test_a_customer_whom_nothing_reaches_is_a_question_of_one_car_until_something_does() -> None:
    lost = KEPT._replace(points=(WRONG,))
    item = the(lost, "data_check", date(2025, 4, 10), "contact:2025-04-10")
    assert item.state == "open"
    assert "data_check" not in open_kinds(lost, date(2025, 4, 9))
    assert "data_check" not in open_kinds(lost._replace(is_main_car=False), date(2025, 4, 10))
    found = lost._replace(points=(WRONG, PHONE))
    judgement = judged(found, date(2025, 4, 12))
    assert "data_check" not in {one.kind for one in judgement.open}
    status, why = closure("data_check", item.cycle, item.closes_on, judgement, found, date(2025, 4, 12))
    assert (status, why.code) == ("served", "occasion.served.contact")


def test_each_sign_of_a_sale_has_its_points() -> None:
    market = Market(km_per_year=15000, first_ownership_months=36)
    known = facts(visits=(*SERVICED, OTHERS_VISIT), points=(WRONG, BOUNCED), market=market)
    found = score(known, date(2025, 6, 10))
    assert [(part.code, part.points) for part in found.parts] == [
        ("missed_service", 15),
        ("wrong_number", 25),
        ("other_visitor", 40),
        ("usual_term", 15),
        ("bounced_mail", 15),
    ]
    assert found.points == 100, "never more than a hundred"
    assert score(known, date(2025, 6, 10), sold_points_other_visitor=0, sold_points_wrong_number=0).points == 45


def test_a_visit_of_the_owner_or_a_talk_starts_the_count_anew() -> None:
    known = facts(visits=SERVICED, points=(WRONG, PHONE))
    assert score(known, date(2025, 6, 10)).points == 40
    came = facts(visits=(*SERVICED, Visit(9, date(2025, 6, 1), ("tyres",))), points=(WRONG, PHONE))
    assert score(came, date(2025, 6, 10)).points == 0
    talk = TouchFact(1, date(2025, 6, 1), "data_check", "done", was_reached=True)
    assert score(known._replace(touches=(talk,)), date(2025, 6, 10)).points == 0
    gone = talk._replace(outcome="sold")
    assert score(known._replace(touches=(gone,)), date(2025, 6, 10)).points == 40


SIGNS = facts(
    visits=(*SERVICED, OTHERS_VISIT._replace(on=date(2025, 3, 10))),
    points=(WRONG._replace(dead_on=date(2025, 3, 5)), PHONE),
)
DAY = date(2025, 4, 1)  # maintenance has been due since 1 March


def test_above_the_line_the_owner_is_asked_first_and_service_talk_and_offers_wait() -> None:
    assert "maintenance" in open_kinds(facts(visits=SERVICED), DAY)
    held = judged(SIGNS, DAY)
    assert {item.kind for item in held.open} == {"data_check"}
    assert held.absent["maintenance"].code == "occasion.none.probably_sold"
    assert the(SIGNS, "data_check", DAY, "owner:visit:2").opens_on == date(2025, 3, 10), "the day the signs added up"
    booked = SIGNS._replace(bookings=(Booking(1, "service", date(2025, 4, 3), "booked", date(2025, 3, 30)),))
    assert "appointment_confirmation" in open_kinds(booked, DAY)


def test_a_suspicion_that_nobody_asked_about_expires_and_the_talk_still_waits() -> None:
    late = judged(SIGNS, date(2025, 9, 20))
    assert "data_check" not in {item.kind for item in late.open}
    assert late.absent["win_back"].code == "occasion.none.probably_sold"


def test_talk_that_was_open_is_closed_with_the_reason() -> None:
    status, why = closure("maintenance", "visit:2", date(2025, 4, 30), judged(SIGNS, DAY), SIGNS, DAY)
    assert (status, why.code) == ("obsolete", "occasion.none.probably_sold")


def test_an_answer_lets_the_talk_go_on() -> None:
    item = the(SIGNS, "data_check", DAY, "owner:")
    answered = SIGNS._replace(touches=(TouchFact(4, date(2025, 3, 31), "data_check", "done", was_reached=True),))
    judgement = judged(answered, DAY)
    status, why = closure("data_check", item.cycle, item.closes_on, judgement, answered, DAY)
    assert (status, why.code) == ("served", "occasion.served.still_owns")
    assert "maintenance" in {one.kind for one in judgement.open}


AIRBAG = RecallFact("R-1", "Airbag", date(2025, 1, 10))


def test_a_recall_is_open_until_it_is_done_and_is_safety_work() -> None:
    known = KEPT._replace(recalls=(AIRBAG, RecallFact("R-2", "Brakes", date(2025, 1, 10), date(2025, 1, 20))))
    assert "recall" not in open_kinds(known, date(2025, 1, 9))
    item = the(known, "recall", date(2025, 1, 30), "recall:R-1")
    assert (item.state, item.is_safety_work, item.due_on) == ("open", True, date(2025, 1, 17))
    assert the(known, "recall", date(2025, 1, 19), "recall:R-2").state == "open"
    assert the(known, "recall", date(2025, 1, 20), "recall:R-2").state == "served"
    assert why_none(KEPT, "recall", date(2025, 1, 30)) == "occasion.none.no_recall"


def test_a_recall_does_not_wait_for_a_sleeping_or_doubtful_owner() -> None:
    asleep = KEPT._replace(recalls=(AIRBAG,))
    assert "recall" in open_kinds(asleep, date(2028, 6, 1))
    assert "recall" in open_kinds(SIGNS._replace(recalls=(AIRBAG,)), DAY)


def test_an_owner_who_came_later_is_told_of_a_recall_from_the_first_day() -> None:
    bought = facts(started_on=date(2025, 6, 1), acquired="used", recalls=(AIRBAG,))
    assert the(bought, "recall", date(2025, 6, 1)).opens_on == date(2025, 6, 1)


@pytest.mark.parametrize(("day", "is_open"), [(1, False), (2, True), (16, True), (17, False)])
def test_a_visit_is_asked_about_from_the_next_day_for_a_fortnight(day: int, is_open: bool) -> None:
    assert ("service_feedback" in open_kinds(KEPT, date(2024, 3, day))) is is_open


def test_an_answer_serves_the_question_and_the_next_visit_asks_anew() -> None:
    day = date(2024, 3, 5)
    answered = KEPT._replace(answers=(AnswerFact(date(2024, 3, 3), 9),))
    assert the(answered, "service_feedback", day).state == "served"
    earlier = KEPT._replace(answers=(AnswerFact(date(2023, 3, 3), 9),))
    assert "service_feedback" in open_kinds(earlier, day)


def test_only_the_last_visit_is_asked_about_and_never_our_own_order() -> None:
    again = facts(visits=(*SERVICED, Visit(3, date(2024, 3, 4), ("tyres",))))
    day = date(2024, 3, 6)
    assert the(again, "service_feedback", day).cycle == "visit:3"
    status, why = closure("service_feedback", "visit:2", date(2024, 3, 16), judged(again, day), again, day)
    assert (status, why.code) == ("obsolete", "occasion.closed.newer_visit")
    ours = facts(visits=(Visit(1, date(2024, 3, 1), ("body",), is_internal=True),))
    assert why_none(ours, "service_feedback", day) == "occasion.none.never_here"
    voided = facts(visits=SERVICED[:1])
    status, why = closure("service_feedback", "visit:2", date(2024, 3, 16), judged(voided, day), voided, day)
    assert (status, why.code) == ("obsolete", "occasion.closed.gone")
