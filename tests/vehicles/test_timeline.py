"""One timeline of everything between us and a customer."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.models import Appointment, Complaint, Ownership, Refusal, Touch
from vehicles.timeline import Place, timeline

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north, consents=False)


@pytest.fixture
def rio(ivan: Customer, north: Dealership) -> Ownership:
    return make_ownership(ivan, north, started_on=date(2024, 1, 15))


def make_touch(customer: Customer, store: Dealership, at: datetime, **fields: object) -> Touch:
    return Touch.objects.create(
        **({"customer": customer, "dealership": store, "at": at, "channel": "call", "purpose": "service"} | fields)
    )


def kinds(customer: Customer, user: User) -> list[str]:
    entries, _ = timeline(customer, user, customer.zone(customer.stores.get()))
    return [entry.kind for entry in entries]


def test_everything_that_happened_stands_in_one_row_newest_first(
    ivan: Customer, rio: Ownership, north: Dealership, anna: User, as_user: AsUser
) -> None:
    make_visit(rio, date(2025, 1, 20), km=14000, declined=("brakes",))
    ivan.give_consent(purpose="marketing", at=moment(date(2025, 2, 1)), source="call", by=anna)
    make_touch(ivan, north, moment(date(2025, 3, 1)), note="Просил перезвонить весной", outcome="thinks", by=anna)
    Refusal.objects.record(customer=ivan, dealership=north, topic="insurance_renewal", at=moment(date(2025, 3, 2)))
    Complaint.objects.record(customer=ivan, dealership=north, opened_at=moment(date(2025, 4, 1)), text="Скрип")
    Appointment.objects.book(customer=ivan, dealership=north, ownership=rio, starts_at=moment(date(2025, 5, 5), 10))
    rio.end("sold", on=date(2025, 6, 1))
    assert kinds(ivan, anna) == ["end", "appointment", "complaint", "refusal", "touch", "consent", "visit", "sale"]
    text = as_user(anna).get(reverse("customer-timeline", args=[ivan.pk]), headers=HTMX).text
    for word in ("sold", "Скрип", "Просил перезвонить", "marketing", "Declined", "14,000", "bought new from us"):
        assert word in text, word


def test_topics_and_outcomes_of_the_rooms_above_are_shown_in_words(
    ivan: Customer, north: Dealership, anna: User, as_user: AsUser
) -> None:
    make_touch(ivan, north, moment(date(2025, 3, 1)), topic="declined_work", outcome="wrong_number")
    make_touch(ivan, north, moment(date(2025, 3, 1)), topic="of_tomorrow", outcome="ghosted_us")
    text = as_user(anna).get(reverse("customer-timeline", args=[ivan.pk]), headers=HTMX).text
    for words in ("declined work", "wrong number", "of tomorrow", "ghosted us"):
        assert words in text, words


def test_a_voided_order_did_not_happen(ivan: Customer, rio: Ownership, anna: User, now: datetime) -> None:
    make_visit(rio, date(2025, 1, 20), voided_at=now)
    assert kinds(ivan, anna) == ["sale"]


def test_of_another_store_only_date_and_purpose_are_shown(
    ivan: Customer, rio: Ownership, south: Dealership, anna: User, boris: User, as_user: AsUser
) -> None:
    make_visit(rio, date(2025, 1, 20), works=("engine",), total=77123, dealership=south, advisor="Тарасов")
    make_touch(ivan, south, moment(date(2025, 3, 1)), note="Секретная заметка", purpose="marketing")
    Complaint.objects.record(customer=ivan, dealership=south, opened_at=moment(date(2025, 4, 1)), text="Нагрубили")
    Refusal.objects.record(customer=ivan, dealership=south, at=moment(date(2025, 4, 2)), note="Грубость")
    Appointment.objects.book(
        customer=ivan, dealership=south, starts_at=moment(date(2025, 5, 5)), note="Стук", purpose="test_drive"
    )
    text = as_user(anna).get(reverse("customer-timeline", args=[ivan.pk]), headers=HTMX).text
    for hidden in (
        "engine",
        "77 123",
        "77\u00a0123",
        "77,123",
        "Тарасов",
        "Секретная",
        "Нагрубили",
        "Грубость",
        "Стук",
    ):
        assert hidden not in text, hidden
    for shown in ("Visit at another store", "(marketing)", "Complaint at another store", "(test drive)"):
        assert shown in text, shown
    anna.is_group_manager = True
    anna.save()
    everything = as_user(anna).get(reverse("customer-timeline", args=[ivan.pk]), headers=HTMX).text
    assert "Секретная заметка" in everything


def test_older_pages_go_on_where_the_last_one_ended_and_lose_nothing(
    ivan: Customer, rio: Ownership, north: Dealership, anna: User, today: date
) -> None:
    for number in range(6):
        make_visit(rio, today - timedelta(days=number // 2))
        make_touch(ivan, north, moment(today - timedelta(days=number // 3), 0))  # equal moments, also at midnight
        ivan.give_consent(channel="email", at=moment(today, 0), source="call")
    whole, end = timeline(ivan, anna, north.zone, size=100)
    assert end is None
    assert len(whole) == 19
    read, place = [], None
    for _ in range(20):
        page, place = timeline(ivan, anna, north.zone, place and Place.from_text(place.as_text()), size=4)
        read += page
        if place is None:
            break
    assert [entry.place for entry in read] == [entry.place for entry in whole]


def test_the_page_ends_with_a_way_to_what_is_older(ivan: Customer, rio: Ownership, anna: User, as_user: AsUser) -> None:
    for number in range(35):
        make_visit(rio, date(2025, 1, 1) + timedelta(days=number))
    browser = as_user(anna)
    response = browser.get(reverse("customer-timeline", args=[ivan.pk]), headers=HTMX)
    assert len(response.context["entries"]) == 30
    older = browser.get(
        reverse("customer-timeline", args=[ivan.pk]), {"before": response.context["older"]}, headers=HTMX
    )
    assert [entry.kind for entry in older.context["entries"]] == ["visit"] * 5 + ["sale"]
    assert "Older" not in older.text


@pytest.mark.parametrize("text", ["", "nonsense", "1_2_3", "20250101T000000.0_x_1"])
def test_a_place_that_nobody_gave_is_the_beginning(text: str) -> None:
    assert Place.from_text(text) is None


def test_a_place_survives_the_address() -> None:
    place = Place(datetime(2025, 3, 1, 10, 20, 30, 123456, tzinfo=UTC), 3, 77)
    assert Place.from_text(place.as_text()) == place


def test_the_timeline_costs_a_query_a_kind(
    ivan: Customer, rio: Ownership, north: Dealership, anna: User, as_user: AsUser, today: date
) -> None:
    browser = as_user(anna)
    costs = []
    for _ in range(2):
        for number in range(4):
            make_visit(rio, today - timedelta(days=number))
            make_touch(ivan, north, moment(today), ownership=rio, by=anna)
            ivan.give_consent(channel="email", at=moment(today), source="call", by=anna)
            Complaint.objects.record(
                customer=ivan, dealership=north, ownership=rio, opened_at=moment(today), text="Скрип"
            )
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("customer-timeline", args=[ivan.pk]), headers=HTMX)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert costs[0] <= 15
