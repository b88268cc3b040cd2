"""An offer of points: posted once to the ledger when the customer has come for it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from campaigns.models import ContactTask, Offer, OfferEvent
from campaigns.redeeming import post_offer_points
from campaigns.tasks import sweep_offer_points
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import planned_call
from tests.factories import make_visit
from vehicles.loyalty import post_points
from vehicles.models import LoyaltyAccount, LoyaltyEntry, LoyaltyPolicy


@pytest.fixture
def taken(north: Dealership, anna: User, now: datetime) -> OfferEvent:
    """300 points that a customer said yes to a week ago."""
    policy = LoyaltyPolicy.of(north)
    policy.today = date(2026, 1, 1)
    policy.change({"is_on": True})
    task: ContactTask = planned_call(north, now)
    offer = Offer.objects.create(
        dealership=north, code="points", kind="points", name_en="300 points", name_ru="300 баллов", amount=300
    )
    week_ago = now - timedelta(days=7)
    return OfferEvent.objects.create(
        dealership=north, customer=task.customer, task=task, offer=offer, answer="taken", channel="call",
        on=north.today(week_ago), at=week_ago, by=anna,
    )  # fmt: skip


def come(event: OfferEvent, on: date, **more: Any) -> None:
    assert event.task.ownership is not None
    make_visit(event.task.ownership, on, **more)


def test_points_of_an_offer_come_with_the_visit_and_once(taken: OfferEvent, north: Dealership, now: datetime) -> None:
    assert post_offer_points(north, now=now) == 0, "has not come yet"
    come(taken, taken.on + timedelta(days=3), total=2_000)
    post_points(north, now=now)
    assert post_offer_points(north, now=now) == 1
    assert post_offer_points(north, now=now) == 0
    sweep_offer_points()
    entry = LoyaltyEntry.objects.get(source="offer")
    assert (entry.kind, entry.points, entry.note, entry.ownership) == (
        "adjusted", 300, "300 баллов", taken.task.ownership,
    )  # fmt: skip
    assert LoyaltyAccount.objects.get().balance == 400
    assert not +post_points(north, now=now)


def test_a_visit_before_the_yes_and_an_internal_one_are_none(
    taken: OfferEvent, north: Dealership, now: datetime
) -> None:
    come(taken, taken.on - timedelta(days=1))
    come(taken, taken.on + timedelta(days=1), pay_type="internal")
    assert post_offer_points(north, now=now) == 0


@pytest.mark.parametrize("change", ["off", "refused", "a gift"])
def test_other_offers_other_answers_and_a_programme_that_is_off_post_nothing(
    change: str, taken: OfferEvent, north: Dealership, now: datetime
) -> None:
    come(taken, taken.on)
    if change == "off":
        LoyaltyPolicy.of(north).change({"is_on": False})
    elif change == "refused":
        OfferEvent.objects.update(answer="refused")
    else:
        Offer.objects.update(kind="gift")
    assert post_offer_points(north, now=now) == 0
    assert not LoyaltyEntry.objects.exists()


def test_a_promise_is_kept_to_whom_the_draw_left_out(taken: OfferEvent, north: Dealership, now: datetime) -> None:
    LoyaltyAccount.objects.create(
        dealership=north, customer=taken.customer, is_held_out=True, share=0.1, assigned_on=taken.on
    )
    come(taken, taken.on)
    assert post_offer_points(north, now=now) == 1
