"""Who has another role at each of two stores acts on a row with the role at the store that owns it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import ContactTask
from dealercrm.accounts.models import Dealership, Membership, Role, User
from tests.campaigns.building import planned_call
from tests.factories import make_user
from vehicles.models import Appointment, Complaint


@pytest.fixture
def olga(north: Dealership, south: Dealership) -> User:
    """Operator at South, where she works now, and an integration's keeper at North: she calls nobody there."""
    olga = make_user("olga", Role.OPERATOR, south, first_name="Olga")
    Membership.objects.create(user=olga, dealership=north, role=Role.INTEGRATION)
    return olga


@pytest.fixture
def call(north: Dealership, now: datetime) -> ContactTask:
    return planned_call(north, now)


@pytest.fixture
def browser(olga: User, south: Dealership, as_user: Callable[[User], Client]) -> Client:
    browser = as_user(olga)
    browser.post(reverse("store-switch"), {"store": south.pk})
    assert browser.get(reverse("today")).status_code == 200
    return browser


@pytest.mark.parametrize("name", ["take-call", "call-result", "call-lease", "return-call"])
def test_a_call_of_the_other_store_is_not_hers_to_make(browser: Client, call: ContactTask, name: str) -> None:
    assert browser.post(reverse(name, args=[call.pk]), {"epoch": 1, "answer": "busy"}).status_code == 403
    call.refresh_from_db()
    assert call.status == "open"


def test_an_appointment_of_the_other_store_is_not_hers_to_change(
    browser: Client, call: ContactTask, now: datetime
) -> None:
    row = Appointment.objects.book(
        dealership=call.dealership, customer=call.customer, ownership=call.ownership, starts_at=now
    )
    assert browser.post(reverse("appointment-status", args=[row.pk]), {"status": "arrived"}).status_code == 403
    row.refresh_from_db()
    assert row.status == "booked"


def test_a_complaint_of_the_other_store_is_not_hers_to_close(browser: Client, call: ContactTask, now: datetime) -> None:
    row = Complaint.objects.create(
        dealership=call.dealership, customer=call.customer, opened_at=now, text="It rattles.", source="call"
    )
    assert browser.post(reverse("complaint-solution", args=[row.pk]), {"solution": "Fixed."}).status_code == 403
    row.refresh_from_db()
    assert row.resolved_at is None
