"""Two who write into one ledger at the same moment: staged on PostgreSQL, each with its control."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django.db.models import Sum

from customers.models import Customer
from dealercrm.accounts.models import Dealership
from tests.customers.test_merging_at_once import wait_until_it_waits, without_a_lock
from tests.factories import make_customer, make_dealership, make_ownership, make_visit, moment
from vehicles.loyalty import Desk, PointsRefusedError, post_points, spend
from vehicles.models import LoyaltyAccount, LoyaltyEntry, LoyaltyPolicy, Ownership

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOW = moment(date(2026, 3, 16), 11)


@pytest.fixture
def store() -> Dealership:
    found = make_dealership("north", name="North")
    policy = LoyaltyPolicy.of(found)
    policy.today = date(2026, 1, 1)
    policy.change({"is_on": True})
    return found


@pytest.fixture
def car(store: Dealership) -> Ownership:
    return make_ownership(make_customer(store), store)


@pytest.fixture
def slow_desk(monkeypatch: pytest.MonkeyPatch) -> tuple[Event, Event]:
    """The first who has read a ledger stops, until `go` is set; `read` says that it is there."""
    read, go = Event(), Event()
    original = Desk.load.__func__  # type: ignore[attr-defined]

    def stopping(cls: type[Desk], *args: Any) -> Desk:
        desk: Desk = original(cls, *args)
        if not read.is_set():
            read.set()
            assert go.wait(20)
        return desk

    monkeypatch.setattr(Desk, "load", classmethod(stopping))
    return read, go


def staged(slow_desk: tuple[Event, Event], first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """`second` starts when `first` has read the ledger; `first` goes on when `second` waits for a lock or is done."""
    read, go = slow_desk

    def run(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except PointsRefusedError as refused:
            return refused.why.code
        except IntegrityError:
            return "damage"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(run, first)
        assert read.wait(20)
        two = pool.submit(run, second)
        wait_until_it_waits(two)
        go.set()
        return [one.result(20), two.result(20)]


def total(customer: Customer) -> int:
    return LoyaltyEntry.objects.filter(customer=customer).aggregate(sum=Sum("points"))["sum"] or 0


def two_spend(store: Dealership, car: Ownership, slow_desk: tuple[Event, Event]) -> list[Any]:
    make_visit(car, date(2026, 2, 1), total=10_000)
    post_of(store, slow_desk)
    return staged(
        slow_desk,
        lambda: spend(store, car.customer_id, 400, now=NOW).points,
        lambda: spend(store, car.customer_id, 400, now=NOW).points,
    )


def post_of(store: Dealership, slow_desk: tuple[Event, Event]) -> None:
    """The night before, which nothing holds up."""
    read, _go = slow_desk
    read.set()
    post_points(store, now=NOW)
    read.clear()


def test_two_who_spend_at_once_cannot_spend_the_same_points(
    store: Dealership, car: Ownership, slow_desk: tuple[Event, Event]
) -> None:
    assert two_spend(store, car, slow_desk) == [-400, "loyalty.too_few"]
    assert total(car.customer) == LoyaltyAccount.objects.get().balance == 100


def test_without_the_lock_the_same_points_are_spent_twice(
    store: Dealership, car: Ownership, slow_desk: tuple[Event, Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: the damage that the customer's lock prevents."""
    without_a_lock(monkeypatch)
    assert two_spend(store, car, slow_desk) == [-400, -400]
    assert total(car.customer) == -300


def test_two_nights_at_once_post_a_visit_once(
    store: Dealership, car: Ownership, slow_desk: tuple[Event, Event]
) -> None:
    make_visit(car, date(2026, 2, 1), total=10_000)
    night = lambda: +post_points(store, now=NOW)  # noqa: E731
    assert staged(slow_desk, night, night) == [{"earned": 500, "accounts": 1}, {}]
    assert total(car.customer) == 500


def test_without_the_lock_only_the_database_stops_the_second_night(
    store: Dealership, car: Ownership, slow_desk: tuple[Event, Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: the second night meets the unique key of the order and dies of it."""
    without_a_lock(monkeypatch)
    make_visit(car, date(2026, 2, 1), total=10_000)
    night = lambda: +post_points(store, now=NOW)  # noqa: E731
    assert "damage" in staged(slow_desk, night, night)
