"""Why a car stands where it stands, for programs; and what was said about each reason to talk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from rest_framework.test import APIClient

from dealercrm.accounts.models import Dealership, User
from lifecycle.nights import start_night, work_on
from lifecycle.rules.kinds import JUDGED
from tests.campaigns.building import make_occasion, plan
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.models import Ownership

Program = Callable[..., APIClient]


@pytest.fixture
def car(north: Dealership, today: date) -> Ownership:
    car = make_ownership(make_customer(north), north, started_on=date(2024, 1, 15))
    make_visit(car, date(2025, 4, 20), km=21000, declined=("brakes",))
    run = start_night(north, on=today, now=moment(today, 3))
    assert run is not None
    work_on(run, clock=lambda: moment(today, 3))
    return car


def test_an_explanation_names_every_kind_and_what_was_said_then(
    car: Ownership, anna: User, program: Program, today: date
) -> None:
    found = program(anna).get(f"/api/v1/standings/{car.pk}/explanation/?date={today}").json()
    assert {one["kind"] for one in found["occasions"]} == set(JUDGED)
    assert all(one["reason"] for one in found["occasions"])
    assert found["said_then"]["stage"] == found["stage"] == "retention"
    assert {fact["fact"] for fact in found["facts"]} >= {"sale", "visit", "reading"}


def test_any_past_date_is_replayed_and_nonsense_is_refused(car: Ownership, anna: User, program: Program) -> None:
    client = program(anna)
    past = client.get(f"/api/v1/standings/{car.pk}/explanation/?date=2024-01-20").json()
    assert (past["stage"], past["said_then"]) == ("purchase", None)
    for nonsense in ("soon", "9999-12-31"):
        assert client.get(f"/api/v1/standings/{car.pk}/explanation/?date={nonsense}").status_code == 400


def test_an_outsider_gets_no_explanation(car: Ownership, clara: User, program: Program) -> None:
    assert program(clara).get(f"/api/v1/standings/{car.pk}/explanation/").status_code == 404


def test_decisions_of_a_car_tell_what_was_said_when(
    car: Ownership, north: Dealership, anna: User, program: Program, today: date
) -> None:
    make_occasion(car, "first_service", today=today)
    occasion = make_occasion(car, "win_back", today=today)  # waits for the other one, then is not allowed at all
    plan(north, moment(today))
    car.customer.withdraw_consent(at=moment(today), source="call")
    plan(north, moment(today + timedelta(days=1)))
    rows = program(anna).get(f"/api/v1/decisions/?ownership={car.pk}&occasion={occasion.pk}").json()["results"]
    said = [(one["on"], one["verdict"]) for one in rows[0]["changes"]]
    assert said == [(today.isoformat(), "wait"), ((today + timedelta(days=1)).isoformat(), "never")]
