"""Two customers at once want the last time; the control shows what happens without the store's lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from campaigns import booking, visiting
from campaigns.loading import Store
from campaigns.models import ContactPolicy
from campaigns.rules import slots
from campaigns.rules.outcomes import BadDetails
from campaigns.visiting import Wish, ask_for_visit
from dealercrm.accounts.models import Dealership
from tests.campaigns.test_concurrency import at_once
from tests.factories import make_customer, make_dealership, make_ownership, moment
from vehicles.models import Appointment, Ownership, VisitRequest

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW, TEN = moment(date(2026, 3, 16), 11), moment(date(2026, 3, 18), 10)


@pytest.fixture
def store() -> Dealership:
    store = make_dealership("north", name="North")
    ContactPolicy.objects.create(dealership=store, overrides={"cars_at_once": 1})
    return store


def both_want_it(store: Dealership, cars: list[Ownership | None]) -> list[str]:
    loaded = Store.load(store, NOW)

    def want(number: int, car: Ownership | None) -> Callable[[], str]:
        def ask() -> str:
            wish = Wish(TEN, once=f"form-{number}", name="Иван", phone=f"+7912000000{number}", plate=f"X00{number}XX")
            try:
                ask_for_visit(loaded, wish, car, now=NOW)
            except BadDetails:
                return "taken"
            return "kept"

        return ask

    return sorted(at_once([want(number, car) for number, car in enumerate(cars)]))


def kept() -> int:
    return Appointment.objects.open().count() + VisitRequest.objects.waiting().count()


def two_cars(store: Dealership) -> list[Ownership | None]:
    return [make_ownership(make_customer(store), store) for _ in range(2)]


@pytest.mark.parametrize("is_known", [True, False])
def test_the_last_time_is_given_to_one(store: Dealership, is_known: bool) -> None:
    assert both_want_it(store, two_cars(store) if is_known else [None, None]) == ["kept", "taken"]
    assert kept() == 1


def test_without_the_lock_both_get_it(store: Dealership, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both look at the same moment, and nobody waits for the other."""
    meeting, look = Barrier(2), slots.has_room

    def look_together(*args: Any) -> bool:
        with suppress(BrokenBarrierError):
            meeting.wait(timeout=5)
        return look(*args)

    monkeypatch.setattr(booking, "has_room", look_together)
    monkeypatch.setattr(booking, "hold_workshop", lambda store: None)
    monkeypatch.setattr(visiting, "hold_workshop", lambda store: None)
    assert both_want_it(store, two_cars(store)) == ["kept", "kept"]
    assert kept() == 2
