"""Every substage of DOMAIN section 3, both ways: what leads into it, and what leads out of it again.

Each case is one history before and after one fact, on one day; a fact that disappears is the same case read
backwards. The car of `facts()` was sold new on 1 March 2022 and drives 15,000 km a year.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import pytest

from lifecycle.rules.facts import Booking, ComplaintFact, CoverFact, Facts, RefusalFact, TouchFact, Visit
from tests.rules.lifecycle.histories import SOLD, facts, judged, open_kinds, serviced, stage

NEVER_BUYS = 600  # months: keeps the window of the next car out of the way
ONCE = serviced(date(2023, 3, 1))
TWICE = serviced(date(2023, 3, 1), date(2024, 3, 1))  # due again on 1 March 2025
KEPT = facts(visits=TWICE)


def after(days: int) -> date:
    return SOLD + timedelta(days=days)


def talk(topic: str, on: date, outcome: str = "done", *, reached: bool = True) -> Facts:
    return facts(touches=(TouchFact(1, on, topic, outcome, was_reached=reached),))


def booked(on: date, made_on: date, *, purpose: str = "service", status: str = "booked") -> tuple[Booking, ...]:
    return (Booking(1, purpose, on, status, made_on),)


class Case(NamedTuple):
    """On `day` the history `without` stands at `before`, and `having` one more fact stands at `then`."""

    before: str
    then: str
    without: Facts
    having: Facts
    day: date
    may_buy: bool = False


WINDOW = date(2025, 2, 1)  # inside January to April 2025, the window of the next car
ASLEEP = date(2026, 1, 10)
GONE = date(2026, 12, 1)
FACTS_THAT_MOVE = (
    Case(
        "purchase/courtesy_call_due",
        "purchase/onboarding",
        facts(),
        talk("courtesy_call", after(4)),
        after(5),
    ),
    Case("purchase/delivered", "retention/on_schedule", facts(), facts(visits=serviced(after(1))), after(2)),
    Case(
        "first_service/waiting",
        "first_service/booked",
        facts(),
        facts(bookings=booked(after(210), after(199))),
        after(200),
    ),
    Case("first_service/due_soon", "retention/on_schedule", facts(), facts(visits=serviced(after(355))), after(356)),
    Case("first_service/due", "retention/on_schedule", facts(), facts(visits=serviced(after(370))), after(371)),
    Case("first_service/overdue", "retention/on_schedule", facts(), facts(visits=serviced(after(400))), after(401)),
    Case(
        "first_service/overdue",
        "first_service/waiting",
        facts(),
        talk("first_service", after(399), "done_elsewhere"),
        after(400),
    ),
    Case(
        "retention/due_soon",
        "retention/on_schedule",
        KEPT,
        facts(visits=serviced(date(2023, 3, 1), date(2024, 3, 1), date(2025, 2, 18))),
        date(2025, 2, 20),
    ),
    Case(
        "retention/due",
        "retention/booked",
        KEPT,
        KEPT._replace(bookings=booked(date(2025, 3, 9), date(2025, 3, 2))),
        date(2025, 3, 3),
    ),
    Case(
        "retention/overdue",
        "retention/on_schedule",
        KEPT,
        facts(visits=(*TWICE, Visit(3, date(2025, 4, 1), ("maintenance",)))),
        date(2025, 4, 2),
    ),
    Case(
        "retention/thin_ice",
        "retention/overdue",
        KEPT,
        facts(visits=(*TWICE, Visit(3, date(2025, 9, 1), ("tyres",)))),
        date(2025, 9, 10),
    ),
    Case(
        "retention/on_schedule",
        "repeat_purchase/window_open",
        KEPT._replace(later_purchases=(date(2025, 1, 5),)),
        KEPT,
        WINDOW,
        may_buy=True,
    ),
    Case(
        "repeat_purchase/window_open",
        "repeat_purchase/offer_made",
        facts(),
        talk("repurchase", date(2025, 1, 20)),
        WINDOW,
        may_buy=True,
    ),
    Case(
        "repeat_purchase/offer_made",
        "repeat_purchase/deciding",
        talk("repurchase", date(2025, 1, 20)),
        talk("repurchase", date(2025, 1, 20), "thinks"),
        WINDOW,
        may_buy=True,
    ),
    Case(
        "repeat_purchase/deciding",
        "repeat_purchase/test_drive_booked",
        talk("repurchase", date(2025, 1, 20), "thinks"),
        talk("repurchase", date(2025, 1, 20), "thinks")._replace(
            bookings=booked(date(2025, 2, 5), date(2025, 1, 25), purpose="test_drive")
        ),
        WINDOW,
        may_buy=True,
    ),
    Case(
        "repeat_purchase/test_drive_booked",
        "ended/traded_in",
        facts(bookings=booked(date(2025, 2, 5), date(2025, 1, 25), purpose="test_drive")),
        facts(
            bookings=booked(date(2025, 2, 5), date(2025, 1, 25), purpose="test_drive"),
            ended_on=date(2025, 1, 31),
            end_reason="traded_in",
        ),
        WINDOW,
        may_buy=True,
    ),
    Case(
        "dormant/quiet",
        "dormant/win_back",
        KEPT,
        KEPT._replace(touches=(TouchFact(1, date(2025, 12, 5), "win_back", "no_answer", was_reached=False),)),
        ASLEEP,
    ),
    Case(
        "dormant/win_back",
        "dormant/blocked_by_complaint",
        KEPT._replace(touches=(TouchFact(1, date(2025, 12, 5), "win_back", "complaint", was_reached=True),)),
        KEPT._replace(
            touches=(TouchFact(1, date(2025, 12, 5), "win_back", "complaint", was_reached=True),),
            complaints=(ComplaintFact(1, date(2025, 12, 5), None),),
        ),
        ASLEEP,
    ),
    Case(
        "dormant/blocked_by_complaint",
        "retention/overdue",
        KEPT._replace(complaints=(ComplaintFact(1, date(2025, 12, 5), None),)),
        KEPT._replace(
            complaints=(ComplaintFact(1, date(2025, 12, 5), None),),
            visits=(*TWICE, Visit(3, date(2026, 1, 5), ("brakes",))),
        ),
        ASLEEP,
    ),
    Case(
        "lost/silent",
        "lost/refused",
        KEPT,
        KEPT._replace(refusals=(RefusalFact(date(2026, 9, 1), "win_back", None),)),
        GONE,
    ),
    Case(
        "lost/refused",
        "retention/booked",
        KEPT._replace(refusals=(RefusalFact(date(2026, 9, 1), "", None),)),
        KEPT._replace(
            refusals=(RefusalFact(date(2026, 9, 1), "", None),),
            bookings=booked(date(2026, 12, 5), date(2026, 11, 30)),
        ),
        GONE,
    ),
    *(
        Case("lost/silent", f"ended/{reason}", KEPT, KEPT._replace(ended_on=GONE, end_reason=reason), GONE)
        for reason in ("sold", "written_off", "moved_away")
    ),
)
NAMED = [f"{case.before} and {case.then}" for case in FACTS_THAT_MOVE]
FROM_FACTS = {
    "purchase": {"delivered", "courtesy_call_due", "onboarding"},
    "first_service": {"waiting", "due_soon", "due", "booked", "overdue"},
    "retention": {"on_schedule", "due_soon", "due", "booked", "overdue", "thin_ice"},
    "repeat_purchase": {"window_open", "offer_made", "test_drive_booked", "deciding"},
    "dormant": {"quiet", "win_back", "blocked_by_complaint"},
    "lost": {"silent", "refused"},
    "ended": {"traded_in", "sold", "written_off", "moved_away"},
}


def at(known: Facts, case: Case) -> str:
    return stage(known, case.day, **({} if case.may_buy else {"repurchase_months_mass": NEVER_BUYS}))


@pytest.mark.parametrize("case", FACTS_THAT_MOVE, ids=NAMED)
def test_a_fact_moves_the_car_and_its_disappearance_moves_it_back(case: Case) -> None:
    """Read forwards: the fact is written. Read backwards: the order was voided, the appointment called off."""
    assert at(case.without, case) == case.before
    assert at(case.having, case) == case.then


def test_every_substage_is_among_the_cases() -> None:
    seen = {place for case in FACTS_THAT_MOVE for place in (case.before, case.then)}
    assert seen == {f"{stage}/{substage}" for stage, substages in FROM_FACTS.items() for substage in substages}


SLEEPING = facts(started_on=date(2022, 3, 1))  # never came: R is past every line in 2027


@pytest.mark.parametrize(
    ("expected", "known", "day", "months"),
    [
        ("purchase", facts(), after(29), 36),
        ("first_service", facts(), after(30), 36),  # the first month is over
        ("retention", facts(visits=serviced(after(10))), after(11), 36),  # a maintenance within the first month
        ("retention", KEPT, date(2025, 11, 29), NEVER_BUYS),
        ("dormant", KEPT, date(2025, 11, 30), NEVER_BUYS),
        ("lost", SLEEPING, date(2027, 1, 1), NEVER_BUYS),
        ("repeat_purchase", SLEEPING, date(2027, 1, 1), 36),  # the same day inside a window
        ("ended", SLEEPING._replace(ended_on=date(2027, 1, 1), end_reason="sold"), date(2027, 1, 1), 36),
        (
            "repeat_purchase",
            SLEEPING._replace(bookings=booked(date(2027, 1, 5), date(2027, 1, 1))),
            date(2027, 1, 1),
            36,
        ),
        (
            "first_service",
            SLEEPING._replace(bookings=booked(date(2027, 1, 5), date(2027, 1, 1))),
            date(2027, 1, 1),
            NEVER_BUYS,
        ),
    ],
)
def test_where_several_stages_would_fit_the_stronger_wins(expected: str, known: Facts, day: date, months: int) -> None:
    """ended > repeat purchase > lost > dormant > retention > first service > purchase; a booking beats silence."""
    assert stage(known, day, repurchase_months_mass=months).split("/")[0] == expected


def test_a_late_order_puts_the_stage_right_as_if_it_had_come_in_time() -> None:
    late = facts(visits=(*TWICE, Visit(3, date(2025, 9, 20), ("maintenance",))))
    assert stage(KEPT, ASLEEP, repurchase_months_mass=NEVER_BUYS) == "dormant/quiet"
    assert stage(late, ASLEEP, repurchase_months_mass=NEVER_BUYS) == "retention/on_schedule"
    assert "win_back" in open_kinds(KEPT, ASLEEP, repurchase_months_mass=NEVER_BUYS)
    assert "win_back" not in open_kinds(late, ASLEEP, repurchase_months_mass=NEVER_BUYS)


def test_an_order_that_is_moved_moves_the_due_date_with_it() -> None:
    moved = facts(visits=serviced(date(2023, 3, 1), date(2024, 6, 1)))
    assert stage(KEPT, date(2025, 4, 5), repurchase_months_mass=NEVER_BUYS) == "retention/overdue"
    assert stage(moved, date(2025, 4, 5), repurchase_months_mass=NEVER_BUYS) == "retention/on_schedule"
    assert judged(moved, date(2025, 4, 5)).forecast.due.on == date(2025, 6, 1)


def test_an_order_corrected_to_another_work_is_no_maintenance_any_more() -> None:
    tyres = facts(visits=(*ONCE, Visit(2, date(2024, 3, 1), ("tyres",))))
    assert judged(tyres, date(2024, 4, 1)).forecast.due.on == date(2024, 2, 29)
    assert stage(tyres, date(2024, 4, 1), repurchase_months_mass=NEVER_BUYS) == "retention/overdue"
    assert stage(KEPT, date(2024, 4, 1), repurchase_months_mass=NEVER_BUYS) == "retention/on_schedule"


def test_an_order_found_to_be_the_next_owners_is_no_visit_of_this_one() -> None:
    theirs = facts(visits=(*ONCE, Visit(2, date(2024, 3, 1), ("maintenance",), is_ours=False)))
    assert judged(theirs, date(2024, 4, 1)).forecast.last_visit_on == date(2023, 3, 1)


def test_the_second_car_of_a_customer_has_a_stage_of_its_own() -> None:
    asleep, new = KEPT, facts(ownership_id=2, started_on=date(2026, 1, 2))
    assert stage(asleep, ASLEEP, repurchase_months_mass=NEVER_BUYS) == "dormant/quiet"
    assert stage(new, ASLEEP) == "purchase/courtesy_call_due"


def test_a_trade_in_ends_one_ownership_and_the_next_starts_in_purchase_on_the_same_day() -> None:
    day = date(2025, 2, 10)
    old = KEPT._replace(ended_on=day, end_reason="traded_in", later_purchases=(day,))
    new = facts(ownership_id=2, started_on=day)
    assert (stage(old, day), stage(new, day)) == ("ended/traded_in", "purchase/delivered")
    assert not judged(old, day).open
    undone = old._replace(ended_on=None, end_reason="", later_purchases=())
    assert stage(undone, day) == "repeat_purchase/window_open"


def test_a_service_only_customer_walks_from_the_first_visit_to_lost_and_back() -> None:
    guest = facts(acquired="elsewhere", started_on=date(2022, 3, 1), visits=serviced(date(2022, 3, 1)))
    places = [
        (date(2022, 3, 2), "retention/on_schedule"),
        (date(2023, 2, 20), "retention/due_soon"),
        (date(2023, 3, 5), "retention/due"),
        (date(2023, 4, 5), "retention/overdue"),
        (date(2023, 10, 1), "retention/thin_ice"),
        (date(2023, 12, 15), "dormant/quiet"),
        (date(2024, 9, 1), "lost/silent"),
    ]
    assert [stage(guest, day) for day, _ in places] == [place for _, place in places]
    assert judged(guest, date(2024, 9, 1)).window is None, "no next car is spoken of with a service-only customer"
    back = guest._replace(visits=(*guest.visits, Visit(2, date(2024, 9, 1), ("brakes",))))
    assert stage(back, date(2024, 9, 1)) == "retention/overdue"


def test_a_cover_that_was_cancelled_takes_its_occasion_back() -> None:
    insured = KEPT._replace(covers=(CoverFact(1, "insurance", "OSAGO", None, date(2024, 6, 1)),))
    assert "insurance_renewal" in open_kinds(insured, date(2024, 5, 1))
    assert "insurance_renewal" not in open_kinds(KEPT, date(2024, 5, 1))
