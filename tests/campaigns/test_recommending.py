"""Who recommended whom: noted in the call without leaving the card, met later, and read by the loyalty level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.claiming import claim
from campaigns.completing import BadDetails, complete
from campaigns.models import CallResult, ContactTask
from campaigns.undoing import undo
from customers.erasing import erase
from customers.merging import merge
from customers.models import ContactPoint, Referral
from dealercrm.accounts.models import Dealership, User
from dealercrm.sentences import sentence
from dealercrm.why import Why
from lifecycle.library import Library
from lifecycle.loading import load_facts
from lifecycle.models import Standing
from lifecycle.nights import start_night, work_on
from tests.campaigns.building import planned_call
from tests.factories import make_customer, make_ownership, make_visit
from vehicles.duplicates import look, start_looking

AsUser = Callable[[User], Client]
PHONE = "+79121112233"


@pytest.fixture
def task(north: Dealership, anna: User, now: datetime) -> Iterator[ContactTask]:
    with time_machine.travel(now, tick=False):
        yield claim(planned_call(north, now).pk, anna, now=now)


def note(task: ContactTask, by: User, now: datetime, phone: str = PHONE) -> Referral:
    noted = Referral.objects.note(
        task.customer, name="Пётр", phone=phone, dealership=task.dealership, by=by, at=now
    )  # fmt: skip
    assert isinstance(noted, Referral)
    return noted


def test_a_recommendation_is_noted_beside_the_card_and_goes_with_the_outcome(
    task: ContactTask, anna: User, as_user: AsUser
) -> None:
    browser = as_user(anna)
    card = browser.get(reverse("call-card", args=[task.pk])).content.decode()
    assert 'data-key="r" data-dialog="#box-referral"' in card
    address, said = reverse("call-referral", args=[task.pk]), {"name": "Пётр", "phone": "8 912 111-22-33"}
    answer = browser.post(address, said, headers={"HX-Request": "true"})
    noted = Referral.objects.get()
    assert (noted.referrer, noted.referred, noted.phone, noted.by) == (task.customer, None, PHONE, anna)
    assert f'<input type="hidden" name="referrals" value="{noted.pk}">' in answer.content.decode()
    task.refresh_from_db()
    assert task.status == "claimed", "the call is still in hand"
    browser.post(
        reverse("call-result", args=[task.pk]), {"epoch": task.epoch, "answer": "thinks", "referrals": [noted.pk]}
    )
    assert CallResult.objects.get().details["referrals"] == [noted.pk]


def test_what_is_no_number_is_said_at_the_field(task: ContactTask, anna: User, as_user: AsUser) -> None:
    browser, address = as_user(anna), reverse("call-referral", args=[task.pk])
    assert browser.post(address, {"name": "Пётр", "phone": "12"}).status_code == 422
    assert browser.post(address, {"name": "", "phone": PHONE}).status_code == 422
    own = ContactPoint.objects.get(customer=task.customer).value
    assert "own number" in browser.post(address, {"name": "Пётр", "phone": own}).content.decode()
    assert not Referral.objects.exists()


def test_a_program_gives_it_with_the_outcome_and_takes_both_back(
    task: ContactTask, anna: User, now: datetime, as_user: AsUser
) -> None:
    details = {"referral": {"name": "Пётр", "phone": "8 (912) 111-22-33"}}
    address = f"/api/v1/contact-tasks/{task.pk}/result/"
    said = as_user(anna).post(
        address, {"epoch": task.epoch, "outcome": "thinks", "details": details}, content_type="application/json"
    )
    assert said.status_code == 200, said.content
    noted = Referral.objects.get()
    assert said.json()["details"]["referrals"] == [noted.pk]
    undo(task.pk, by=anna, now=now + timedelta(seconds=5))
    assert not Referral.objects.exists()
    task.refresh_from_db()
    with pytest.raises(BadDetails) as refused:
        complete(
            task.pk, outcome="thinks", by=anna, epoch=task.epoch, now=now,
            details={"referral": {"name": "Пётр", "phone": "7"}},
        )  # fmt: skip
    assert refused.value.field == "referral"
    assert not CallResult.objects.counting().exists()


def test_somebody_elses_recommendation_does_not_go_with_the_outcome(
    task: ContactTask, north: Dealership, anna: User, now: datetime
) -> None:
    other = Referral.objects.create(referrer=make_customer(north), name="X", phone=PHONE, dealership=north, at=now)
    result = complete(
        task.pk, outcome="thinks", by=anna, epoch=task.epoch, now=now, details={"referrals": [str(other.pk), "x"]}
    )
    assert "referrals" not in result.details


def test_the_same_number_twice_is_one_recommendation(task: ContactTask, anna: User, now: datetime) -> None:
    assert note(task, anna, now) == note(task, anna, now, "8-912-111-22-33")
    assert Referral.objects.count() == 1


def test_somebody_known_is_met_at_once_and_somebody_new_by_the_night(
    task: ContactTask, north: Dealership, anna: User, now: datetime
) -> None:
    known = make_customer(north, phone="+79125556677")
    assert note(task, anna, now, "+79125556677").referred == known
    waiting = note(task, anna, now)
    assert waiting.referred_id is None
    came = make_customer(north, name="Петров Пётр", phone=PHONE)
    run = start_looking(north, now=now)
    assert run is not None
    look(run, clock=lambda: now)
    run.refresh_from_db()
    assert run.counts["referrals_met"] == 1
    assert Referral.objects.get(pk=waiting.pk).referred == came
    assert Referral.objects.match() == 0


def test_it_stands_in_the_timeline_of_both(
    task: ContactTask, north: Dealership, south: Dealership, anna: User, clara: User, now: datetime, as_user: AsUser
) -> None:
    known = make_customer(north, name="Петров Пётр", phone=PHONE)
    known.become_known_to(south, at=now)
    note(task, anna, now)
    browser = as_user(anna)
    one = browser.get(reverse("customer-timeline", args=[task.customer_id])).content.decode()
    other = browser.get(reverse("customer-timeline", args=[known.pk])).content.decode()
    assert "Recommended us to" in one
    assert known.short_name in one
    assert "Recommended by" in other
    assert task.customer.short_name in other
    foreign = as_user(clara).get(reverse("customer-timeline", args=[known.pk])).content.decode()
    assert "noted by another store" in foreign
    assert task.customer.short_name not in foreign


def test_who_recommended_us_is_an_advocate_after_the_next_night_and_the_full_one_agrees(
    north: Dealership, anna: User, now: datetime
) -> None:
    rio = make_ownership(make_customer(north), north)

    def loyalty(day: int, *, is_full: bool = False) -> str:
        at = now + timedelta(days=day)
        run = start_night(north, on=north.today(at), now=at, is_full=is_full, by_hand=True)
        assert run is not None
        work_on(run, clock=lambda: at)
        return Standing.objects.get(ownership=rio).loyalty

    make_visit(rio, north.today(now) - timedelta(days=100))
    assert loyalty(1) == "neutral"
    said_at = now + timedelta(days=1)
    Referral.objects.note(rio.customer, name="Пётр", phone=PHONE, dealership=north, by=anna, at=said_at)
    assert load_facts([rio.pk], Library())[0].facts.referrals == (north.today(said_at),)
    assert loyalty(2) == "advocate"
    assert loyalty(2, is_full=True) == "advocate"
    assert loyalty(800) == "neutral", "it is remembered for two years"


def test_a_merge_keeps_it_and_an_erasure_empties_it(
    task: ContactTask, north: Dealership, anna: User, vera: User, now: datetime
) -> None:
    noted = note(task, anna, now)
    kept = make_customer(north, name="Иванов Алексей")
    merge(kept.pk, task.customer_id, by=vera, store=north, now=now)
    noted.refresh_from_db()
    assert noted.referrer == kept
    erase(kept, by=vera, store=north, now=now)
    noted.refresh_from_db()
    assert (noted.name, noted.phone) == ("", "")


def test_two_cards_that_turn_out_to_be_one_person_are_no_advocate(
    north: Dealership, anna: User, vera: User, now: datetime
) -> None:
    first, second = make_customer(north), make_customer(north, phone=PHONE)
    rio = make_ownership(first, north)
    Referral.objects.note(first, name="Пётр", phone=PHONE, dealership=north, by=anna, at=now)
    merge(first.pk, second.pk, by=vera, store=north, now=now)
    assert load_facts([rio.pk], Library())[0].facts.referrals == ()


def test_an_unknown_form_of_a_number_is_refused_in_words(north: Dealership, anna: User, now: datetime) -> None:
    said = Referral.objects.note(make_customer(north), name="Пётр", phone="+7 912", dealership=north, by=anna, at=now)
    assert isinstance(said, Why)
    assert "cannot be dialled" in sentence(said.as_json())
