"""Prospects: known to a store, without a car of ours and without a visit; no more with the first of either."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import StageCount, Standing
from lifecycle.nights import count_stages
from lifecycle.prospects import count_prospects, prospects
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit, moment
from vehicles.models import Appointment, RepairOrder

Browser = Callable[[User], Client]


@pytest.fixture
def asked(north: Dealership) -> Customer:
    return make_customer(north, name="Новикова Анна Олеговна", city="Казань")


def drive(customer: Customer, store: Dealership, on: date, status: str = "booked") -> Appointment:
    return Appointment.objects.book(
        customer=customer, dealership=store, purpose="test_drive", starts_at=moment(on), status=status
    )


def test_an_enquiry_becomes_a_test_drive_and_back_when_it_is_called_off(
    asked: Customer, north: Dealership, today: date
) -> None:
    assert count_prospects([north]) == {"enquiry": 1}
    arranged = drive(asked, north, today + timedelta(days=2))
    assert count_prospects([north]) == {"test_drive": 1}
    Appointment.objects.filter(pk=arranged.pk).update(status="cancelled")
    assert count_prospects([north]) == {"enquiry": 1}


def test_whoever_buys_or_owned_a_car_is_none(asked: Customer, north: Dealership, today: date) -> None:
    car = make_ownership(asked, north, started_on=today)
    assert count_prospects([north]) == {}
    car.end("sold", on=today)
    assert count_prospects([north]) == {}, "a former owner is won back, not won"


def test_a_visit_with_somebody_elses_car_ends_it_and_a_voided_one_brings_it_back(
    asked: Customer, north: Dealership, today: date
) -> None:
    car = make_ownership(make_customer(north), north, vehicle=make_vehicle())
    order = make_visit(car, today - timedelta(days=3))
    RepairOrder.objects.filter(pk=order.pk).update(customer=asked)
    assert count_prospects([north]) == {}
    order.void(at=moment(today))
    assert count_prospects([north]) == {"enquiry": 1}


def test_merged_and_erased_people_and_those_of_other_stores_are_none(
    asked: Customer, north: Dealership, south: Dealership, today: date
) -> None:
    assert count_prospects([south]) == {}
    other = make_customer(south)
    assert set(prospects([north, south])) == {asked, other}
    Customer.objects.filter(pk=asked.pk).update(merged_into=other)
    assert count_prospects([north]) == {}
    Customer.objects.filter(pk=other.pk).update(erased_at=moment(today))
    assert count_prospects([south]) == {}


def test_the_page_shows_their_number_and_the_list_behind_it(
    asked: Customer, north: Dealership, boris: User, as_user: Browser, today: date
) -> None:
    drive(asked, north, today + timedelta(days=2))
    make_customer(north, name="Орлов Пётр Ильич")
    browser = as_user(boris)
    Standing.objects.create(
        ownership=make_ownership(make_customer(north), north),
        customer=asked,
        dealership=north,
        stage="retention",
        substage="due",
        since=today,
        facts_version=1,
        judged_on=today,
    )
    page = browser.get("/base/").content.decode()
    assert 'href="/base/list/?stage=prospect&amp;substage=test_drive"' in page
    assert "1 owner of a car" in page, "prospects are no owners"
    both = browser.get("/base/list/?stage=prospect")
    assert [row.last_name for row in both.context["rows"]] == ["Орлов", "Новикова"]
    drives = browser.get("/base/list/?stage=prospect&substage=test_drive").content.decode()
    assert "Новикова А. О." in drives
    assert "Орлов" not in drives
    assert browser.get("/base/list/?stage=prospect&substage=nothing").status_code == 404


def test_the_list_costs_the_same_however_long_it_is(north: Dealership, boris: User, as_user: Browser) -> None:
    browser = as_user(boris)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/base/list/?stage=prospect")
        return len(captured)

    make_customer(north)
    queries()
    few = queries()
    for _ in range(60):
        make_customer(north)
    assert queries() == few
    page = browser.get("/base/list/?stage=prospect")
    assert len(page.context["rows"]) == 50
    assert len(browser.get(f"/base/list/?{page.context['next']}").context["rows"]) == 11


def test_the_snapshot_of_a_night_counts_them(asked: Customer, north: Dealership, today: date) -> None:
    count_stages(north, on=today)
    assert list(StageCount.objects.values_list("stage", "substage", "ownerships")) == [("prospect", "enquiry", 1)]


def test_the_customers_page_says_who_is_a_prospect(
    asked: Customer, north: Dealership, anna: User, as_user: Browser, today: date
) -> None:
    drive(asked, north, today + timedelta(days=2))
    browser = as_user(anna)
    address = reverse("customer-prospect", args=[asked.pk])
    assert address in browser.get(reverse("customer-cars", args=[asked.pk]), headers={"HX-Request": "true"}).text
    assert "prospect · test drive" in browser.get(address).text
    make_ownership(asked, north, started_on=today)
    assert browser.get(address).text.strip() == ""
