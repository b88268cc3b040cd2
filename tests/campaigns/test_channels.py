"""SMS and messengers: planned, worded and sent by the same gates and the same outbox as letters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.checks import run_checks

from campaigns.models import Campaign, CampaignStep, ContactTask, OutboxMessage, Sender
from campaigns.ready_made import install
from campaigns.rules.relay import SendError
from campaigns.rules.sms import length_of
from campaigns.sending import send_due
from customers.models import ContactPoint
from dealercrm.accounts.models import Dealership
from tests.campaigns.building import customer_with_occasion, plan
from tests.campaigns.gateway import Gateway, gateway
from tests.factories import make_user
from vehicles.models import Touch


@pytest.fixture
def sms(settings: Any) -> Iterator[Gateway]:
    with gateway() as book:
        settings.CHANNELS = {**settings.CHANNELS, "sms": "campaigns.channels.http"}
        settings.PROVIDERS = {"sms": book.provider()}
        yield book


def write_by(store: Dealership, channel: str, kind: str = "insurance_renewal", text: str = "") -> None:
    """The campaign of this kind begins with a message of this channel."""
    install(store)
    campaign = Campaign.objects.get(dealership=store, kinds__icontains=kind)
    campaign.steps.all().delete()
    text = text or "{car}: полис до {until}"
    CampaignStep.objects.create(campaign=campaign, position=1, channel=channel, text_en=text, text_ru=text)


def due_message(store: Dealership, now: datetime, channel: str = "sms", **person: Any) -> OutboxMessage:
    kind = person.pop("kind", "insurance_renewal")
    write_by(store, channel, kind)
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    customer_with_occasion(store, kind, today=now.date(), occasion=opens, **person)
    plan(store, now)
    return OutboxMessage.objects.get()


def test_a_text_message_goes_to_the_mobile_with_our_id_as_key(north: Dealership, sms: Gateway, now: datetime) -> None:
    message = due_message(north, now, phone="+79120000001")
    assert send_due(now=now) == {"sent": 1}
    assert send_due(now=now) == {}
    [told] = sms.seen
    assert told["to"] == "+79120000001"
    assert told["key"] == message.message_id
    assert told["from"] == "NORTH"
    assert sms.headers[0]["Idempotency-Key"] == message.message_id
    assert sms.headers[0]["Authorization"] == "Bearer s3cret"
    assert "unsubscribe" in told["text"]
    message.refresh_from_db()
    assert (message.status, message.provider_id, message.subject) == ("sent", f"p-{message.message_id[:8]}", "")
    touch = Touch.objects.get()
    assert (touch.channel, touch.purpose) == ("sms", "marketing")
    assert touch.cost == Decimal("6.50") * length_of(told["text"]).parts > Decimal("6.50")  # in several parts


def test_where_answers_arrive_the_way_out_is_a_word(north: Dealership, sms: Gateway, now: datetime, settings) -> None:
    settings.ANSWERS = {"sms": True}
    due_message(north, now)
    send_due(now=now)
    assert sms.seen[0]["text"].endswith("\nНе писать: ответьте СТОП")


def test_a_landline_takes_no_text_message(north: Dealership, sms: Gateway, now: datetime) -> None:
    write_by(north, "sms")
    customer_with_occasion(north, "insurance_renewal", today=now.date(), phone="+74951234567")
    plan(north, now)
    assert not ContactTask.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_a_message_goes_to_the_messenger_address(north: Dealership, now: datetime, settings, tmp_path) -> None:
    settings.MESSAGES_PATH = tmp_path
    write_by(north, "messenger")
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    occasion = customer_with_occasion(north, "insurance_renewal", today=now.date(), occasion=opens)
    ContactPoint.objects.create(customer=occasion.customer, kind="messenger", value="@ivanov")
    plan(north, now)
    assert send_due(now=now) == {"sent": 1}
    [file] = tmp_path.iterdir()
    assert "To: @ivanov" in file.read_text()


@pytest.mark.parametrize(
    ("status", "takes", "becomes"),
    [(503, False, "queued"), (400, False, "failed"), (500, True, "unknown"), (None, True, "unknown")],
)
def test_each_answer_of_the_provider_has_its_consequence(
    north: Dealership, sms: Gateway, now: datetime, status: int | None, takes: bool, becomes: str
) -> None:
    message = due_message(north, now)
    sms.status, sms.takes = status, takes
    send_due(now=now)
    message.refresh_from_db()
    assert message.status == becomes
    assert not Touch.objects.exists()


def test_a_provider_that_is_away_costs_one_attempt_a_sweep_and_no_message(
    north: Dealership, now: datetime, settings: Any
) -> None:
    settings.CHANNELS = {**settings.CHANNELS, "sms": "campaigns.channels.http"}
    with gateway() as book:
        settings.PROVIDERS = {"sms": book.provider()}
    write_by(north, "sms")
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    for _ in range(3):
        customer_with_occasion(north, "insurance_renewal", today=now.date(), occasion=opens)
    plan(north, now)
    assert send_due(now=now) == {"again": 1}
    assert OutboxMessage.objects.filter(status="queued").count() == 3


@pytest.mark.parametrize(("takes", "times"), [(True, 1), (False, 2)])
def test_what_nobody_answered_for_is_looked_up_and_sent_again_only_if_absent(
    north: Dealership, sms: Gateway, now: datetime, settings: Any, takes: bool, times: int
) -> None:
    settings.PROVIDERS = {"sms": sms.provider(lookup_url=f"http://127.0.0.1:{sms.port}/has?id={{id}}")}
    message = due_message(north, now)
    sms.status, sms.takes = None, takes
    assert send_due(now=now) == {"to look up": 1}
    sms.status, sms.takes = 200, True
    send_due(now=now + timedelta(minutes=2))
    message.refresh_from_db()
    assert message.status == "sent"
    assert sms.accepted == [message.message_id]
    assert len(sms.seen) == times


def test_a_provider_that_cannot_be_asked_either_leaves_it_to_a_person(
    north: Dealership, sms: Gateway, now: datetime, settings: Any
) -> None:
    settings.PROVIDERS = {"sms": sms.provider(lookup_url="http://127.0.0.1:9/has?id={id}")}
    message = due_message(north, now)
    sms.status = None
    send_due(now=now)
    assert send_due(now=now + timedelta(minutes=2)) == {"unknown": 1}
    message.refresh_from_db()
    assert message.status == "unknown"


def test_an_opt_out_of_text_messages_stops_one_that_is_queued(north: Dealership, sms: Gateway, now: datetime) -> None:
    message = due_message(north, now)
    message.customer.withdraw_consent(purpose="marketing", channel="sms", at=now, source="web")
    assert send_due(now=now + timedelta(minutes=1)) == {"cancelled": 1}
    assert not sms.seen


def test_a_channel_that_nobody_set_up_is_walked_past(north: Dealership, now: datetime, settings: Any) -> None:
    settings.CHANNELS = {"email": "", "sms": "", "messenger": ""}
    occasion = customer_with_occasion(north, "insurance_renewal", today=now.date(), email="a@inbox.test")
    plan(north, now)
    assert ContactTask.objects.get(occasion=occasion).channel == "call"
    assert not OutboxMessage.objects.exists()


def test_marketing_and_service_are_signed_by_different_senders(north: Dealership, now: datetime) -> None:
    Sender.objects.create(
        dealership=north, group="marketing", channel="email", name="North Club", address="club@north.test"
    )
    Sender.objects.create(
        dealership=north, group="service", channel="email", name="North Service", reply_to="desk@north.test"
    )
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    customer_with_occasion(north, "insurance_renewal", today=now.date(), email="a@inbox.test", occasion=opens)
    customer_with_occasion(north, "birthday", today=now.date(), email="b@inbox.test")
    plan(north, now)
    send_due(now=now)
    by = {letter.to[0]: letter for letter in mail.outbox}
    assert by["a@inbox.test"].from_email == "North Club <club@north.test>"
    assert by["b@inbox.test"].from_email.startswith("North Service <")
    assert by["b@inbox.test"].reply_to == ["desk@north.test"]


def test_a_letter_without_an_address_is_never_called_sent(north: Dealership, now: datetime) -> None:
    message = due_message(north, now, channel="email", email="a@inbox.test")
    from campaigns.channels import email

    message.contact_point = None
    with pytest.raises(SendError) as failure:
        email.send(message, email.open_relay())
    assert failure.value.permanent is True


def test_a_pretended_channel_in_production_is_an_error(settings: Any) -> None:
    settings.PRODUCTION = True
    settings.CHANNELS = {"email": "campaigns.channels.email", "sms": "campaigns.channels.file", "messenger": ""}
    assert [found.id for found in run_checks() if str(found.id).startswith("dealercrm.E")] == ["dealercrm.E001"]


def test_an_administrator_sets_the_senders_and_nobody_else(north: Dealership, as_user, now: datetime) -> None:
    vera = as_user(make_user("vera9", "administrator", north))
    form = {
        "email-marketing-name": "Club",
        "email-marketing-address": "Club@North.test",
        "sms-service-address": "NORTH",
    }
    assert vera.post("/senders/", form).status_code == 302
    assert set(Sender.objects.values_list("group", "channel", "address")) == {
        ("marketing", "email", "club@north.test"),
        ("service", "sms", "NORTH"),
    }
    assert vera.post("/senders/", {"sms-service-address": "Северный Мотор"}).status_code == 422
    assert vera.post("/senders/", {"email-service-address": "nobody"}).status_code == 422
    assert as_user(make_user("boris9", "manager", north)).get("/senders/").status_code == 403
