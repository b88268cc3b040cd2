"""Appointments of a day and complaints of a store: the two lists that are worked off."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dealercrm.accounts.models import Dealership, Membership, User
from tests.factories import make_customer, make_ownership, moment
from vehicles.models import Appointment, Complaint, Ownership

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
TODAY = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def rio(north: Dealership) -> Ownership:
    return make_ownership(make_customer(north, name="Орлова Мария Ильинична"), north)


def book(rio: Ownership, starts_at: datetime, **fields: object) -> Appointment:
    return Appointment.objects.book(
        **({"customer": rio.customer, "ownership": rio, "dealership": rio.home_store, "starts_at": starts_at} | fields)
    )


def set_status(browser: Client, visit: Appointment, status: str, **more: object) -> int:
    address = reverse("appointment-status", args=[visit.pk])
    return browser.post(address, {"status": status}, headers=HTMX, **more).status_code  # type: ignore[arg-type]


def test_the_day_shows_who_is_expected_in_the_order_of_the_day(rio: Ownership, anna: User, as_user: AsUser) -> None:
    book(rio, moment(TODAY, 15))
    book(rio, moment(TODAY, 9), status="arrived")
    book(rio, moment(TODAY + timedelta(days=1), 9))
    response = as_user(anna).get(reverse("appointments"))
    assert [row.starts_at.hour for row in response.context["rows"]] == [6, 12]
    assert "2 appointments, Monday, 16 March, North." in response.text
    assert "Expected 1, came 1, did not come 0." in response.text


def test_another_day_is_in_the_address(rio: Ownership, anna: User, as_user: AsUser) -> None:
    visit = book(rio, moment(TODAY + timedelta(days=1), 9))
    browser = as_user(anna)
    assert list(browser.get(reverse("appointments"), {"day": "2026-03-17"}).context["rows"]) == [visit]
    assert browser.get(reverse("appointments"), {"day": "yesterday"}).context["day"] == TODAY


def test_an_appointment_is_confirmed_and_the_customer_comes(rio: Ownership, anna: User, as_user: AsUser) -> None:
    visit = book(rio, moment(TODAY, 12))
    browser = as_user(anna)
    for status in ("confirmed", "arrived", "booked", "cancelled"):
        assert set_status(browser, visit, status) == 200
        visit.refresh_from_db()
        assert visit.status == status


def test_who_is_not_due_yet_cannot_be_missing(rio: Ownership, anna: User, as_user: AsUser) -> None:
    later = book(rio, moment(TODAY, 12))
    earlier = book(rio, moment(TODAY, 10))
    browser = as_user(anna)
    assert set_status(browser, later, "no_show") == 409
    assert set_status(browser, earlier, "no_show") == 200
    assert "Did not come" not in browser.get(reverse("appointments"), {"day": "2026-03-17"}).text


def test_who_was_slower_learns_what_a_colleague_did(rio: Ownership, anna: User, as_user: AsUser) -> None:
    visit = book(rio, moment(TODAY, 10), status="cancelled")
    response = as_user(anna).post(reverse("appointment-status", args=[visit.pk]), {"status": "confirmed"}, headers=HTMX)
    assert response.status_code == 409
    assert "it is now “cancelled”" in response.text


def test_without_script_the_day_comes_back(rio: Ownership, anna: User, as_user: AsUser) -> None:
    visit = book(rio, moment(TODAY + timedelta(days=1), 12))
    response = as_user(anna).post(reverse("appointment-status", args=[visit.pk]), {"status": "confirmed"})
    assert response.headers["Location"] == reverse("appointments") + "?day=2026-03-17"


def test_a_state_that_does_not_exist_is_refused(rio: Ownership, anna: User, as_user: AsUser) -> None:
    assert set_status(as_user(anna), book(rio, moment(TODAY, 10)), "lost") == 400


def test_appointments_of_another_store_are_neither_seen_nor_changed(
    rio: Ownership, south: Dealership, anna: User, clara: User, as_user: AsUser
) -> None:
    visit = book(rio, moment(TODAY, 10))
    browser = as_user(clara)
    assert not browser.get(reverse("appointments")).context["rows"]
    assert set_status(browser, visit, "arrived") == 404
    Membership.objects.create(user=clara, dealership=rio.home_store, role="operator")
    assert set_status(as_user(clara), visit, "arrived") == 200


def make_complaint(rio: Ownership, text: str, **fields: object) -> Complaint:
    return Complaint.objects.record(
        **(
            {"customer": rio.customer, "ownership": rio, "dealership": rio.home_store, "text": text,
             "opened_at": moment(TODAY - timedelta(days=3))}
            | fields
        )
    )  # fmt: skip


def test_open_complaints_come_first_the_soonest_promise_on_top(rio: Ownership, boris: User, as_user: AsUser) -> None:
    make_complaint(rio, "решена", resolved_at=moment(TODAY), solution="Вернули деньги")
    make_complaint(rio, "без срока")
    make_complaint(rio, "завтра", due_on=TODAY + timedelta(days=1))
    make_complaint(rio, "вчера", due_on=TODAY - timedelta(days=1))
    response = as_user(boris).get(reverse("complaints"))
    assert [row.text for row in response.context["rows"]] == ["вчера", "завтра", "без срока", "решена"]
    assert "3 open complaints at North" in response.text
    assert "pill--danger" in response.text, "a broken promise stands out"


def test_a_complaint_is_resolved_with_words(rio: Ownership, anna: User, as_user: AsUser) -> None:
    complaint = make_complaint(rio, "Скрип")
    browser = as_user(anna)
    address = reverse("complaint-solution", args=[complaint.pk])
    assert browser.post(address, {"solution": "  "}, headers=HTMX).status_code == 422
    assert browser.post(address, {"solution": "Смазали петли"}, headers=HTMX).status_code == 200
    complaint.refresh_from_db()
    assert (complaint.solution, complaint.resolved_by) == ("Смазали петли", anna)
    assert browser.post(address, {"solution": "Ещё раз"}, headers=HTMX).status_code == 409
    browser.post(address, {"undo": "1"}, headers=HTMX)
    complaint.refresh_from_db()
    assert complaint.is_open


def test_complaints_of_another_store_are_not_there(rio: Ownership, clara: User, as_user: AsUser) -> None:
    complaint = make_complaint(rio, "Скрип")
    browser = as_user(clara)
    assert "Скрип" not in browser.get(reverse("complaints")).text
    address = reverse("complaint-solution", args=[complaint.pk])
    assert browser.post(address, {"solution": "Чужое"}).status_code == 404


@pytest.mark.parametrize("name", ["appointments", "complaints"])
def test_a_list_costs_the_same_however_long_it_is(
    name: str, rio: Ownership, north: Dealership, anna: User, as_user: AsUser
) -> None:
    browser = as_user(anna)
    costs = []
    for _ in range(2):
        for hour in range(9, 13):
            other = make_ownership(make_customer(north), north)
            book(other, moment(TODAY, hour))
            make_complaint(other, "Скрип", owner=anna)
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse(name))
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert costs[0] <= 7


@pytest.mark.parametrize("name", ["appointments", "complaints"])
def test_an_administrator_works_off_no_lists(name: str, vera: User, as_user: AsUser) -> None:
    assert as_user(vera).get(reverse(name)).status_code == 403
