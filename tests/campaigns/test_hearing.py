"""What comes back: receipts, bounces, complaints, answers that open a call, and STOP."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from campaigns.hearing import close_answered
from campaigns.loading import Store, load_customer_facts
from campaigns.models import ContactTask, InboundMessage, OutboxMessage
from campaigns.rules.hooks import Hook, asks_to_stop, events_of
from campaigns.sending import send_due
from customers.models import ContactPoint, Customer
from customers.rules.consent import allows
from dealercrm.accounts.models import Dealership, Role, User
from lifecycle.models import Occasion
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import make_customer, make_dealership, make_ownership, make_user
from vehicles.models import Touch

PHONE = "+79120000077"


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> None:
    settings.WEBHOOK_SECRETS = {"email": "s-mail", "sms": "s-sms", "messenger": ""}


def report(channel: str, now: datetime, **said: str) -> int:
    secret = {"email": "s-mail", "sms": "s-sms"}[channel]
    with time_machine.travel(now, tick=False):
        answer = Client(enforce_csrf_checks=True).post(
            f"/hooks/{channel}/{secret}/", json.dumps(said), content_type="application/json"
        )
    return answer.status_code


@pytest.fixture
def sent(north: Dealership, now: datetime) -> OutboxMessage:
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    customer_with_occasion(
        north, "insurance_renewal", today=now.date(), email="petrov@inbox.test", phone=PHONE, occasion=opens
    )
    plan(north, now)
    send_due(now=now)
    return OutboxMessage.objects.get(status="sent")


def may(person: Customer, purpose: str, channel: str) -> bool:
    return allows(person.consent_events.all(), purpose, channel)


@pytest.mark.parametrize("path", ["/hooks/sms/wrong/", "/hooks/messenger//", "/hooks/messenger/x/", "/hooks/fax/x/"])
def test_without_the_secret_there_is_nothing(db: None, path: str) -> None:
    assert Client().post(path, "{}", content_type="application/json").status_code == 404


def test_receipts_stand_at_the_message_and_an_opened_letter_is_a_reaction(
    sent: OutboxMessage, north: Dealership, now: datetime
) -> None:
    person = sent.customer
    later = now + timedelta(hours=1)
    assert load_customer_facts([person], Store.load(north, later))[person.pk].unanswered_emails == 1
    assert report("email", later, event="delivered", id=sent.message_id) == 200
    assert report("email", later, event="opened", id=sent.message_id.strip("<>")) == 200
    sent.refresh_from_db()
    assert (sent.delivered_at, sent.opened_at, sent.status) == (later, later, "sent")
    assert load_customer_facts([person], Store.load(north, later))[person.pk].unanswered_emails == 0


def test_a_hard_bounce_marks_the_address(sent: OutboxMessage, now: datetime) -> None:
    report("email", now, event="bounced", id=sent.message_id)
    point = ContactPoint.objects.get(kind="email")
    assert point.invalid_reason == "bounced"
    report("email", now, event="bounced", id="of somebody else")


def test_a_complaint_is_an_opt_out(sent: OutboxMessage, now: datetime) -> None:
    report("email", now, event="complained", id=sent.message_id)
    assert not may(sent.customer, "marketing", "email")
    assert may(sent.customer, "service", "email")


def test_an_answer_stands_on_the_timeline_and_opens_a_call_on_the_list(
    sent: OutboxMessage, north: Dealership, now: datetime
) -> None:
    for _ in range(2):  # providers repeat what they got no answer for
        said = {"id": "in-1", "from": "Petrov@Inbox.test", "text": "А если в субботу?"}
        assert report("email", now, event="answer", **said) == 200
    heard = InboundMessage.objects.get()
    touch = Touch.objects.get(direction="in")
    assert (touch.channel, touch.note, touch.topic, touch.was_reached) == (
        "email", "А если в субботу?", "insurance_renewal", True
    )  # fmt: skip
    task = ContactTask.objects.get(kind="inbound_message")
    assert (task.channel, task.status, task.customer, task.purpose) == ("call", "open", sent.customer, "courtesy")
    assert heard.occasion == task.occasion
    assert not InboundMessage.objects.waiting().exists()
    ContactTask.objects.filter(pk=task.pk).update(status="done", closed_at=now)
    assert close_answered(now) == 1
    assert Occasion.objects.get(kind="inbound_message").status == "served"


def test_an_answer_names_the_letter_it_answers_even_from_another_address(sent: OutboxMessage, now: datetime) -> None:
    said = {"id": "in-2", "from": "wife@inbox.test", "text": "Hello", "in_reply_to": sent.message_id}
    report("email", now, event="answer", **said)
    assert InboundMessage.objects.get().customer == sent.customer


def test_who_may_not_be_offered_anything_is_called_back_all_the_same(north: Dealership, now: datetime) -> None:
    person = make_customer(north, phone=PHONE, consents=False)
    make_ownership(person, north)
    report("sms", now, event="answer", id="1", **{"from": PHONE}, text="Перезвоните")
    assert ContactTask.objects.get().kind == "inbound_message"


@pytest.mark.parametrize("text", ["STOP", "Стоп.", " стоп\n> Ваш полис", "отпишите меня", "Не пишите"])
def test_stop_withdraws_at_once_for_everybody_at_that_number(north: Dealership, now: datetime, text: str) -> None:
    people = [make_customer(north, phone=PHONE) for _ in range(2)]
    make_ownership(people[0], north)
    report("sms", now, event="answer", id="1", **{"from": "79120000077"}, text=text)
    for person in people:
        assert not may(person, "service", "sms")
        assert not may(person, "marketing", "sms")
        assert may(person, "marketing", "email")
    assert not ContactTask.objects.exists()
    assert InboundMessage.objects.get().is_stop
    assert Touch.objects.get().outcome == "stop"


@pytest.mark.parametrize("text", ["Не останавливайтесь", "Please stop by my house", "стоп-сигналы не горят", ""])
def test_a_sentence_with_such_a_word_is_for_a_person(text: str) -> None:
    assert not asks_to_stop(text)


def test_a_stop_stops_the_letter_that_is_queued(north: Dealership, now: datetime) -> None:
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    customer_with_occasion(north, "insurance_renewal", today=now.date(), email="a@inbox.test", occasion=opens)
    plan(north, now)
    report("email", now, event="answer", id="1", **{"from": "a@inbox.test"}, text="стоп")
    assert send_due(now=now + timedelta(minutes=1)) == {"cancelled": 1}
    assert not mail.outbox


def test_a_stranger_is_kept_for_a_person_to_look_at(north: Dealership, boris: User, as_user, now: datetime) -> None:
    report("sms", now, event="answer", id="1", **{"from": "+79990001122"}, text="Кто это?")
    heard = InboundMessage.objects.get()
    assert heard.customer is None
    browser = as_user(boris)
    page = browser.get("/messages/?status=incoming").content.decode()
    assert "Кто это?" in page
    assert browser.post(f"/messages/incoming/{heard.pk}/").status_code == 302
    assert not InboundMessage.objects.waiting().exists()


def test_south_reads_nothing_of_north(north: Dealership, as_user, now: datetime) -> None:
    report("sms", now, event="answer", id="1", **{"from": "+79990001122"}, text="Кто это?")
    south = make_dealership("south9")
    stranger = as_user(make_user("clara9", Role.MANAGER, south))
    assert "Кто это?" not in stranger.get("/messages/?status=incoming").content.decode()
    assert stranger.post(f"/messages/incoming/{InboundMessage.objects.get().pk}/").status_code == 404


def test_a_providers_own_words_are_read_by_a_table() -> None:
    hook = Hook.of(
        {"list_at": "results", "event_at": "status.name", "id_at": "messageId",
         "events": {"DELIVERED": "delivered", "REJECTED": "bounced"}}
    )  # fmt: skip
    told = {"results": [{"messageId": "7", "status": {"name": "DELIVERED"}}, {"messageId": "8", "status": {}}]}
    assert [(event.what, event.id) for event in events_of(hook, told)] == [("delivered", "7")]
    for nonsense in (None, 5, "x", [], {}, [1], {"results": "x"}):
        assert events_of(hook, nonsense) == []
    with pytest.raises(ValueError, match="unknown 'event'"):
        Hook.of({"event": "x"})
    with pytest.raises(ValueError, match="'gone' is none of"):
        Hook.of({"events": {"x": "gone"}})
