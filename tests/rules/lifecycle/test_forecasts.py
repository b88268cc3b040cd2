"""DOMAIN section 5: the odometer's rate, the chain of good readings, and the earlier of km and months."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rules.calendar import add_months
from lifecycle.rules.facts import CoverFact, Line, Market, Reading
from lifecycle.rules.maintenance import works_due
from lifecycle.rules.odometer import forecast_driving
from lifecycle.rules.policy import LifecycleValues
from tests.rules.lifecycle.histories import LINES, SOLD, VALUES, facts, judged, serviced

D = date(2023, 1, 1)


def days(number: int) -> date:
    return D + timedelta(days=number)


def km(*rows: tuple[int, int]) -> list[Reading]:
    return [Reading(days(on), driven) for on, driven in rows]


def test_without_readings_the_usual_mileage_of_the_make_stands() -> None:
    driving = forecast_driving([], 19400, VALUES)
    assert driving.km_per_year == pytest.approx(19400)
    assert driving.km_on(D) is None


def test_a_long_own_history_outweighs_the_usual_mileage_and_a_short_one_shares() -> None:
    long = forecast_driving(km((0, 0), (365, 30000), (730, 60000)), 17500, VALUES)
    assert long.km_per_year == pytest.approx(30000, rel=0.02)
    short = forecast_driving(km((0, 0), (21, 1725)), 17500, VALUES)
    credibility = (21 / 365.25) / (21 / 365.25 + VALUES.odometer_credibility_years)
    assert credibility == pytest.approx(0.697, abs=0.001)
    expected = math.exp(credibility * math.log(1725 / 21 * 365.25) + (1 - credibility) * math.log(17500))
    assert short.km_per_year == pytest.approx(expected)
    assert long.spread < short.spread


def test_the_recent_past_weighs_more_than_the_distant_one() -> None:
    slowed = forecast_driving(km((0, 0), (365, 30000), (730, 40000)), 17500, VALUES)
    assert 10000 < slowed.km_per_year < 20000


def test_readings_closer_than_twenty_days_are_skipped_and_their_distance_is_not_lost() -> None:
    close = forecast_driving(km((0, 0), (10, 100), (365, 20000)), 17500, VALUES)
    plain = forecast_driving(km((0, 0), (365, 20000)), 17500, VALUES)
    assert close.km_per_year == pytest.approx(plain.km_per_year)


def test_km_of_a_day_are_read_between_readings_and_run_on_after_the_last() -> None:
    driving = forecast_driving(km((0, 10000), (100, 15000)), 17500, VALUES)
    assert driving.km_on(days(50)) == 12500
    assert driving.km_on(days(200)) == pytest.approx(15000 + 100 * driving.km_per_day, abs=1)


def test_a_replaced_odometer_starts_again_and_its_pace_is_not_lost() -> None:
    replaced = km((0, 80000), (300, 95000), (600, 110000), (900, 4000), (1200, 19000))
    driving = forecast_driving(replaced, 17500, VALUES)
    assert driving.last_km == 19000
    assert driving.km_per_year == pytest.approx(18263, rel=0.03)


def test_a_doubted_reading_is_not_used() -> None:
    readings = [Reading(days(0), 15000), Reading(days(300), 90000, is_doubted=True), Reading(days(310), 31000)]
    assert forecast_driving(readings, 17500, VALUES).chain == (readings[0], readings[2])


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 900000), st.booleans()), max_size=20))
def test_any_heap_of_readings_gives_a_forecast(rows: list[tuple[int, int, bool]]) -> None:
    driving = forecast_driving([Reading(days(on), km, is_doubted=odd) for on, km, odd in sorted(rows)], 17500, VALUES)
    assert 400 < driving.km_per_year < 160000
    assert 0 < driving.spread < 2


def test_due_is_whichever_comes_first_months_or_km() -> None:
    calm = judged(facts(market=Market(km_per_year=8000)), SOLD).forecast.due
    assert (calm.on, calm.is_by_km) == (date(2023, 3, 1), False)
    busy = judged(facts(market=Market(km_per_year=30000)), SOLD).forecast.due
    assert busy.on == SOLD + timedelta(days=round(15000 / (30000 / 365.25)))
    assert busy.is_by_km
    assert busy.first_on < busy.on < busy.last_on <= date(2023, 3, 1)


def test_a_reading_that_passed_the_interval_dates_the_due_day_back() -> None:
    known = facts(readings=(Reading(SOLD + timedelta(days=200), 30000),), market=Market(km_per_year=30000))
    assert judged(known, SOLD + timedelta(days=200)).forecast.due.on == SOLD + timedelta(days=100)


def test_each_work_counts_from_its_own_last_time() -> None:
    """Oil changed a month ago is not offered again; the brake fluid of two years is."""
    visits = serviced(date(2023, 3, 1)) + serviced(date(2024, 2, 1), works=("oil",))
    known = facts(visits=(visits[0], visits[1]._replace(id=2)))
    current = judged(known, date(2024, 3, 1)).forecast
    due = {line.group for line, _ in works_due(known, current, by=date(2024, 4, 1))}
    assert due == {"brake_fluid", "maintenance"}


def test_without_a_schedule_the_policy_gives_the_interval() -> None:
    assert judged(facts(lines=()), SOLD, interval_months=6).forecast.due.on == date(2022, 9, 1)


def test_a_work_without_any_interval_of_months_is_due_by_km_alone() -> None:
    line = Line("maintenance", 15000, None, is_maintenance=True)
    due = judged(facts(lines=(line,), market=Market(km_per_year=7500)), SOLD).forecast.due
    assert abs((due.on - date(2024, 2, 29)).days) <= 2


def test_warranty_ends_by_date_or_by_km_whichever_first() -> None:
    assert judged(facts(), SOLD).forecast.warranty_until == date(2025, 3, 1)
    fast = facts(readings=(Reading(SOLD + timedelta(days=365), 80000),))
    until = judged(fast, SOLD + timedelta(days=366)).forecast.warranty_until
    assert until is not None
    assert until < date(2024, 1, 1)
    covered = facts(covers=(CoverFact(1, "warranty", "", None, date(2027, 3, 1)),))
    assert judged(covered, SOLD).forecast.warranty_until == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 3, 15), -2, date(2024, 1, 15)),
        (date(2024, 12, 1), 1, date(2025, 1, 1)),
    ],
)
def test_months_end_where_a_month_has_no_such_day(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize("window", [[1, 2], [3, 2, 1], [1, 2, "x"], [1, 2, 3, 4]])
def test_a_window_that_makes_no_sense_is_refused_by_name(window: list[object]) -> None:
    with pytest.raises(ValueError, match="window_maintenance"):
        LifecycleValues.from_overrides({"window_maintenance": window})


def test_the_lines_of_the_tests_are_a_believable_schedule() -> None:
    assert [line.group for line in LINES if line.is_maintenance] == ["maintenance"]
