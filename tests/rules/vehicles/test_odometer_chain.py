from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vehicles.rules.odometer import Reading, doubts

YEAR = 17500


def yearly(*kms: int) -> list[Reading]:
    return [Reading(date(2018, 1, 1) + timedelta(days=365 * index), km) for index, km in enumerate(kms)]


@pytest.mark.parametrize(
    ("kms", "suspect"),
    [
        ((15000, 30000, 45000, 60000), []),
        ((15000, 300000, 45000, 60000), [1]),  # a digit added
        ((15000, 3000, 45000, 60000), [1]),  # a digit lost
        ((272133, 38224, 47170, 60466), [0]),  # the first one is wrong: those that agree are believed
        ((15000, 30000, 45000, 6), [3]),
        ((15000, 30000, 30000, 60000), [2]),  # copied from the last visit
        ((90000, 105000, 4000, 19000, 34000), []),  # a replaced odometer: later readings agree
        ((90000,), []),
        ((), []),
    ],
)
def test_the_most_plausible_chain_is_believed(kms: tuple[int, ...], suspect: list[int]) -> None:
    found = doubts(yearly(*kms), YEAR)
    assert [index for index, why in enumerate(found) if why] == suspect


def test_a_reading_that_a_person_confirmed_is_believed() -> None:
    readings = [*yearly(15000, 30000, 45000), Reading(date(2021, 6, 1), 2000, is_certain=True)]
    assert doubts(readings, YEAR)[-1] is None


def test_the_reason_names_the_reading_it_contradicts() -> None:
    why = doubts(yearly(15000, 30000, 4000, 60000), YEAR)[2]
    assert why is not None
    assert why.code == "odometer.dropped"
    assert why.params == {"km": 4000, "last_km": 30000, "last_on": date(2019, 1, 1)}


@given(st.lists(st.integers(9000, 25000), min_size=1, max_size=15))
def test_a_car_that_is_driven_as_cars_are_has_no_doubts(years: list[int]) -> None:
    kms = [sum(years[: index + 1]) for index in range(len(years))]
    assert not any(doubts(yearly(*kms), YEAR))


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 10**7)), max_size=20))
def test_any_history_is_judged(raw: list[tuple[int, int]]) -> None:
    readings = sorted(Reading(date(2018, 1, 1) + timedelta(days=day), km) for day, km in raw)
    assert len(doubts(readings, YEAR)) == len(readings)
