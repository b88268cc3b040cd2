"""The call card: all that one call needs on one screen, in ten queries with the frame of the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.claiming import claim
from campaigns.completing import complete
from campaigns.models import CallResult, Campaign, ContactPolicy, ContactTask
from campaigns.rules.dialling import dialling, is_dialling
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Standing
from tests.campaigns.building import make_occasion, planned_call
from tests.factories import make_ownership, make_visit
from vehicles.models import Appointment, Complaint, Feedback, LoyaltyAccount, LoyaltyPolicy, Touch

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def task(north: Dealership, anna: User, now: datetime) -> ContactTask:
    """A call in hand with something on every line of the card."""
    task = planned_call(north, now, "maintenance", name="Орлова Анна Юрьевна")
    car, today = task.ownership, north.today(now)
    assert car is not None
    make_visit(car, today - timedelta(days=400), km=41000, works=("maintenance", "oil"), declined=("brakes",))
    make_visit(car, today - timedelta(days=90), km=52000, works=())
    make_ownership(task.customer, north)
    make_occasion(car, "insurance_renewal", today=today)
    Complaint.objects.create(
        dealership=north, customer=task.customer, opened_at=now - timedelta(days=4), text="The door rattles."
    )
    Feedback.objects.create(dealership=north, customer=task.customer, at=now - timedelta(days=80), score=4)
    Touch.objects.create(
        dealership=north, customer=task.customer, at=now - timedelta(days=30), channel="email", purpose="service"
    )
    Appointment.objects.create(
        dealership=north, customer=task.customer, starts_at=now + timedelta(days=2), purpose="test_drive"
    )
    CallResult.objects.create(
        task=task,
        epoch=9,
        by=anna,
        at=now - timedelta(days=1),
        outcome="done",
        note="Wants a courtesy car",
        was_late=True,
    )
    Standing.objects.create(
        ownership=car, customer=task.customer, dealership=north, stage="retention", substage="due", since=today,
        why={"code": "stage.test", "params": {}}, facts_version=1, judged_on=today, health=41, chance_soon=5,
        forecasts={"health_bands": [1, 1, 1, 1, 1, 1, 1, 1], "health_points": [-22, 3, 0, 0, 4, -9, 0, 0]},
    )  # fmt: skip
    LoyaltyPolicy.of(north).change({"is_on": True, "point_value": 0.5})
    LoyaltyAccount.objects.create(
        dealership=north, customer=task.customer, is_held_out=False, share=0.1, assigned_on=today, balance=700,
        expiring=300, expires_on=today + timedelta(days=20),
    )  # fmt: skip
    Campaign.objects.update(goal_en="A day in the workshop", goal_ru="День в сервисе")
    before = planned_call(north, now, "data_check", name="Прежний Иван Ильич")
    held = claim(before.pk, anna, now=now)
    complete(before.pk, outcome="done", by=anna, epoch=held.epoch, now=now)
    return claim(task.pk, anna, now=now)


def card(as_user: AsUser, user: User, task: ContactTask) -> str:
    return str(as_user(user).get(reverse("call-card", args=[task.pk])).content, "utf-8").replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_the_card_says_all_that_one_call_needs(task: ContactTask, anna: User, as_user: AsUser) -> None:
    page = card(as_user, anna, task)
    for said in (
        "say “Анна Юрьевна”", "11:00 there", "Kia Rio", "Goal: A day in the workshop", "then email ",
        "Open complaint since",
        "The door rattles.", "Test drive: ", "Also due", "Other cars", "email −240", "mileage −400", "city −50",
        ">41<", "−22", ">NPS<", "maintenance, oil", "declined:", "Wants a courtesy car", "too late to count",
        "Take back", 'href="tel:+7', ">700<", "worth 350 ₽", "300 expire on 5 Apr",
    ):  # fmt: skip
        assert said.casefold() in page.casefold(), said


def test_a_full_card_takes_ten_queries_with_the_frame_of_the_page(
    task: ContactTask, anna: User, as_user: AsUser
) -> None:
    browser, address = as_user(anna), reverse("call-card", args=[task.pk])
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    assert len(queries) <= 10, "\n".join(query["sql"][:120] for query in queries)


@pytest.mark.parametrize("change", ["off", "held out", "nothing left", "another store"])
def test_the_card_says_nothing_of_points_where_there_are_none(
    change: str, task: ContactTask, north: Dealership, south: Dealership, anna: User, as_user: AsUser
) -> None:
    if change == "off":
        LoyaltyPolicy.of(north).change({"is_on": False})
    wrong: dict[str, dict[str, Any]] = {
        "off": {},
        "held out": {"is_held_out": True},
        "nothing left": {"balance": 0},
        "another store": {"dealership": south},
    }
    if wrong[change]:
        LoyaltyAccount.objects.update(**wrong[change])
    assert ">Points<" not in card(as_user, anna, task)


def test_what_another_store_heard_stays_there(
    south: Dealership, task: ContactTask, anna: User, as_user: AsUser
) -> None:
    Complaint.objects.update(dealership=south)
    Feedback.objects.update(dealership=south)
    page = card(as_user, anna, task)
    assert "Complaint at another store of the group" in page
    assert "rattles" not in page
    assert ">NPS<" not in page


def test_the_last_answer_can_be_taken_back_from_the_next_card_for_half_a_minute(
    task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    assert 'data-key="z"' in card(as_user, anna, task)
    with time_machine.travel(now + timedelta(seconds=31), tick=False):
        assert 'data-key="z"' not in card(as_user, anna, task)


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("tel:{number}", "tel:+79120000001"),
        ("sip:{number}@pbx.local", "sip:+79120000001@pbx.local"),
        ("https://pbx.local/call?to={number}", "https://pbx.local/call?to=%2B79120000001"),
    ],
)
def test_a_click_dials_as_the_policy_says(template: str, address: str) -> None:
    assert is_dialling(template)
    assert dialling(template, "+79120000001") == address


@pytest.mark.parametrize("template", ["", "tel:", "javascript:alert({number})", "{number}", "tel:{number}{number}"])
def test_what_dials_nothing_is_no_address(template: str) -> None:
    assert not is_dialling(template)


def test_a_store_dials_through_its_own_telephony(
    north: Dealership, task: ContactTask, anna: User, boris: User, as_user: AsUser
) -> None:
    ContactPolicy.of(north).change({"call_url": "https://pbx.local/call?to={number}"})
    assert 'href="https://pbx.local/call?to=%2B7' in card(as_user, anna, task)
    page = str(as_user(boris).get(reverse("contact-policy")).content, "utf-8")
    assert "A click on a number opens" in page
    with pytest.raises(ValidationError):
        ContactPolicy.of(north).change({"call_url": 7})
