"""The ways out of our messages: one click by RFC 8058, and the customer's own page of topics and channels."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from campaigns.models import OutboxMessage
from campaigns.sending import send_due
from campaigns.unsubscribing import opt_out_token, preferences_token
from customers.merging import merge
from customers.models import ConsentEvent, Customer
from customers.rules.consent import allows
from dealercrm.accounts.models import Dealership, Role
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import make_customer, make_user


@pytest.fixture
def person(north: Dealership) -> Customer:
    return make_customer(north, email="petrov@inbox.test")


@pytest.fixture
def page(person: Customer, north: Dealership) -> str:
    return reverse("preferences", args=[preferences_token(person, north)])


def may(person: Customer, purpose: str, channel: str) -> bool:
    return allows(person.consent_events.all(), purpose, channel)


def send_letter(north: Dealership, now: datetime, kind: str) -> mail.EmailMessage:
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    customer_with_occasion(north, kind, today=now.date(), email="orlova@inbox.test", occasion=opens)
    plan(north, now)
    assert send_due(now=now)["sent"] == 1
    [letter] = mail.outbox
    return letter


def test_a_marketing_letter_carries_the_one_click_headers_and_they_work(north: Dealership, now: datetime) -> None:
    letter = send_letter(north, now, "insurance_renewal")
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = letter.extra_headers["List-Unsubscribe"].strip("<>")
    path = link.removeprefix("http://127.0.0.1:8000")
    program = Client(enforce_csrf_checks=True)  # a mail program: no cookie, no login
    answered = program.post(path, {"List-Unsubscribe": "One-Click"})
    assert answered.status_code == 200
    person = OutboxMessage.objects.get().customer
    assert not may(person, "marketing", "email")
    assert may(person, "marketing", "call")
    assert not may(person, "survey", "email")
    assert may(person, "service", "email")


def test_a_greeting_has_no_list_headers_and_leads_to_the_preferences(north: Dealership, now: datetime) -> None:
    letter = send_letter(north, now, "birthday")
    assert "List-Unsubscribe" not in letter.extra_headers
    assert "/preferences/" in letter.body


def test_the_way_out_of_a_text_message_closes_text_messages(person: Customer, north: Dealership) -> None:
    Client().post(reverse("unsubscribe", args=[opt_out_token(person, north, "sms")]))
    assert not may(person, "marketing", "sms")
    assert may(person, "marketing", "email")


def test_looking_at_the_preferences_changes_nothing(person: Customer, page: str) -> None:
    before = ConsentEvent.objects.count()
    assert Client().get(page).status_code == 200
    assert Client().head(page).status_code == 200
    assert ConsentEvent.objects.count() == before


def test_a_customer_chooses_by_topic_and_channel_and_reads_what_was_saved(person: Customer, page: str) -> None:
    boxes = ["marketing.email", "service.call", "service.email", "service.sms", "courtesy.call"]
    shown = Client().post(page, {"box": boxes}).content.decode()
    assert "Offers: no longer by phone, SMS." in shown
    assert may(person, "marketing", "email")
    assert not may(person, "marketing", "call")
    assert not may(person, "survey", "email")
    assert may(person, "service", "sms")
    assert not may(person, "courtesy", "email")
    said = ConsentEvent.objects.filter(source="web")
    assert {event.text_version for event in said} == {"preferences-1"}
    before = said.count()
    assert "Nothing was different" in Client().post(page, {"box": boxes}).content.decode()
    assert said.count() == before
    assert "Offers: from now on by SMS." in Client().post(page, {"box": [*boxes, "marketing.sms"]}).content.decode()


def test_nothing_at_all_closes_every_channel_but_the_recall(person: Customer, page: str) -> None:
    assert "no longer by phone" in Client().post(page, {"nothing": "1"}).content.decode()
    for topic in ("marketing", "survey", "service", "courtesy"):
        assert not any(may(person, topic, channel) for channel in ("call", "email", "sms", "messenger"))
    assert may(person, "safety", "call")


def test_a_letter_in_the_box_does_not_leave_after_the_choice(north: Dealership, now: datetime) -> None:
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    customer_with_occasion(north, "insurance_renewal", today=now.date(), email="a@inbox.test", occasion=opens)
    plan(north, now)
    letter = OutboxMessage.objects.get()
    with time_machine.travel(now):
        Client().post(reverse("preferences", args=[preferences_token(letter.customer, north)]), {"box": []})
    send_due(now=now + timedelta(minutes=1))
    letter.refresh_from_db()
    assert letter.status == "cancelled"


def test_the_page_names_nobody(person: Customer, page: str) -> None:
    shown = Client().get(page).content.decode()
    for secret in ("petrov", "Иванов", "Алексей", "+7912"):
        assert secret not in shown


def test_a_link_ends_and_says_so(person: Customer, north: Dealership, now: datetime) -> None:
    with time_machine.travel(now - timedelta(days=181)):
        page = reverse("preferences", args=[preferences_token(person, north)])
        way_out = reverse("unsubscribe", args=[opt_out_token(person, north)])
    with time_machine.travel(now):
        answer = Client().post(page, {"nothing": "1"})
        assert answer.status_code == 410
        assert "has ended" in answer.content.decode()
        assert Client().post(way_out).status_code == 200
    assert not may(person, "marketing", "email")
    assert may(person, "marketing", "call")


@pytest.mark.parametrize("address", ["preferences", "unsubscribe"])
def test_a_made_up_link_leads_nowhere(db: None, address: str) -> None:
    assert Client().get(reverse(address, args=["made-up"])).status_code == 404


def test_links_of_one_kind_do_not_open_the_other(person: Customer, north: Dealership) -> None:
    token = opt_out_token(person, north)
    assert Client().get(reverse("preferences", args=[token])).status_code == 404


def test_a_choice_on_a_merged_card_counts_for_the_person(person: Customer, north: Dealership, page: str, now) -> None:
    kept = make_customer(north, email="petrov@inbox.test")
    merge(kept.pk, person.pk, by=make_user("vera2", Role.ADMINISTRATOR, north), store=north, now=now)
    Client().post(page, {"nothing": "1"})
    assert not may(kept, "marketing", "email")


def test_the_page_is_limited(page: str) -> None:
    cache.clear()
    answers = [Client().get(page).status_code for _ in range(121)]
    assert answers[-1] == 429
    assert set(answers[:120]) == {200}
