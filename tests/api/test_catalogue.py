"""Schedules and prices over REST: read by everybody who works here, written by their natural key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from dealercrm.accounts.models import Dealership, Role, User
from tests.factories import make_customer, make_model, make_ownership, make_user
from vehicles.models import MaintenanceSchedule, Ownership, WorkGroup, WorkPrice

Program = Callable[..., APIClient]
SCHEDULES, PRICES = "/api/v1/maintenance-schedules/", "/api/v1/work-prices/"
WORKS = [
    {"work_group": "maintenance", "interval_km": 10000, "interval_months": 12, "is_maintenance": True},
    {"work_group": "brake_fluid", "interval_months": 24},
]


@pytest.fixture
def robot(dms: User, program: Program) -> APIClient:
    return program(dms)


def test_everybody_who_works_here_reads_the_schedules(clara: User, program: Program) -> None:
    rows = program(clara).get(f"{SCHEDULES}?page_size=100").json()["results"]
    generic = next(row for row in rows if row["make"] is None)
    assert generic["model"] is None
    assert {"work_group": "maintenance", "interval_km": 15000, "interval_months": 12, "is_maintenance": True} in (
        generic["works"]
    )
    assert APIClient().get(SCHEDULES).status_code == 401
    assert program(clara).post(SCHEDULES, {"make": "Kia", "works": WORKS}, format="json").status_code == 403


def test_a_schedule_is_replaced_by_make_and_model_and_its_cars_are_judged_again(
    robot: APIClient, north: Dealership
) -> None:
    rio = make_ownership(make_customer(north), north)
    first = robot.post(SCHEDULES, {"make": "киа", "model": "RIO", "works": WORKS}, format="json")
    again = robot.post(SCHEDULES, {"make": "Kia", "model": "Rio", "works": WORKS}, format="json")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [work["work_group"] for work in first.json()["works"]] == ["maintenance", "brake_fluid"]
    assert MaintenanceSchedule.objects.filter(model=rio.vehicle.model).count() == 1
    assert Ownership.objects.get(pk=rio.pk).facts_version == rio.facts_version + 1, "once: the second changed nothing"


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"make": "Zaporozhets"}, "make", "unknown"),
        ({"make": "Kia", "model": "Ceed"}, "model", "unknown"),
        ({"works": []}, "works", "min_length"),
        ({"works": WORKS[1:]}, "works", "no_clock"),
        ({"works": [WORKS[0], WORKS[0]]}, "works", "twice"),
        ({"works": [{"work_group": "oil", "is_maintenance": True}]}, "works[0].interval_km", "required"),
        ({"works": [{**WORKS[0], "work_group": "flux"}]}, "works[0].work_group", "does_not_exist"),
        ({"color": "red"}, "color", "unknown"),
    ],
)
def test_what_is_no_schedule_is_told_field_by_field(
    change: dict[str, Any], field: str, code: str, robot: APIClient
) -> None:
    answer = robot.post(SCHEDULES, {"make": "Kia", "works": WORKS} | change, format="json")
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


def test_prices_come_in_batches_and_twice_changes_nothing(robot: APIClient, north: Dealership) -> None:
    make_model("Kia", "Rio")
    body = {
        "dealership": "north",
        "records": [
            {"work_group": "maintenance", "make": "Kia", "model": "Rio", "labour": "6000.00", "parts": "5400.00"},
            {"work_group": "oil", "labour": "0"},
            {"work_group": "flux", "labour": "1"},
            {"work_group": "oil", "labour": "-1"},
        ],
    }
    first, again = (robot.post(f"{PRICES}batch/", body, format="json").json() for _ in range(2))
    assert [row["result"] for row in first["results"]] == ["created", "created", "rejected", "rejected"]
    assert [row["errors"][0]["field"] for row in first["results"][2:]] == ["work_group", "labour"]
    assert [row["result"] for row in again["results"]] == ["unchanged", "unchanged", "rejected", "rejected"]
    assert WorkPrice.objects.count() == 2
    row = robot.get(f"{PRICES}?work_group=maintenance").json()["results"][0]
    assert (row["make"], row["model"], row["labour"], row["parts"]) == ("Kia", "Rio", "6000.00", "5400.00")


def test_an_administrator_of_the_store_may_write_prices_too(vera: User, south: Dealership, program: Program) -> None:
    body = {"dealership": "north", "records": [{"work_group": "oil", "labour": "900"}]}
    assert program(vera).post(f"{PRICES}batch/", body, format="json").json()["created"] == 1
    stranger = program(make_user("south-dms", Role.INTEGRATION, south))
    assert stranger.post(f"{PRICES}batch/", body, format="json").status_code == 400


def test_what_a_car_will_need_is_read_by_those_who_know_it(
    of_north: dict[str, Any], north: Dealership, anna: User, clara: User, program: Program
) -> None:
    for code in ("maintenance", "oil"):
        WorkPrice.objects.update_or_create(
            dealership=north, work_group=WorkGroup.objects.get(code=code), make=None, model=None,
            valid_from=date(2025, 1, 1), defaults={"labour": 1000},
        )  # fmt: skip
    ownership = of_north["ownerships"]
    address = f"/api/v1/standings/{ownership.pk}/needs/"
    body = program(anna).get(address).json()
    assert (body["ownership"], body["currency"]) == (ownership.pk, north.currency)
    assert body["needs"]
    assert {"maintenance", "oil"} <= set(body["needs"][0]["works"])
    assert all(one["first_on"] <= one["last_on"] for one in body["needs"])
    assert any(line["work_group"] == "oil" for line in body["needs"][0]["lines"])
    assert program(clara).get(address).status_code == 404
