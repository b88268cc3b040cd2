"""The wrong key is taken back within half a minute: everything is as it was, or nothing is and one knows why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns.claiming import claim, claim_next
from campaigns.completing import complete
from campaigns.models import CallResult, ContactTask, OutboxMessage, Outcome
from campaigns.sending import send_due
from campaigns.undoing import NotUndoableError, Picture, picture_of, undo
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import make_occasion, planned_call
from tests.factories import make_user
from vehicles.models import Appointment, Touch

DETAILS: dict[str, dict[str, object]] = {
    "booked": {"starts_at": "2026-03-18T10:00"},
    "callback": {"at": "2026-03-16T15:00"},
    "complaint": {"text": "The door rattles."},
    "moved": {"city": "Kazan", "is_away": True},
}
SOON = timedelta(seconds=20)


@pytest.fixture
def task(north: Dealership, now: datetime) -> ContactTask:
    task = planned_call(north, now, email="ivanov@inbox.test")
    assert task.ownership is not None
    Appointment.objects.book(  # which a booking moves and a sold car does not need
        dealership=north, customer=task.customer, ownership=task.ownership, starts_at=now + timedelta(days=4)
    )
    ContactTask.objects.create(  # another reason to call, which some answers take off the list
        dealership=north, customer=task.customer, ownership=task.ownership, step=task.step, channel="call",
        occasion=make_occasion(task.ownership, "insurance_renewal", today=north.today(now)), purpose="marketing",
        kind="insurance_renewal", due_on=task.due_on, planned_on=task.planned_on,
        not_before=task.not_before, closes_at=task.closes_at,
    )  # fmt: skip
    return task


def take(task: ContactTask, by: User, now: datetime) -> ContactTask:
    """In hand, past the gate that an appointment shuts: the customer is on the line."""
    ContactTask.objects.filter(pk=task.pk).update(
        status="claimed", claimed_by=by, epoch=1, lease_until=now + timedelta(minutes=10)
    )
    task.refresh_from_db()
    return task


def answer(task: ContactTask, by: User, outcome: str, now: datetime) -> CallResult:
    return complete(
        task.pk, outcome=outcome, by=by, epoch=task.epoch, now=now, note="hm", details=DETAILS.get(outcome, {})
    )


def but_for_the_lease(picture: Picture, task: ContactTask) -> Picture:
    for name in ("epoch", "lease_until"):
        picture["campaigns.contacttask"][task.pk].pop(name)
    return picture


@pytest.mark.parametrize("outcome", Outcome.values)
def test_after_an_undo_everything_is_as_before_the_answer(
    task: ContactTask, anna: User, now: datetime, outcome: str
) -> None:
    take(task, anna, now)
    before = but_for_the_lease(picture_of(task.customer, task), task)
    result = answer(task, anna, outcome, now)
    assert but_for_the_lease(picture_of(task.customer, task), task) != before
    back = undo(result.task_id, by=anna, now=now + SOON)
    assert but_for_the_lease(picture_of(task.customer, task), task) == before
    assert (back.status, back.claimed_by, back.epoch) == ("claimed", anna, 2)
    assert back.lease_until is not None
    assert back.lease_until > now + SOON
    result.refresh_from_db()
    assert (result.undone_at, result.note) == (now + SOON, "hm")
    assert not CallResult.objects.counting().exists()
    again = answer(back, anna, outcome, now + SOON)
    assert again.pk != result.pk
    assert Touch.objects.filter(channel="call").count() == 1


def test_an_undo_is_a_new_fact_about_the_car(task: ContactTask, anna: User, now: datetime) -> None:
    take(task, anna, now)
    result = answer(task, anna, "sold", now)
    assert task.ownership is not None
    task.ownership.refresh_from_db()
    version = task.ownership.facts_version
    undo(result.task_id, by=anna, now=now + SOON)
    task.ownership.refresh_from_db()
    assert (task.ownership.ended_on, task.ownership.facts_version > version) == (None, True)


def test_after_half_a_minute_it_stands(task: ContactTask, anna: User, now: datetime) -> None:
    result = answer(take(task, anna, now), anna, "busy", now)
    with pytest.raises(NotUndoableError) as refused:
        undo(result.task_id, by=anna, now=now + timedelta(seconds=31))
    assert refused.value.why.code == "undo.too_late"
    result.refresh_from_db()
    assert result.undone_at is None


def test_a_colleagues_answer_is_not_mine_to_take_back(
    north: Dealership, task: ContactTask, anna: User, now: datetime
) -> None:
    ivan = make_user("ivan", Role.OPERATOR, north)
    result = answer(take(task, anna, now), anna, "busy", now)
    with pytest.raises(NotUndoableError):
        undo(result.task_id, by=ivan, now=now + SOON)


def test_it_cannot_be_taken_back_twice(task: ContactTask, anna: User, now: datetime) -> None:
    result = answer(take(task, anna, now), anna, "busy", now)
    undo(result.task_id, by=anna, now=now + SOON)
    with pytest.raises(NotUndoableError):
        undo(result.task_id, by=anna, now=now + SOON)


def test_what_a_colleague_built_on_stays(north: Dealership, task: ContactTask, anna: User, now: datetime) -> None:
    result = answer(take(task, anna, now), anna, "booked", now)
    Appointment.objects.open().get().confirm()
    with pytest.raises(NotUndoableError) as refused:
        undo(result.task_id, by=anna, now=now + SOON)
    assert refused.value.why.code == "undo.built_upon"
    assert Appointment.objects.open().get().status == "confirmed"
    assert CallResult.objects.counting().get() == result


def test_the_letter_that_follows_waits_until_the_answer_stands(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now, email="ivanov@inbox.test")
    result = answer(claim(task.pk, anna, now=now), anna, "thinks", now)
    assert send_due(now=now + SOON)["sent"] == 0
    undo(result.task_id, by=anna, now=now + SOON)
    assert not OutboxMessage.objects.exists()
    answer(ContactTask.objects.get(pk=task.pk), anna, "thinks", now + SOON)
    later = now + timedelta(minutes=2)
    assert send_due(now=later)["sent"] == 1


def test_z_on_the_list_brings_the_card_back_and_lets_the_next_call_go(
    north: Dealership, anna: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    task, browser = planned_call(north, now), as_user(anna)
    other = planned_call(north, now, name="Petrov Oleg")
    held = claim(task.pk, anna, now=now)
    with time_machine.travel(now, tick=False):
        browser.post(reverse("call-result", args=[task.pk]), {"epoch": held.epoch, "answer": "busy"})
        assert 'data-key="z"' in browser.get(reverse("today")).content.decode()
        following = claim_next(anna, north, now=now)
        assert following == other
        undone = browser.post(reverse("undo-result", args=[task.pk]))
        assert undone.headers["Location"] == reverse("call-card", args=[task.pk])
        assert 'data-key="z"' not in browser.get(reverse("today")).content.decode()
    task.refresh_from_db()
    other.refresh_from_db()
    assert (task.status, other.status) == ("claimed", "open")
    with time_machine.travel(now + timedelta(minutes=1), tick=False):
        late = browser.post(reverse("undo-result", args=[task.pk]), follow=True)
    assert "Too late to take it back" in late.content.decode()


def test_over_rest_a_result_is_deleted(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now)
    held = claim(task.pk, anna, now=now)
    api = APIClient()
    api.force_authenticate(anna)
    address = f"/api/v1/contact-tasks/{task.pk}/result/"
    with time_machine.travel(now, tick=False):
        answered = {"epoch": held.epoch, "outcome": "busy"}
        assert api.post(address, answered, format="json").status_code == 200
        undone = api.delete(address)
        assert (undone.status_code, undone.json()["status"]) == (200, "claimed")
        assert api.delete(address).status_code == 409
