"""Lists about a customer follow a merge; what nobody may take yet is no task."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns.models import ContactTask, InboundMessage
from customers.merging import merge
from dealercrm.accounts.models import Dealership, Role, User
from tests.api.conftest import make_task
from tests.factories import make_customer, make_ownership, make_user

Program = Callable[..., APIClient]
LISTS = (
    "appointments", "complaints", "consents", "contact-tasks", "decisions", "feedback", "occasions", "ownerships",
    "refusals", "repair-orders", "reviews", "standings", "touches", "campaign-assignments",
)  # fmt: skip


@pytest.fixture
def hers(boris: User, program: Program) -> APIClient:
    return program(boris)


def test_a_list_is_asked_for_by_the_number_of_a_merged_card(
    north: Dealership, hers: APIClient, boris: User, now: datetime
) -> None:
    kept, gone = make_customer(north), make_customer(north, phone="+79990000002")
    task = make_task(make_ownership(gone, north), now)
    merge(kept.pk, gone.pk, by=boris, store=north, now=now)
    for asked in (kept.pk, gone.pk):
        rows = hers.get(f"/api/v1/contact-tasks/?customer={asked}").json()["results"]
        assert [row["id"] for row in rows] == [task.pk], asked
        assert len(hers.get(f"/api/v1/ownerships/?customer={asked}").json()["results"]) == 1
        assert len(hers.get(f"/api/v1/occasions/?customer={asked}").json()["results"]) == 1


@pytest.mark.parametrize("name", LISTS)
def test_every_list_about_a_customer_takes_a_number_and_nothing_else(name: str, hers: APIClient, db: Any) -> None:
    assert hers.get(f"/api/v1/{name}/?customer=999999").json()["results"] == []
    for wrong in ("abc", "1.5", "-1", "9" * 30):
        assert hers.get(f"/api/v1/{name}/?customer={wrong}").status_code == 400, wrong


def test_what_waits_for_the_whole_day_is_no_task_yet(north: Dealership, hers: APIClient, now: datetime) -> None:
    task = make_task(make_ownership(make_customer(north), north), now, is_released=False)
    address = f"/api/v1/contact-tasks/{task.pk}/"
    assert hers.get("/api/v1/contact-tasks/").json()["results"] == []
    assert hers.get(address).status_code == 404
    assert hers.post("/api/v1/contact-tasks/claims/", {"dealership": "north", "task": task.pk}).status_code == 404
    ContactTask.objects.update(is_released=True)
    assert hers.get(address).status_code == 200, "the control"


def test_an_administrator_reads_the_summary_of_the_whole_store(
    north: Dealership, now: datetime, as_user: Callable[[User], Client], time_machine_at: Callable[[str], None]
) -> None:
    time_machine_at(now.isoformat())
    make_task(make_ownership(make_customer(north), north), now)
    page = as_user(make_user("vera", Role.ADMINISTRATOR, north)).get(reverse("tasks-summary"))
    assert page.status_code == 200
    assert "1" in page.content.decode()


def test_a_message_is_dealt_with_by_one_person(north: Dealership, now: datetime) -> None:
    heard = InboundMessage.objects.create(
        dealership=north, channel="email", sender="a@example.ru", provider_id="1", at=now
    )
    assert heard.settle(at=now)
    assert not heard.settle(at=now), "a colleague was quicker"
