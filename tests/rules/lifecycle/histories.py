"""Random but believable histories of one ownership, and short hands for those a test spells out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from lifecycle.rules.calibration import Calibration, Driving, Life, Segment, Spend
from lifecycle.rules.facts import (
    AnswerFact,
    Booking,
    ComplaintFact,
    CoverFact,
    Facts,
    Holiday,
    Line,
    Market,
    PointFact,
    Reading,
    RecallFact,
    RefusalFact,
    TouchFact,
    Visit,
)
from lifecycle.rules.judging import Judgement, judge
from lifecycle.rules.policy import LifecycleValues

VALUES = LifecycleValues(is_public_holiday_greeted=True)
LINES = (
    Line("maintenance", 15000, 12, is_maintenance=True),
    Line("oil", 15000, 12),
    Line("brake_fluid", None, 24, is_safety=True),
    Line("spark_plugs", 45000, None),
)
SOLD = date(2022, 3, 1)
START = date(2018, 1, 1)


def facts(**fields: Any) -> Facts:
    """A new Kia sold on 1 March 2022 to a person who drives the usual 17,500 km a year."""
    defaults: dict[str, Any] = {
        "ownership_id": 1,
        "acquired": "new",
        "started_on": SOLD,
        "lines": LINES,
        "market": Market(km_per_year=15000, warranty_months=36, warranty_km=100000),
        "safety_groups": frozenset({"brakes"}),
    }
    return Facts(**(defaults | fields))


def serviced(*days: date, works: tuple[str, ...] = ("maintenance", "oil")) -> tuple[Visit, ...]:
    return tuple(Visit(number, day, works) for number, day in enumerate(days, start=1))


def judged(known: Facts, today: date, **values: Any) -> Judgement:
    return judge(known, LifecycleValues(**values), today)


def stage(known: Facts, today: date, **values: Any) -> str:
    place = judged(known, today, **values).place
    return f"{place.stage}/{place.substage}".strip("/")


def open_kinds(known: Facts, today: date, **values: Any) -> set[str]:
    return {item.kind for item in judged(known, today, **values).open}


days = st.integers(0, 3200).map(lambda n: START + timedelta(days=n))
groups = st.sampled_from(["maintenance", "oil", "brake_fluid", "spark_plugs", "brakes", "tyres"])
topics = st.sampled_from(["", "maintenance", "courtesy_call", "win_back", "repurchase", "first_service"])


def many(items: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=most).map(lambda rows: tuple(sorted(rows)))


def numbered(rows: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(row._replace(id=number) for number, row in enumerate(rows, start=1))


visits = many(
    st.builds(
        lambda on, works, declined, ours, other, paid: Visit(
            0, on, tuple(works), tuple(declined), ours, other, paid=paid
        ),
        days,
        st.lists(groups, max_size=2),
        st.lists(groups, max_size=1),
        st.booleans(),
        st.booleans(),
        st.integers(0, 90000),
    ),
    6,
).map(lambda rows: numbered(tuple(sorted(rows, key=lambda visit: visit.on))))
readings = many(st.builds(Reading, days, st.integers(0, 300000), st.booleans()), 6)
covers = many(
    st.builds(
        lambda kind, product, on, km: CoverFact(0, kind, product, None, on, km),
        st.sampled_from(["insurance", "warranty", "service_contract", "finance"]),
        st.sampled_from(["OSAGO", "KASKO"]),
        days,
        st.sampled_from([0, 100000]),
    ),
    3,
).map(numbered)
bookings = many(
    st.builds(
        lambda purpose, on, status, before: Booking(0, purpose, on, status, on - timedelta(days=before)),
        st.sampled_from(["service", "test_drive"]),
        days,
        st.sampled_from(["booked", "confirmed", "arrived", "no_show", "cancelled"]),
        st.integers(0, 30),
    ),
    3,
).map(numbered)
touches = many(
    st.builds(
        lambda on, topic, outcome, reached: TouchFact(0, on, topic, outcome, reached),
        days,
        topics,
        st.sampled_from(["done", "thinks", "done_elsewhere", "no_answer"]),
        st.booleans(),
    ),
    4,
).map(lambda rows: numbered(tuple(sorted(rows, key=lambda touch: touch.on))))
refusals = st.lists(st.builds(RefusalFact, days, topics, st.none() | days), max_size=2).map(
    lambda rows: tuple(sorted(rows, key=lambda row: row.on))
)
complaints = st.lists(
    st.builds(
        lambda on, length: ComplaintFact(0, on, on + timedelta(days=length) if length else None),
        days,
        st.integers(0, 60),
    ),
    max_size=2,
).map(lambda rows: numbered(tuple(sorted(rows, key=lambda row: row.opened_on))))
points = many(
    st.builds(
        PointFact,
        st.sampled_from(["phone", "email"]),
        days,
        st.sampled_from(["wrong_number", "bounced", "by_hand"]),
    ),
    3,
).flatmap(lambda dead: st.sampled_from([dead, (*dead, PointFact("phone"))]))
HOLIDAYS = tuple(Holiday(date(year, 5, 9), "Victory Day", "День Победы") for year in range(2018, 2046))
histories = st.builds(
    Facts,
    ownership_id=st.just(1),
    acquired=st.sampled_from(["new", "used", "elsewhere"]),
    started_on=days,
    ended_on=st.none() | days,
    end_reason=st.just("sold"),
    is_company=st.booleans(),
    is_premium=st.booleans(),
    is_main_car=st.booleans(),
    birth_on=st.none() | st.dates(date(1940, 1, 1), date(2005, 1, 1)),
    later_purchases=many(days, 2),
    referrals=many(days, 2),
    market=st.builds(
        Market,
        price_class=st.sampled_from(["mass", "chinese", "premium"]),
        km_per_year=st.none() | st.integers(5000, 60000),
        warranty_months=st.none() | st.just(36),
        warranty_km=st.none() | st.just(100000),
        warranty_late_days=st.none() | st.just(10),
        make_id=st.none() | st.just(7),
        first_ownership_months=st.none() | st.integers(20, 90),
    ),
    lines=st.sampled_from([(), LINES, LINES[:1]]),
    safety_groups=st.just(frozenset({"brakes"})),
    visits=visits,
    readings=readings,
    covers=covers,
    bookings=bookings,
    touches=touches,
    refusals=refusals,
    complaints=complaints,
    points=points,
    holidays=st.just(HOLIDAYS),
    recalls=st.lists(st.builds(RecallFact, st.just("R-1"), st.just("Airbag"), days, st.none() | days), max_size=1).map(
        tuple
    ),
    answers=many(st.builds(AnswerFact, days, st.integers(0, 10)), 2),
    built_year=st.none() | st.integers(2000, 2024),
    customer_since=st.none() | days,
    cars_bought=st.integers(1, 3),
)

CALIBRATED = Calibration(
    version=1,
    driving=Driving(
        {"7:person": Segment(16000, 0.25, 0.02, 400)},
        (0.94, 0.94, 0.94, 0.98, 1.04, 1.06, 1.07, 1.06, 1.05, 1.0, 0.96, 0.96),
        width=0.6,
    ),
    life=Life({"7": tuple(0.0001 * month**2 for month in range(181))}, finance_ratio=2.5),
    spend={"mass": Spend(6.0, 4.0, 7000.0, 1.4, (0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.5, 0.4, 0.4, 0.5), 900)},
    margins={"mass": (1000.0, 3000.0, 6000.0, 12000.0), "premium": (0.0, 3000.0, 9000.0, 20000.0)},
)
