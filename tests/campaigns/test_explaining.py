"""Why this call, why not that one: what was decided about each reason to talk, by day, from the journals."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from campaigns.explaining import explain_contacts
from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Occasion
from tests.campaigns.building import customer_with_occasion, make_occasion, plan
from tests.factories import make_customer, make_ownership, moment
from vehicles.models import Ownership

AsUser = Callable[[User], Client]


@pytest.fixture
def two_reasons(north: Dealership, today: date, now: datetime) -> Ownership:
    """A declined safety work and an insurance, planned today: one call goes first."""
    first = customer_with_occasion(north, "maintenance", today=today)
    make_occasion(first.ownership, "win_back", today=today, cycle="visit:9")
    plan(north, now)
    return first.ownership


def about(car: Ownership, day: date, today: date) -> dict[str, tuple[str, str, str]]:
    found = explain_contacts(car, day, today=today)
    return {
        one.occasion.kind: (one.last.verdict, one.last.why, one.pending) if one.last else ("", "", one.pending)
        for one in found
    }


def test_of_two_reasons_one_is_called_and_the_other_says_which_goes_first(two_reasons: Ownership, today: date) -> None:
    found = about(two_reasons, today, today)
    assert found["maintenance"][:2] == ("contact", "Nothing stands in the way.")
    assert found["win_back"][0] == "wait"
    assert "maintenance" in found["win_back"][1]


def test_a_past_day_tells_what_was_said_then_and_not_what_came_later(
    two_reasons: Ownership, north: Dealership, today: date
) -> None:
    customer = Customer.objects.get(pk=two_reasons.customer_id)
    customer.withdraw_consent(at=moment(today + timedelta(days=1)), source="call")
    plan(north, moment(today + timedelta(days=2)))
    later = today + timedelta(days=2)
    assert about(two_reasons, later, later)["win_back"][0] == "never"
    assert about(two_reasons, today, later)["win_back"][0] == "wait"
    [contact] = next(one for one in explain_contacts(two_reasons, today, today=later) if one.contacts).contacts
    assert (contact.status, contact.words) == ("open", "On the list.")


def test_before_the_first_decision_it_says_why_there_is_none(north: Dealership, today: date, now: datetime) -> None:
    occasion = customer_with_occasion(north, "maintenance", today=today)
    assert about(occasion.ownership, today, today)["maintenance"][2] == "The next night decides."
    assert about(occasion.ownership, today, today + timedelta(days=1))["maintenance"][2] == (
        "Nothing had been decided by then."
    )
    plan(north, now)
    ahead = {"due_on": today + timedelta(days=5)}
    waiting = customer_with_occasion(north, "maintenance", today=today, occasion=ahead).ownership
    assert about(waiting, today, today)["maintenance"][2].startswith("The first contact comes on")
    odd = customer_with_occasion(north, "maintenance", today=today)
    Occasion.objects.filter(pk=odd.pk).update(kind="no_such_kind")
    assert about(odd.ownership, today, today)["no_such_kind"][2] == "No campaign answers this reason."


def test_the_fragment_shows_both_and_an_outsider_finds_nothing(
    two_reasons: Ownership, anna: User, clara: User, as_user: AsUser, now: datetime
) -> None:
    address = f"/ownerships/{two_reasons.pk}/contacts/"
    with time_machine.travel(now, tick=False):
        page = as_user(anna).get(address).content.decode()
        assert as_user(clara).get(address).status_code == 404
        assert as_user(anna).get(f"{address}?date=soon").status_code == 404
    assert "<html" not in page
    assert "not now" in page
    assert "On the list." in page


def test_decisions_of_another_store_are_not_told(
    two_reasons: Ownership, south: Dealership, clara: User, today: date, now: datetime
) -> None:
    Customer.objects.get(pk=two_reasons.customer_id).become_known_to(south, at=now)
    assert explain_contacts(two_reasons, today, today=today, reader=clara) == []


def test_a_car_with_many_reasons_costs_no_more_queries(
    north: Dealership, today: date, now: datetime, django_assert_max_num_queries: Callable[..., object]
) -> None:
    car = make_ownership(make_customer(north), north)
    for number in range(6):
        make_occasion(car, "maintenance", today=today, cycle=f"visit:{number}")
    plan(north, now)
    with django_assert_max_num_queries(7):  # type: ignore[attr-defined]
        assert len(explain_contacts(car, today, today=today)) == 6


def test_the_command_prints_the_decisions_beside_the_judgement(two_reasons: Ownership, today: date) -> None:
    out = StringIO()
    call_command("explain", two_reasons.vehicle.vin, "--date", today.isoformat(), stdout=out)
    assert "contacts, as they were decided then" in out.getvalue()
    out = StringIO()
    call_command("explain", two_reasons.vehicle.vin, "--date", today.isoformat(), "--json", stdout=out)
    contacts = json.loads(out.getvalue())["contacts"]
    assert {one["kind"]: one["verdicts"][0]["verdict"] for one in contacts} == {
        "maintenance": "contact", "win_back": "wait",
    }  # fmt: skip
