"""A customer books without a login: by the link of their car, or by plate and phone, which tells them nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.models import ContactPolicy, ContactTask
from customers.models import Customer
from dealercrm.accounts.links import BOOK, NPS, VISIT
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import make_occasion, planned_call
from tests.factories import make_customer, make_ownership, make_vehicle
from vehicles.models import Appointment, Ownership, VisitRequest

AsUser = Callable[[User], Client]
TEN, ELEVEN = "2026-03-18T10:00:00+03:00", "2026-03-18T11:00:00+03:00"
PHONE, PLATE = "+7 912 345-67-89", "а123вс 116"


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def rio(north: Dealership) -> Ownership:
    ivan = make_customer(north, phone="+79123456789")
    return make_ownership(ivan, north, vehicle=make_vehicle(plate="А123ВС116"))


@pytest.fixture
def one_bay(north: Dealership) -> None:
    ContactPolicy.objects.create(dealership=north, overrides={"cars_at_once": 1})


def own(rio: Ownership) -> str:
    return reverse("book-car", args=[BOOK.sign(rio.pk)])


def typed(once: str = "a", at: str = TEN, **said: str) -> dict[str, str]:
    return {
        "name": "Иван", "phone": PHONE, "plate": PLATE, "starts_at": at, "reason": "maintenance", "once": once, **said,
    }  # fmt: skip


def test_the_owner_books_by_the_link_and_is_expected_at_once(
    rio: Ownership, anna: User, client: Client, as_user: AsUser
) -> None:
    page = client.get(own(rio))
    assert page.status_code == 200
    assert "Kia Rio" in page.text
    assert TEN in page.text
    answer = client.post(own(rio), {"starts_at": TEN, "reason": "tyres", "note": "Шумит", "once": "x"})
    assert answer.status_code == 302
    seen = client.get(answer["Location"])
    assert "You are booked" in seen.text
    assert "10:00" in seen.text
    row = Appointment.objects.get()
    assert (row.ownership, row.source, row.note, row.status) == (rio, "web", "Шумит", "booked")
    assert row.work_group is not None
    assert row.work_group.code == "tyres"
    day = as_user(anna).get(reverse("appointments"), {"day": "2026-03-18"})
    assert "Иванов" in day.text
    timeline = as_user(anna).get(reverse("customer-timeline", args=[rio.customer_id]), headers={"HX-Request": "true"})
    assert "Шумит" in timeline.text


def test_looking_changes_nothing(rio: Ownership, client: Client) -> None:
    version = rio.facts_version
    for _ in range(2):
        client.get(own(rio))
    rio.refresh_from_db()
    assert rio.facts_version == version
    assert not VisitRequest.objects.exists()


def test_the_call_that_asked_for_it_leaves_the_list_at_once(north: Dealership, now: datetime, client: Client) -> None:
    task = planned_call(north, now)
    assert task.ownership is not None
    client.post(own(task.ownership), {"starts_at": TEN, "once": "x"})
    task.refresh_from_db()
    assert (task.status, task.closed_why["code"]) == ("cancelled", "gate.booked")


def test_a_call_about_something_else_stays(north: Dealership, now: datetime, client: Client) -> None:
    task = planned_call(north, now, "data_check")
    assert task.ownership is not None
    client.post(own(task.ownership), {"starts_at": TEN, "once": "x"})
    task.refresh_from_db()
    assert task.status == "open"


def test_what_is_due_is_chosen_already(north: Dealership, rio: Ownership, today: date, client: Client) -> None:
    make_occasion(rio, "maintenance", today=today, evidence={"works": ["oil"]})
    page = client.get(own(rio)).text
    assert "due now" in page
    assert re.search(r'value="oil:advice"\s+checked', page)


def test_the_workshop_reads_every_work_that_was_due(
    north: Dealership, rio: Ownership, today: date, client: Client
) -> None:
    make_occasion(rio, "maintenance", today=today, evidence={"works": ["coolant", "maintenance"]})
    assert 'value="maintenance:advice"' in client.get(own(rio)).text
    client.post(own(rio), {"starts_at": TEN, "reason": "maintenance:advice", "note": "Шумит", "once": "x"})
    row = Appointment.objects.get()
    assert row.note == "Coolant, Scheduled maintenance · Шумит"
    assert row.work_group is not None
    assert row.work_group.code == "maintenance"


def test_a_second_booking_moves_the_first(rio: Ownership, client: Client) -> None:
    for once, at in (("a", TEN), ("b", ELEVEN)):
        client.post(own(rio), {"starts_at": at, "once": once})
    assert [row.status for row in Appointment.objects.order_by("pk")] == ["cancelled", "booked"]


def test_a_double_click_is_one_booking(rio: Ownership, client: Client) -> None:
    answers = [client.post(own(rio), {"starts_at": TEN, "once": "same"}) for _ in range(2)]
    assert Appointment.objects.count() == VisitRequest.objects.count() == 1
    assert [answer.status_code for answer in answers] == [302, 302]


def test_only_offered_times_are_taken(rio: Ownership, client: Client) -> None:
    for at in ("2026-03-18T03:00:00+03:00", "2026-03-16T09:00:00+03:00", "2027-03-18T10:00:00+03:00", "", "nonsense"):
        answer = client.post(own(rio), {"starts_at": at, "once": "x"})
        assert answer.status_code == 422, at
        assert "Choose one of the free times." in answer.text
    assert not Appointment.objects.exists()


@pytest.mark.usefixtures("one_bay")
def test_a_time_taken_meanwhile_is_refused_in_words(rio: Ownership, north: Dealership, client: Client) -> None:
    other = make_ownership(make_customer(north, name="Петров Пётр"), north)
    client.post(own(rio), {"starts_at": TEN, "once": "a"})
    answer = client.post(own(other), {"starts_at": TEN, "once": "b"})
    assert answer.status_code == 422
    assert TEN not in client.get(own(other)).text


def without_tokens(text: str) -> str:
    text = re.sub(r'(name="csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", text)
    return re.sub(r"visit/[^/]+/", "visit/TOKEN/", text)


def test_plate_and_phone_tell_nothing(north: Dealership, rio: Ownership) -> None:
    """Known and unknown, status by status and byte by byte, at every step that a stranger can take."""
    answers = []
    for at, phone, plate in ((TEN, PHONE, PLATE), (TEN, "+7 912 000-11-22", "Х999ХХ 116"), (TEN, PHONE, "Х999ХХ 116")):
        visitor = Client()
        sent = visitor.post(
            reverse("book-store", args=["north"]), typed(once=phone + plate, at=at, phone=phone, plate=plate)
        )
        place = sent["Location"]
        shown = visitor.get(place)
        moved = visitor.post(place + "move/", {"starts_at": ELEVEN})
        after = visitor.get(place)
        calendar = visitor.get(place + "visit.ics")
        gone = visitor.post(place + "cancel/")
        at_last = visitor.get(place)
        answers.append(
            (
                [one.status_code for one in (sent, shown, moved, after, calendar, gone, at_last)],
                [without_tokens(one.text) for one in (shown, after, at_last)],
                re.sub(r"visit[-/][^/@\r]+", "", calendar.text.replace("\r\n ", "")),
                sorted((name, value) for name, value in shown.headers.items() if name != "Content-Length"),
            )
        )
    assert answers[0] == answers[1] == answers[2]
    assert {row.status for row in VisitRequest.objects.all()} == {"booked", "cancelled"}  # the control: they do differ


def test_a_known_car_is_booked_and_an_unknown_one_waits_for_an_operator(
    north: Dealership, rio: Ownership, client: Client
) -> None:
    client.post(reverse("book-store", args=["north"]), typed("a"))
    client.post(reverse("book-store", args=["north"]), typed("b", plate="Х999ХХ116", note="Стук спереди"))
    known, unknown = VisitRequest.objects.order_by("pk")
    assert (known.status, known.customer, known.name, known.phone) == ("booked", rio.customer, "", "")
    assert (unknown.status, unknown.customer, unknown.phone, unknown.plate) == (
        "waiting", None, "+79123456789", "Х999ХХ116",
    )  # fmt: skip
    assert Appointment.objects.get().ownership == rio


def test_who_knows_plate_and_phone_cannot_move_what_the_owner_arranged(rio: Ownership, client: Client) -> None:
    client.post(own(rio), {"starts_at": TEN, "once": "a"})
    client.post(reverse("book-store", args=["north"]), typed("b", at=ELEVEN))
    assert Appointment.objects.open().get().starts_at.isoformat().startswith("2026-03-18T07")
    assert VisitRequest.objects.waiting().count() == 1


@pytest.mark.usefixtures("one_bay")
def test_a_request_keeps_its_time(north: Dealership, rio: Ownership, client: Client) -> None:
    client.post(reverse("book-store", args=["north"]), typed("b", plate="Х999ХХ116"))
    assert client.post(own(rio), {"starts_at": TEN, "once": "c"}).status_code == 422


def test_what_is_missing_stands_at_the_field(north: Dealership, client: Client) -> None:
    answer = client.post(reverse("book-store", args=["north"]), typed(name="", phone="12", plate=" "))
    assert answer.status_code == 422
    for field in ("name", "phone", "plate"):
        assert f'id="{field}-error"' in answer.text
    assert not VisitRequest.objects.exists()


def test_an_operator_says_who_it_is(
    north: Dealership, rio: Ownership, anna: User, clara: User, client: Client, as_user: AsUser
) -> None:
    client.post(reverse("book-store", args=["north"]), typed("b", plate="Х999ХХ116"))
    row = VisitRequest.objects.get()
    listed = as_user(anna).get(reverse("visit-requests"), headers={"HX-Request": "true"})
    assert rio.customer.short_name in listed.text
    address = reverse("visit-request-answer", args=[row.pk])
    assert as_user(clara).post(address, {"customer": rio.customer_id}).status_code == 404
    as_user(anna).post(address, {"customer": rio.customer_id})
    as_user(anna).post(address, {"customer": "new"})  # a colleague who is slower changes nothing
    appointment = Appointment.objects.get()
    assert (appointment.customer, appointment.ownership) == (rio.customer, None)
    assert (appointment.booked_by, appointment.note) == (anna, "Х999ХХ116")
    row.refresh_from_db()
    assert (row.status, row.appointment) == ("booked", appointment)


def test_nobody_we_know_becomes_a_customer(north: Dealership, anna: User, client: Client, as_user: AsUser) -> None:
    client.post(reverse("book-store", args=["north"]), typed())
    row = VisitRequest.objects.get()
    as_user(anna).post(reverse("visit-request-answer", args=[row.pk]), {"customer": "new"})
    person = Customer.objects.get()
    assert person.first_name == "Иван"
    assert person.contact_points.get().value == "+79123456789"
    assert Appointment.objects.get().customer == person


def test_declined_gives_the_time_back_and_forgets_the_person(
    north: Dealership, anna: User, client: Client, as_user: AsUser
) -> None:
    client.post(reverse("book-store", args=["north"]), typed())
    row = VisitRequest.objects.get()
    as_user(anna).post(reverse("visit-request-answer", args=[row.pk]), {"decline": "1"})
    row.refresh_from_db()
    assert (row.status, row.name, row.phone, row.plate) == ("declined", "", "", "")
    assert "Called off" in client.get(reverse("visit", args=[VISIT.sign(row.pk)])).text


def test_the_customer_moves_and_calls_off_by_the_link(rio: Ownership, client: Client) -> None:
    place = client.post(own(rio), {"starts_at": TEN, "once": "a"})["Location"]
    client.post(place + "move/", {"starts_at": ELEVEN})
    assert Appointment.objects.open().get().starts_at.isoformat().startswith("2026-03-18T08")
    calendar = client.get(place + "visit.ics")
    assert calendar["Content-Type"].startswith("text/calendar")
    assert "DTSTART:20260318T080000Z" in calendar.text
    assert "STATUS:CONFIRMED" in calendar.text
    client.post(place + "cancel/")
    assert not Appointment.objects.open().exists()
    assert "Called off" in client.get(place).text
    assert "STATUS:CANCELLED" in client.get(place + "visit.ics").text
    client.post(place + "move/", {"starts_at": TEN})  # too late: nothing comes back
    assert not Appointment.objects.open().exists()


def test_after_the_visit_nobody_reads_that_it_was_called_off(rio: Ownership, client: Client, now: datetime) -> None:
    place = client.post(own(rio), {"starts_at": TEN, "once": "a"})["Location"]
    Appointment.objects.get().arrive()
    with time_machine.travel(now + timedelta(days=3), tick=False):
        page = client.get(place)
        assert "This visit is over" in page.text
        assert "/move/" not in page.text


def test_forged_foreign_and_expired_links_lead_nowhere(rio: Ownership, client: Client, now: datetime) -> None:
    good = BOOK.sign(rio.pk)
    with time_machine.travel(now - timedelta(days=61), tick=False):
        old = BOOK.sign(rio.pk)
    for token in (good[:-1] + ("A" if good[-1] != "A" else "B"), NPS.sign(rio.pk), old, "a:b:c", BOOK.sign(10**12)):
        answer = client.get(reverse("book-car", args=[token]))
        assert answer.status_code == 404, token
        assert "This link leads nowhere" in answer.text
        assert client.post(reverse("visit-cancel", args=[token])).status_code == 404
    assert client.get(reverse("book-store", args=["nowhere"])).status_code == 404


def test_a_car_that_was_sold_is_booked_by_nobody(rio: Ownership, client: Client) -> None:
    rio.end("sold", on=date(2026, 3, 1))
    assert client.get(own(rio)).status_code == 404


def test_the_page_is_kept_by_nobody_and_told_to_nobody(rio: Ownership, client: Client) -> None:
    for answer in (client.get(own(rio)), client.get(reverse("book-car", args=["x:y:z"]))):
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_the_link_speaks_the_customers_language_and_the_reader_may_choose_another(
    rio: Ownership, client: Client
) -> None:
    Customer.objects.filter(pk=rio.customer_id).update(language="ru")
    assert '<html lang="ru"' in client.get(own(rio)).text
    client.cookies["django_language"] = "en"
    assert '<html lang="en"' in client.get(own(rio)).text
    del client.cookies["django_language"]
    Customer.objects.filter(pk=rio.customer_id).update(language="")
    assert '<html lang="ru"' in client.get(own(rio), headers={"Accept-Language": "ru"}).text


def test_who_asks_too_often_waits(north: Dealership, rio: Ownership, client: Client) -> None:
    strangers = [
        client.post(reverse("book-store", args=["north"]), typed(str(number), phone="1")).status_code
        for number in range(12)
    ]
    assert strangers == [422] * 10 + [429] * 2
    by_link = [client.post(own(rio), {"starts_at": "", "once": "x"}).status_code for _ in range(14)]
    assert by_link == [422] * 12 + [429] * 2
    other = Client(REMOTE_ADDR="10.1.2.3")
    assert other.post(reverse("book-store", args=["north"]), typed("z", phone="1")).status_code == 422


def test_staff_copy_the_booking_link_of_a_car(rio: Ownership, anna: User, client: Client, as_user: AsUser) -> None:
    panel = as_user(anna).get(reverse("customer-cars", args=[rio.customer_id]), headers={"HX-Request": "true"})
    link = re.search(r"http://[^<\s]+/book/[^<\s]+", panel.text)
    assert link is not None
    assert client.get(link.group(0)).status_code == 200


def test_a_page_asks_few_questions(
    rio: Ownership, today: date, client: Client, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    make_occasion(rio, "maintenance", today=today)
    with django_assert_max_num_queries(9):  # type: ignore[attr-defined]
        client.get(own(rio))


def test_a_full_task_list_of_another_customer_is_left_alone(
    north: Dealership, rio: Ownership, now: datetime, client: Client
) -> None:
    task = planned_call(north, now)
    client.post(own(rio), {"starts_at": TEN, "once": "x"})
    assert ContactTask.objects.get(pk=task.pk).status == "open"
