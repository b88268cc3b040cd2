"""Which booked visit is credited, and in which words a credit is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.credit import CREDITED, OPEN, REFUSED, Booking, Ruling, Visit, judge, month_that_counts

DAY = date(2026, 3, 16)
LATER = DAY + timedelta(days=40)
OIL = frozenset({"maintenance", "oil"})


def booking(pk: int = 1, **fields: Any) -> Booking:
    given_ = {"customer": 7, "car": 5, "store": 1, "called_on": DAY - timedelta(days=4), "on": DAY, "days": 5}
    return Booking(pk, **({"groups": OIL} | given_ | fields))  # type: ignore[arg-type]


def visit(pk: int = 1, days: int = 0, **fields: Any) -> Visit:
    given_ = {"customer": 7, "car": 5, "store": 1, "on": DAY + timedelta(days=days), "groups": OIL}
    return Visit(pk, **(given_ | fields))  # type: ignore[arg-type]


def ruled(one: Booking, *visits: Visit, today: date = LATER) -> Ruling:
    return judge([one], visits, today)[one.id]


def test_a_visit_within_five_days_and_in_the_same_work_group_is_credited() -> None:
    for days in (-4, 0, 5):
        found = ruled(booking(), visit(days=days))
        assert (found.verdict, found.visit, found.why.code) == (CREDITED, 1, "credit.came")
    assert ruled(booking(), visit(days=2, groups=frozenset({"oil", "body"}))).verdict == CREDITED


def test_earlier_or_later_than_that_it_is_refused_in_words() -> None:
    early = ruled(booking(called_on=DAY - timedelta(days=20)), visit(days=-6))
    late = ruled(booking(), visit(days=6))
    assert (early.verdict, early.why.code, early.why.params["gap"]) == (REFUSED, "credit.too_early", 6)
    assert (late.verdict, late.why.code, late.why.params["gap"]) == (REFUSED, "credit.too_late", 6)
    assert ruled(booking(), visit(days=61)).why.code == "credit.no_visit"
    assert ruled(booking(days=6), visit(days=6)).verdict == CREDITED, "the days are policy"


def test_a_visit_before_the_call_was_not_brought_by_it() -> None:
    assert ruled(booking(), visit(days=-5)).why.code == "credit.no_visit"


def test_other_works_another_store_and_a_voided_order_are_said() -> None:
    other = ruled(booking(), visit(groups=frozenset({"tyres"})))
    assert (other.why.code, other.why.params["works"]) == ("credit.other_works", ["tyres"])
    assert ruled(booking(), visit(store=2)).why.code == "credit.other_store"
    assert ruled(booking(), visit(is_voided=True)).why.code == "credit.voided"
    assert ruled(booking(), visit(car=6)).why.code == "credit.no_visit"
    assert ruled(booking(), visit(1, is_voided=True), visit(2)).visit == 2


def test_a_booking_without_works_takes_any_visit_and_one_without_a_car_any_car_of_theirs() -> None:
    assert ruled(booking(groups=frozenset()), visit(groups=frozenset({"tyres"}))).verdict == CREDITED
    assert ruled(booking(car=None), visit(car=99)).verdict == CREDITED
    assert ruled(booking(car=None), visit(car=99, customer=8)).verdict == REFUSED


def test_nothing_is_refused_before_its_days_are_over() -> None:
    assert ruled(booking(), today=DAY + timedelta(days=5)).verdict == OPEN
    assert ruled(booking(), visit(groups=frozenset({"tyres"})), today=DAY).verdict == OPEN
    assert ruled(booking(), today=DAY + timedelta(days=6)).why.code == "credit.no_visit"
    assert ruled(booking(), visit(), today=DAY).verdict == CREDITED, "what has come is credited at once"


def test_who_had_booked_themselves_was_not_booked_by_the_call() -> None:
    assert ruled(booking(booked_before_on=DAY), visit()).why.code == "credit.booked_before"
    assert ruled(booking(is_taken_back=True), visit()).why.code == "credit.taken_back"


def test_a_test_drive_is_credited_by_arrival() -> None:
    assert ruled(booking(is_drive=True, has_arrived=True)).why.code == "credit.drove"
    assert ruled(booking(is_drive=True, has_arrived=False)).why.code == "credit.no_drive"
    assert ruled(booking(is_drive=True), today=DAY).verdict == OPEN
    assert ruled(booking(is_drive=True)).verdict == REFUSED


def test_one_visit_goes_to_the_nearest_booking_and_of_two_as_near_to_the_earlier_call() -> None:
    near, far = booking(1, on=DAY + timedelta(days=1)), booking(2, on=DAY - timedelta(days=3))
    found = judge([far, near], [visit()], LATER)
    assert (found[1].verdict, found[2].why.code) == (CREDITED, "credit.other_booking")
    first = booking(8, on=DAY + timedelta(days=2), called_on=DAY - timedelta(days=9))
    second = booking(3, on=DAY - timedelta(days=2), called_on=DAY - timedelta(days=5))
    found = judge([second, first], [visit()], LATER)
    assert (found[8].verdict, found[3].verdict) == (CREDITED, REFUSED)


@given(
    st.lists(st.tuples(st.integers(-10, 10), st.sampled_from([None, 5, 6]), st.booleans()), max_size=6),
    st.lists(st.tuples(st.integers(-12, 12), st.sampled_from([5, 6]), st.booleans()), max_size=6),
    st.randoms(),
)
def test_a_visit_is_credited_once_and_the_order_of_rows_says_nothing(
    booked: list[Any], came: list[Any], random: Any
) -> None:
    bookings = [
        booking(pk, on=DAY + timedelta(days=days), car=car, groups=OIL if is_oil else frozenset())
        for pk, (days, car, is_oil) in enumerate(booked)
    ]
    visits = [visit(pk, days, car=car, is_voided=is_voided) for pk, (days, car, is_voided) in enumerate(came)]
    found = judge(bookings, visits, LATER)
    assert found.keys() == {one.id for one in bookings}
    credited = [ruling.visit for ruling in found.values() if ruling.verdict == CREDITED]
    assert len(credited) == len(set(credited))
    random.shuffle(bookings)
    random.shuffle(visits)
    assert judge(bookings, visits, LATER) == found


def test_a_month_is_open_for_some_days_and_then_what_is_found_out_falls_into_the_present_one() -> None:
    on = date(2026, 1, 30)
    assert month_that_counts(on, date(2026, 2, 10), 10) == date(2026, 1, 1)
    assert month_that_counts(on, date(2026, 2, 11), 10) == date(2026, 2, 1)
    assert month_that_counts(date(2025, 12, 31), date(2026, 1, 3), 10) == date(2025, 12, 1)
