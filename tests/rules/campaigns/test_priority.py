"""The order of the list: by value, but for a small share that a draw places, to learn what nobody calls about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.policy import ContactValues
from campaigns.rules.priority import Place, aged, place_of_call, value_of_call

VALUES = ContactValues()
TODAY = date(2026, 3, 16)


def placed(number: int, kind: str = "maintenance", values: ContactValues = VALUES) -> Place:
    return place_of_call(kind, 100.0, values, occasion_id=number, step_id=1, attempt=1)


def test_seven_of_a_hundred_calls_are_placed_by_chance_and_say_how_likely_that_was() -> None:
    places = [placed(number) for number in range(20_000)]
    drawn = [place for place in places if place.is_by_chance]
    assert len(drawn) == pytest.approx(1400, abs=110)
    assert {place.propensity for place in drawn} == {0.07}
    assert {(place.priority, place.propensity) for place in places if not place.is_by_chance} == {(100.0, 0.93)}


def test_the_draw_is_spread_over_the_whole_range_of_values() -> None:
    """The least worth is that of better data, the greatest a first service on its last day."""
    least = 0.42 * 250 / 4
    most = 0.42 * 3200 / 4 * 1.5 * 1.25
    drawn = sorted(place.priority for place in map(placed, range(20_000)) if place.is_by_chance)
    assert drawn[0] == pytest.approx(least, abs=3)
    assert drawn[-1] == pytest.approx(most, abs=3)
    assert drawn[len(drawn) // 2] == pytest.approx((least + most) / 2, rel=0.08)


def test_the_draw_falls_the_same_however_often_the_day_is_planned() -> None:
    assert [placed(number) for number in range(200)] == [placed(number) for number in range(200)]


def test_no_draw_moves_a_call_that_cannot_wait() -> None:
    for kind in ("recall", "complaint_follow_up", "appointment_confirmation"):
        assert {placed(number, kind) for number in range(500)} == {Place(100.0, False, None)}


def test_a_share_of_nought_switches_the_draw_off() -> None:
    still = replace(VALUES, random_share=0.0)
    assert {placed(number, values=still) for number in range(500)} == {Place(100.0, False, 1.0)}


def test_what_was_measured_replaces_the_guess_for_its_kind_alone() -> None:
    def value(kind: str, measured: dict[str, float]) -> float:
        closes = TODAY + timedelta(days=21)
        return value_of_call(
            kind, VALUES, today=TODAY, opens_on=TODAY, due_on=TODAY, closes_on=closes, measured=measured
        )

    measured = {"win_back": 640.0}
    assert value("win_back", measured) == pytest.approx(160.0)
    assert value("win_back", {}) == pytest.approx(0.42 * 800 / 4)
    assert value("maintenance", measured) == value("maintenance", {})
    assert value("win_back", {"win_back": 0.0}) == 0


days = st.integers(0, 400)


@given(length=days, earlier=days, later=days)
def test_who_waits_longer_is_worth_more_and_never_more_than_the_bonus(length: int, earlier: int, later: int) -> None:
    def age(waited: int) -> float:
        today = TODAY + timedelta(days=waited)
        return aged(VALUES, today=today, opens_on=TODAY, closes_on=TODAY + timedelta(days=length))

    low, high = sorted((earlier, later))
    assert 1 <= age(low) <= age(high) <= 1 + VALUES.ageing_bonus
    assert age(0) == 1
    assert age(length) == (1 + VALUES.ageing_bonus if length else 1)


def test_half_of_its_time_brings_half_of_the_bonus() -> None:
    closes = TODAY + timedelta(days=60)
    assert aged(VALUES, today=TODAY + timedelta(days=30), opens_on=TODAY, closes_on=closes) == 1.125
    assert aged(replace(VALUES, ageing_bonus=0), today=closes, opens_on=TODAY, closes_on=closes) == 1


def test_of_two_equal_reasons_the_one_that_has_waited_longer_goes_first() -> None:
    """The control: without the bonus both would be worth the same before they are due."""

    def value(opened: int, values: ContactValues = VALUES) -> float:
        opens, closes = TODAY - timedelta(days=opened), TODAY + timedelta(days=40)
        return value_of_call(
            "maintenance", values, today=TODAY, opens_on=opens, due_on=TODAY + timedelta(days=1), closes_on=closes
        )

    assert value(20) > value(5) > value(0)
    still = replace(VALUES, ageing_bonus=0.0)
    assert value(20, still) == value(5, still) == value(0, still)
