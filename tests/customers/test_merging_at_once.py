"""Merges and objections that meet: staged on PostgreSQL, each with its control."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections

from customers import merging
from customers.merging import MergeRefusedError, merge
from customers.models import Customer, Merge
from customers.models.customer import CustomerQuerySet
from customers.rules.consent import allows
from dealercrm.accounts.models import Dealership, Role, User
from tests.factories import make_customer, make_dealership, make_user, moment

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOW = moment(date(2026, 3, 16), 11)


@pytest.fixture
def store() -> Dealership:
    return make_dealership("north", name="North")


@pytest.fixture
def boris(store: Dealership) -> User:
    return make_user("boris", Role.MANAGER, store)


@pytest.fixture
def cards(store: Dealership) -> list[Customer]:
    return [make_customer(store) for _ in range(3)]


@pytest.fixture
def slow_plan(monkeypatch: pytest.MonkeyPatch) -> tuple[Event, Event]:
    """The first merge stops when its plan is made, until `go` is set; `planned` says that it is there."""
    planned, go = Event(), Event()
    original = merging.plan_merge

    def stopping(*args: Any, **kwargs: Any) -> Any:
        plan = original(*args, **kwargs)
        if not planned.is_set():
            planned.set()
            assert go.wait(20)
        return plan

    monkeypatch.setattr(merging, "plan_merge", stopping)
    return planned, go


def without_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def held(self: CustomerQuerySet, ids: Iterable[int], *, wait: bool = True) -> list[Customer]:
        return list(self.filter(pk__in=list(ids)).order_by("pk"))

    monkeypatch.setattr(CustomerQuerySet, "held", held)


def staged(slow_plan: tuple[Event, Event], first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """`second` starts when `first` has its plan; `first` goes on when `second` waits for a lock or is done."""
    planned, go = slow_plan

    def run(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except MergeRefusedError as refused:
            return refused.why.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(run, first)
        assert planned.wait(20)
        two = pool.submit(run, second)
        wait_until_it_waits(two)
        go.set()
        return one.result(20), two.result(20)


def wait_until_it_waits(work: Future[Any]) -> None:
    """Until the database says that somebody waits for a row, or the work is done."""
    for _ in range(400):
        if work.done():
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        Event().wait(0.02)
    raise AssertionError("the second neither waits nor ends")


def test_of_two_merges_of_one_card_the_second_finds_it_gone(
    cards: list[Customer], store: Dealership, boris: User, slow_plan: tuple[Event, Event]
) -> None:
    keep, other, twin = cards
    first, second = staged(
        slow_plan,
        lambda: merge(keep.pk, twin.pk, by=boris, store=store, now=NOW),
        lambda: merge(other.pk, twin.pk, by=boris, store=store, now=NOW),
    )
    assert isinstance(first, Merge)
    assert second == "merge.gone"
    twin.refresh_from_db()
    assert twin.merged_into == keep


def test_two_cards_merged_into_each_other_at_once_do_not_both_vanish(
    cards: list[Customer], store: Dealership, boris: User, slow_plan: tuple[Event, Event]
) -> None:
    keep, twin, _ = cards
    first, second = staged(
        slow_plan,
        lambda: merge(keep.pk, twin.pk, by=boris, store=store, now=NOW),
        lambda: merge(twin.pk, keep.pk, by=boris, store=store, now=NOW),
    )
    assert isinstance(first, Merge)
    assert second == "merge.gone"
    assert Customer.objects.living().filter(pk=keep.pk).exists()


def test_without_the_lock_two_cards_merged_into_each_other_vanish_both(
    cards: list[Customer],
    store: Dealership,
    boris: User,
    slow_plan: tuple[Event, Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: nobody waits, each plan is true when it is made, and each points at the other."""
    without_a_lock(monkeypatch)
    keep, twin, _ = cards
    staged(
        slow_plan,
        lambda: merge(keep.pk, twin.pk, by=boris, store=store, now=NOW),
        lambda: merge(twin.pk, keep.pk, by=boris, store=store, now=NOW),
    )
    assert not Customer.objects.living().filter(pk__in=[keep.pk, twin.pk]).exists()


def test_an_objection_that_comes_while_a_merge_goes_on_binds_the_one_who_is_kept(
    cards: list[Customer], store: Dealership, boris: User, slow_plan: tuple[Event, Event]
) -> None:
    keep, twin, _ = cards
    staged(
        slow_plan,
        lambda: merge(keep.pk, twin.pk, by=boris, store=store, now=NOW),
        lambda: twin.withdraw_consent(at=NOW, source="call", channel="call"),
    )
    assert not allows(list(keep.consent_events.all()), "marketing", "call")


def test_without_the_lock_that_objection_is_lost(
    cards: list[Customer],
    store: Dealership,
    boris: User,
    slow_plan: tuple[Event, Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: it is written to the merged card behind the plan's back, where no gate looks."""
    without_a_lock(monkeypatch)
    keep, twin, _ = cards
    staged(
        slow_plan,
        lambda: merge(keep.pk, twin.pk, by=boris, store=store, now=NOW),
        lambda: twin.withdraw_consent(at=NOW, source="call", channel="call"),
    )
    assert allows(list(keep.consent_events.all()), "marketing", "call")
