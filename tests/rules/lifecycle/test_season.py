"""Days weighed by how much is driven in their month."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rules.calibration import FLAT_SEASON, Calibration, Driving, Segment
from lifecycle.rules.facts import Market, Reading
from lifecycle.rules.judging import judge
from lifecycle.rules.season import Season
from tests.rules.lifecycle.histories import SOLD, VALUES, facts

SUMMER = Season((0.9, 0.9, 0.9, 0.9, 1.15, 1.15, 1.15, 1.15, 1.15, 0.9, 0.9, 0.9))
moments = st.dates(date(1990, 1, 1), date(2060, 1, 1))


def test_an_even_year_counts_plain_days() -> None:
    even = Season(FLAT_SEASON)
    assert even.between(date(2024, 2, 1), date(2024, 3, 1)) == pytest.approx(29)
    assert even.after(date(2024, 2, 1), 29) == 29


def test_a_summer_month_is_worth_more_and_a_year_is_still_a_year() -> None:
    july = SUMMER.between(date(2025, 7, 1), date(2025, 8, 1))
    january = SUMMER.between(date(2025, 1, 1), date(2025, 2, 1))
    assert july / january == pytest.approx(1.15 / 0.9)
    assert SUMMER.between(date(2024, 5, 1), date(2028, 5, 1)) == pytest.approx(1461)


@given(moments, st.integers(0, 4000))
def test_so_many_days_of_driving_after_a_day_undo_the_count_between(start: date, days: int) -> None:
    assert SUMMER.after(start, SUMMER.between(start, start + timedelta(days=days))) == days


def test_the_segment_of_a_calibration_takes_the_place_of_the_makes_number() -> None:
    known = facts(market=Market(km_per_year=15000, make_id=7), readings=(Reading(SOLD, 5),))
    fleet = Calibration(1, Driving({"7:company": Segment(30000, 0.1, 0.05, 400)}))
    assert judge(known, VALUES, SOLD, fleet).forecast.driving.km_per_year == pytest.approx(15000)
    company = known._replace(is_company=True)
    assert judge(company, VALUES, SOLD, fleet).forecast.driving.km_per_year == pytest.approx(30000)


def test_a_calibration_survives_being_kept_as_json() -> None:
    numbers = Calibration(3, Driving({"7:person": Segment(17000.5, 0.2, 0.05, 31)}, (0.9, *FLAT_SEASON[1:])))
    assert Calibration.from_json(3, numbers.as_json()) == numbers
    assert Calibration.from_json(0, {}) == Calibration()
