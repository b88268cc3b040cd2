from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vehicles.rules.odometer import Reading, check_entry, doubts

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


def test_what_a_person_confirmed_outweighs_two_that_nobody_did() -> None:
    first, *later = yearly(15000, 30000, 45000)
    odd = Reading(date(2018, 10, 1), 200000)
    assert doubts([first, odd, *later], YEAR)[1] is not None, "control: nobody has confirmed it"
    assert doubts([first, odd._replace(is_certain=True), *later], YEAR)[1] is None


def test_a_car_sold_new_showed_nought_unless_two_readings_say_otherwise() -> None:
    sold = date(2017, 12, 1)
    assert doubts(yearly(150000), YEAR, new_on=sold)[0] is not None
    assert not any(doubts(yearly(500000, 515000), YEAR, new_on=sold))


def test_the_reason_names_the_reading_it_contradicts() -> None:
    why = doubts(yearly(15000, 30000, 4000, 60000), YEAR)[2]
    assert why is not None
    assert why.code == "odometer.dropped"
    assert why.params == {"km": 4000, "last_km": 30000, "last_on": date(2019, 1, 1)}


@given(st.lists(st.integers(9000, 25000), min_size=1, max_size=15))
def test_a_car_that_is_driven_as_cars_are_has_no_doubts_that_later_readings_could_settle(years: list[int]) -> None:
    kms = [sum(years[: index + 1]) for index in range(len(years))]
    assert not any(doubts(yearly(*kms), YEAR)[:-1])


@pytest.mark.parametrize(
    ("km", "code"),
    [
        (45000, None),
        (29000, "odometer.dropped"),
        (900000, "odometer.too_fast"),
        (30000, "odometer.unlikely"),  # copied from the last visit
        (130000, "odometer.unlikely"),
    ],
)
def test_a_new_reading_is_measured_by_what_this_car_drives(km: int, code: str | None) -> None:
    why = check_entry(Reading(date(2021, 1, 1), km), yearly(0, 15000, 30000), YEAR)
    assert (why and why.code) == code


def test_within_45_days_only_what_cannot_be_is_asked_about() -> None:
    known = yearly(0, 15000, 30000)
    assert check_entry(Reading(date(2020, 2, 10), 39000), known, YEAR) is None
    assert check_entry(Reading(date(2020, 2, 10), 29950), known, YEAR) is None  # rounded
    assert check_entry(Reading(date(2020, 2, 20), 60000), known, YEAR) is not None


def test_a_second_reading_that_agrees_clears_an_unlikely_first() -> None:
    changed = [*yearly(0, 5000, 10000, 15000), Reading(date(2022, 1, 1), 75000)]
    assert doubts(changed, YEAR)[-1] is not None
    assert not any(doubts([*changed, Reading(date(2023, 1, 1), 135000)], YEAR)[:-1])


def test_an_older_record_is_judged_between_its_neighbours() -> None:
    known = yearly(0, 15000, 30000, 45000)
    assert check_entry(Reading(date(2019, 7, 1), 22000), known, YEAR) is None
    late = check_entry(Reading(date(2019, 7, 1), 52000), known, YEAR)
    assert late is not None
    assert late.code == "odometer.above_later"


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 10**7)), max_size=20))
def test_any_history_is_judged(raw: list[tuple[int, int]]) -> None:
    readings = sorted(Reading(date(2018, 1, 1) + timedelta(days=day), km) for day, km in raw)
    assert len(doubts(readings, YEAR)) == len(readings)
