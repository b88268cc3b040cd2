"""The order of the list: by value, but for a small share that a draw places, to learn what nobody calls about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from campaigns.rules.policy import ContactValues
from campaigns.rules.priority import Place, place_of_call, value_of_call

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
    """The least worth is that of better data, the greatest a first service about to close."""
    least = 0.42 * 250 / 4
    most = 0.42 * 3200 / 4 * 1.5
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
        return value_of_call(kind, VALUES, today=TODAY, due_on=TODAY, closes_on=closes, measured=measured)

    measured = {"win_back": 640.0}
    assert value("win_back", measured) == pytest.approx(160.0)
    assert value("win_back", {}) == pytest.approx(0.42 * 800 / 4)
    assert value("maintenance", measured) == value("maintenance", {})
    assert value("win_back", {"win_back": 0.0}) == 0
