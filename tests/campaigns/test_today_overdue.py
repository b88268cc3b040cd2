"""A call is overdue when somebody waits for it in vain, not because it is from yesterday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.models import ContactTask
from campaigns.models.task import is_overdue
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import planned_call
from tests.factories import moment


@pytest.fixture
def call(north: Dealership, now: datetime) -> ContactTask:
    """On the list since today; its occasion is due today."""
    return planned_call(north, now)


def overdue(day: date, hour: int = 11) -> int:
    return ContactTask.objects.filter(is_overdue(day, moment(day, hour))).count()


def window(call: ContactTask, due_on: date, closes_on: date) -> None:
    call.occasion.due_on, call.occasion.closes_on = due_on, closes_on
    call.occasion.save()


def test_a_call_is_overdue_when_more_than_half_of_its_useful_time_has_passed(call: ContactTask, today: date) -> None:
    window(call, due_on=today, closes_on=today + timedelta(days=10))
    assert [overdue(today + timedelta(days=days)) for days in (0, 1, 5, 6, 10)] == [0, 0, 0, 1, 1]


def test_a_call_that_came_onto_the_list_today_is_late_for_nobody(call: ContactTask, today: date) -> None:
    window(call, due_on=today - timedelta(days=9), closes_on=today + timedelta(days=2))
    assert overdue(today) == 0
    assert overdue(today + timedelta(days=1)) == 1


def test_a_promised_call_is_overdue_from_its_minute_on_and_by_nothing_else(call: ContactTask, today: date) -> None:
    call.promised_at, call.due_on = moment(today + timedelta(days=1), 15), today - timedelta(days=3)
    window(call, due_on=today - timedelta(days=9), closes_on=today + timedelta(days=2))
    call.save()
    assert overdue(today + timedelta(days=1), 14) == 0
    assert overdue(today + timedelta(days=1), 16) == 1


def test_the_page_says_what_overdue_means(
    call: ContactTask, boris: User, as_user: Callable[[User], Client], today: date
) -> None:
    window(call, due_on=today, closes_on=today + timedelta(days=2))
    later = moment(today + timedelta(days=2), 11)
    with time_machine.travel(later, tick=False):
        page = as_user(boris).get(reverse("tasks-summary")).content.decode()
    assert "overdue <strong>1</strong>" in page
    assert "a promised hour has passed" in page
