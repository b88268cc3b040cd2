"""Letters leave once, never against the customer's word, and never again blindly."""

from __future__ import annotations

import smtplib
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse

from campaigns import sending
from campaigns.models import ContactTask, OutboxMessage
from campaigns.sending import decide_unknown, give_up_lost, send_due
from campaigns.unsubscribing import opt_out_token
from customers.models import ConsentEvent, ContactPoint
from dealercrm.accounts.models import Dealership
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import moment
from vehicles.models import Complaint, Touch


@pytest.fixture
def letter(north: Dealership, now: datetime) -> OutboxMessage:
    """The first letter about an insurance, due at nine this morning."""
    customer_with_occasion(
        north,
        "insurance_renewal",
        today=now.date(),
        email="petrov@inbox.test",
        occasion={"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)},
    )
    plan(north, now)
    return OutboxMessage.objects.get()


class Sink:
    """A relay with a ledger of its own; `moods` are raised one after the other, before or after it accepted."""

    def __init__(self) -> None:
        self.accepted: list[str] = []
        self.before: list[BaseException] = []
        self.after: list[BaseException] = []


SINK = Sink()


class SinkBackend(BaseEmailBackend):
    def send_messages(self, messages: Any) -> int:
        if SINK.before:
            raise SINK.before.pop(0)
        SINK.accepted += [message.extra_headers["Message-ID"] for message in messages]
        if SINK.after:
            raise SINK.after.pop(0)
        return len(messages)


@pytest.fixture
def sink(settings) -> Sink:
    settings.EMAIL_BACKEND = "tests.campaigns.test_sending.SinkBackend"
    SINK.__init__()  # type: ignore[misc]
    return SINK


def test_a_due_letter_is_sent_once_and_counts_as_a_touch(letter: OutboxMessage, now: datetime) -> None:
    assert send_due(now=now) == {"sent": 1}
    assert send_due(now=now) == {}
    [sent] = mail.outbox
    assert sent.to == ["petrov@inbox.test"]
    assert sent.extra_headers["Message-ID"] == letter.message_id
    assert "North" in sent.from_email
    letter.refresh_from_db()
    assert (letter.status, letter.sent_at, letter.task.status) == ("sent", now, "done")
    touch = Touch.objects.get()
    assert (touch.channel, touch.purpose, touch.topic) == ("email", "marketing", "insurance_renewal")


def test_a_letter_waits_for_the_morning(letter: OutboxMessage, now: datetime) -> None:
    OutboxMessage.objects.update(not_before=now - timedelta(days=1))
    assert send_due(now=now.replace(hour=21)) == {"put off": 1}
    letter.refresh_from_db()
    assert (letter.status, letter.not_before, letter.attempts) == ("queued", moment(date(2026, 3, 17), 9), 0)
    assert not mail.outbox


def test_an_opt_out_between_queueing_and_sending_stops_the_letter(
    north: Dealership, letter: OutboxMessage, now: datetime
) -> None:
    page = reverse("unsubscribe", args=[opt_out_token(letter.customer, north)])
    Client().post(page)
    assert send_due(now=now + timedelta(minutes=1)) == {"cancelled": 1}
    letter.refresh_from_db()
    assert (letter.status, letter.task.status) == ("cancelled", "cancelled")
    assert not mail.outbox


def test_a_complaint_puts_the_letter_off(letter: OutboxMessage, north: Dealership, now: datetime) -> None:
    Complaint.objects.create(dealership=north, customer=letter.customer, opened_at=now, text="rattles")
    assert send_due(now=now) == {"put off": 1}
    assert not mail.outbox


def test_looking_at_the_unsubscribe_page_changes_nothing(letter: OutboxMessage, north: Dealership) -> None:
    before = ConsentEvent.objects.count()
    page = reverse("unsubscribe", args=[opt_out_token(letter.customer, north)])
    assert Client().get(page).status_code == 200
    assert ConsentEvent.objects.count() == before
    assert Client().post(page).status_code == 200
    assert Client().post(page).status_code == 200
    events = ConsentEvent.objects.filter(is_given=False)
    assert {(event.purpose, event.channel) for event in events} == {("marketing", "email"), ("survey", "email")}
    assert events.count() == 2


@pytest.mark.parametrize("token", ["made-up", "WzEsMV0:1abc:xyz"])
def test_a_made_up_link_is_not_found(db: None, token: str) -> None:
    assert Client().get(reverse("unsubscribe", args=[token])).status_code == 404


def test_every_marketing_letter_says_the_way_out_and_a_service_letter_need_not(
    north: Dealership, letter: OutboxMessage
) -> None:
    assert opt_out_token(letter.customer, north).split(":")[0] in letter.body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no such user")}), "failed"),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (451, b"later")}), "queued"),
        (smtplib.SMTPSenderRefused(452, b"full", "a"), "queued"),
        (smtplib.SMTPDataError(554, b"spam"), "failed"),
        (smtplib.SMTPDataError(451, b"greylisted"), "queued"),
        (smtplib.SMTPServerDisconnected("gone"), "unknown"),
        (TimeoutError("silence"), "unknown"),
        (ValueError("header"), "failed"),
    ],
)
def test_each_answer_of_the_relay_has_its_consequence(
    letter: OutboxMessage, sink: Sink, now: datetime, error: Exception, status: str
) -> None:
    sink.before = [error]
    send_due(now=now)
    letter.refresh_from_db()
    assert letter.status == status
    assert letter.sent_at is None
    assert not Touch.objects.exists()
    assert letter.task.status == {"failed": "cancelled"}.get(status, "open")


def test_a_mailbox_that_does_not_exist_is_marked(letter: OutboxMessage, sink: Sink, now: datetime) -> None:
    sink.before = [smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no such user")})]
    send_due(now=now)
    assert ContactPoint.objects.get(kind="email").invalid_reason == "bounced"


def test_a_relay_that_is_down_is_asked_less_and_less_often(
    letter: OutboxMessage, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(self: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", down)
    at, waits = now, []
    for _try in range(6):
        send_due(now=at)
        letter.refresh_from_db()
        waits.append((letter.not_before - at).total_seconds() // 60)
        at = max(at, letter.not_before)
    assert waits == [1, 4, 9, 16, 25, 30]
    assert letter.status == "queued"  # the server's fault is not the letter's: it leaves when the server is back


def die_after_accepting(sink: Sink, now: datetime) -> None:
    sink.after = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        send_due(now=now)


def test_a_sender_that_dies_leaves_a_letter_for_a_person_to_decide(
    letter: OutboxMessage, sink: Sink, now: datetime
) -> None:
    die_after_accepting(sink, now)
    assert send_due(now=now + timedelta(minutes=1)) == {}
    assert send_due(now=now + timedelta(minutes=10)) == {"unknown": 1}
    letter.refresh_from_db()
    assert letter.status == "unknown"
    assert sink.accepted == [letter.message_id]
    assert decide_unknown(letter, has_left=True, now=now + timedelta(hours=1))
    letter.refresh_from_db()
    assert (letter.status, letter.task.status) == ("sent", "done")


def test_control_sending_a_lost_letter_again_blindly_doubles_it(
    letter: OutboxMessage, sink: Sink, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queue_again(at: datetime) -> int:
        return OutboxMessage.objects.filter(status="sending", lease_until__lte=at).update(status="queued")

    monkeypatch.setattr(sending, "give_up_lost", queue_again)
    die_after_accepting(sink, now)
    send_due(now=now + timedelta(minutes=10))
    assert sink.accepted == [letter.message_id] * 2


def test_a_sender_that_was_only_slow_cannot_write_over_the_decision(
    letter: OutboxMessage, sink: Sink, now: datetime
) -> None:
    message = sending.claim_message(now, {})
    assert message is not None
    give_up_lost(now + timedelta(minutes=10))
    unknown = OutboxMessage.objects.get()
    assert decide_unknown(unknown, has_left=False, send_again=True, now=now + timedelta(minutes=11))
    again = sending.claim_message(now + timedelta(minutes=12), {})
    assert again is not None
    assert again.epoch == 2
    assert not sending.mark_sent(message, now + timedelta(minutes=13))
    assert ContactTask.objects.get().status == "open"
