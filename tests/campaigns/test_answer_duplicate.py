"""A call that ends with "duplicate" puts the two cards on the list of those who decide."""

from __future__ import annotations

from datetime import datetime

import pytest

from campaigns.claiming import claim
from campaigns.completing import complete
from campaigns.models import ContactTask
from customers.models import DuplicatePair
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import planned_call
from tests.factories import make_customer

PHONE = "+79123456789"


@pytest.fixture
def task(north: Dealership, now: datetime, anna: User) -> ContactTask:
    task = planned_call(north, now, phone=PHONE)
    return claim(task.pk, anna, now=now)


def say_duplicate(task: ContactTask, anna: User, now: datetime, **details: object) -> None:
    complete(task.pk, by=anna, epoch=task.epoch, outcome="duplicate", now=now, details=details)


def test_the_card_with_the_same_phone_is_suspected_and_one_of_another_store_is_not(
    task: ContactTask, north: Dealership, south: Dealership, anna: User, now: datetime
) -> None:
    twin = make_customer(north, phone=PHONE)
    make_customer(south, phone=PHONE)
    say_duplicate(task, anna, now)
    pair = DuplicatePair.objects.get()
    assert {pair.first, pair.second} == {task.customer, twin}
    assert (pair.status, pair.noticed_by) == ("suggested", anna)


def test_the_card_that_was_named_is_suspected(
    task: ContactTask, north: Dealership, south: Dealership, anna: User, now: datetime
) -> None:
    twin = make_customer(north)
    say_duplicate(task, anna, now, of=twin.pk)
    assert DuplicatePair.objects.get().second == twin


def test_what_was_found_to_be_two_is_not_asked_again(
    task: ContactTask, north: Dealership, anna: User, boris: User, now: datetime
) -> None:
    twin = make_customer(north, phone=PHONE)
    pair = DuplicatePair.objects.notice(task.customer_id, twin.pk, by=boris, at=now)
    assert pair.reject(by=boris, at=now)
    say_duplicate(task, anna, now)
    assert DuplicatePair.objects.get().status == "rejected"


def test_a_duplicate_of_nobody_we_know_changes_nothing(task: ContactTask, anna: User, now: datetime) -> None:
    say_duplicate(task, anna, now, of="x")
    assert not DuplicatePair.objects.exists()
