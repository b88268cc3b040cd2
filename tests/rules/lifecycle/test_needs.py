"""What a car will need: the schedule applied along the forecast."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.rules.calendar import add_months
from lifecycle.rules.facts import Facts, Line, Market, Reading
from lifecycle.rules.maintenance import forecast
from lifecycle.rules.needs import Stop, needs
from tests.rules.lifecycle.histories import SOLD, VALUES, facts, histories, serviced

TODAY = date(2024, 1, 10)


def stops(known: Facts, today: date = TODAY, months: int = 24, **values: Any) -> list[Stop]:
    return needs(known, forecast(known, VALUES), VALUES, today=today, until=add_months(today, months))


def test_a_service_a_year_with_what_falls_due_near_it() -> None:
    calm = facts(market=Market(km_per_year=12000), visits=serviced(date(2023, 3, 1)))
    found = stops(calm)
    assert [(stop.on, stop.works) for stop in found] == [
        (date(2024, 3, 1), ("maintenance", "oil", "brake_fluid")),
        (date(2025, 3, 1), ("maintenance", "oil")),
        (date(2025, 11, 30), ("spark_plugs",)),  # 45,000 km, far from both
    ]


def test_who_drives_much_comes_more_often_and_the_window_widens() -> None:
    readings = tuple(Reading(SOLD + timedelta(days=90 * n), 10000 * n) for n in range(1, 8))
    busy = facts(readings=readings, visits=serviced(date(2023, 11, 1)), lines=(Line("maintenance", 15000, 12, True),))
    found = stops(busy)
    assert len(found) >= 5
    gaps = [(two.on - one.on).days for one, two in itertools.pairwise(found)]
    assert all(abs(gap - 135) <= 6 for gap in gaps)
    kms = [stop.km for stop in found if stop.km]
    assert all(abs(two - one - 15000) < 300 for one, two in itertools.pairwise(kms))
    widths = [(stop.last_on - stop.first_on).days for stop in found]
    assert widths == sorted(widths)


def test_what_is_late_is_due_today_and_says_since_when() -> None:
    late = facts(market=Market(km_per_year=8000), visits=serviced(date(2022, 9, 1)))
    first = stops(late)[0]
    assert (first.on, first.due_on, first.is_late) == (TODAY, date(2023, 9, 1), True)
    assert "maintenance" in first.works


def test_an_oil_change_last_month_takes_oil_off_the_next_visit_and_the_rest_stays() -> None:
    visits = (*serviced(date(2023, 3, 1)), *serviced(date(2023, 12, 20), works=("oil",)))
    found = stops(facts(market=Market(km_per_year=12000), visits=visits))
    assert found[0].works == ("maintenance", "brake_fluid")
    assert (found[1].on, found[1].works) == (date(2024, 12, 20), ("oil",))


def test_works_far_from_a_maintenance_are_a_visit_of_their_own() -> None:
    lines = (Line("maintenance", None, 12, is_maintenance=True), Line("battery", None, 42))
    found = stops(facts(lines=lines, visits=serviced(date(2023, 3, 1))))
    assert [stop.works for stop in found] == [("maintenance",), ("maintenance",), ("battery",)]


def test_an_interval_of_a_few_km_ends_somewhere() -> None:
    assert stops(facts(lines=(Line("maintenance", 1, None, is_maintenance=True),)))


@settings(max_examples=150, deadline=None)
@given(histories, st.integers(0, 3000))
def test_any_history_has_dated_needs_in_order(known: Facts, after: int) -> None:
    today = known.started_on + timedelta(days=after)
    found = stops(known, today)
    assert [stop.on for stop in found] == sorted(stop.on for stop in found)
    for stop in found:
        assert today <= stop.on <= add_months(today, 24)
        assert stop.first_on <= stop.last_on
        assert stop.works
        assert stop.on <= stop.last_on
