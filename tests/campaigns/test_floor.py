"""Today's floor: where the line through the list stands, and how a manager moves minutes and promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.claiming import NotClaimableError, claim
from campaigns.completing import complete
from campaigns.floor import operators_of, reach_today
from campaigns.loading import Store
from campaigns.models import ContactPolicy, ContactTask, Shift
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import customer_with_occasion, plan, planned_call
from tests.factories import make_user


@pytest.fixture
def ivan(north: Dealership) -> User:
    return make_user("ivan", Role.OPERATOR, north, first_name="Ivan")


def seven_calls(north: Dealership, now: datetime) -> list[ContactTask]:
    for _ in range(7):
        customer_with_occasion(north, today=north.today(now))
    plan(north, now)
    return list(ContactTask.objects.in_call_order())


def test_the_list_shows_where_todays_operators_come_to(
    north: Dealership, anna: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    ContactPolicy.objects.create(dealership=north, overrides={"operator_minutes": 12, "call_minutes": 4})
    seven_calls(north, now)
    with time_machine.travel(now, tick=False):
        page = as_user(anna).get(reverse("today")).content.decode()
    above, below = page.split("cut-line")
    assert (above.count("is-muted"), below.count("is-muted")) == (0, 4)
    assert "one more would reach 3 calls below" in below


def test_a_call_that_was_made_takes_its_minutes(north: Dealership, anna: User, now: datetime) -> None:
    ContactPolicy.objects.create(dealership=north, overrides={"operator_minutes": 12, "call_minutes": 4})
    first, *_rest = seven_calls(north, now)
    held = claim(first.pk, anna, now=now)
    complete(first.pk, outcome="done", by=anna, epoch=held.epoch, now=now)
    store = Store.load(north, now)
    (row,) = operators_of(store)
    assert (row.user, row.done, row.reached, row.booked, row.in_hand) == (anna, 1, 1, 0, None)
    assert reach_today(store, [row], 6, now).calls == 2


def test_nobody_calls_after_the_quiet_hours_began(north: Dealership, anna: User, now: datetime) -> None:
    store = Store.load(north, now)
    late = now.replace(hour=19, minute=48)
    assert reach_today(store, operators_of(store), 100, late) == (3, 3)
    assert reach_today(store, operators_of(store), 100, now.replace(hour=21)) == (0, 0)


def test_an_operator_who_is_not_here_leaves_the_promises_to_the_others(
    north: Dealership, anna: User, ivan: User, boris: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    task = planned_call(north, now)
    held = claim(task.pk, anna, now=now)
    at = now + timedelta(hours=1)
    complete(task.pk, outcome="callback", by=anna, epoch=held.epoch, now=now, details={"at": at})
    promised = ContactTask.objects.exclude(pk=task.pk).get()
    with pytest.raises(NotClaimableError):
        claim(promised.pk, ivan, now=at)
    with time_machine.travel(now, tick=False):
        as_user(boris).post(reverse("operator-minutes", args=[anna.pk]), {"minutes": 0})
    assert Shift.objects.get(user=anna).minutes == 0
    assert claim(promised.pk, ivan, now=at).claimed_by == ivan


def test_a_manager_hands_promises_over_to_one_colleague(
    north: Dealership, anna: User, ivan: User, boris: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    task = planned_call(north, now)
    ContactTask.objects.filter(pk=task.pk).update(assigned_to=anna, promised_at=now + timedelta(hours=1))
    with time_machine.travel(now, tick=False):
        browser = as_user(boris)
        assert "Hand over" in browser.get(reverse("floor")).content.decode()
        browser.post(reverse("operator-promises", args=[anna.pk]), {"to": ivan.pk})
    task.refresh_from_db()
    assert task.assigned_to == ivan


def test_a_manager_gives_one_call_to_an_operator_but_not_one_in_hand(
    north: Dealership, anna: User, ivan: User, boris: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    task, browser = planned_call(north, now), as_user(boris)
    with time_machine.travel(now, tick=False):
        assert "for everybody" in browser.get(reverse("call-card", args=[task.pk])).content.decode()
        browser.post(reverse("call-assignment", args=[task.pk]), {"to": anna.pk})
        task.refresh_from_db()
        assert task.assigned_to == anna
        claim(task.pk, anna, now=now)
        refused = browser.post(reverse("call-assignment", args=[task.pk]), {"to": ivan.pk}, follow=True)
    assert "Somebody has this call in hand" in refused.content.decode()
    task.refresh_from_db()
    assert task.assigned_to == anna


def test_a_stranger_cannot_be_given_a_call(
    north: Dealership, clara: User, boris: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    task = planned_call(north, now)
    assert as_user(boris).post(reverse("call-assignment", args=[task.pk]), {"to": clara.pk}).status_code == 404
    assert as_user(boris).post(reverse("operator-minutes", args=[clara.pk]), {"minutes": 9}).status_code == 404


@pytest.mark.parametrize("minutes", ["", "-1", "1441", "many"])
def test_minutes_that_are_none_are_refused_in_words(
    anna: User, boris: User, minutes: str, as_user: Callable[[User], Client]
) -> None:
    page = as_user(boris).post(reverse("operator-minutes", args=[anna.pk]), {"minutes": minutes}, follow=True)
    assert "from 0 to 1440" in page.content.decode()
    assert not Shift.objects.exists()


def test_the_floor_asks_the_same_number_of_queries_for_any_number_of_operators(
    north: Dealership, anna: User, boris: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    for number in range(6):
        make_user(f"operator{number}", Role.OPERATOR, north)
    seven_calls(north, now)
    with time_machine.travel(now, tick=False):
        browser = as_user(boris)
        browser.get(reverse("floor"))
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse("floor")).status_code == 200
    assert len(queries) <= 14, "\n".join(query["sql"][:120] for query in queries)
