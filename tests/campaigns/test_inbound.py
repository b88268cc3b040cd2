"""A customer who calls us: the planned call opens with its card and outcomes, and without one a note is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.claiming import claim
from campaigns.models import ContactTask, Pause
from customers.models import ContactPoint
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import planned_call
from tests.factories import make_customer, make_user
from vehicles.models import Touch

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime):
    with time_machine.travel(now, tick=False):
        yield


def fragment(browser: Client, pk: int) -> str:
    return str(browser.get(reverse("customer-calls", args=[pk]), HTTP_HX_REQUEST="true").content, "utf-8")


def test_the_telephone_leads_to_the_card_of_the_planned_call_in_one_key(
    north: Dealership, anna: User, boris: User, now: datetime, as_user: AsUser
) -> None:
    task, browser = planned_call(north, now), as_user(anna)
    ContactTask.objects.filter(pk=task.pk).update(not_before=now + timedelta(days=2))
    Pause.objects.create(dealership=north, kind=task.kind, until=now + timedelta(days=1), why="x", by=boris, at=now)
    phone = ContactPoint.objects.get(customer=task.customer).value
    found = browser.get(reverse("customers"), {"phone": phone})
    assert found.headers["Location"] == reverse("customer", args=[task.customer_id])
    assert reverse("customer-calls", args=[task.customer_id]) in str(browser.get(found.headers["Location"]).content)
    assert 'data-key="n"' in fragment(browser, task.customer_id)
    taken = browser.post(reverse("take-call", args=[task.pk]), {"inbound": "1"})
    assert taken.headers["Location"] == reverse("call-card", args=[task.pk])
    task.refresh_from_db()
    assert (task.status, task.claimed_by) == ("claimed", anna)
    assert 'data-key="9"' in str(browser.get(taken.headers["Location"]).content)


def test_a_call_that_a_colleague_has_in_hand_stays_with_them(
    north: Dealership, anna: User, now: datetime, as_user: AsUser
) -> None:
    task, ivan = planned_call(north, now), make_user("ivan", Role.OPERATOR, north)
    claim(task.pk, ivan, now=now)
    said = as_user(anna).post(reverse("take-call", args=[task.pk]), {"inbound": "1"}, follow=True)
    assert "has this call in hand" in str(said.content, "utf-8")


def test_without_a_planned_call_a_note_is_kept_as_a_contact_that_came_in(
    north: Dealership, anna: User, now: datetime, as_user: AsUser
) -> None:
    customer, browser = make_customer(north), as_user(anna)
    assert "No call is planned with them" in fragment(browser, customer.pk)
    address = reverse("customer-calls", args=[customer.pk])
    answer = browser.post(address, {"note": "Asks for the price of tyres"}, HTTP_HX_REQUEST="true")
    assert answer.headers["HX-Trigger"] == "timeline-changed"
    touch = Touch.objects.get()
    assert (touch.direction, touch.note, touch.by, touch.was_reached) == (
        "in",
        "Asks for the price of tyres",
        anna,
        True,
    )
    browser.post(address, {"note": "  "}, HTTP_HX_REQUEST="true")
    assert Touch.objects.count() == 1


def test_people_of_another_store_do_not_see_it(north: Dealership, clara: User, now: datetime, as_user: AsUser) -> None:
    task = planned_call(north, now)
    assert as_user(clara).get(reverse("customer-calls", args=[task.customer_id])).status_code == 404
