"""Points of a customer: what a visit earns, what goes first, what a voided order takes back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vehicles.rules.loyalty import (
    ADJUSTED,
    COMES_IN,
    EARNED,
    EXPIRED,
    GIVEN_BACK,
    GOES_OUT,
    SPENT,
    TAKEN_BACK,
    Entry,
    Ledger,
    Order,
    points_for,
)
from vehicles.rules.policy import LoyaltyValues

VALUES = LoyaltyValues(is_on=True, points_per_hundred=5, expiry_months=12)
SINCE = date(2025, 1, 1)
TODAY = date(2026, 3, 16)


def order(pk: int = 1, on: date = date(2026, 1, 10), amount: int | None = 10_000, **more: Any) -> Order:
    fields: dict[str, Any] = {"pay_type": "customer", "counts": True} | more
    return Order(pk, on, None if amount is None else Decimal(amount), **fields)


def settle(ledger: Ledger, *orders: Order, today: date = TODAY, **more: Any) -> list[Entry]:
    asked: dict[str, Any] = {"values": VALUES, "since": SINCE, "is_member": True} | more
    return ledger.settle(orders, today=today, **asked)


@pytest.mark.parametrize(
    ("amount", "pay_type", "points"),
    [
        ("14200.00", "customer", 710),
        ("19.99", "customer", 0),
        ("20.00", "customer", 1),
        ("14200", "warranty", 0),
        ("14200", "internal", 0),
        ("14200", "insurance", 0),
        ("0", "customer", 0),
        ("-500", "customer", 0),
        (None, "customer", 0),
    ],
)
def test_only_what_the_customer_paid_earns_and_a_part_of_a_point_is_none(
    amount: str | None, pay_type: str, points: int
) -> None:
    assert points_for(None if amount is None else Decimal(amount), pay_type, 5) == points


def test_a_visit_earns_once_and_until_when() -> None:
    ledger = Ledger()
    (entry,) = settle(ledger, order())
    assert entry == Entry(EARNED, 500, date(2026, 1, 10), date(2027, 1, 10), 1, Decimal(10_000), 5)
    assert settle(ledger, order(rate=5)) == []
    assert ledger.next_expiry == (500, date(2027, 1, 10))


def test_visits_before_the_programme_and_of_the_held_out_earn_nothing() -> None:
    assert settle(Ledger(), order(on=date(2024, 12, 31))) == []
    assert settle(Ledger(), order(), is_member=False) == []


def test_a_new_rate_is_for_new_visits() -> None:
    ledger = Ledger()
    settle(ledger, order())
    richer = LoyaltyValues(is_on=True, points_per_hundred=10)
    added = settle(ledger, order(rate=5), order(2), values=richer)
    assert [(one.kind, one.points, one.order) for one in added] == [(EARNED, 1000, 2)]


def test_an_order_that_was_voided_takes_its_points_back_and_its_points_spent_return() -> None:
    ledger = Ledger()
    settle(ledger, order(), order(2, points_spent=300))
    assert ledger.balance == 700
    added = settle(ledger, order(2, points_spent=300, counts=False, rate=5))
    assert {(one.kind, one.points) for one in added} == {(GIVEN_BACK, 300), (TAKEN_BACK, -500)}
    assert ledger.balance == 500


def test_an_amount_that_changed_moves_the_points_by_the_difference() -> None:
    ledger = Ledger()
    settle(ledger, order())
    (more,) = settle(ledger, order(amount=12_000, rate=5))
    assert (more.kind, more.points, more.expires_on) == (ADJUSTED, 100, date(2027, 1, 10))
    (less,) = settle(ledger, order(amount=4_000, rate=5))
    assert (less.kind, less.points, ledger.balance) == (TAKEN_BACK, -400, 200)


def test_what_was_spent_meanwhile_is_taken_from_the_next_points() -> None:
    ledger = Ledger()
    settle(ledger, order())
    ledger.add(Entry(SPENT, -450, TODAY))
    void = order(counts=False, rate=5)
    assert [one.points for one in settle(ledger, void)] == [-50]
    assert settle(ledger, void) == []
    settle(ledger, order(2, on=TODAY))
    assert [one.points for one in settle(ledger, void)] == [-450]
    assert ledger.balance == 50
    assert settle(ledger, void) == []


def test_what_expires_first_is_spent_first_and_what_is_left_expires_after_its_last_day() -> None:
    ledger = Ledger()
    ledger.add(Entry(ADJUSTED, 100, SINCE, date(2026, 12, 1)))
    ledger.add(Entry(ADJUSTED, 100, SINCE, date(2026, 3, 16)))
    ledger.add(Entry(SPENT, -30, TODAY))
    assert ledger.next_expiry == (70, date(2026, 3, 16))
    assert ledger.expire(date(2026, 3, 16)) == [], "the last day counts"
    assert ledger.expire(date(2026, 3, 20)) == [Entry(EXPIRED, -70, date(2026, 3, 17))]
    assert (ledger.balance, ledger.expire(date(2026, 3, 20))) == (100, [])


def test_points_that_expired_are_not_taken_back_a_second_time() -> None:
    ledger = Ledger()
    settle(ledger, order(on=date(2025, 2, 1)), order(2))
    assert ledger.balance == 500, "those of February are gone"
    assert settle(ledger, order(on=date(2025, 2, 1), counts=False, rate=5)) == []
    assert settle(ledger, order(on=date(2025, 2, 1), rate=5)) == [], "and nothing is earned anew"


def test_an_order_that_moved_to_another_customer_takes_its_points_along() -> None:
    first, second = Ledger(), Ledger()
    settle(first, order())
    assert [one.kind for one in settle(first, order(counts=False, rate=5))] == [TAKEN_BACK]
    (moved,) = settle(second, order(rate=5))
    assert (moved.kind, moved.points) == (ADJUSTED, 500), "an order earns once; the rest corrects"


def test_a_visit_that_was_paid_with_more_than_there_was_is_paid_by_what_it_earns() -> None:
    ledger = Ledger()
    added = settle(ledger, order(points_spent=200))
    assert [(one.kind, one.points) for one in added] == [(EARNED, 500), (SPENT, -200)]


def test_the_dms_cannot_spend_more_than_there_is() -> None:
    ledger = Ledger()
    settle(ledger, order())
    (spent,) = settle(ledger, order(2, amount=None, points_spent=800))
    assert (spent.points, ledger.balance) == (-500, 0)


STORIES = st.lists(
    st.tuples(
        st.integers(0, 5),  # which order
        st.one_of(st.none(), st.integers(0, 40_000)),  # its amount now
        st.sampled_from(["customer", "customer", "warranty"]),
        st.booleans(),  # does it stand
        st.one_of(st.none(), st.integers(0, 3_000)),  # points the DMS says were spent
        st.integers(0, 200),  # days that pass
        st.integers(-2_000, 500),  # what staff write by hand, as far as it goes
    ),
    max_size=25,
)


@given(STORIES)
def test_a_balance_is_never_negative_and_always_the_sum_of_entries_and_of_lots(story: Any) -> None:
    ledger, today = Ledger(), SINCE
    entries: list[Entry] = []
    orders: dict[int, Order] = {}
    rates: dict[int, int] = {}
    for pk, amount, pay_type, counts, spent, days, by_hand in story:
        today += timedelta(days=days)
        on = orders[pk].on if pk in orders else today
        orders[pk] = order(pk, on, amount, pay_type=pay_type, counts=counts, points_spent=spent)
        told = [one._replace(rate=rates.get(one.pk)) for one in orders.values()]
        added = settle(ledger, *told, today=today)
        rates |= {one.order: one.rate for one in added if one.kind == EARNED and one.order is not None and one.rate}
        if by_hand and ledger.balance + by_hand >= 0:
            added.append(ledger.add(Entry(ADJUSTED, by_hand, today, today + timedelta(days=90))))
        entries += added
        told = [one._replace(rate=rates.get(one.pk)) for one in orders.values()]
        assert by_hand > 0 or settle(Ledger.of(entries), *told, today=today) == [], "once is enough"
        assert ledger.balance == sum(one.points for one in entries) >= 0
        assert all(0 <= lot.left <= lot.points for lot in ledger.lots)
        assert Ledger.of(entries) == ledger, "what is read again is what was written"
        assert ledger.owed == 0
    earned = [one.order for one in entries if one.kind == EARNED]
    assert len(earned) == len(set(earned)), "an order earns once"
    assert all(one.points > 0 for one in entries if one.kind in COMES_IN)
    assert all(one.points < 0 for one in entries if one.kind in GOES_OUT)


@given(STORIES)
def test_voiding_everything_leaves_no_points_of_orders_that_nobody_spent(story: Any) -> None:
    ledger, rates = Ledger(), {}
    orders = {pk: order(pk, SINCE, amount, pay_type=pay) for pk, amount, pay, *_rest in story}
    for entry in settle(ledger, *orders.values(), today=SINCE):
        rates[entry.order] = entry.rate
    settle(ledger, *(one._replace(counts=False, rate=rates.get(one.pk)) for one in orders.values()), today=SINCE)
    assert ledger.balance == 0
    assert not any(ledger.earned_by.values())
