"""Each night judges another thirtieth of the base from its rows: a forgotten note or a missed boundary is found."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import date, timedelta

import pytest

from dealercrm.accounts.models import Dealership, JobRun
from lifecycle.models import FactSheet, Occasion, Standing
from lifecycle.nights import start_night, work_on
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.models import Ownership, RepairOrder

pytestmark = pytest.mark.django_db
ROUND = 3


@pytest.fixture(autouse=True)
def a_short_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lifecycle.nights.RECHECKED", ROUND)


def night(store: Dealership, on: date, *, is_full: bool = False) -> Counter[str]:
    run = start_night(store, on=on, now=moment(on, 3), is_full=is_full)
    assert run is not None
    work_on(run, clock=lambda: moment(on, 3))
    run.refresh_from_db()
    assert run.status == JobRun.Status.DONE, run.error
    return Counter(run.counts)


def a_round(store: Dealership, today: date) -> Counter[str]:
    """As many nights as it takes for everybody's turn to come."""
    total = Counter[str]()
    for days in range(1, ROUND + 1):
        total += night(store, today + timedelta(days=days))
    return total


@pytest.fixture
def car(north: Dealership, today: date) -> Ownership:
    """Served a month ago: nothing is due for months."""
    car = make_ownership(make_customer(north, name="Тайный Пётр"), north, started_on=today - timedelta(days=500))
    make_visit(car, today - timedelta(days=100), km=15000)
    return car


def test_everybody_is_checked_once_in_a_round_and_nothing_differs(
    north: Dealership, today: date, car: Ownership
) -> None:
    make_ownership(make_customer(north), north, started_on=today - timedelta(days=900))
    night(north, today)
    round_ = a_round(north, today)
    assert round_["differences"] == 0
    assert round_["rechecked"] == 2


def test_a_writer_that_forgot_its_note_is_found_said_and_put_right(
    north: Dealership, today: date, car: Ownership, caplog: pytest.LogCaptureFixture
) -> None:
    night(north, today)
    assert Standing.objects.get().stage == "retention"
    RepairOrder.objects.update(voided_at=moment(today))  # and nobody raises facts_version
    with caplog.at_level(logging.ERROR):
        assert a_round(north, today)["differences"] == 1
    assert Standing.objects.get().stage == "first_service"
    assert f"of ownerships [{car.pk}]" in caplog.text
    assert "Тайный" not in caplog.text
    assert a_round(north, today + timedelta(days=ROUND))["differences"] == 0


def test_a_standing_that_is_wrong_is_found_though_its_facts_are_right(
    north: Dealership, today: date, car: Ownership
) -> None:
    night(north, today)
    Standing.objects.update(substage="thin_ice")
    Occasion.objects.filter(status="open").update(kind="win_back")
    assert a_round(north, today)["differences"] == 1
    assert Standing.objects.get().substage == "on_schedule"


def test_a_full_run_finds_differences_too(north: Dealership, today: date, car: Ownership) -> None:
    night(north, today)
    RepairOrder.objects.update(opened_on=today - timedelta(days=90))
    assert night(north, today + timedelta(days=1), is_full=True)["differences"] == 1


def test_a_fact_that_was_noted_is_no_difference(north: Dealership, today: date, car: Ownership) -> None:
    night(north, today)
    car.repair_orders.get().void(at=moment(today))
    counts = night(north, today + timedelta(days=1))
    assert (counts["judged"], counts["differences"]) == (1, 0)
    assert Standing.objects.get().stage == "first_service"


def test_facts_are_read_again_where_the_store_moves_to_another_time_zone(
    north: Dealership, today: date, car: Ownership
) -> None:
    """Days are days of the store: what is kept of them speaks for one zone only."""
    night(north, today)
    Dealership.objects.filter(pk=north.pk).update(time_zone="Asia/Vladivostok")
    Standing.objects.update(evaluate_on=today)
    night(north, today + timedelta(days=1))
    assert FactSheet.objects.get().store_zone == "Asia/Vladivostok"
