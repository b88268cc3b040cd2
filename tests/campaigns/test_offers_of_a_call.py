"""The offer on the card, its fallback, and what becomes of them with the result of the call."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns.card import Card, card_tasks, load_card
from campaigns.claiming import claim
from campaigns.completing import BadDetails, complete
from campaigns.loading import Store
from campaigns.models import CallResult, ContactTask, Offer, OfferEvent
from campaigns.undoing import undo
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import make_occasion, plan, planned_call
from tests.factories import make_customer, make_ownership
from vehicles.models import Appointment, Refusal, Touch, WorkGroup, WorkPrice


def price_works(store: Dealership, amount: int = 18400) -> None:
    """Maintenance has a fixed price at this store."""
    WorkPrice.objects.create(
        dealership=store,
        work_group=WorkGroup.objects.get(code="maintenance"),
        labour=Decimal(amount),
        valid_from=date(2026, 1, 1),
    )


def allow_marketing(task: ContactTask, now: datetime) -> None:
    task.customer.give_consent(purpose="marketing", at=now - timedelta(days=9), source="dms")


@pytest.fixture
def task(north: Dealership, now: datetime) -> ContactTask:
    price_works(north)
    return planned_call(north, now, email="ivanov@inbox.test", consents=False)


def offer(code: str) -> Offer:
    return Offer.objects.current().get(code=code)


def card_of(task: ContactTask, anna: User, now: datetime) -> list[str]:
    return [made.offer.code for made in loaded(task, anna, now).offers.possible]


def loaded(task: ContactTask, anna: User, now: datetime) -> Card:
    row = card_tasks(ContactTask.objects.all(), anna, now).get(pk=task.pk)
    return load_card(row, anna, Store.load(row.dealership, now), now)


def answer(task: ContactTask, by: User, outcome: str, now: datetime, **details: object) -> CallResult:
    held = claim(task.pk, by, now=now)
    return complete(task.pk, outcome=outcome, by=by, epoch=held.epoch, now=now, details=details)


def said_of(task: ContactTask) -> dict[str, str]:
    return {event.offer.code: event.answer for event in OfferEvent.objects.filter(task=task).select_related("offer")}


def test_the_fixed_price_is_in_view_and_the_gift_behind_it(task: ContactTask, anna: User, now: datetime) -> None:
    allow_marketing(task, now)
    assert card_of(task, anna, now) == ["fixed-price", "check-up"]


def test_without_consent_the_card_keeps_the_service_reason_with_its_price_and_hides_the_gift(
    task: ContactTask, anna: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    assert card_of(task, anna, now) == ["fixed-price"]
    claim(task.pk, anna, now=now)
    with time_machine.travel(now, tick=False):
        html = as_user(anna).get(reverse("call-card", args=[task.pk])).content.decode()
    assert "1 offer hidden: no consent to marketing." in html
    assert "They agree now" in html
    assert "18,400" in html
    assert "Check of 40 points" not in html


def test_consent_given_in_the_call_shows_the_offer_at_once(
    task: ContactTask, anna: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    claim(task.pk, anna, now=now)
    with time_machine.travel(now, tick=False):
        answered = as_user(anna).post(reverse("call-consent", args=[task.pk]), headers={"HX-Request": "true"})
    assert "Check of 40 points" in answered.content.decode()
    said = task.customer.consent_events.latest("pk")
    assert (said.purpose, said.channel, said.is_given, said.source, said.recorded_by) == (
        "marketing", "", True, "call", anna,
    )  # fmt: skip


def test_nobody_records_a_consent_in_a_call_that_is_not_theirs(
    task: ContactTask, boris: User, clara: User, as_user: Callable[[User], Client]
) -> None:
    as_user(boris).post(reverse("call-consent", args=[task.pk]))
    assert as_user(clara).post(reverse("call-consent", args=[task.pk])).status_code == 404
    assert not task.customer.consent_events.exists()


def test_a_complaint_hides_what_is_sold_and_keeps_the_price(
    north: Dealership, task: ContactTask, anna: User, now: datetime
) -> None:
    allow_marketing(task, now)
    task.customer.complaints.create(dealership=north, opened_at=now, text="The door rattles.")
    assert card_of(task, anna, now) == ["fixed-price"]


def test_booking_takes_the_offer_in_view_and_notes_the_promise_on_the_appointment(
    task: ContactTask, anna: User, now: datetime
) -> None:
    allow_marketing(task, now)
    result = answer(
        task, anna, "booked", now, starts_at="2026-03-18T10:00", offer=str(offer("fixed-price").pk),
        offers_shown=[str(offer("fixed-price").pk)],
    )  # fmt: skip
    event = OfferEvent.objects.get()
    assert (event.answer, event.price, event.until, event.by) == ("taken", Decimal(18400), date(2026, 3, 30), anna)
    promised = Appointment.objects.get().proposal
    assert promised.startswith("Фиксированная цена: 18\u00a0400\u00a0₽, до 30 марта.")
    assert result.details["offers"] == {str(event.offer_id): "taken"}
    assert Touch.objects.get().purpose == "service", "the plain price of what is due is no marketing"


def test_the_fallback_that_is_taken_makes_the_contact_marketing_and_costs_us(
    task: ContactTask, anna: User, now: datetime
) -> None:
    allow_marketing(task, now)
    first, gift = offer("fixed-price").pk, offer("check-up").pk
    answer(
        task, anna, "booked", now, starts_at="2026-03-18T10:00", offer=gift, offers_shown=[first, gift],
        offers_refused=[first],
    )  # fmt: skip
    assert said_of(task) == {"fixed-price": "refused", "check-up": "taken"}
    assert OfferEvent.objects.get(answer="taken").cost == 400
    assert not Refusal.objects.exists(), "a refused offer is no refusal of the topic"
    assert Touch.objects.get().purpose == "marketing"


def test_the_second_refusal_is_the_refusal_of_the_topic(task: ContactTask, anna: User, now: datetime) -> None:
    allow_marketing(task, now)
    first, gift = offer("fixed-price").pk, offer("check-up").pk
    answer(task, anna, "refused", now, reason="price", offer=gift, offers_refused=[first], offers_shown=[first, gift])
    assert set(OfferEvent.objects.values_list("answer", "reason")) == {("refused", "price")}
    assert Refusal.objects.get().reason == "price"


def test_an_offer_that_was_refused_is_not_made_again_until_the_term_is_over(
    north: Dealership, task: ContactTask, anna: User, now: datetime
) -> None:
    allow_marketing(task, now)
    answer(task, anna, "thinks", now, offer=offer("check-up").pk, offers_refused=[offer("fixed-price").pk])
    later = now + timedelta(days=3)
    plan(north, later)
    repeat = ContactTask.objects.get(step__position=3) if ContactTask.objects.filter(step__position=3) else None
    if repeat is None:  # the letter goes first
        ContactTask.objects.filter(channel="email").update(status="done", closed_at=now)
        plan(north, later)
        repeat = ContactTask.objects.get(step__position=3)
    assert card_of(repeat, anna, later) == ["check-up"]


def test_the_day_that_was_named_is_kept_in_the_repeat_call(
    north: Dealership, task: ContactTask, anna: User, now: datetime
) -> None:
    answer(task, anna, "thinks", now, offer=offer("fixed-price").pk)
    ContactTask.objects.filter(channel="email").update(status="done", closed_at=now)
    later = now + timedelta(days=3)
    plan(north, later)
    repeat = ContactTask.objects.get(step__position=3)
    assert loaded(repeat, anna, later).offers.possible[0].until == date(2026, 3, 30)


def test_nobody_reached_is_nobody_told(task: ContactTask, anna: User, now: datetime) -> None:
    answer(task, anna, "no_answer", now, offer=offer("fixed-price").pk, offers_shown=[offer("fixed-price").pk])
    assert not OfferEvent.objects.exists()


def test_an_undo_takes_the_answers_to_offers_back_too(task: ContactTask, anna: User, now: datetime) -> None:
    allow_marketing(task, now)
    first, gift = offer("fixed-price").pk, offer("check-up").pk
    result = answer(
        task,
        anna,
        "booked",
        now,
        starts_at="2026-03-18T10:00",
        offer=gift,
        offers_refused=[first],
        offers_shown=[first],
    )
    back = undo(result.task_id, by=anna, now=now + timedelta(seconds=20))
    assert not OfferEvent.objects.exists()
    assert not Appointment.objects.exists()
    assert card_of(back, anna, now) == ["fixed-price", "check-up"]


def test_an_offer_of_another_campaign_is_no_answer(task: ContactTask, anna: User, now: datetime) -> None:
    with pytest.raises(BadDetails) as refused:
        answer(task, anna, "thinks", now, offer=offer("trade-in").pk)
    assert refused.value.field == "offer"
    task.refresh_from_db()
    assert task.status == "claimed"


def test_the_last_piece_is_promised_to_one_customer(north: Dealership, anna: User, now: datetime) -> None:
    price_works(north)
    one, other = planned_call(north, now), planned_call(north, now, name="Петров Пётр")
    gift = offer("check-up")
    Offer.objects.filter(pk=gift.pk).update(stock=1)
    assert card_of(other, anna, now) == ["fixed-price", "check-up"]
    answer(one, anna, "booked", now, starts_at="2026-03-18T10:00", offer=gift.pk)
    assert card_of(other, anna, now) == ["fixed-price"]
    with pytest.raises(BadDetails, match="last piece"):
        answer(other, anna, "booked", now, starts_at="2026-03-18T11:00", offer=gift.pk)
    assert Appointment.objects.count() == 1


def test_a_repurchase_books_a_test_drive_with_the_proposal(north: Dealership, anna: User, now: datetime) -> None:
    customer = make_customer(north, name="Орлова Анна")
    owned = make_ownership(customer, north, started_on=date(2022, 3, 1))
    make_occasion(owned, "repurchase", today=north.today(now))
    plan(north, now)
    task = ContactTask.objects.get(kind="repurchase", channel="call")
    assert card_of(task, anna, now) == ["trade-in", "valuation"]
    answer(task, anna, "booked", now, starts_at="2026-03-18T10:00", offer=offer("trade-in").pk)
    booked = Appointment.objects.get()
    assert (booked.purpose, "Обмен вашего автомобиля" in booked.proposal) == ("test_drive", True)


def test_the_promise_is_shown_where_the_customer_is_expected(
    task: ContactTask, anna: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    answer(task, anna, "booked", now, starts_at="2026-03-16T15:00", offer=offer("fixed-price").pk)
    with time_machine.travel(now, tick=False):
        html = as_user(anna).get(reverse("appointments")).content.decode()
    assert "Фиксированная цена" in html


def test_a_card_that_comes_back_with_an_error_still_knows_the_refusal(
    task: ContactTask, anna: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    allow_marketing(task, now)
    held = claim(task.pk, anna, now=now)
    first, gift = offer("fixed-price").pk, offer("check-up").pk
    with time_machine.travel(now, tick=False):
        back = as_user(anna).post(
            reverse("call-result", args=[task.pk]),
            {
                "epoch": held.epoch,
                "answer": "booked",
                "offer": gift,
                "offers_shown": [first, gift],
                "offers_refused": first,
            },
        )
    html = back.content.decode()
    assert back.status_code == 422
    assert re.search(rf'name="offers_refused" value="{first}">', html)
    assert re.search(rf'name="offer" value="{first}" disabled>', html)
    assert re.search(rf'name="offer" value="{gift}">', html)


def test_a_program_reads_the_offers_of_a_call_and_names_the_one_that_was_taken(
    task: ContactTask, anna: User, clara: User, now: datetime
) -> None:
    api = APIClient()
    api.force_authenticate(anna)
    held = claim(task.pk, anna, now=now)
    with time_machine.travel(now, tick=False):
        made = api.get(f"/api/v1/contact-tasks/{task.pk}/offers/").json()
        assert [(one["code"], one["price"], one["until"], one["why_not"] is None) for one in made] == [
            ("fixed-price", "18400.00", "2026-03-30", True),
            ("check-up", "18400.00", "2026-03-30", False),
        ]
        body = {
            "epoch": held.epoch,
            "outcome": "booked",
            "details": {"starts_at": "2026-03-18T10:00:00+03:00", "offer": made[0]["offer"]},
        }
        done = api.post(f"/api/v1/contact-tasks/{task.pk}/result/", body, format="json")
    assert done.json()["details"]["offers"] == {str(made[0]["offer"]): "taken"}
    outside = APIClient()
    outside.force_authenticate(clara)
    assert outside.get(f"/api/v1/contact-tasks/{task.pk}/offers/").status_code == 404
    assert outside.get("/api/v1/offers/").json()["results"] == []
    assert len(api.get("/api/v1/offers/?is_current=true&kind=discount").json()["results"]) == 3
