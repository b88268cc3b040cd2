"""Two who want the last piece or the last time: one gets it, whoever they are. Each with its control."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from campaigns import booking, offered, visiting
from campaigns.claiming import claim
from campaigns.completing import BadDetails, complete
from campaigns.loading import Store
from campaigns.models import ContactPolicy, ContactTask, Offer, OfferEvent
from campaigns.models.offer import OfferQuerySet
from campaigns.visiting import Wish, ask_for_visit
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import planned_call
from tests.campaigns.test_offers_of_a_call import price_works
from tests.factories import make_customer, make_dealership, make_ownership, make_user, moment
from tests.staging import Stop, one_stops_while_another_works
from vehicles.models import Appointment, VisitRequest

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TODAY = date(2026, 3, 16)
NOW = moment(TODAY, 11)
TEN = moment(date(2026, 3, 18), 10)


@pytest.fixture
def store() -> Dealership:
    store = make_dealership("north", name="North")
    price_works(store)
    return store


@pytest.fixture
def operators(store: Dealership) -> list[User]:
    return [make_user(f"operator{number}", Role.OPERATOR, store) for number in range(2)]


def booked(task: ContactTask, by: User, at: str, **details: Any) -> Callable[[], str]:
    """The operator holds the call and records that the customer comes; what became of it."""
    held = claim(task.pk, by, now=NOW)

    def record() -> str:
        said = {"starts_at": at, **details}
        try:
            complete(task.pk, outcome="booked", by=by, epoch=held.epoch, now=NOW, details=said)
        except BadDetails as refused:
            return refused.field
        return "booked"

    return record


def both_take_the_gift(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str, bool]:
    """The first has looked how many pieces are left and has not written, when the second comes."""
    calls = [planned_call(store, NOW, name=name) for name in ("Петров Пётр", "Орлова Анна")]
    gift = Offer.objects.current().get(code="check-up")
    Offer.objects.filter(pk=gift.pk).update(stock=1)
    takes = [
        booked(call, by, f"2026-03-18T1{number}:00", offer=gift.pk)
        for number, (call, by) in enumerate(zip(calls, operators, strict=True))
    ]
    stop = Stop.after(monkeypatch, offered, "_judged")
    return one_stops_while_another_works(stop, *takes)


def given() -> int:
    return OfferEvent.objects.filter(answer="taken").count()


def test_the_last_piece_is_given_once(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, has_waited = both_take_the_gift(store, operators, monkeypatch)
    assert has_waited
    assert (first, second) == ("booked", "offer")
    assert (given(), Appointment.objects.count()) == (1, 1)


def test_control_without_the_lock_of_the_offer_it_is_given_twice(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OfferQuerySet, "select_for_update", lambda rows, **how: rows)
    first, second, _has_waited = both_take_the_gift(store, operators, monkeypatch)
    assert (first, second) == ("booked", "booked")
    assert given() == 2


def an_operator_and_a_link(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str, bool]:
    """The operator's booking has seen room for one car, when the customer of a link wants the same hour."""
    ContactPolicy.of(store).change({"cars_at_once": 1})
    call = planned_call(store, NOW, name="Петров Пётр")
    car = make_ownership(make_customer(store, name="Орлова Анна", phone="+79990000002"), store)
    take = booked(call, operators[0], "2026-03-18T10:00")

    def by_link() -> str:
        try:
            ask_for_visit(Store.load(store, NOW), Wish(TEN, once="form"), car, now=NOW)
        except BadDetails as refused:
            return refused.field
        return "booked"

    stop = Stop.after(monkeypatch, booking, "check_room")
    return one_stops_while_another_works(stop, take, by_link)


def expected() -> int:
    return Appointment.objects.open().filter(starts_at=TEN).count()


def test_the_last_time_goes_to_the_operator_or_to_the_link_and_not_to_both(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, has_waited = an_operator_and_a_link(store, operators, monkeypatch)
    assert has_waited
    assert (first, second) == ("booked", "starts_at")
    assert expected() == 1
    assert not VisitRequest.objects.exists()


def test_control_without_the_lock_of_the_workshop_both_get_the_last_time(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in (booking, visiting):
        monkeypatch.setattr(room, "hold_workshop", lambda store: None)
    first, second, has_waited = an_operator_and_a_link(store, operators, monkeypatch)
    assert not has_waited
    assert (first, second) == ("booked", "booked")
    assert expected() == 2
