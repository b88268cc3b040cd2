"""A visit booked on the web is confirmed by one letter with the file for the calendar, where we may write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import ContactTask, Decision, OutboxMessage
from campaigns.tasks import sweep_messages
from dealercrm.accounts.links import BOOK, VISIT
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Occasion
from tests.campaigns.public.test_public_booking import ELEVEN, TEN, typed
from tests.factories import make_customer, make_ownership, make_vehicle
from vehicles.models import Ownership, VisitRequest

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


def car(store: Dealership, email: str | None = "ivan@example.ru", **person: Any) -> Ownership:
    ivan = make_customer(store, phone="+79123456789", email=email, **person)
    return make_ownership(ivan, store, vehicle=make_vehicle(plate="А123ВС116"))


def book(ownership: Ownership, once: str = "x") -> None:
    address = reverse("book-car", args=[BOOK.sign(ownership.pk)])
    assert Client().post(address, {"starts_at": TEN, "once": once}).status_code == 302


def attached(letter: Any) -> str:
    [(name, content, kind)] = letter.attachments
    assert (name, kind) == ("visit.ics", "text/calendar")
    return str(content)


def test_who_books_gets_one_letter_with_the_file_for_the_calendar(north: Dealership) -> None:
    ownership = car(north, language="en", consents=False)
    book(ownership)
    book(ownership)  # a double click
    sweep_messages()
    sweep_messages()
    [letter] = mail.outbox
    assert letter.to == ["ivan@example.ru"]
    assert letter.subject == "You are booked: 18 March at 10:00"
    asked = VisitRequest.objects.get()
    assert reverse("visit", args=[VISIT.sign(asked.pk)]).partition(":")[0] in letter.body
    assert "Kia Rio" in letter.body
    assert "unsubscribe" not in letter.body.lower(), "a service letter"
    invitation = attached(letter)
    assert "DTSTART:20260318T070000Z" in invitation
    page = Client().get(reverse("visit-calendar", args=[VISIT.sign(asked.pk)])).content.decode()
    of = [line for line in invitation.splitlines() if line.startswith("UID:")]
    assert of == [line for line in page.splitlines() if line.startswith("UID:")], "one entry, not two"
    occasion = Occasion.objects.get(kind="visit_booked")
    assert (occasion.status, occasion.closed_why["code"]) == ("served", "occasion.closed.confirmed")


def test_the_owner_is_written_to_when_somebody_types_plate_and_phone(north: Dealership) -> None:
    car(north, language="en")
    assert Client().post(reverse("book-store", args=[north.code]), typed()).status_code == 302
    sweep_messages()
    assert [letter.to for letter in mail.outbox] == [["ivan@example.ru"]]


def test_without_an_address_nothing_is_planned_and_nothing_is_held_against_them(north: Dealership) -> None:
    book(car(north, email=None))
    assert not Occasion.objects.filter(kind="visit_booked").exists()
    assert not Decision.objects.exists()


def test_who_objected_to_letters_gets_none(north: Dealership) -> None:
    ownership = car(north)
    ownership.customer.withdraw_consent(channel="email", at=timezone.now(), source="web", dealership=north)
    book(ownership)
    sweep_messages()
    assert mail.outbox == []
    assert VisitRequest.objects.get().status == "booked", "the booking stands"


def test_what_is_moved_before_it_was_said_is_said_once_with_the_new_time(north: Dealership) -> None:
    ownership = car(north, language="en")
    book(ownership)
    token = VISIT.sign(VisitRequest.objects.get().pk)
    assert Client().post(reverse("visit-move", args=[token]), {"starts_at": ELEVEN}).status_code == 302
    sweep_messages()
    assert [letter.subject for letter in mail.outbox] == ["You are booked: 18 March at 11:00"]
    assert "DTSTART:20260318T080000Z" in attached(mail.outbox[0])


def test_what_is_called_off_before_it_was_said_is_never_said(north: Dealership) -> None:
    book(car(north))
    token = VISIT.sign(VisitRequest.objects.get().pk)
    assert OutboxMessage.objects.filter(status="queued").count() == 1, "the control"
    Client().post(reverse("visit-cancel", args=[token]))
    sweep_messages()
    assert mail.outbox == []
    assert OutboxMessage.objects.get().status == "cancelled"
    assert not ContactTask.objects.open().exists()


def test_at_night_the_letter_waits_for_the_morning(
    north: Dealership, time_machine_at: Callable[[str], None], now: datetime
) -> None:
    time_machine_at("2026-03-16T23:00:00+03:00")
    book(car(north, language="en"))
    sweep_messages()
    assert mail.outbox == []
    time_machine_at((now + timedelta(days=1)).isoformat())
    sweep_messages()
    assert len(mail.outbox) == 1
