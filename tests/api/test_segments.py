"""Segments over REST: managers write them, programs read who is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from dealercrm.accounts.models import AccessLog, Dealership, Role, User
from lifecycle.models import Segment
from tests.factories import make_customer, make_ownership, make_user
from tests.lifecycle.segment_world import standing_of

Program = Callable[..., APIClient]
DORMANT = {"of": "current", "all": [{"field": "stage", "op": "any", "values": ["dormant"]}]}


@pytest.fixture(autouse=True)
def of_today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def record(**more: Any) -> dict[str, Any]:
    return {"dealership": "north", "name": "Asleep", "definition": DORMANT} | more


def test_a_manager_saves_a_segment_and_changes_it(north: Dealership, boris: User, program: Program) -> None:
    client = program(boris)
    made = client.post("/api/v1/segments/", record(), format="json")
    assert made.status_code == 201
    body = made.json()
    assert body["definition"] == DORMANT
    assert body["sentence"] == "Current owners: stage – dormant."
    address = f"/api/v1/segments/{body['id']}/"
    changed = client.put(address, {"name": "All", "definition": {}, "version": 1}, format="json").json()
    assert (changed["name"], changed["version"], changed["sentence"]) == ("All", 2, "Current owners.")
    late = client.put(address, {"name": "Late", "definition": {}, "version": 1}, format="json")
    assert late.status_code == 409
    taken = client.post("/api/v1/segments/", record(name="All"), format="json")
    assert [error["field"] for error in taken.json()["errors"]] == ["name"]
    assert Segment.objects.get().changes.count() == 2


def test_a_mistake_is_answered_at_its_path(north: Dealership, boris: User, program: Program) -> None:
    wrong = {"all": [{"field": "make", "values": ["volga"]}, {"field": "last_visit", "from": "x"}]}
    answer = program(boris).post("/api/v1/segments/", record(definition=wrong), format="json")
    assert answer.status_code == 400
    fields = {error["field"].removeprefix("definition."): error["message"] for error in answer.json()["errors"]}
    assert fields == {
        "all[0].values[0]": "There is no such value; choose one of the list.",
        "all[1].from": "A whole number is needed.",
    }


def test_who_is_in_it_comes_page_by_page_and_is_noted_by_name_of_nobody(
    north: Dealership, dms: User, boris: User, program: Program, today: date, now: datetime
) -> None:
    rows = [
        standing_of(make_ownership(make_customer(north), north), today, stage="dormant", substage="quiet")
        for _ in range(5)
    ]
    standing_of(make_ownership(make_customer(north), north), today)
    made = program(boris).post("/api/v1/segments/", record(), format="json").json()
    client, seen = program(dms), []
    address = f"/api/v1/segments/{made['id']}/members/?page_size=2"
    while address:
        body = client.get(address).json()
        seen += [row["id"] for row in body["results"]]
        address = body["next"]
    assert seen == [row.pk for row in rows]
    assert client.get(f"/api/v1/segments/{made['id']}/count/").json() == {
        "on": "2026-03-16",
        "dealerships": ["north"],
        "ownerships": 5,
        "customers": 5,
    }
    entries = list(AccessLog.objects.filter(action="api", subject="segment").order_by("pk"))
    assert [entry.rows for entry in entries] == [2, 2, 1]
    noted = {pk for entry in entries for pk in entry.customers.values_list("customer_id", flat=True)}
    assert noted == {row.customer_id for row in rows}


def test_a_shared_segment_counts_each_reader_their_own_base(
    north: Dealership, south: Dealership, clara: User, boris: User, program: Program, today: date, now: datetime
) -> None:
    standing_of(make_ownership(make_customer(north), north), today, stage="dormant", substage="quiet")
    segment = Segment.objects.create(
        dealership=None, name="Asleep", definition=DORMANT, created_by=boris, created_at=now, changed_at=now
    )
    here, there = program(boris), program(clara)
    address = f"/api/v1/segments/{segment.pk}/"
    assert here.get(f"{address}count/").json()["ownerships"] == 1
    assert there.get(f"{address}count/").json()["ownerships"] == 0
    assert there.get(f"{address}members/").json()["results"] == []
    foreign = there.get(f"{address}count/?dealership=north")
    assert foreign.status_code == 400
    assert here.put(address, {"name": "X", "definition": {}, "version": 1}, format="json").status_code == 403


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INTEGRATION])
def test_only_who_runs_the_store_writes_segments(role: str, north: Dealership, program: Program) -> None:
    client = program(make_user("reader", role, north))
    assert client.post("/api/v1/segments/", record(), format="json").status_code == 403


def test_a_segment_whose_field_is_gone_says_so(north: Dealership, boris: User, program: Program, now: datetime) -> None:
    segment = Segment.objects.create(
        dealership=north, name="Red", definition={"all": [{"field": "colour"}]}, created_by=boris, created_at=now,
        changed_at=now,
    )  # fmt: skip
    client = program(boris)
    assert client.get(f"/api/v1/segments/{segment.pk}/").json()["sentence"] == ""
    for path in ("members", "count"):
        assert client.get(f"/api/v1/segments/{segment.pk}/{path}/").status_code == 409
