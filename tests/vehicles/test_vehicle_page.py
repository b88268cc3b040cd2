"""The page of one car: passport, owners, odometer, visits, declined works, covers."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dealercrm.accounts.models import AccessLog, Dealership, User
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit
from vehicles.models import Cover, OdometerReading, Ownership

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def rio(north: Dealership) -> Ownership:
    return make_ownership(make_customer(north), north, vehicle=make_vehicle(vin="Z94CB41AAGR000117"))


def page(ownership: Ownership) -> str:
    return reverse("vehicle", args=[ownership.vehicle_id])


def test_a_car_shows_visits_with_works_and_what_was_declined(rio: Ownership, anna: User, as_user: AsUser) -> None:
    make_visit(rio, date(2025, 1, 20), km=14000, declined=("brakes",), advisor="Белова К.")
    response = as_user(anna).get(page(rio))
    assert "Z94CB41AAGR000117" in response.text
    assert "Белова К." in response.text
    assert [one["line"].name for one in response.context["declined"]] == ["brakes"]


def test_a_declined_work_that_was_done_later_is_no_longer_ahead(rio: Ownership, anna: User, as_user: AsUser) -> None:
    make_visit(rio, date(2025, 1, 20), declined=("brakes", "tyres"))
    make_visit(rio, date(2025, 3, 20), works=("brakes",))
    declined = as_user(anna).get(page(rio)).context["declined"]
    assert [one["line"].name for one in declined] == ["tyres"]


def test_a_car_of_another_store_is_not_there(rio: Ownership, clara: User, as_user: AsUser) -> None:
    browser = as_user(clara)
    assert browser.get(page(rio)).status_code == 404
    assert browser.post(reverse("vehicle-readings", args=[rio.vehicle_id]), {"km": 1}).status_code == 404


def test_of_another_stores_visit_and_cover_only_date_and_purpose_are_shown(
    rio: Ownership, south: Dealership, anna: User, as_user: AsUser
) -> None:
    make_visit(rio, date(2025, 1, 20), works=("engine",), declined=("clutch",), total=77123, dealership=south)
    Cover.objects.create(
        dealership=south, vehicle=rio.vehicle, kind="insurance", product="КАСКО", number="XXX77", ends_on="2027-01-01"
    )
    text = as_user(anna).get(page(rio)).text
    for hidden in ("engine", "clutch", "77,123", "КАСКО", "XXX77"):
        assert hidden not in text, hidden
    assert "Visit at another store" in text
    assert "Insurance" in text


def test_an_earlier_owner_whom_our_stores_do_not_know_has_no_name(
    rio: Ownership, north: Dealership, south: Dealership, anna: User, as_user: AsUser
) -> None:
    stranger = make_customer(south, name="Чужой Пётр Ильич")
    make_ownership(
        stranger, south, vehicle=rio.vehicle, started_on=date(2020, 1, 1), ended_on=date(2024, 1, 1), end_reason="sold"
    )
    text = as_user(anna).get(page(rio)).text
    assert "Чужой" not in text
    assert "somebody whom your stores do not know" in text


def test_a_reading_given_by_hand_is_stored_with_who_wrote_it(rio: Ownership, anna: User, as_user: AsUser) -> None:
    make_visit(rio, date(2025, 3, 20), km=14000)
    address = reverse("vehicle-readings", args=[rio.vehicle_id])
    response = as_user(anna).post(address, {"km": "31000", "on": "2026-03-16"}, headers=HTMX)
    assert response.status_code == 200
    reading = OdometerReading.objects.get(km=31000)
    assert (reading.plausibility, reading.entered_by, reading.source) == ("plausible", anna, "form")
    version = rio.facts_version
    rio.refresh_from_db()
    assert rio.facts_version > version


@pytest.mark.parametrize(("sure", "kept_as"), [("yes", "confirmed"), ("no", "suspect")])
def test_a_doubtful_reading_is_asked_about_and_never_refused(
    sure: str, kept_as: str, rio: Ownership, anna: User, as_user: AsUser
) -> None:
    make_visit(rio, date(2025, 3, 20), km=140000)
    browser = as_user(anna)
    address = reverse("vehicle-readings", args=[rio.vehicle_id])
    asked = browser.post(address, {"km": "15500", "on": "2026-03-16"}, headers=HTMX)
    assert asked.status_code == 422
    assert "15,500 km is less than the 140,000 km" in asked.text
    assert not OdometerReading.objects.filter(km=15500).exists()
    browser.post(address, {"km": "15500", "on": "2026-03-16", "sure": sure}, headers=HTMX)
    reading = OdometerReading.objects.get(km=15500)
    assert reading.plausibility == kept_as
    assert reading.note["code"] == "odometer.dropped"


@pytest.mark.parametrize(
    "typed", [{"km": "-5", "on": "2026-03-16"}, {"km": "x", "on": "2026-03-16"}, {"km": "5", "on": "2026-03-17"}]
)
def test_what_is_no_reading_says_so_at_the_field(
    typed: dict[str, str], rio: Ownership, anna: User, as_user: AsUser
) -> None:
    response = as_user(anna).post(reverse("vehicle-readings", args=[rio.vehicle_id]), typed, headers=HTMX)
    assert response.status_code == 422
    assert 'class="errors"' in response.text
    assert not OdometerReading.objects.exists()


def test_the_chart_says_its_numbers_in_words_too(rio: Ownership, anna: User, as_user: AsUser) -> None:
    make_visit(rio, date(2024, 3, 20), km=14000)
    make_visit(rio, date(2025, 3, 20), km=31000)
    text = as_user(anna).get(page(rio)).text
    assert "<desc" in text
    assert "2025-03-20: 31,000" in text
    assert "As a table" in text


def test_opening_a_car_is_written_down(rio: Ownership, anna: User, as_user: AsUser) -> None:
    as_user(anna).get(page(rio))
    entry = AccessLog.objects.get()
    assert (entry.subject, entry.object_id) == ("vehicle", rio.vehicle_id)


def test_the_page_costs_the_same_however_long_the_history_is(
    rio: Ownership, anna: User, as_user: AsUser, today: date
) -> None:
    browser = as_user(anna)
    costs = []
    for years in range(2):
        for number in range(5):
            make_visit(rio, today - timedelta(days=300 * years + 30 * number), km=20000, declined=("brakes",))
        with CaptureQueriesContext(connection) as queries:
            browser.get(page(rio))
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert costs[0] <= 14
