"""Whose visits were they: entries of the monthly sheet, twice the same, and corrected by a further entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns.claiming import claim
from campaigns.completing import complete
from campaigns.crediting import start_crediting, work
from campaigns.models import CallResult, ContactPolicy, Credit
from campaigns.models.task import ContactTask
from campaigns.tasks import sweep_credits
from campaigns.undoing import undo
from customers.erasing import erase
from customers.merging import merge
from dealercrm.accounts.models import Dealership, JobRun, User
from dealercrm.sentences import sentence
from tests.campaigns.building import planned_call
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.models import Appointment, Feedback, RepairOrder, Review

TODAY = date(2026, 3, 16)
BOOKED = date(2026, 3, 19)
OVER = BOOKED + timedelta(days=6)


def book(task: ContactTask, by: User, now: datetime, on: date = BOOKED, **details: Any) -> CallResult:
    task = claim(task.pk, by, now=now)
    given = {"starts_at": moment(on, 10).isoformat()} | details
    return complete(task.pk, outcome="booked", by=by, epoch=task.epoch, now=now, details=given)


@pytest.fixture(autouse=True)
def a_large_workshop(north: Dealership) -> None:
    ContactPolicy.objects.create(dealership=north, overrides={"cars_at_once": 100})


def booked_call(store: Dealership, by: User, now: datetime, on: date = BOOKED, **details: Any) -> CallResult:
    task = planned_call(store, now, occasion={"evidence": {"works": ["oil"]}})
    return book(task, by, now, on, **details)


def night(store: Dealership, on: date, *, is_full: bool = False) -> None:
    run = start_crediting(store, on=on, now=moment(on, 4), is_full=is_full, by_hand=True)
    assert run is not None
    work(run, clock=lambda: moment(on, 4))
    run.refresh_from_db()
    assert run.status == JobRun.Status.DONE, run.error


def comes(result: CallResult, on: date, **fields: Any) -> RepairOrder:
    assert result.task.ownership is not None
    given: dict[str, Any] = {"works": ("oil",), "total": 12_000, "advisor": "Петров"} | fields
    return make_visit(result.task.ownership, on, **given)


def standing(result: CallResult) -> Credit:
    return Credit.objects.standing().get(result=result)


def rows() -> list[tuple[Any, ...]]:
    return list(Credit.objects.order_by("pk").values_list())


def test_a_booked_visit_is_credited_to_who_booked_it_and_to_the_advisor(
    north: Dealership, anna: User, now: datetime
) -> None:
    result = booked_call(north, anna, now)
    night(north, TODAY)
    waiting = standing(result)
    assert (waiting.verdict, waiting.visits, waiting.why["code"]) == ("open", 0, "credit.open")
    order = comes(result, BOOKED + timedelta(days=2))
    night(north, BOOKED + timedelta(days=3))
    credit = Credit.objects.get()
    assert credit.pk == waiting.pk, "what waited is decided where it stands"
    assert (credit.verdict, credit.order, credit.operator, credit.advisor) == ("credited", order, anna, "Петров")
    assert (credit.visits, credit.points, credit.margin) == (1, 10, Decimal(6000))
    assert credit.month == date(2026, 3, 1)
    assert sentence(credit.why) == "Came on 21 Mar 2026, 2 days from the booked 19 Mar 2026."


def test_a_refused_credit_says_why(north: Dealership, anna: User, now: datetime) -> None:
    silent, other = booked_call(north, anna, now), booked_call(north, anna, now)
    comes(other, BOOKED, works=("tyres",))
    night(north, OVER)
    assert standing(silent).why["code"] == "credit.no_visit"
    assert sentence(standing(silent).why) == "Has not come within 5 days of 19 Mar 2026."
    assert standing(other).why["code"] == "credit.other_works"
    assert not Credit.objects.exclude(visits=0, points=0, margin=0).exists()


def test_twice_changes_nothing_and_a_night_finds_what_a_full_run_finds(
    north: Dealership, anna: User, now: datetime
) -> None:
    results = [booked_call(north, anna, now, BOOKED + timedelta(days=day)) for day in range(4)]
    comes(results[0], BOOKED)
    comes(results[1], BOOKED + timedelta(days=1), works=("tyres",))
    Feedback.objects.record(
        dealership=north, customer=results[0].task.customer, ownership=results[0].task.ownership,
        order=RepairOrder.objects.earliest("pk"), at=moment(BOOKED, 18), score=10, channel="call",
    )  # fmt: skip
    for day in range(12):
        night(north, BOOKED + timedelta(days=day))
    before = rows()
    night(north, BOOKED + timedelta(days=11))
    night(north, BOOKED + timedelta(days=11), is_full=True)
    assert rows() == before
    said = {row.subject: (row.verdict, row.why["code"]) for row in Credit.objects.standing()}
    Credit.objects.all().delete()
    night(north, BOOKED + timedelta(days=11), is_full=True)
    assert {row.subject: (row.verdict, row.why["code"]) for row in Credit.objects.standing()} == said


def test_a_voided_order_takes_the_credit_back_by_a_further_entry(north: Dealership, anna: User, now: datetime) -> None:
    result = booked_call(north, anna, now)
    order = comes(result, BOOKED)
    night(north, OVER)
    order.void(at=moment(OVER, 12))
    night(north, OVER + timedelta(days=1))
    first, second = Credit.objects.order_by("number")
    assert (first.verdict, first.points, first.month) == ("credited", 10, date(2026, 3, 1)), "what was said stands"
    assert (second.verdict, second.why["code"]) == ("refused", "credit.voided")
    assert (second.visits, second.points, second.margin) == (-1, -10, Decimal(-6000))
    assert (second.operator, second.month) == (anna, date(2026, 3, 1)), "its month is still open"
    night(north, OVER + timedelta(days=2))
    assert Credit.objects.count() == 2


def test_a_closed_month_is_not_rewritten(north: Dealership, anna: User, now: datetime) -> None:
    result = booked_call(north, anna, now)
    order = comes(result, BOOKED)
    night(north, OVER)
    order.void(at=moment(date(2026, 6, 20), 12))
    night(north, date(2026, 8, 30))  # far beyond the look back: a voided order is found all the same
    assert list(Credit.objects.order_by("number").values_list("month", "visits")) == [
        (date(2026, 3, 1), 1),
        (date(2026, 8, 1), -1),
    ]
    assert Credit.objects.last_of_month(date(2026, 3, 1)).get().verdict == "credited"


def test_the_first_night_of_all_puts_what_was_before_into_its_own_months(
    north: Dealership, anna: User, now: datetime
) -> None:
    result = booked_call(north, anna, now)
    comes(result, BOOKED)
    night(north, date(2026, 6, 1))
    assert Credit.objects.get().month == date(2026, 3, 1)


def test_a_nearer_visit_moves_the_credit_and_the_advisor(north: Dealership, anna: User, now: datetime) -> None:
    result = booked_call(north, anna, now)
    comes(result, BOOKED - timedelta(days=3))
    night(north, BOOKED)
    comes(result, BOOKED, advisor="Сидорова", total=20_000)
    night(north, OVER)
    entries = list(Credit.objects.order_by("number").values_list("verdict", "advisor", "visits", "margin"))
    assert entries == [
        ("credited", "Петров", 1, Decimal(6000)),
        ("refused", "Петров", -1, Decimal(-6000)),
        ("credited", "Сидорова", 1, Decimal(10000)),
    ]
    night(north, OVER + timedelta(days=1))
    assert Credit.objects.count() == 3


def test_who_had_booked_on_the_web_is_not_the_operators(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now)
    task = claim(task.pk, anna, now=now)
    Appointment.objects.book(
        dealership=north, customer=task.customer, ownership=task.ownership, starts_at=moment(BOOKED, 12), source="web"
    )
    result = complete(
        task.pk, outcome="booked", by=anna, epoch=task.epoch, now=now, details={"starts_at": moment(BOOKED, 15)}
    )
    comes(result, BOOKED)
    night(north, OVER)
    assert standing(result).why["code"] == "credit.booked_before"


def test_a_visit_to_another_store_is_said_and_not_credited(
    north: Dealership, south: Dealership, anna: User, now: datetime
) -> None:
    result = booked_call(north, anna, now)
    comes(result, BOOKED, dealership=south)
    night(north, OVER)
    assert standing(result).why["code"] == "credit.other_store"


def test_the_days_of_the_policy_at_the_first_look_stay_those_of_the_booking(
    north: Dealership, anna: User, now: datetime
) -> None:
    result = booked_call(north, anna, now)
    comes(result, BOOKED + timedelta(days=8))
    night(north, OVER)
    policy = ContactPolicy.of(north)
    policy.overrides |= {"credit_days": 10}
    policy.save()
    night(north, OVER + timedelta(days=4))
    assert standing(result).why["code"] == "credit.too_late"


def test_a_call_that_came_in_is_credited_like_one_that_went_out(north: Dealership, anna: User, now: datetime) -> None:
    task = planned_call(north, now)
    task = claim(task.pk, anna, now=now, is_inbound=True)
    result = complete(
        task.pk, outcome="booked", by=anna, epoch=task.epoch, now=now, details={"starts_at": moment(BOOKED)}
    )
    comes(result, BOOKED, works=("maintenance",))
    night(north, OVER)
    assert standing(result).verdict == "credited"


def test_what_was_taken_back_before_anybody_looked_is_no_booking(north: Dealership, anna: User, now: datetime) -> None:
    result = booked_call(north, anna, now)
    undo(result.task_id, by=anna, now=now + timedelta(seconds=5))
    night(north, OVER)
    assert not Credit.objects.exists()


def test_a_test_drive_is_credited_by_arrival(north: Dealership, anna: User, now: datetime) -> None:
    came, stayed = (booked_call(north, anna, now, purpose="test_drive") for _ in range(2))
    Appointment.objects.get(pk=came.details["appointment"]).arrive()
    night(north, OVER)
    assert (standing(came).verdict, standing(came).margin) == ("credited", Decimal(0))
    assert standing(stayed).why["code"] == "credit.no_drive"


def test_a_promoter_and_a_good_review_add_to_operator_and_advisor(north: Dealership, anna: User, now: datetime) -> None:
    result = booked_call(north, anna, now)
    order, customer = comes(result, BOOKED), result.task.customer
    said = {"dealership": north, "customer": customer, "at": moment(BOOKED, 19)}
    answer = Feedback.objects.record(**said, ownership=order.ownership, score=9, channel="call")
    good = Review.objects.record(now=moment(BOOKED, 19), **said, site="2GIS", stars=5)
    Review.objects.record(now=moment(BOOKED, 19), **said, site="2GIS", stars=2)
    Review.objects.record(now=moment(BOOKED, 19), **said | {"customer": None}, site="2GIS", stars=5)
    night(north, OVER)
    praise = Credit.objects.of_praise().order_by("pk")
    assert {(one.subject, one.operator, one.advisor, one.points, one.praises) for one in praise} == {
        (("feedback", answer.pk), anna, "Петров", 5, 1),
        (("review", good.pk), anna, "Петров", 5, 1),
    }
    assert all("after this visit" in sentence(one.why) for one in praise)


def test_praise_of_a_visit_that_nobody_booked_is_the_advisors_alone(north: Dealership) -> None:
    car = make_ownership(make_customer(north), north)
    order = make_visit(car, BOOKED, advisor="Петров")
    Feedback.objects.record(
        dealership=north, customer=car.customer, ownership=car, order=order, at=moment(BOOKED), score=10, channel="call"
    )
    night(north, OVER)
    praise = Credit.objects.get()
    assert (praise.operator, praise.advisor, praise.praises, praise.points) == (None, "Петров", 1, 0)


def test_an_answer_that_was_changed_takes_its_praise_back(north: Dealership) -> None:
    car = make_ownership(make_customer(north), north)
    order = make_visit(car, BOOKED, advisor="Петров")
    answer, _is_new = Feedback.objects.answer_by_link(order, score=10, at=moment(BOOKED))
    night(north, BOOKED + timedelta(days=1))
    answer.change(score=7, at=moment(BOOKED + timedelta(days=2)))
    for _ in range(2):
        night(north, BOOKED + timedelta(days=3))
    assert list(Credit.objects.order_by("number").values_list("praises", flat=True)) == [1, -1]


def test_credits_move_with_a_merge_and_stay_after_an_erasure(
    north: Dealership, anna: User, vera: User, now: datetime
) -> None:
    result = booked_call(north, anna, now)
    comes(result, BOOKED)
    night(north, OVER)
    kept = make_customer(north, name="Иванов Алексей")
    merge(kept.pk, result.task.customer_id, by=vera, store=north, now=moment(OVER))
    assert Credit.objects.get().customer == kept
    night(north, OVER + timedelta(days=1))
    erase(kept, by=vera, store=north, now=moment(OVER + timedelta(days=1)))
    night(north, OVER + timedelta(days=2))
    credit = Credit.objects.get()
    assert (credit.verdict, credit.visits) == ("credited", 1), "the sheet keeps its numbers, without the person"


def test_the_night_does_it_once_a_date_and_the_command_by_hand(
    north: Dealership, anna: User, now: datetime, time_machine_at: Callable[[str], None]
) -> None:
    booked_call(north, anna, now)
    with time_machine.travel(moment(OVER, 3), tick=False):
        sweep_credits()
    assert not JobRun.objects.filter(job="credits").exists(), "not before its hour"
    with time_machine.travel(moment(OVER, 4, 10), tick=False):
        sweep_credits()
        sweep_credits()
        assert JobRun.objects.filter(job="credits", status="done").count() == 1
        assert Credit.objects.count() == 1
        told = StringIO()
        call_command("credit_visits", "--full", stdout=told)
    assert told.getvalue() == "north 2026-03-25: credits 0, customers 1\n"
    assert Credit.objects.count() == 1


def test_the_database_refuses_a_second_first_entry(north: Dealership, anna: User, now: datetime) -> None:
    booked_call(north, anna, now)
    night(north, TODAY)
    twin = Credit.objects.get()
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_people_of_another_store_see_nothing_of_it(north: Dealership, anna: User, clara: User, now: datetime) -> None:
    booked_call(north, anna, now)
    night(north, TODAY)
    assert Credit.objects.for_user(anna).count() == 1
    assert not Credit.objects.for_user(clara).exists()


def test_a_chunk_costs_the_same_queries_however_many_calls_it_holds(
    north: Dealership, anna: User, now: datetime
) -> None:
    def cost(number: int) -> int:
        for _ in range(number):
            comes(booked_call(north, anna, now), BOOKED)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            night(north, OVER)
        return len(caught)

    first = cost(2)
    assert cost(12) == first
