"""Booking in a call: a time is given away once, and a car is expected once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.claiming import claim, claim_next
from campaigns.completing import BadDetails, complete
from campaigns.models import ContactPolicy, ContactTask
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import make_occasion, plan, planned_call
from tests.factories import make_user
from vehicles.models import Appointment

TEN = "2026-03-18T10:00"


def book(task: ContactTask, user: User, now: datetime, starts_at: str = TEN) -> None:
    held = claim(task.pk, user, now=now)
    complete(task.pk, outcome="booked", by=user, epoch=held.epoch, now=now, details={"starts_at": starts_at})


@pytest.fixture
def ivan(north: Dealership) -> User:
    return make_user("ivan", Role.OPERATOR, north, first_name="Ivan")


@pytest.fixture
def one_bay(north: Dealership) -> None:
    ContactPolicy.objects.create(dealership=north, overrides={"cars_at_once": 1})


@pytest.mark.usefixtures("one_bay")
def test_a_time_that_was_taken_meanwhile_is_refused_and_the_call_stays_in_hand(
    north: Dealership, anna: User, ivan: User, now: datetime
) -> None:
    first, second = planned_call(north, now), planned_call(north, now)
    book(first, anna, now)
    with pytest.raises(BadDetails, match="taken meanwhile") as refused:
        book(second, ivan, now)
    assert refused.value.field == "starts_at"
    second.refresh_from_db()
    assert (second.status, second.claimed_by) == ("claimed", ivan)
    book(second, ivan, now, "2026-03-18T11:00")
    assert Appointment.objects.open().count() == 2


@pytest.mark.usefixtures("one_bay")
def test_a_visit_that_lasts_into_the_wanted_time_takes_its_bay(
    north: Dealership, anna: User, ivan: User, now: datetime
) -> None:
    first, second = planned_call(north, now), planned_call(north, now)
    book(first, anna, now)
    with pytest.raises(BadDetails):
        book(second, ivan, now, "2026-03-18T09:30")


@pytest.mark.usefixtures("one_bay")
def test_the_card_says_so_in_words_beside_what_was_typed(
    north: Dealership, anna: User, ivan: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    first, second = planned_call(north, now), planned_call(north, now)
    book(first, anna, now)
    held = claim(second.pk, ivan, now=now)
    answered = {"epoch": held.epoch, "answer": f"booked:{TEN}", "note": "has a trailer"}
    with time_machine.travel(now, tick=False):
        page = as_user(ivan).post(reverse("call-result", args=[second.pk]), answered)
    assert page.status_code == 422
    assert "taken meanwhile" in page.content.decode()
    assert "has a trailer" in page.content.decode()


def test_a_second_booking_of_a_car_moves_the_first(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now)
    assert task.ownership is not None
    before = Appointment.objects.book(
        dealership=north, customer=task.customer, ownership=task.ownership, starts_at=now.replace(day=17)
    )
    before.confirm()
    confirmation = make_occasion(
        task.ownership, "appointment_confirmation", today=north.today(now), evidence={"appointment": before.pk}
    )
    plan(north, now)
    book(ContactTask.objects.get(occasion=confirmation, channel="call"), anna, now)
    before.refresh_from_db()
    assert before.status == "cancelled"
    assert Appointment.objects.open().get().starts_at.astimezone(north.zone).isoformat()[:16] == TEN


def test_a_call_about_a_car_that_was_booked_meanwhile_leaves_the_list(
    north: Dealership, anna: User, now: datetime
) -> None:
    task = planned_call(north, now)
    Appointment.objects.book(
        dealership=north, customer=task.customer, ownership=task.ownership, starts_at=now.replace(day=20)
    )
    assert claim_next(anna, north, now=now) is None
