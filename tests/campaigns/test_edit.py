"""Edits inside a call: what changes on the phone is written down beside the card, and the call stays in hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.claiming import claim, extend_lease
from campaigns.completing import complete
from campaigns.models import ContactTask
from campaigns.undoing import undo
from customers.models import ConsentEvent, ContactPoint
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import planned_call
from tests.factories import make_customer, make_ownership
from vehicles.models import OdometerReading, Ownership

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def task(north: Dealership, anna: User, now: datetime) -> ContactTask:
    return claim(planned_call(north, now).pk, anna, now=now)


def edit(browser: Client, task: ContactTask, **said: object) -> str:
    address = reverse("call-edit", args=[task.pk])
    answer = (
        browser.post(address, said, HTTP_HX_REQUEST="true") if said else browser.get(address, HTTP_HX_REQUEST="true")
    )
    return str(answer.content, "utf-8")


def test_the_box_beside_the_card_holds_contacts_consent_mileage_and_what_is_missing(
    task: ContactTask, anna: User, as_user: AsUser
) -> None:
    browser = as_user(anna)
    assert 'data-dialog="#box-edit"' in str(browser.get(reverse("call-card", args=[task.pk])).content, "utf-8")
    box = edit(browser, task)
    for said in ('id="contacts"', 'id="odometer"', 'id="consents"', "Asked in passing"):
        assert said in box, said


def test_what_was_asked_in_passing_is_written_down_and_the_call_stays_in_hand(
    task: ContactTask, anna: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(anna)
    assert "Written down." in edit(browser, task, birth_on="1980-05-04", city="Казань")
    task.customer.refresh_from_db()
    assert (str(task.customer.birth_on), task.customer.city) == ("1980-05-04", "Казань")
    assert extend_lease(task, anna, task.epoch, now)
    page = str(browser.get(reverse("call-card", args=[task.pk])).content, "utf-8")
    assert "birth date" not in page
    assert "Nobody who drives was born on that day." in edit(browser, task, birth_on="2026-03-17", city="Казань")


def test_contacts_consent_and_mileage_go_to_their_own_addresses_and_the_card_knows(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser
) -> None:
    browser, customer = as_user(anna), task.customer
    assert task.ownership is not None
    browser.post(
        reverse("customer-contact-points", args=[customer.pk]), {"written": "a@b.test"}, HTTP_HX_REQUEST="true"
    )
    browser.post(
        reverse("vehicle-readings", args=[task.ownership.vehicle_id]),
        {"km": 31000, "on": "2026-03-16", "sure": "yes"}, HTTP_HX_REQUEST="true",
    )  # fmt: skip
    browser.post(
        reverse("customer-consents", args=[customer.pk]),
        {"say": "marketing:email:yes", "source": "call"}, HTTP_HX_REQUEST="true",
    )  # fmt: skip
    assert ContactPoint.objects.filter(customer=customer, kind="email").exists()
    assert OdometerReading.objects.get().km == 31000
    assert ConsentEvent.objects.filter(customer=customer, channel="email", is_given=True).exists()


def test_another_car_was_sold_but_the_car_of_this_call_is_its_result(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser
) -> None:
    other, foreign = make_ownership(task.customer, north), make_ownership(make_customer(north), north)
    browser, address = as_user(anna), reverse("call-edit", args=[task.pk])
    assert "no longer theirs" in edit(browser, task, sold=other.pk)
    other.refresh_from_db()
    assert other.end_reason == Ownership.EndReason.SOLD
    for pk in (task.ownership_id, foreign.pk, "x", "9" * 30):
        assert browser.post(address, {"sold": pk}).status_code == 404


def test_an_answer_is_taken_back_without_the_edits_that_were_made_before_it(
    task: ContactTask, anna: User, now: datetime, as_user: AsUser
) -> None:
    edit(as_user(anna), task, birth_on="", city="Казань")
    complete(task.pk, outcome="moved", by=anna, epoch=task.epoch, now=now, details={"city": "Омск"})
    undo(task.pk, by=anna, now=now + timedelta(seconds=5))
    task.customer.refresh_from_db()
    assert task.customer.city == "Казань"


def test_people_of_another_store_edit_nothing(task: ContactTask, clara: User, as_user: AsUser) -> None:
    assert as_user(clara).get(reverse("call-edit", args=[task.pk])).status_code == 404
