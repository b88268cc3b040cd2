"""The interleavings that would call twice, write twice or overhear a "no", staged one by one, each with its control."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from campaigns import claiming, planning, sending
from campaigns.assigning import Draws
from campaigns.channels import email
from campaigns.claiming import claim_next
from campaigns.loading import Store
from campaigns.models import Assignment, Campaign, ContactPolicy, ContactTask, Decision, OutboxMessage
from campaigns.planning import plan_customers
from campaigns.ready_made import install
from campaigns.running import concerned
from customers.models import ConsentEvent, Customer
from customers.models.customer import CustomerQuerySet
from customers.rules.drawing import bucket
from dealercrm.accounts.models import Dealership, Role, User
from tests.campaigns.building import customer_with_occasion, make_occasion, plan
from tests.factories import make_customer, make_dealership, make_ownership, make_user, moment
from tests.staging import Stop, one_stops_while_another_works

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TODAY = date(2026, 3, 16)
NOW = moment(TODAY, 11)


@pytest.fixture
def store() -> Dealership:
    return make_dealership("north", name="North")


@pytest.fixture
def operators(store: Dealership) -> list[User]:
    return [make_user(f"operator{number}", Role.OPERATOR, store) for number in range(2)]


@pytest.fixture
def two_calls(store: Dealership) -> None:
    for _ in range(2):
        customer_with_occasion(store, today=TODAY)
    plan(store, NOW)


def press_twice(user: User, store: Dealership, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, bool]:
    """The first press has seen that nothing is in hand and has not taken a call yet, when the second comes."""
    stop = Stop.before(monkeypatch, claiming, "_take_next")
    return one_stops_while_another_works(
        stop, lambda: claim_next(user, store, now=NOW), lambda: claim_next(user, store, now=NOW)
    )


@pytest.mark.usefixtures("two_calls")
def test_a_second_press_waits_and_gets_the_call_of_the_first(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, has_waited = press_twice(operators[0], store, monkeypatch)
    assert has_waited
    assert first == second
    assert ContactTask.objects.filter(status="claimed").count() == 1


@pytest.mark.usefixtures("two_calls")
def test_control_without_the_operators_lock_the_second_press_takes_another_call(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "_one_at_a_time", lambda user: None)
    first, second, has_waited = press_twice(operators[0], store, monkeypatch)
    assert not has_waited
    assert first != second
    assert ContactTask.objects.filter(status="claimed").count() == 2


def two_claim(operators: list[User], store: Dealership, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, bool]:
    """One has taken a call and has not committed yet, when a colleague asks for the next."""
    stop = Stop.after(monkeypatch, claiming, "_take_next")
    one, other = operators
    return one_stops_while_another_works(
        stop, lambda: claim_next(one, store, now=NOW), lambda: claim_next(other, store, now=NOW)
    )


@pytest.mark.usefixtures("two_calls")
def test_two_operators_get_two_calls_and_nobody_waits(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, has_waited = two_claim(operators, store, monkeypatch)
    assert not has_waited
    assert first != second


@pytest.mark.usefixtures("two_calls")
def test_control_without_row_locks_two_operators_get_one_call(
    store: Dealership, operators: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "SKIP_LOCKED", "")
    first, second, _ = two_claim(operators, store, monkeypatch)
    assert first == second


def plan_in_a_transaction(store: Dealership) -> int:
    with transaction.atomic():
        loaded = Store.load(store, NOW)
        customers = Customer.objects.held(concerned(store, TODAY).values_list("pk", flat=True))
        return plan_customers(loaded, customers, now=NOW)["planned"]


def two_stores_plan_one_customer(monkeypatch: pytest.MonkeyPatch) -> bool:
    """One store has read the customer's budget and not spent it yet, when the other plans; did the other wait?"""
    north, south = make_dealership("north2"), make_dealership("south2")
    customer = make_customer(north)
    customer.become_known_to(south, at=NOW)
    for store in (north, south):
        make_occasion(make_ownership(customer, store), "insurance_renewal", today=TODAY)
        install(store)
    stop = Stop.after(monkeypatch, planning, "load_customer_facts")
    *_, has_waited = one_stops_while_another_works(
        stop, lambda: plan_in_a_transaction(north), lambda: plan_in_a_transaction(south)
    )
    return has_waited


def test_two_stores_spend_a_customers_budget_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_stores_plan_one_customer(monkeypatch)
    assert ContactTask.objects.calls().count() == 1


def test_control_without_the_customers_lock_the_budget_is_spent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_lock(self: CustomerQuerySet, ids: Any, *, wait: bool = True) -> list[Customer]:
        return list(self.filter(pk__in=list(ids)).order_by("pk"))

    monkeypatch.setattr(CustomerQuerySet, "held", no_lock)
    assert not two_stores_plan_one_customer(monkeypatch)
    assert ContactTask.objects.calls().count() == 2


def two_stores_draw_one_customer(monkeypatch: pytest.MonkeyPatch) -> tuple[bool, list[str]]:
    """North has looked where the customer was drawn, and not committed, when South plans them; South draws half
    of all for the global group, North nobody but three in a hundred. Did South wait, and what became of both?"""
    north, south = make_dealership("north"), make_dealership("south")
    ContactPolicy.objects.create(dealership=south, overrides={"global_holdout_share": 0.5})
    number = next(number for number in range(920_000, 930_000) if 300 <= bucket("global", "v1", number) < 5000)
    customer = make_customer(north, id=number)
    customer.become_known_to(south, at=NOW)
    for store in (north, south):
        make_occasion(make_ownership(customer, store), "component_wear", today=TODAY, is_safety_work=False)
        install(store)
        Campaign.objects.filter(dealership=store).update(holdout_share=0)
    stop = Stop.after(monkeypatch, Draws, "load")
    one, other, has_waited = one_stops_while_another_works(
        stop, lambda: drawn_or_refused(north), lambda: drawn_or_refused(south)
    )
    return has_waited, [one, other]


def drawn_or_refused(store: Dealership) -> str:
    try:
        plan_in_a_transaction(store)
    except IntegrityError:
        return "refused"
    return "planned"


@pytest.mark.holdout
def test_two_stores_draw_one_customer_once_and_the_second_keeps_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    has_waited, ends = two_stores_draw_one_customer(monkeypatch)
    assert has_waited
    assert ends == ["planned", "planned"]
    assert Assignment.objects.get().is_held_out is False
    assert not Decision.objects.filter(gate="holdout").exists()


@pytest.mark.holdout
def test_control_without_the_customers_lock_they_draw_twice_and_only_the_database_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_lock(self: CustomerQuerySet, ids: Any, *, wait: bool = True) -> list[Customer]:
        return list(self.filter(pk__in=list(ids)).order_by("pk"))

    monkeypatch.setattr(CustomerQuerySet, "held", no_lock)
    has_waited, ends = two_stores_draw_one_customer(monkeypatch)
    assert not has_waited
    assert sorted(ends) == ["planned", "refused"]
    assert Assignment.objects.get().is_held_out is True, "South was first, by its own policy, while North had looked"


@pytest.fixture
def letter(store: Dealership) -> OutboxMessage:
    occasion = {"opens_on": TODAY, "due_on": TODAY + timedelta(days=15)}
    customer_with_occasion(store, "insurance_renewal", today=TODAY, email="a@inbox.test", occasion=occasion)
    plan(store, NOW)
    return OutboxMessage.objects.get()


def two_send(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """One sender has taken the letter and has not committed yet, when another looks for one; what left."""
    stop = Stop.after(monkeypatch, sending, "_take_next")
    one, other, _ = one_stops_while_another_works(
        stop, lambda: sending.claim_message(NOW, {}), lambda: sending.claim_message(NOW, {})
    )
    post = sending._Post({"email": email})
    for message in (one, other):
        if message is not None:
            post.open("email")
            sending._hand_over(message, post, NOW)
    return Counter(message.extra_headers["Message-ID"] for message in mail.outbox)


def test_two_senders_send_a_letter_once(letter: OutboxMessage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_send(monkeypatch) == {letter.message_id: 1}


def test_control_senders_without_row_locks_send_a_letter_twice(
    letter: OutboxMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SKIP_LOCKED", "")
    assert two_send(monkeypatch) == {letter.message_id: 2}


def withdraw(letter: OutboxMessage) -> bool:
    """The customer takes the way out; was the letter still in the box when that had been committed?"""
    letter.customer.withdraw_consent(purpose="marketing", channel="email", at=NOW, source="email")
    return OutboxMessage.objects.filter(pk=letter.pk, status="queued").exists()


def object_while_the_gates_are_asked(letter: OutboxMessage, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, bool]:
    """The sender has read the consent and not committed its claim yet; (was it still queued, did the writer wait)."""
    stop = Stop.after(monkeypatch, sending, "shut_gates")
    _, still_queued, has_waited = one_stops_while_another_works(
        stop, lambda: sending.send_due(now=NOW), lambda: withdraw(letter)
    )
    return still_queued, has_waited


def test_an_objection_waits_for_the_letter_that_is_being_claimed(
    letter: OutboxMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    still_queued, has_waited = object_while_the_gates_are_asked(letter, monkeypatch)
    assert has_waited
    assert not still_queued  # the letter had left before the objection was a fact


def test_control_an_objection_written_without_the_customers_lock_comes_too_late(
    letter: OutboxMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(self: Customer, *, is_given: bool, **said: Any) -> ConsentEvent:
        return ConsentEvent.objects.create(customer=self, is_given=is_given, **said)

    monkeypatch.setattr(Customer, "_say", say)
    still_queued, has_waited = object_while_the_gates_are_asked(letter, monkeypatch)
    assert not has_waited
    assert still_queued
    letter.refresh_from_db()
    assert letter.status == "sent"


def test_a_sender_walks_past_a_customer_who_is_just_objecting(
    letter: OutboxMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop.after(monkeypatch, CustomerQuerySet, "held")  # the writer holds the customer and has not written yet
    _, counts, has_waited = one_stops_while_another_works(
        stop, lambda: withdraw(letter), lambda: sending.send_due(now=NOW)
    )
    assert not has_waited
    assert counts == {"put off": 1}
    sending.send_due(now=NOW + timedelta(seconds=10))
    letter.refresh_from_db()
    assert letter.status == "cancelled"


def test_control_without_the_gates_at_the_door_a_letter_leaves_after_the_way_out(
    letter: OutboxMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "AT_THE_DOOR", ())
    assert withdraw(letter)
    sending.send_due(now=NOW)
    letter.refresh_from_db()
    assert letter.status == "sent"
