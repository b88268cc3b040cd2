"""The list of a day: every class of calls has its share of it, and what waits is worth more each day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.claiming import claim_next
from campaigns.models import ContactPolicy, ContactTask
from campaigns.ready_made import install
from campaigns.rules.policy import ContactValues
from campaigns.running import plan_store
from campaigns.views.policy import check
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Occasion
from tests.campaigns.building import customer_with_occasion
from tests.factories import moment

AsUser = Callable[[User], Client]


@pytest.fixture
def store(north: Dealership) -> Dealership:
    install(north)
    ContactPolicy.of(north).change({"class_share": 0.2, "global_holdout_share": 0})
    return north


def night(store: Dealership, on: date, hour: int = 3) -> None:
    now = moment(on, hour)
    assert plan_store(store, on=on, now=now, by_hand=True, clock=lambda: now) is not None


def window(today: date, opened: int = 0, length: int = 60) -> dict[str, Any]:
    opens = today - timedelta(days=opened)
    return {"opens_on": opens, "due_on": today, "closes_on": opens + timedelta(days=length)}


def the_list() -> list[ContactTask]:
    return list(ContactTask.objects.calls().open().order_by("-priority", "pk"))


def base(store: Dealership, today: date) -> Occasion:
    """Twelve calls about a service and one that only asks for better data, which is worth least."""
    for _number in range(12):
        customer_with_occasion(store, "no_show", today=today, occasion=window(today))
    return customer_with_occasion(store, "onboarding", today=today, occasion=window(today))


def test_a_courtesy_call_comes_up_within_its_share_of_the_list_and_says_so(
    store: Dealership, today: date, anna: User, boris: User, as_user: AsUser, time_machine_at: Callable[[str], None]
) -> None:
    courtesy = base(store, today)
    night(store, today)
    calls = the_list()
    [lifted] = [call for call in calls if call.is_lifted]
    assert lifted.occasion_id == courtesy.pk
    place = calls.index(lifted)
    assert place < 5, "one of the first five"
    assert lifted.value < min(call.value for call in calls if call is not lifted)
    now = moment(today, 11)
    time_machine_at(now.isoformat())
    taken = []
    for _number in range(place + 1):
        task = claim_next(anna, store, now=now)
        assert task is not None
        taken.append(task.pk)
        ContactTask.objects.filter(pk=task.pk).update(status="done", outcome="booked", closed_at=now)
    assert taken == [call.pk for call in calls[: place + 1]], "calls are given out in this order"
    ContactTask.objects.filter(pk=lifted.pk).update(status="open", closed_at=None, outcome="", claimed_by=None)
    page = as_user(boris).get(reverse("today")).content.decode()
    assert page.count("calls of its class (courtesy) have a share of each day") == 1
    worth = as_user(boris).get(reverse("call-worth", args=[lifted.pk])).content.decode()
    assert "Stands higher than by its value" in worth


def test_without_a_share_it_is_the_last(store: Dealership, today: date) -> None:
    """The control."""
    ContactPolicy.of(store).change({"class_share": 0})
    courtesy = base(store, today)
    night(store, today)
    assert the_list()[-1].occasion_id == courtesy.pk
    assert not any(call.is_lifted for call in the_list())


def test_what_waits_is_worth_more_the_next_day_and_the_card_says_how_much(
    store: Dealership, today: date, boris: User, as_user: AsUser, time_machine_at: Callable[[str], None]
) -> None:
    customer_with_occasion(store, "no_show", today=today, occasion=window(today, opened=12))
    night(store, today)
    [call] = the_list()
    before = call.value
    night(store, today + timedelta(days=12))
    call.refresh_from_db()
    assert call.value > before
    assert call.planned_on == today, "the same row"
    time_machine_at(moment(today + timedelta(days=12), 11).isoformat())
    worth = as_user(boris).get(reverse("call-worth", args=[call.pk])).content.decode()
    assert "Has waited 24 of 60 days: worth 10% more than on the first." in worth


def test_a_call_that_has_waited_longer_overtakes_one_of_equal_worth(store: Dealership, today: date) -> None:
    late = window(today, opened=0, length=50)
    early = late | {"opens_on": today - timedelta(days=40)}
    young = customer_with_occasion(store, "no_show", today=today, occasion=late)
    old = customer_with_occasion(store, "no_show", today=today, occasion=early)
    night(store, today)
    assert [call.occasion_id for call in the_list()] == [old.pk, young.pk]
    ContactPolicy.of(store).change({"ageing_bonus": 0})
    night(store, today, hour=11)
    assert [call.occasion_id for call in the_list()] == [young.pk, old.pk], "the control: by number alone"


def test_promised_and_urgent_calls_stay_above_and_a_draw_stays_where_it_fell(store: Dealership, today: date) -> None:
    base(store, today)
    promised = customer_with_occasion(store, "no_show", today=today, occasion=window(today))
    drawn = customer_with_occasion(store, "no_show", today=today, occasion=window(today))
    urgent = customer_with_occasion(store, "appointment_confirmation", today=today, occasion=window(today))
    night(store, today)
    ContactTask.objects.filter(occasion=promised).update(promised_at=moment(today, 12), priority=1e9)
    ContactTask.objects.filter(occasion=drawn).update(is_by_chance=True, priority=1.5)
    night(store, today, hour=11)
    order = [call.occasion_id for call in the_list()]
    assert order[:2] == [promised.pk, urgent.pk]
    assert order[-1] == drawn.pk
    assert ContactTask.objects.get(occasion=drawn).priority == 1.5


def test_ordering_twice_writes_nothing(store: Dealership, today: date, django_assert_max_num_queries: Any) -> None:
    from campaigns.loading import Store
    from campaigns.ordering import order_day

    base(store, today)
    night(store, today)
    loaded = Store.load(store, moment(today, 4))
    with django_assert_max_num_queries(1):
        assert order_day(loaded, {}) == 0


def test_a_call_that_somebody_holds_this_moment_is_not_waited_for(
    store: Dealership, today: date, anna: User, now: datetime
) -> None:
    courtesy = base(store, today)
    night(store, today)
    held = claim_next(anna, store, now=now)
    assert held is not None
    night(store, today, hour=12)
    held.refresh_from_db()
    assert (held.status, held.claimed_by_id) == ("claimed", anna.pk)
    assert ContactTask.objects.get(occasion=courtesy).status in {"open", "claimed"}


def test_a_share_that_promises_more_than_there_is_is_refused() -> None:
    assert "at most 0.2" in check(ContactValues(class_share=0.21))["class_share"]
    assert not check(ContactValues(class_share=0.2))
