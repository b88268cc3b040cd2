"""Answers that nobody should give, and rows that another store owns: refused in words, never by a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.claiming import NotClaimableError, claim
from campaigns.models import CallResult, ContactTask, OutboxMessage
from customers.models import ContactPoint
from dealercrm.accounts.models import Dealership, Membership, Role, User
from tests.campaigns.building import planned_call
from tests.factories import make_visit
from vehicles.models import Complaint, ImportProfile, Touch

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def task(north: Dealership, now: datetime) -> ContactTask:
    return planned_call(north, now, email="ivanov@inbox.test")


def post(browser: Client, task: ContactTask, epoch: Any, **said: Any) -> Any:
    return browser.post(reverse("call-result", args=[task.pk]), {"epoch": epoch, **said})


@pytest.mark.parametrize(
    "said",
    [
        {"answer": "booked", "booked-starts_at": "9999-12-31T23:59"},
        {"answer": "booked", "booked-starts_at": "2026-03-20T10:00", "booked-minutes": "\u00b2"},
        {"answer": "callback:9999-12-31T23:59"},
        {"answer": "callback:0001-01-01T00:00"},
        {"answer": "callback:2026-13-45T99:99"},
        {"answer": "callback:tomorrow"},
        {"answer": "sold", "sold-on": "2026-03-17"},
        {"answer": "sold", "sold-on": "9999-12-31"},
        {"answer": "done_elsewhere", "done_elsewhere-on": "2027-01-01"},
        {"answer": "refused", "refused-until": "2026-03-16"},
        {"answer": "wrong_number", "wrong_number-contact_point": "\u00b2"},
        {"answer": "wrong_number", "wrong_number-contact_point": "x"},
        {"answer": "complaint", "complaint-text": " "},
        {"answer": "nonsense"},
        {"answer": "booked"},
        {"answer": "callback:"},
    ],
)
def test_an_impossible_answer_is_refused_and_the_call_stays_in_hand(
    task: ContactTask, anna: User, as_user: AsUser, now: datetime, said: dict[str, str]
) -> None:
    held = claim(task.pk, anna, now=now)
    assert post(as_user(anna), task, held.epoch, **said).status_code == 422
    task.refresh_from_db()
    assert task.status == "claimed"
    assert not CallResult.objects.exists()


def test_a_forgotten_hour_is_asked_for_in_words(task: ContactTask, anna: User, as_user: AsUser, now: datetime) -> None:
    held = claim(task.pk, anna, now=now)
    for outcome, words in (("booked", "the time of the appointment"), ("callback", "when to call back")):
        page = post(as_user(anna), task, held.epoch, answer=outcome).content.decode()
        assert words in page
        assert "starts_at is needed" not in page


def test_a_choice_for_an_outcome_that_has_none_is_ignored(
    task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    held = claim(task.pk, anna, now=now)
    assert post(as_user(anna), task, held.epoch, answer="done:x").status_code == 302


def test_a_car_sold_before_it_was_bought_ends_on_the_day_it_was_bought(
    task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    held = claim(task.pk, anna, now=now)
    assert post(as_user(anna), task, held.epoch, answer="sold", **{"sold-on": "2001-01-01"}).status_code == 302
    assert task.ownership is not None
    task.ownership.refresh_from_db()
    assert task.ownership.ended_on == task.ownership.started_on


@pytest.mark.parametrize("epoch", ["", "x", "-1", "9" * 30, "\u00b2"])
def test_an_epoch_that_nobody_gave_is_not_there(task: ContactTask, anna: User, as_user: AsUser, epoch: str) -> None:
    assert post(as_user(anna), task, epoch, answer="done").status_code == 404


def test_a_nul_byte_is_a_bad_request_wherever_it_stands(
    task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    held = claim(task.pk, anna, now=now)
    browser = as_user(anna)
    assert post(browser, task, held.epoch, answer="done", note="spoke\x00 slowly").status_code == 400
    assert browser.get(reverse("today"), {"kind": "\x00"}).status_code == 400
    assert browser.post(reverse("customers"), {"q": "\x00"}).status_code == 400
    assert not CallResult.objects.exists()


def test_a_run_number_in_other_digits_names_no_upload(vera: User, as_user: AsUser) -> None:
    profile = ImportProfile.objects.filter(dealership=None).earliest("pk")
    page = as_user(vera).get(reverse("import-profile", args=[profile.pk]), {"run": "\u00b2"})
    assert page.status_code == 200


def test_a_call_whose_window_is_over_cannot_be_taken_from_an_old_page(
    task: ContactTask, anna: User, now: datetime
) -> None:
    ContactTask.objects.filter(pk=task.pk).update(closes_at=now)
    with pytest.raises(NotClaimableError):
        claim(task.pk, anna, now=now)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-13-45", "\u00b2"])
def test_a_day_at_the_end_of_the_calendar_shows_today(anna: User, as_user: AsUser, day: str) -> None:
    assert as_user(anna).get(reverse("appointments"), {"day": day}).status_code == 200


def test_a_manager_decides_letters_of_the_store_where_they_manage(
    task: ContactTask, boris: User, south: Dealership, now: datetime, as_user: AsUser
) -> None:
    Membership.objects.create(user=boris, dealership=south, role=Role.OPERATOR)
    call = planned_call(south, now)
    letter = OutboxMessage.objects.create(
        task=call, dealership=south, customer=call.customer, channel="email", subject="", body="", status="unknown",
        contact_point=ContactPoint.objects.filter(customer=call.customer).earliest("pk"), message_id="<1@test>",
        not_before=now,
    )  # fmt: skip
    assert as_user(boris).post(reverse("decide-message", args=[letter.pk]), {"found": "sent"}).status_code == 404


def test_of_another_store_the_card_tells_day_and_purpose_only(
    task: ContactTask, anna: User, south: Dealership, now: datetime, as_user: AsUser
) -> None:
    assert task.ownership is not None
    order = make_visit(task.ownership, date(2026, 2, 2), dealership=south, total=77777)
    order.lines.update(name="Secret works")
    about: dict[str, Any] = {"customer": task.customer, "dealership": south}
    Touch.objects.create(**about, at=now - timedelta(days=40), channel="call", purpose="service", note="Secret words")
    Complaint.objects.create(**about, opened_at=now, text="Secret complaint")
    claim(task.pk, anna, now=now - timedelta(seconds=1))
    page = as_user(anna).get(reverse("call-card", args=[task.pk])).content.decode()
    assert "Secret" not in page
    assert "77" + "777" not in page.replace("\u00a0", "").replace(",", "")
    for words in ("Visit at another store", "Contact by another store (service)", "Complaint at another store"):
        assert words in page
