"""The scorecard as the night uses it: points of bands, chances, and the day on which a band is left."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lifecycle.rules.calibration import SHIPPED, SHIPPED_MONTH, SHIPPED_YEAR
from lifecycle.rules.clock import Clock
from lifecycle.rules.health import PARTS, chance, health_of, points
from lifecycle.rules.maintenance import forecast
from tests.rules.lifecycle.histories import SOLD, VALUES, facts, judged, serviced

YEARLY = serviced(date(2023, 3, 1), date(2024, 3, 1), date(2025, 3, 1))


def health(today: date, **fields: object) -> int:
    known = facts(**fields)
    return health_of(known, forecast(known, VALUES), SHIPPED, Clock(today)).chance


def test_the_shipped_scorecards_have_a_point_for_every_band() -> None:
    for card in (SHIPPED_YEAR, SHIPPED_MONTH):
        assert [len(row) for row in card.points] == list(PARTS.values())


def test_twenty_points_double_the_odds() -> None:
    bands = (0,) * len(PARTS)
    even = SHIPPED_YEAR.__class__(0, ((0,) * 11,) * len(PARTS))
    better = SHIPPED_YEAR.__class__(20, ((0,) * 11,) * len(PARTS))
    assert (chance(even, bands), chance(better, bands)) == (50, 67)


def test_health_is_high_after_a_service_and_falls_while_nobody_comes() -> None:
    chances = [health(date(2025, 3, 1) + timedelta(days=days), visits=YEARLY) for days in (10, 400, 600, 1000)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 60
    assert chances[-1] < 10


def test_the_points_of_the_parts_add_up_to_the_score() -> None:
    known = facts(visits=YEARLY)
    found = health_of(known, forecast(known, VALUES), SHIPPED, Clock(date(2025, 9, 1)))
    assert found.points == points(SHIPPED_YEAR, found.bands)
    odds = 2 ** ((SHIPPED_YEAR.base + sum(found.points)) / 20)
    assert found.chance == pytest.approx(100 * odds / (1 + odds), abs=0.5)


def test_who_is_due_comes_sooner_than_who_has_just_been_here() -> None:
    known = facts(visits=YEARLY)
    fresh, due = (
        health_of(known, forecast(known, VALUES), SHIPPED, Clock(day)).soon
        for day in (date(2025, 4, 1), date(2026, 2, 25))
    )
    assert due > 3 * fresh


def test_a_band_is_left_on_a_day_that_the_clock_keeps() -> None:
    clock = Clock(date(2025, 1, 10))
    assert clock.band(date(2025, 1, 1), (0.5, 1.0), 30) == 0
    assert clock.next_on == date(2025, 1, 16)
    assert Clock(date(2025, 1, 16)).band(date(2025, 1, 1), (0.5, 1.0), 30) == 1
    assert Clock(date(2025, 1, 15)).band(date(2025, 1, 1), (0.5, 1.0), 30) == 0
    beyond = Clock(date(2026, 1, 1))
    assert beyond.band(date(2025, 1, 1), (0.5, 1.0), 30) == 2
    assert beyond.next_on is None


def test_an_ended_ownership_has_no_health_and_no_worth() -> None:
    ended = judged(facts(ended_on=date(2024, 1, 1), end_reason="sold"), date(2025, 1, 1))
    assert (ended.health, ended.worth, ended.loyalty, ended.next_car) == (None, None, "", None)
    assert judged(facts(), SOLD + timedelta(days=40)).health is not None
