"""Twenty operators at once, some of whom die: no call is made twice and none is lost.

The interleavings that would do the damage are staged, each with its control, in test_interleavings.py.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from threading import Barrier, Event, Lock
from typing import Any

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connections, transaction

from campaigns import sending
from campaigns.claiming import claim_next
from campaigns.completing import LateResultError, complete
from campaigns.loading import Store
from campaigns.models import CallResult, ContactTask, OutboxMessage
from campaigns.planning import plan_customers
from campaigns.ready_made import install
from campaigns.running import concerned
from customers.models import Customer
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import customer_with_occasion, make_occasion, plan
from tests.factories import make_customer, make_dealership, make_ownership, make_user, moment
from vehicles.models import Touch

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

OPERATORS = 20
CALLS = 200
TODAY = date(2026, 3, 16)
NOW = moment(TODAY, 11)


@pytest.fixture
def store() -> Dealership:
    return make_dealership("north", name="North")


@pytest.fixture
def operators(store: Dealership) -> list[User]:
    return [make_user(f"operator{number}", Role.OPERATOR, store) for number in range(OPERATORS)]


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Run all of them in threads that start together, each with a connection of its own."""
    gate = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(run, work) for work in works]]


def with_calls(store: Dealership, number: int) -> None:
    for _ in range(number):
        customer_with_occasion(store, today=TODAY)
    plan(store, NOW)
    assert ContactTask.objects.open().count() == number


class Day:
    """A clock that all operators share: each look moves it on a little, so that leases of the dead run out."""

    def __init__(self) -> None:
        self.at, self.lock = NOW, Lock()

    def look(self, seconds: float = 0.5) -> datetime:
        with self.lock:
            self.at += timedelta(seconds=seconds)
            return self.at


def work_a_shift(user: User, store: Dealership, day: Day, shown: Counter[tuple[int, int]], seed: int) -> None:
    """Take calls and answer them; three in ten browsers die with the call open, some come back too late."""
    chance = random.Random(seed)
    idle = 0
    while idle < 8:
        task = claim_next(user, store, now=day.look())
        if task is None:
            idle += 1
            day.look(40)
            continue
        with day.lock:
            shown[task.pk, task.epoch] += 1
        fate = chance.random()
        if fate < 0.15:
            ContactTask.objects.filter(pk=task.pk, epoch=task.epoch).update(lease_until=day.look())
            continue  # died: its lease is over and nobody answers
        if fate < 0.30:
            day.look(150)  # froze: comes back when the lease is long over
        try:
            complete(task.pk, outcome="done", by=user, epoch=task.epoch, now=day.look())
        except LateResultError:
            continue


def a_shift(store: Dealership, operators: list[User]) -> Counter[tuple[int, int]]:
    day, shown = Day(), Counter[tuple[int, int]]()
    at_once(
        [
            lambda user=user, seed=seed: work_a_shift(user, store, day, shown, seed)  # type: ignore[misc]
            for seed, user in enumerate(operators)
        ]
    )
    work_a_shift(operators[0], store, day, shown, seed=len(operators))  # the last to leave looks once more
    return shown


def test_twenty_operators_make_every_call_once(store: Dealership, operators: list[User]) -> None:
    with_calls(store, CALLS)
    shown = a_shift(store, operators)
    assert ContactTask.objects.filter(status="done").count() == CALLS
    assert not ContactTask.objects.open().exists()
    assert max(shown.values()) == 1  # no claim (task, epoch) was shown to two operators
    assert CallResult.objects.filter(was_late=False).count() == CALLS
    assert Touch.objects.count() == CALLS
    assert len(shown) > CALLS  # some died, and their calls were taken again


def test_an_operator_who_presses_the_key_many_times_holds_one_call(store: Dealership, operators: list[User]) -> None:
    with_calls(store, 30)
    at_once([lambda: claim_next(operators[0], store, now=NOW)] * 8)
    assert ContactTask.objects.filter(status="claimed").count() == 1


def test_twenty_claims_at_once_are_twenty_calls(store: Dealership, operators: list[User]) -> None:
    with_calls(store, OPERATORS)
    taken = at_once([lambda user=user: claim_next(user, store, now=NOW) for user in operators])  # type: ignore[misc]
    assert len({task.pk for task in taken if task is not None}) == OPERATORS


def test_one_answer_counts_when_the_same_call_is_answered_by_many_tabs(
    store: Dealership, operators: list[User]
) -> None:
    with_calls(store, 1)
    anna = operators[0]
    task = claim_next(anna, store, now=NOW)
    assert task is not None

    def answer(outcome: str) -> str:
        try:
            complete(task.pk, outcome=outcome, by=anna, epoch=task.epoch, now=NOW)
        except LateResultError:
            return "late"
        return "recorded"

    told = at_once([lambda outcome=outcome: answer(outcome) for outcome in ["done", "thinks", "busy", "sold"] * 3])  # type: ignore[misc]
    assert CallResult.objects.filter(was_late=False).count() == 1
    assert Touch.objects.count() == 1
    assert "recorded" in told


def plan_in_a_transaction(store: Dealership) -> int:
    with transaction.atomic():
        loaded = Store.load(store, NOW)
        customers = Customer.objects.held(concerned(store, TODAY).values_list("pk", flat=True))
        return plan_customers(loaded, customers, now=NOW)["planned"]


def two_stores_with_one_customer() -> tuple[Dealership, Dealership]:
    north, south = make_dealership("north2"), make_dealership("south2")
    for _ in range(15):
        customer = make_customer(north)
        customer.become_known_to(south, at=NOW)
        make_occasion(make_ownership(customer, north), "insurance_renewal", today=TODAY)
        make_occasion(make_ownership(customer, south), "insurance_renewal", today=TODAY)
    for store in (north, south):
        install(store)
    return north, south


def test_five_beats_and_two_stores_spend_a_customers_budget_once() -> None:
    north, south = two_stores_with_one_customer()
    at_once([lambda store=store: plan_in_a_transaction(store) for store in [north, south] * 5])  # type: ignore[misc]
    calls = Counter(ContactTask.objects.calls().values_list("customer_id", flat=True))
    assert set(calls.values()) == {1}  # one marketing call in two weeks, whichever store was first


def letters(store: Dealership, number: int) -> None:
    for index in range(number):
        occasion = {"opens_on": TODAY, "due_on": TODAY + timedelta(days=15)}
        customer_with_occasion(store, "insurance_renewal", today=TODAY, email=f"a{index}@inbox.test", occasion=occasion)
    plan(store, NOW)
    assert OutboxMessage.objects.count() == number


@contextmanager
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """A relay that keeps its own count of what it accepted."""
    accepted: Counter[str] = Counter()

    def send_messages(self: BaseEmailBackend, messages: Any) -> int:
        accepted.update(message.extra_headers["Message-ID"] for message in messages)
        return len(messages)

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send_messages)
    yield accepted


def test_six_senders_at_once_send_each_letter_once(store: Dealership, monkeypatch: pytest.MonkeyPatch) -> None:
    letters(store, 60)
    with ledger(monkeypatch) as accepted:
        at_once([lambda: sending.send_due(now=NOW)] * 6)
        sending.send_due(now=NOW + timedelta(seconds=10))  # what was put off for seconds
    assert len(accepted) == 60
    assert set(accepted.values()) == {1}
    assert OutboxMessage.objects.filter(status="sent").count() == 60
    assert Touch.objects.count() == 60


def race_of_opt_outs() -> set[int]:
    """Senders against opt-outs; the letters that were still queued after their opt-out had been committed."""
    messages = list(OutboxMessage.objects.select_related("customer").order_by("-pk"))
    still_queued: set[int] = set()
    first_is_out = Event()

    def take_the_way_out() -> None:
        for message in messages[::2]:
            message.customer.withdraw_consent(purpose="marketing", channel="email", at=NOW, source="email")
            if OutboxMessage.objects.filter(pk=message.pk, status="queued").exists():
                still_queued.add(message.pk)
            first_is_out.set()

    def send() -> None:
        first_is_out.wait(60)
        sending.send_due(now=NOW)

    at_once([take_the_way_out, *[send] * 3])
    sending.send_due(now=NOW + timedelta(seconds=10))
    assert still_queued
    return still_queued


def test_no_letter_leaves_after_the_way_out_was_taken(store: Dealership, monkeypatch: pytest.MonkeyPatch) -> None:
    letters(store, 60)
    with ledger(monkeypatch) as accepted:
        too_late = race_of_opt_outs()
    for message in OutboxMessage.objects.all():
        assert accepted[message.message_id] == (message.status == "sent")
        if message.pk in too_late:
            assert message.status == "cancelled"
