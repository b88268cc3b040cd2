"""Recalls, questions after a visit, greetings and checks become contacts through the gates, each by its own right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from campaigns.models import ContactTask, Decision, OutboxMessage
from customers.models import ConsentEvent, Customer
from dealercrm.accounts.models import Dealership
from lifecycle.evaluating import evaluate
from lifecycle.library import Library
from lifecycle.models import LifecyclePolicy, Occasion
from tests.campaigns.building import plan
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.models import Complaint, Ownership, RecallCampaign, Refusal
from vehicles.recalling import take_list


def night(store: Dealership, day: date, *cars: Ownership) -> None:
    """Judge these cars and plan the store's day, as a night does."""
    now = moment(day, 9)
    evaluate([car.pk for car in cars], day=day, now=now, library=Library())
    plan(store, now)


def recalled(store: Dealership, car: Ownership, on: date) -> None:
    recall = RecallCampaign.objects.create(dealership=store, code="R-1", title="Airbag", published_on=on)
    take_list(recall, [(1, [car.vehicle.vin])], name="letter", on=on)


def verdict(kind: str) -> tuple[str, str]:
    """Of the step that was reached: a letter that cannot be sent is passed over with a decision of its own."""
    row = Decision.objects.filter(occasion__kind=kind).latest("step__position")
    return row.verdict, row.gate


def nothing_more(customer: Customer, now: datetime) -> None:
    ConsentEvent.objects.create(customer=customer, is_given=False, at=now - timedelta(days=30), source="call")


def test_a_recall_is_called_whatever_the_customer_refused(north: Dealership, today: date, now: datetime) -> None:
    customer = make_customer(north)
    car = make_ownership(customer, north, started_on=today - timedelta(days=200))
    recalled(north, car, today - timedelta(days=30))
    nothing_more(customer, now)
    Refusal.objects.record(customer=customer, dealership=north, topic="", at=now - timedelta(days=30))
    Complaint.objects.record(
        customer=customer, dealership=north, opened_at=now - timedelta(days=3), due_on=today, text="Скрип"
    )
    night(north, today, car)
    assert verdict("recall") == ("contact", "")
    assert ContactTask.objects.get(kind="recall").channel == "call"


@pytest.mark.parametrize("gone", ["no phone", "erased", "ended"])
def test_only_who_cannot_be_reached_or_is_gone_is_not_told_of_a_recall(
    gone: str, north: Dealership, today: date, now: datetime
) -> None:
    customer = make_customer(north, phone=None if gone == "no phone" else "")
    car = make_ownership(customer, north, started_on=today - timedelta(days=200))
    recalled(north, car, today - timedelta(days=30))
    if gone == "erased":
        Customer.objects.filter(pk=customer.pk).update(erased_at=now)
    elif gone == "ended":
        car.end("sold", on=today - timedelta(days=1))
    night(north, today, car)
    assert not ContactTask.objects.exists()
    if gone == "no phone":
        assert verdict("recall") == ("never", "no_contact_point")
    else:
        assert not Occasion.objects.filter(kind="recall").exists()


@pytest.mark.parametrize(("allowed", "expected"), [(True, ("contact", "")), (False, ("never", "no_consent"))])
def test_a_question_after_a_visit_needs_consent(
    allowed: bool, expected: tuple[str, str], north: Dealership, today: date
) -> None:
    car = make_ownership(make_customer(north, consents=allowed), north, started_on=today - timedelta(days=200))
    make_visit(car, today - timedelta(days=1), works=("brakes",))
    night(north, today, car)
    assert verdict("service_feedback") == expected


def test_an_open_complaint_is_not_asked_how_it_was(north: Dealership, today: date, now: datetime) -> None:
    customer = make_customer(north)
    car = make_ownership(customer, north, started_on=today - timedelta(days=200))
    make_visit(car, today - timedelta(days=1), works=("brakes",))
    Complaint.objects.record(customer=customer, dealership=north, opened_at=now, due_on=today, text="Скрип")
    night(north, today, car)
    assert Decision.objects.get(occasion__kind="service_feedback", step__channel="call").gate == "complaint"


def test_a_public_holiday_is_a_letter_on_the_day_and_never_a_call(
    north: Dealership, time_machine_at: Callable[[str], None]
) -> None:
    """9 May is a Saturday and a day off: offers rest, the greeting arrives, in the words of the holiday."""
    day = date(2026, 5, 9)
    LifecyclePolicy.of(north).change({"is_public_holiday_greeted": True})
    car = make_ownership(make_customer(north, email="a@inbox.test"), north, started_on=day - timedelta(days=200))
    time_machine_at("2026-05-09T09:00:00+03:00")
    night(north, day, car)
    letter = OutboxMessage.objects.get()
    assert "День Победы!" in letter.body
    assert not ContactTask.objects.filter(kind="public_holiday", channel="call").exists()


def test_tyres_are_called_about_in_the_season(north: Dealership) -> None:
    day = date(2026, 4, 15)
    car = make_ownership(make_customer(north), north, started_on=day - timedelta(days=200))
    night(north, day, car)
    assert ContactTask.objects.get().kind == "seasonal_tyres"


def test_a_car_that_is_probably_sold_is_asked_about_and_offered_nothing(north: Dealership, today: date) -> None:
    customer, other = make_customer(north), make_customer(north)
    car = make_ownership(customer, north, started_on=today - timedelta(days=1400))
    make_visit(car, today - timedelta(days=370), km=40000)
    make_visit(car, today - timedelta(days=20), works=("tyres",), customer=other)
    point = customer.contact_points.get()
    customer.contact_points.create(kind="phone", value="+79120000001", source="test")
    point.mark_invalid("wrong_number", at=moment(today - timedelta(days=14)))
    night(north, today, car)
    assert set(Occasion.objects.open().values_list("kind", flat=True)) <= {"data_check", "service_feedback"}
    assert Occasion.objects.get(kind="data_check").cycle.startswith("owner:")
    night(north, today + timedelta(days=1), car)
    assert ContactTask.objects.get(kind="data_check").channel == "call"
