"""Readings that the others of a car contradict: listed, confirmed or marked wrong by a person, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dealercrm.accounts.models import Dealership, Role, User
from lifecycle.library import Library
from lifecycle.loading import load_facts
from tests.factories import make_customer, make_ownership, make_user, make_visit
from vehicles.believing import believe_again
from vehicles.models import OdometerReading, Ownership

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def rio(north: Dealership) -> Ownership:
    """A car whose visit of 2025 was written down with a digit too many."""
    ownership = make_ownership(make_customer(north), north)
    for year, km in ((2024, 9000), (2025, 260000), (2026, 43000)):
        make_visit(ownership, date(year, 2, 1), km=km)
    believe_again([ownership.vehicle_id])
    return ownership


def flags() -> dict[int, str]:
    return dict(OdometerReading.objects.values_list("km", "plausibility"))


def say(browser: Client, km: int, verdict: str) -> int:
    reading = OdometerReading.objects.get(km=km)
    return browser.post(reverse("reading-verdict", args=[reading.pk]), {"verdict": verdict}, headers=HTMX).status_code


def test_the_list_names_the_reading_its_reason_and_its_neighbours(rio: Ownership, boris: User, as_user: AsUser) -> None:
    text = as_user(boris).get(reverse("doubtful-readings")).text.replace("\xa0", " ")
    assert "260,000 km" in text
    assert "9,000 km" in text
    assert "43,000 km" in text
    assert "km a day" in text or "far from" in text


def test_a_reading_marked_wrong_is_settled_and_counts_nowhere(rio: Ownership, boris: User, as_user: AsUser) -> None:
    assert say(as_user(boris), 260000, "wrong") == 200
    reading = OdometerReading.objects.get(km=260000)
    assert (reading.plausibility, reading.settled_by) == ("wrong", boris)
    assert "No reading is doubted" in as_user(boris).get(reverse("doubtful-readings")).text
    assert [one.km for one in load_facts([rio.pk], Library())[0].facts.readings] == [9000, 43000]
    assert Ownership.objects.get(pk=rio.pk).facts_version > rio.facts_version


def test_who_confirms_one_makes_those_doubtful_that_it_contradicts(
    rio: Ownership, boris: User, as_user: AsUser
) -> None:
    assert flags() == {9000: "plausible", 260000: "suspect", 43000: "plausible"}
    say(as_user(boris), 260000, "confirmed")
    assert flags()[260000] == "confirmed"
    assert flags()[43000] == "suspect"


def test_an_answer_is_taken_back_and_the_rule_judges_again(rio: Ownership, boris: User, as_user: AsUser) -> None:
    browser = as_user(boris)
    say(browser, 260000, "confirmed")
    assert say(browser, 260000, "plausible") == 200
    assert flags() == {9000: "plausible", 260000: "suspect", 43000: "plausible"}
    assert OdometerReading.objects.get(km=260000).settled_by is None


def test_who_is_slower_sees_what_a_colleague_said(rio: Ownership, boris: User, vera: User, as_user: AsUser) -> None:
    assert say(as_user(boris), 260000, "wrong") == 200
    assert say(as_user(vera), 260000, "confirmed") == 409
    assert flags()[260000] == "wrong"


def test_an_import_never_overrules_a_person(rio: Ownership, boris: User, as_user: AsUser) -> None:
    say(as_user(boris), 260000, "wrong")
    believe_again([rio.vehicle_id])
    assert flags()[260000] == "wrong"


def test_another_store_sees_and_settles_nothing_of_ours(rio: Ownership, south: Dealership, as_user: AsUser) -> None:
    stranger = as_user(make_user("dora", Role.MANAGER, south))
    assert "260,000" not in stranger.get(reverse("doubtful-readings")).text.replace("\xa0", " ")
    assert say(stranger, 260000, "wrong") == 404
    assert flags()[260000] == "suspect"


def test_the_list_costs_the_same_however_long_it_is(
    rio: Ownership, north: Dealership, boris: User, as_user: AsUser
) -> None:
    browser = as_user(boris)
    costs = []
    for _round in range(2):
        other = make_ownership(make_customer(north), north)
        for years, km in ((2, 9000), (1, 260000), (0, 43000)):
            make_visit(other, date(2026, 2, 1) - timedelta(days=365 * years), km=km)
        believe_again([other.vehicle_id])
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse("doubtful-readings")).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]
