"""What an operator writes down on a customer's page: bookings, refusals, complaints, a sold car."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from tests.factories import make_customer, make_ownership, moment
from vehicles.models import Appointment, Complaint, Ownership, Refusal

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north)


@pytest.fixture
def rio(ivan: Customer, north: Dealership) -> Ownership:
    return make_ownership(ivan, north)


def test_the_cars_panel_shows_cars_promises_and_what_is_owed(
    ivan: Customer, rio: Ownership, north: Dealership, anna: User, as_user: AsUser
) -> None:
    rio.vehicle.odometer_readings.create(read_on=date(2025, 3, 10), km=41000)
    rio.vehicle.odometer_readings.create(read_on=date(2025, 9, 10), km=999000, plausibility="suspect")
    Complaint.objects.record(customer=ivan, dealership=north, opened_at=moment(date(2026, 3, 1)), text="Скрип двери")
    Appointment.objects.book(customer=ivan, dealership=north, ownership=rio, starts_at=moment(date(2026, 3, 20), 10))
    text = as_user(anna).get(reverse("customer-cars", args=[ivan.pk]), headers=HTMX).text
    assert "Kia Rio" in text
    assert "41,000" in text
    assert "999,000" not in text, "a doubted reading is not the mileage"
    assert "Скрип двери" in text
    assert "20\xa0Mar" in text


def test_who_has_one_car_means_that_one_and_may_refuse_any_topic(
    ivan: Customer, rio: Ownership, north: Dealership, anna: User, as_user: AsUser
) -> None:
    browser = as_user(anna)
    forms = browser.get(reverse("customer-cars", args=[ivan.pk]), headers=HTMX).context
    assert forms["booking"]["ownership"].initial == rio
    assert {"maintenance", "insurance_renewal", ""} <= {code for code, _ in forms["refusal"].fields["topic"].choices}
    make_ownership(ivan, north)
    assert (
        browser.get(reverse("customer-cars", args=[ivan.pk]), headers=HTMX).context["booking"]["ownership"].initial
        is None
    )


def test_a_visit_is_booked_in_the_hours_of_the_store(
    ivan: Customer, rio: Ownership, anna: User, as_user: AsUser
) -> None:
    response = as_user(anna).post(
        reverse("customer-appointments", args=[ivan.pk]),
        {"booking-ownership": rio.pk, "booking-purpose": "service", "booking-day": "2026-03-20",
         "booking-hour": "10:30"},
        headers=HTMX,
    )  # fmt: skip
    assert response.headers["HX-Trigger"] == "timeline-changed"
    visit = Appointment.objects.get()
    assert visit.starts_at == moment(date(2026, 3, 20), 10, 30)
    assert (visit.ownership, visit.booked_by, visit.status) == (rio, anna, "booked")


def test_nobody_is_booked_into_the_past(ivan: Customer, anna: User, as_user: AsUser) -> None:
    response = as_user(anna).post(
        reverse("customer-appointments", args=[ivan.pk]),
        {"booking-purpose": "service", "booking-day": "2026-03-16", "booking-hour": "10:30"},
        headers=HTMX,
    )
    assert response.status_code == 422
    assert "This time has passed." in response.text
    assert 'id="booking" aria-labelledby="booking-title" data-open' in response.text, "the dialog comes back open"
    assert not Appointment.objects.exists()


def test_a_refusal_names_topic_car_and_term(ivan: Customer, rio: Ownership, anna: User, as_user: AsUser) -> None:
    response = as_user(anna).post(
        reverse("customer-refusals", args=[ivan.pk]),
        {"refusal-ownership": rio.pk, "refusal-reason": "price", "refusal-until": "2026-12-31",
         "refusal-note": "дорого"},
    )  # fmt: skip
    assert response.headers["Location"] == reverse("customer", args=[ivan.pk])
    refusal = Refusal.objects.get()
    assert (refusal.ownership, refusal.reason, refusal.until, refusal.by) == (rio, "price", date(2026, 12, 31), anna)
    version = rio.facts_version
    rio.refresh_from_db()
    assert rio.facts_version == version + 1


def test_a_refusal_ends_in_the_future(ivan: Customer, anna: User, as_user: AsUser) -> None:
    response = as_user(anna).post(
        reverse("customer-refusals", args=[ivan.pk]),
        {"refusal-reason": "price", "refusal-until": "2026-03-16"},
        headers=HTMX,
    )
    assert response.status_code == 422
    assert not Refusal.objects.exists()


def test_a_car_of_somebody_else_cannot_be_chosen(
    ivan: Customer, north: Dealership, anna: User, as_user: AsUser
) -> None:
    stranger = make_ownership(make_customer(north), north)
    response = as_user(anna).post(
        reverse("customer-complaints", args=[ivan.pk]),
        {"complaint-ownership": stranger.pk, "complaint-text": "Скрип", "complaint-due_on": "2026-03-17"},
        headers=HTMX,
    )
    assert response.status_code == 422
    assert not Complaint.objects.exists()


def test_a_complaint_has_an_owner_and_a_day(ivan: Customer, rio: Ownership, anna: User, as_user: AsUser) -> None:
    as_user(anna).post(
        reverse("customer-complaints", args=[ivan.pk]),
        {"complaint-ownership": rio.pk, "complaint-text": "Скрип двери", "complaint-due_on": "2026-03-17"},
        headers=HTMX,
    )
    complaint = Complaint.objects.get()
    assert (complaint.owner, complaint.due_on, complaint.is_open) == (anna, date(2026, 3, 17), True)


def test_a_sold_car_ends_its_ownership_and_can_be_taken_back(
    ivan: Customer, rio: Ownership, anna: User, as_user: AsUser
) -> None:
    browser = as_user(anna)
    address = reverse("ownership-end", args=[rio.pk])
    said = {f"end{rio.pk}-reason": "sold", f"end{rio.pk}-on": "2026-03-10"}
    assert "Still theirs" in browser.post(address, said, headers=HTMX).text
    rio.refresh_from_db()
    assert (rio.ended_on, rio.end_reason) == (date(2026, 3, 10), "sold")
    browser.post(address, {"undo": "1"}, headers=HTMX)
    rio.refresh_from_db()
    assert rio.is_open


def test_taking_back_a_car_that_has_a_new_owner_says_so(
    ivan: Customer, rio: Ownership, north: Dealership, anna: User, as_user: AsUser, today: date
) -> None:
    rio.end("sold", on=today)
    make_ownership(make_customer(north), north, vehicle=rio.vehicle, started_on=today)
    response = as_user(anna).post(reverse("ownership-end", args=[rio.pk]), {"undo": "1"}, headers=HTMX)
    assert "Somebody else owns this car by now." in response.text


@pytest.mark.parametrize("on", ["2026-03-17", "2023-01-01", ""])
def test_a_car_ends_on_a_day_that_was(on: str, rio: Ownership, anna: User, as_user: AsUser) -> None:
    said = {f"end{rio.pk}-reason": "sold", f"end{rio.pk}-on": on}
    assert as_user(anna).post(reverse("ownership-end", args=[rio.pk]), said, headers=HTMX).status_code == 422
    rio.refresh_from_db()
    assert rio.is_open


@pytest.mark.parametrize("name", ["customer-appointments", "customer-refusals", "customer-complaints"])
def test_another_store_writes_nothing_about_our_customers(
    name: str, ivan: Customer, clara: User, as_user: AsUser
) -> None:
    assert as_user(clara).post(reverse(name, args=[ivan.pk]), {}).status_code == 404


def test_another_store_ends_no_ownership_of_ours(rio: Ownership, clara: User, as_user: AsUser) -> None:
    assert as_user(clara).post(reverse("ownership-end", args=[rio.pk]), {}).status_code == 404
