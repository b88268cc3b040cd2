"""The loyalty ledger: what visits earn is posted once, follows the order, expires, and is never overdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.erasing import erase
from customers.merging import merge, undo
from customers.models import Customer
from customers.rules.drawing import is_held_out
from dealercrm.accounts.models import Dealership, JobRun, User
from dealercrm.accounts.running import claim_chunk
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.loyalty import PointsRefusedError, adjust, post_by_hand, post_points, spend
from vehicles.loyalty_nights import JOB, LEASE, is_due, post, start_posting
from vehicles.models import LoyaltyAccount, LoyaltyEntry, LoyaltyPolicy, Ownership, RepairOrder
from vehicles.tasks import sweep_loyalty


@pytest.fixture
def programme(north: Dealership, today: date) -> LoyaltyPolicy:
    """North's programme, on since January: 5 points of 100, good for a year."""
    policy = LoyaltyPolicy.of(north)
    policy.today = date(2026, 1, 1)
    policy.change({"is_on": True})
    return policy


@pytest.fixture
def car(north: Dealership) -> Ownership:
    return make_ownership(make_customer(north), north)


def balance(customer: Customer) -> int:
    """What the account says, which must be what the entries say."""
    account = LoyaltyAccount.objects.filter(customer=customer).first()
    entries = LoyaltyEntry.objects.filter(customer=customer)
    assert (account.balance if account else 0) == sum(entry.points for entry in entries)
    return account.balance if account else 0


def kinds(customer: Customer) -> list[tuple[str, int]]:
    return list(LoyaltyEntry.objects.filter(customer=customer).in_order().values_list("kind", "points"))


def test_a_programme_that_is_off_posts_nothing(north: Dealership, car: Ownership, now: datetime) -> None:
    make_visit(car, date(2026, 3, 1))
    assert not post_points(north, now=now)
    assert not LoyaltyAccount.objects.exists()
    assert not is_due(north, now)


def test_what_visits_earned_is_posted_once(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, now: datetime
) -> None:
    order = make_visit(car, date(2026, 2, 1), total=Decimal("14200.50"))
    make_visit(car, date(2026, 2, 2), pay_type="warranty")
    make_visit(car, date(2025, 12, 31))
    assert post_points(north, now=now) == {"earned": 710, "accounts": 1}
    entry = LoyaltyEntry.objects.get()
    assert (entry.repair_order, entry.ownership, entry.expires_on) == (order, car, date(2027, 2, 1))
    assert not +post_points(north, now=now)
    assert balance(car.customer) == 710


def test_a_programme_switched_on_without_a_day_begins_with_its_first_night(
    north: Dealership, car: Ownership, now: datetime, today: date
) -> None:
    LoyaltyPolicy.of(north).change({"is_on": True})
    make_visit(car, today - timedelta(days=1))
    make_visit(car, today, total=1000)
    assert post_points(north, now=now)["earned"] == 50
    assert LoyaltyPolicy.of(north).runs_since == today
    LoyaltyPolicy.of(north).change({"is_on": False})
    assert LoyaltyPolicy.of(north).runs_since is None


def test_an_order_that_is_voided_or_changed_takes_its_points_along(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, now: datetime
) -> None:
    voided, dearer = (make_visit(car, date(2026, 2, day), total=10_000) for day in (1, 2))
    post_points(north, now=now)
    voided.void(at=now)
    RepairOrder.objects.filter(pk=dearer.pk).update(total=12_000)
    assert post_points(north, now=now) == {"taken_back": 500, "adjusted": 100}
    assert balance(car.customer) == 600
    RepairOrder.objects.filter(pk=voided.pk).update(voided_at=None)
    assert post_points(north, now=now) == {"adjusted": 500}
    assert not +post_points(north, now=now)


def test_an_order_that_turns_out_to_be_somebody_elses_takes_its_points_there(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, now: datetime
) -> None:
    order = make_visit(car, date(2026, 2, 1), total=10_000)
    post_points(north, now=now)
    wife = make_customer(north, name="Иванова Анна")
    RepairOrder.objects.filter(pk=order.pk).update(customer=wife)
    post_points(north, now=now)
    assert (balance(car.customer), balance(wife)) == (0, 500)
    assert not +post_points(north, now=now)


def test_points_spent_come_with_the_order_and_return_with_it(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, now: datetime
) -> None:
    make_visit(car, date(2026, 2, 1), total=10_000)
    order = make_visit(car, date(2026, 3, 1), pay_type="warranty", points_spent=300)
    assert post_points(north, now=now) == {"earned": 500, "spent": 300, "accounts": 1}
    assert not +post_points(north, now=now)
    order.void(at=now)
    assert post_points(north, now=now) == {"given_back": 300}
    assert balance(car.customer) == 500


def test_points_expire_after_their_last_day_and_the_next_ones_are_announced(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, now: datetime
) -> None:
    make_visit(car, date(2026, 2, 1), total=10_000)
    make_visit(car, date(2026, 3, 1), total=4_000)
    post_points(north, now=now)
    account = LoyaltyAccount.objects.get()
    assert (account.balance, account.expiring, account.expires_on) == (700, 500, date(2027, 2, 1))
    assert not +post_points(north, now=moment(date(2027, 2, 1), 4))
    assert post_points(north, now=moment(date(2027, 2, 9), 4)) == {"expired": 500}
    account.refresh_from_db()
    assert (account.balance, account.expiring, account.expires_on) == (200, 200, date(2027, 3, 1))
    assert LoyaltyEntry.objects.get(kind="expired").on == date(2027, 2, 2), "when it was, not when it was seen"


@pytest.mark.holdout
def test_a_customer_is_drawn_once_and_the_held_out_earn_nothing(
    programme: LoyaltyPolicy, north: Dealership, now: datetime
) -> None:
    programme.change({"holdout_share": 0.5})
    people = [make_customer(north) for _ in range(30)]
    for person in people:
        make_visit(make_ownership(person, north), date(2026, 2, 1), total=10_000)
    post_points(north, now=now)
    held = {row.customer_id for row in LoyaltyAccount.objects.filter(is_held_out=True)}
    assert held == {one.pk for one in people if is_held_out("loyalty", "v1", one.pk, 0.5)}
    assert 5 < len(held) < 25
    assert set(LoyaltyEntry.objects.values_list("customer_id", flat=True)) == {one.pk for one in people} - held
    programme.change({"holdout_share": 0.0})
    post_points(north, now=now)
    assert LoyaltyAccount.objects.filter(is_held_out=True).count() == len(held), "the draw stands"
    assert not +post_points(north, now=now)


def test_people_spend_and_set_right_with_a_note_and_never_below_nought(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, anna: User, now: datetime
) -> None:
    make_visit(car, date(2026, 2, 1), total=10_000)
    entry = spend(north, car.customer_id, 200, now=now, by=anna, note="Oil filter", ownership=car)
    assert (entry.points, entry.by, entry.note, entry.ownership) == (-200, anna, "Oil filter", car)
    with pytest.raises(PointsRefusedError) as refused:
        spend(north, car.customer_id, 301, now=now, by=anna)
    assert refused.value.why.params == {"points": 301, "balance": 300}
    adjust(north, car.customer_id, 50, now=now, by=anna)
    with pytest.raises(PointsRefusedError):
        adjust(north, car.customer_id, -351, now=now, by=anna)
    assert kinds(car.customer) == [("earned", 500), ("spent", -200), ("adjusted", 50)]
    assert balance(car.customer) == 350


def test_points_past_their_last_day_cannot_be_spent_even_before_the_night(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, now: datetime
) -> None:
    make_visit(car, date(2026, 2, 1), total=10_000)
    post_points(north, now=now)
    with pytest.raises(PointsRefusedError):
        spend(north, car.customer_id, 1, now=moment(date(2027, 2, 2), 9))


def test_where_the_programme_is_off_nobody_spends(north: Dealership, car: Ownership, now: datetime) -> None:
    with pytest.raises(PointsRefusedError) as refused:
        spend(north, car.customer_id, 1, now=now)
    assert refused.value.why.code == "loyalty.off"


def test_a_code_of_another_system_writes_one_entry(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, now: datetime
) -> None:
    said: dict[str, Any] = {"now": now, "source": "till", "external_code": "A1"}
    first, is_new = post_by_hand(north, car.customer_id, "adjusted", 100, **said)
    again, is_new_again = post_by_hand(north, car.customer_id, "adjusted", 100, **said)
    assert (first, is_new, is_new_again) == (again, True, False)
    with pytest.raises(PointsRefusedError) as refused:
        post_by_hand(north, car.customer_id, "adjusted", 200, **said)
    assert refused.value.why.code == "loyalty.code_used"


def test_after_a_merge_the_points_of_both_cards_are_one_balance_and_part_again_when_it_is_undone(
    programme: LoyaltyPolicy, north: Dealership, boris: User, now: datetime
) -> None:
    one, two = (make_ownership(make_customer(north), north) for _ in range(2))
    make_visit(one, date(2026, 2, 1), total=10_000)
    make_visit(two, date(2026, 2, 1), total=6_000)
    post_points(north, now=now)
    done = merge(one.customer_id, two.customer_id, by=boris, store=north, now=now)
    kept = LoyaltyAccount.objects.get(customer=one.customer)
    assert (kept.balance, kept.expiring, kept.is_mixed) == (800, 800, False)
    assert not +post_points(north, now=now)
    spend(north, one.customer_id, 700, now=now)
    assert balance(one.customer) == 100
    undo(done.pk, by=boris, now=now)
    post_points(north, now=now)
    assert LoyaltyAccount.objects.get(customer=two.customer).balance == 300
    assert LoyaltyAccount.objects.get(customer=one.customer).balance == 0, "spent more than was theirs alone"
    post_points(north, now=now)


def test_who_was_a_member_and_held_out_earns_and_is_not_measured(
    programme: LoyaltyPolicy, north: Dealership, boris: User, now: datetime
) -> None:
    one, two = (make_ownership(make_customer(north), north) for _ in range(2))
    for row, held in ((one, True), (two, False)):
        LoyaltyAccount.objects.create(
            dealership=north, customer=row.customer, is_held_out=held, share=0.1, assigned_on=date(2026, 2, 1)
        )
    merge(one.customer_id, two.customer_id, by=boris, store=north, now=now)
    assert LoyaltyAccount.objects.get(customer=one.customer).is_mixed
    assert not LoyaltyAccount.objects.measured().exists()
    make_visit(one, date(2026, 3, 1), total=1_000)
    post_points(north, now=now)
    assert balance(one.customer) == 50


def test_an_erasure_empties_the_notes_and_the_points_rest(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, boris: User, now: datetime
) -> None:
    adjust(north, car.customer_id, 50, now=now, note="Birthday of Alexey")
    erase(car.customer, by=boris, store=north, now=now)
    assert LoyaltyEntry.objects.get().note == ""
    assert not LoyaltyAccount.objects.living().exists()
    with pytest.raises(PointsRefusedError):
        spend(north, car.customer_id, 1, now=now)
    assert not +post_points(north, now=now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "spent", "points": 10},
        {"kind": "earned", "points": -10},
        {"kind": "adjusted", "points": 0},
        {"kind": "adjusted", "points": 10, "expires_on": None},
    ],
)
def test_the_database_refuses_points_that_go_the_wrong_way(
    north: Dealership, car: Ownership, now: datetime, wrong: dict[str, Any]
) -> None:
    fields: dict[str, Any] = {"expires_on": date(2027, 1, 1), "on": date(2026, 3, 1), "at": now} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        LoyaltyEntry.objects.create(dealership=north, customer=car.customer, **fields)


def test_the_database_refuses_a_second_earning_of_an_order(north: Dealership, car: Ownership, now: datetime) -> None:
    order = make_visit(car, date(2026, 2, 1))
    same: dict[str, Any] = {
        "dealership": north, "customer": car.customer, "repair_order": order, "kind": "earned", "points": 5,
        "on": date(2026, 2, 1), "expires_on": date(2027, 2, 1), "at": now,
    }  # fmt: skip
    LoyaltyEntry.objects.create(**same)
    with pytest.raises(IntegrityError), transaction.atomic():
        LoyaltyEntry.objects.create(**same)


def test_posting_costs_the_same_number_of_queries_for_one_customer_and_for_thirty(
    programme: LoyaltyPolicy, north: Dealership, now: datetime
) -> None:
    def queries(number: int) -> int:
        for _ in range(number):
            make_visit(make_ownership(make_customer(north), north), date(2026, 2, 1))
        with CaptureQueriesContext(connection) as caught:
            post_points(north, now=now)
        return len(caught)

    assert queries(1) == queries(30)


def test_other_stores_see_none_of_it(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, boris: User, clara: User, now: datetime
) -> None:
    adjust(north, car.customer_id, 50, now=now)
    assert LoyaltyEntry.objects.for_user(boris).count() == LoyaltyAccount.objects.for_user(boris).count() == 1
    assert not LoyaltyEntry.objects.for_user(clara).exists()
    assert not LoyaltyAccount.objects.for_user(clara).exists()


def test_the_night_posts_once_and_a_dead_worker_is_replaced(
    programme: LoyaltyPolicy, north: Dealership, car: Ownership, now: datetime
) -> None:
    make_visit(car, date(2026, 2, 1), total=10_000)
    assert not is_due(north, now.replace(hour=2))
    assert is_due(north, now)
    run = start_posting(north, now=now)
    assert run is not None
    assert start_posting(north, now=now) is None
    assert claim_chunk(run, now=now, lease=LEASE)  # a worker takes it and dies
    assert not post(run, clock=lambda: now + timedelta(minutes=1))
    assert post(run, clock=lambda: now + LEASE)
    assert run.counts == {"points_earned": 500, "accounts": 1}
    assert not is_due(north, now)
    assert is_due(north, now + timedelta(days=1))


def test_the_sweep_and_the_command_post(
    programme: LoyaltyPolicy, north: Dealership, south: Dealership, car: Ownership,
    time_machine_at: Callable[[str], None],
) -> None:  # fmt: skip
    make_visit(car, date(2026, 2, 1), total=10_000)
    time_machine_at("2026-03-16T04:00:00+03:00")
    sweep_loyalty()
    assert JobRun.objects.get(job=JOB).dealership == north
    out = StringIO()
    call_command("post_loyalty", stdout=out)
    assert balance(car.customer) == 500
    assert "south: the programme is off" in out.getvalue()
