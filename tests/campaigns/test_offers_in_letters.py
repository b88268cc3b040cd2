"""A letter carries the offer; what is sold in it needs a consent, at planning and again when it leaves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from campaigns.claiming import claim
from campaigns.completing import complete
from campaigns.models import CampaignOffer, ContactTask, Offer, OfferEvent, OutboxMessage
from campaigns.sending import send_due
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import planned_call
from tests.campaigns.test_offers_of_a_call import offer, price_works
from vehicles.models import Touch

LATER = timedelta(minutes=5)


def letter_of(north: Dealership, anna: User, now: datetime, **person: Any) -> OutboxMessage:
    """The customer thinks about it, and the letter with the offer is written."""
    task = planned_call(north, now, email="ivanov@inbox.test", **person)
    held = claim(task.pk, anna, now=now)
    complete(task.pk, outcome="thinks", by=anna, epoch=held.epoch, now=now)
    return OutboxMessage.objects.get()


def only_gift(north: Dealership) -> None:
    """Maintenance carries the gift alone."""
    CampaignOffer.objects.filter(campaign__code="maintenance").exclude(offer__code="check-up").delete()


@pytest.fixture
def gift_alone(north: Dealership, now: datetime) -> None:
    planned_call(north, now, name="Первый Пётр")  # installs the campaigns
    ContactTask.objects.all().delete()
    only_gift(north)


def test_the_letter_says_the_fixed_price_and_its_last_day(north: Dealership, anna: User, now: datetime) -> None:
    price_works(north)
    letter = letter_of(north, anna, now, consents=False)
    assert "Наше предложение: Фиксированная цена: 18\u00a0400\u00a0₽, до 30 марта." in letter.body
    assert (letter.offer, letter.offer_until, letter.purpose) == (offer("fixed-price"), date(2026, 3, 30), "service")
    assert send_due(now=now + LATER)["sent"] == 1
    event = OfferEvent.objects.get()
    assert (event.answer, event.channel, event.until) == ("shown", "email", date(2026, 3, 30))


def test_without_a_price_and_a_consent_the_letter_leaves_without_an_offer(
    north: Dealership, anna: User, now: datetime
) -> None:
    letter = letter_of(north, anna, now, consents=False)
    assert letter.offer is None
    assert "предложение" not in letter.body
    assert "{" not in letter.body


def test_a_letter_with_a_gift_is_marketing_and_says_how_to_stop_it(
    north: Dealership, anna: User, now: datetime, gift_alone: None
) -> None:
    letter = letter_of(north, anna, now)
    assert (letter.offer, letter.purpose, letter.task.purpose) == (offer("check-up"), "marketing", "service")
    assert "Диагностика по 40 пунктам" in letter.body
    assert send_due(now=now + LATER)["sent"] == 1
    assert "List-Unsubscribe" in mail.outbox[0].extra_headers
    assert Touch.objects.get(channel="email").purpose == "marketing"


def test_a_word_between_writing_and_leaving_takes_the_offer_out_and_lets_the_service_letter_go(
    north: Dealership, anna: User, now: datetime, gift_alone: None
) -> None:
    letter = letter_of(north, anna, now)
    letter.customer.withdraw_consent(purpose="marketing", at=now, source="web")
    assert send_due(now=now + LATER)["sent"] == 1
    body = str(mail.outbox[0].body)
    assert "Диагностика" not in body
    assert "ТО автомобиля" in body
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers
    assert not OfferEvent.objects.exists()
    assert Touch.objects.get(channel="email").purpose == "service"


def test_an_offer_that_was_taken_off_leaves_with_no_letter(
    north: Dealership, anna: User, now: datetime, gift_alone: None
) -> None:
    letter = letter_of(north, anna, now)
    assert letter.offer is not None
    letter.offer.switch(False)
    send_due(now=now + LATER)
    assert "Диагностика" not in str(mail.outbox[0].body)


def test_a_batch_promises_no_more_pieces_than_there_are(
    north: Dealership, anna: User, now: datetime, gift_alone: None
) -> None:
    Offer.objects.filter(code="check-up").update(stock=1)
    for number, name in enumerate(("Один Иван", "Два Иван")):
        task = planned_call(north, now, name=name, email=f"i{number}@inbox.test")
        held = claim(task.pk, anna, now=now)
        complete(task.pk, outcome="thinks", by=anna, epoch=held.epoch, now=now)
    assert OutboxMessage.objects.filter(offer=None).count() == 1
    assert OutboxMessage.objects.exclude(offer=None).count() == 1


def test_an_erasure_empties_both_wordings(north: Dealership, anna: User, now: datetime, gift_alone: None) -> None:
    from customers.erasing import erase

    letter = letter_of(north, anna, now)
    erase(letter.customer, by=anna, store=north, now=now)
    letter.refresh_from_db()
    assert (letter.body, letter.without_offer) == ("", {})
