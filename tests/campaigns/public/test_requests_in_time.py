"""A request that nobody answered ends with its time; one number asks for so many visits a day, known or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.tasks import sweep_messages
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.public.test_public_booking import PLATE, typed
from tests.factories import make_customer, make_ownership, make_vehicle
from vehicles.models import Appointment, VisitRequest

AsUser = Callable[[User], Client]
TIMES = [f"2026-03-{day}T{hour}:00:00+03:00" for day in (18, 19) for hour in (10, 11, 12, 13)]


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


def ask(store: Dealership, number: int, **said: str) -> int:
    """Each from an address of its own, as a phone network hands them out."""
    form = typed(once=f"form-{number}", at=TIMES[number], **said)
    browser = Client(REMOTE_ADDR=f"203.0.113.{number + 1}")
    return browser.post(reverse("book-store", args=[store.code]), form).status_code


def test_a_request_that_nobody_answered_ends_with_its_time_and_is_forgotten(
    north: Dealership, anna: User, as_user: AsUser, now: datetime, time_machine_at: Callable[[str], None]
) -> None:
    assert ask(north, 0) == 302
    asked = VisitRequest.objects.get()
    sweep_messages()
    asked.refresh_from_db()
    assert asked.status == "waiting", "its time has not come"
    assert PLATE.upper() in as_user(anna).get(reverse("visit-requests")).content.decode().upper()
    time_machine_at((asked.starts_at + timedelta(minutes=1)).isoformat())
    sweep_messages()
    asked.refresh_from_db()
    assert (asked.status, asked.get_status_display()) == ("expired", "nobody answered in time")
    assert asked.settled_at is not None
    assert (asked.name, asked.phone, asked.plate) == ("", "", "")
    assert PLATE.upper() not in as_user(anna).get(reverse("visit-requests")).content.decode().upper()
    before = asked.settled_at
    time_machine_at((asked.starts_at + timedelta(days=1)).isoformat())
    sweep_messages()
    asked.refresh_from_db()
    assert asked.settled_at == before, "twice is harmless"


@pytest.mark.parametrize("is_known", [True, False])
def test_one_number_asks_five_times_a_day_whether_we_know_it_or_not(north: Dealership, is_known: bool) -> None:
    if is_known:
        person = make_customer(north, phone="+79123456789")
        make_ownership(person, north, vehicle=make_vehicle(plate="А123ВС116"))
    assert [ask(north, number) for number in range(6)] == [302] * 5 + [422]
    assert VisitRequest.objects.count() == 5
    assert Appointment.objects.exists() == is_known
    assert ask(north, 6, phone="+7 912 000-00-01") == 302, "the control: another number from the same network"


def test_the_refusal_says_what_to_do(north: Dealership) -> None:
    for number in range(5):
        ask(north, number)
    form = typed(once="late", at=TIMES[5])
    page = Client(REMOTE_ADDR="203.0.113.99").post(reverse("book-store", args=[north.code]), form).content.decode()
    assert "Several visits were asked for from this number today. Please call us." in page
