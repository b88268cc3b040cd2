"""Complaints with an owner and a last word, reviews, and what customers' words are about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from customers.erasing import erase
from customers.models import Customer
from dealercrm.accounts.models import Dealership, Role, User
from lifecycle.models import Segment
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import make_customer, make_ownership, make_user, make_visit, moment
from tests.lifecycle.segment_world import standing_of
from vehicles.models import Complaint, Feedback, Ownership, Review, Touch, VoiceNote

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
MONDAY = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north, phone="+79123456789")


@pytest.fixture
def rio(ivan: Customer, north: Dealership) -> Ownership:
    return make_ownership(ivan, north)


@pytest.fixture
def complaint(north: Dealership, ivan: Customer, rio: Ownership, now: datetime) -> Complaint:
    return Complaint.objects.record(
        dealership=north, customer=ivan, ownership=rio, opened_at=now, text="Скрип", due_on=MONDAY - timedelta(days=1)
    )


# --- complaints


def test_a_complaint_is_given_to_somebody_by_a_day(
    complaint: Complaint, anna: User, boris: User, clara: User, as_user: AsUser
) -> None:
    address = reverse("complaint-owner", args=[complaint.pk])
    assert as_user(clara).post(address, {"owner": anna.pk}).status_code == 404
    as_user(boris).post(address, {"owner": anna.pk, "due_on": "2026-03-18"}, headers=HTMX)
    as_user(boris).post(address, {"owner": anna.pk, "due_on": "2026-03-18"}, headers=HTMX)  # nothing new
    complaint.refresh_from_db()
    assert (complaint.owner, complaint.due_on) == (anna, date(2026, 3, 18))
    assert [(event.kind, event.note, event.by) for event in complaint.events.all()] == [("assigned", "Anna", boris)]


def test_nobody_of_another_store_becomes_its_owner(
    complaint: Complaint, boris: User, clara: User, as_user: AsUser
) -> None:
    as_user(boris).post(reverse("complaint-owner", args=[complaint.pk]), {"owner": clara.pk})
    complaint.refresh_from_db()
    assert complaint.owner is None


def test_a_broken_promise_is_loud_and_the_list_is_narrowed_by_owner(
    complaint: Complaint, north: Dealership, anna: User, boris: User, as_user: AsUser, now: datetime
) -> None:
    hers = Complaint.objects.record(
        dealership=north, customer=complaint.customer, opened_at=now, text="Мой", owner=anna, due_on=MONDAY
    )
    page = as_user(boris).get(reverse("complaints"))
    assert "1 promise is broken" in page.text
    assert [row.pk for row in page.context["rows"]] == [complaint.pk, hers.pk]
    rows = {
        query: [row.pk for row in as_user(boris).get(reverse("complaints") + query).context["rows"]]
        for query in (f"?owner={anna.pk}", "?owner=none", "?show=overdue", "?owner=x")
    }
    assert rows == {
        f"?owner={anna.pk}": [hers.pk],
        "?owner=none": [complaint.pk],
        "?show=overdue": [complaint.pk],
        "?owner=x": [complaint.pk, hers.pk],
    }


def test_staff_write_down_what_the_customer_said(complaint: Complaint, anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    verdict = reverse("complaint-verdict", args=[complaint.pk])
    assert browser.post(verdict, {"yes": "1"}, headers=HTMX).status_code == 409  # nothing is solved yet
    browser.post(reverse("complaint-solution", args=[complaint.pk]), {"solution": "Смазали"})
    assert "has not said yet" in browser.get(reverse("complaints") + "?show=unconfirmed").text
    browser.post(verdict, {"no": "1"}, headers=HTMX)
    complaint.refresh_from_db()
    assert (complaint.is_open, complaint.solution) == (True, "Смазали")
    browser.post(reverse("complaint-solution", args=[complaint.pk]), {"solution": "Заменили"})
    assert "content" in browser.post(verdict, {"yes": "1"}, headers=HTMX).text
    complaint.refresh_from_db()
    assert complaint.confirmed_at is not None
    kinds = [event.kind for event in complaint.events.all()]
    assert kinds == ["resolved", "denied", "resolved", "confirmed"]


def test_nobody_is_won_back_before_the_complaint_is_solved(north: Dealership, now: datetime, anna: User) -> None:
    occasion = customer_with_occasion(north, "win_back", today=north.today(now))
    complaint = Complaint.objects.record(dealership=north, customer=occasion.customer, opened_at=now, text="Нагрубили")
    assert plan(north, now)["planned"] == 0
    complaint.resolve("Извинились", by=anna, at=now)
    assert plan(north, now)["planned"] == 1
    complaint.deny(by=None, at=now)
    plan(north, now)
    assert not occasion.contact_tasks.filter(status="open").exists()


def test_an_erasure_takes_the_words_of_its_steps_too(
    complaint: Complaint, ivan: Customer, vera: User, now: datetime
) -> None:
    complaint.resolve("Иванову вернули деньги", by=vera, at=now)
    erase(ivan, by=vera, store=complaint.dealership, now=now)
    assert [event.note for event in complaint.events.all()] == [""]


# --- reviews


def review(**said: str) -> dict[str, str]:
    return {
        "review-site": "2GIS", "review-stars": "2", "review-on": "2026-03-15", "review-author": "Олег",
        "review-text": "Грязно", **said,
    }  # fmt: skip


def test_a_bad_review_of_nobody_we_know_opens_a_complaint(
    north: Dealership, anna: User, boris: User, clara: User, as_user: AsUser
) -> None:
    as_user(anna).post(reverse("reviews"), review())
    row = Review.objects.get()
    complaint = Complaint.objects.get()
    assert (row.complaint, complaint.customer, complaint.source, complaint.text) == (
        complaint, None, "review", "Грязно",
    )  # fmt: skip
    for browser in (as_user(anna), as_user(boris)):
        page = browser.get(reverse("complaints"))
        assert "Олег" in page.text
    assert "Олег" not in as_user(clara).get(reverse("reviews")).text
    resolved = as_user(anna).post(
        reverse("complaint-solution", args=[complaint.pk]), {"solution": "Ответили"}, headers=HTMX
    )
    assert resolved.status_code == 200


@pytest.mark.parametrize(("stars", "is_bad"), [("1", True), ("3", True), ("4", False), ("5", False)])
def test_three_stars_or_fewer_are_bad(stars: str, is_bad: bool, north: Dealership, anna: User, as_user: AsUser) -> None:
    as_user(anna).post(reverse("reviews"), review(**{"review-stars": stars}))
    assert Complaint.objects.exists() is is_bad


def test_a_phone_says_whose_review_it_is_and_the_same_link_is_refused(
    ivan: Customer, anna: User, as_user: AsUser
) -> None:
    said = review(**{"review-phone": "8 912 345-67-89", "review-url": "https://example.org/1"})
    as_user(anna).post(reverse("reviews"), said)
    assert Review.objects.get().customer == ivan
    assert Complaint.objects.get().customer == ivan
    assert as_user(anna).post(reverse("reviews"), said).status_code == 422
    wrong = review(**{"review-phone": "+7 912 000-00-01", "review-on": "2026-03-17"})
    answer = as_user(anna).post(reverse("reviews"), wrong)
    assert answer.context["form"].errors.keys() == {"phone", "on"}


def test_another_system_sends_a_review_once(north: Dealership, south: Dealership, dms: User) -> None:
    robot = APIClient()
    robot.force_authenticate(dms)
    body = {
        "dealership": "north", "site": "2GIS", "stars": 1, "url": "https://example.org/1",
        "at": "2026-03-16T10:00:00+03:00",
    }  # fmt: skip
    first, again = robot.post("/api/v1/reviews/", body), robot.post("/api/v1/reviews/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["complaint"] == Complaint.objects.get().pk
    assert robot.post("/api/v1/reviews/", {**body, "stars": 6, "url": ""}).status_code == 400
    assert robot.get("/api/v1/reviews/").json()["results"][0]["site"] == "2GIS"
    outsider = APIClient()
    outsider.force_authenticate(make_user("dms-south", Role.INTEGRATION, south))
    assert outsider.get("/api/v1/reviews/").json()["results"] == []


def test_programs_say_the_customers_verdict(complaint: Complaint, dms: User, anna: User, now: datetime) -> None:
    robot = APIClient()
    robot.force_authenticate(dms)
    address = f"/api/v1/complaints/{complaint.pk}/verdict/"
    assert robot.post(address, {"is_content": True}).status_code == 409
    complaint.resolve("Смазали", by=anna, at=now)
    answer = robot.post(address, {"is_content": True, "note": "ok"})
    assert answer.status_code == 200
    assert answer.json()["confirmed_at"]


def test_a_complaint_of_nobody_hides_no_customer_from_a_segment(
    north: Dealership, ivan: Customer, rio: Ownership, now: datetime
) -> None:
    """A complaint without a customer is a NULL in a list of ids, and SQL says of nobody that they are outside it."""
    Review.objects.record(now=now, dealership=north, site="2GIS", stars=1, at=now)
    standing_of(rio, MONDAY)
    segment = Segment(dealership=north, name="x", definition={"all": [{"field": "complaint", "op": "no"}]})
    assert [row.customer_id for row in segment.members([north], MONDAY)] == [ivan.pk]


# --- codes


def test_words_are_coded_and_a_wrong_code_is_withdrawn(
    complaint: Complaint, anna: User, clara: User, as_user: AsUser
) -> None:
    address = reverse("voice-codes", args=["complaint", complaint.pk])
    assert as_user(clara).post(address, {"code": "price"}).status_code == 404
    as_user(anna).post(address, {"code": ["price", "staff"]}, headers=HTMX)
    as_user(anna).post(address, {"code": ["staff", "nonsense"]}, headers=HTMX)
    standing = VoiceNote.objects.standing()
    assert [note.code for note in standing] == ["staff"]
    assert VoiceNote.objects.count() == 2  # nothing is deleted
    assert as_user(anna).post(reverse("voice-codes", args=["user", anna.pk])).status_code == 404


def test_programs_code_words_too(complaint: Complaint, dms: User) -> None:
    robot = APIClient()
    robot.force_authenticate(dms)
    address = f"/api/v1/complaints/{complaint.pk}/codes/"
    assert robot.put(address, {"codes": ["waiting", "price"]}).json()["codes"] == ["price", "waiting"]
    assert robot.put(address, {"codes": ["waiting"]}).json()["codes"] == ["waiting"]
    assert robot.put(address, {"codes": ["weather"]}).status_code == 400


def test_the_database_keeps_a_code_once(complaint: Complaint, north: Dealership, now: datetime) -> None:
    fields = {"dealership": north, "code": "price", "complaint": complaint, "said_at": now, "coded_at": now}
    VoiceNote.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        VoiceNote.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        VoiceNote.objects.create(**{**fields, "complaint": None})


def answered(rio: Ownership, score: int, on: date, advisor: str = "Белова") -> Feedback:
    visit = make_visit(rio, on, advisor=advisor)
    return Feedback.objects.record(
        dealership=rio.home_store, customer=rio.customer, ownership=rio, order=visit, at=moment(on, 10), score=score,
        channel="call", comment="x" if score < 7 else "",
    )  # fmt: skip


def test_the_report_counts_by_month_and_every_number_opens_its_rows(
    rio: Ownership, north: Dealership, boris: User, anna: User, as_user: AsUser, now: datetime
) -> None:
    for day in (date(2026, 3, 10), date(2026, 3, 12), date(2026, 1, 20)):
        VoiceNote.objects.code(answered(rio, 3, day), ["waiting"], by=anna, at=now)
    assert as_user(anna).get(reverse("voice")).status_code == 403
    page = as_user(boris).get(reverse("voice"))
    row = next(row for row in page.context["table"] if row.code == "waiting")
    assert (row.recent, row.change) == (2, 1)
    assert [number for _month, number in row.months] == [0, 0, 0, 1, 0, 2]
    assert len(as_user(boris).get(reverse("voice") + "?code=waiting&month=2026-01").context["words"]) == 1
    assert len(as_user(boris).get(reverse("voice") + "?code=waiting").context["words"]) == 2


def test_the_score_by_month_and_advisor_leads_to_its_answers(rio: Ownership, boris: User, as_user: AsUser) -> None:
    answered(rio, 10, date(2026, 3, 10))
    answered(rio, 2, date(2026, 3, 11), advisor="Титов")
    answered(rio, 9, date(2026, 2, 3))
    page = as_user(boris).get(reverse("voice"))
    assert [(row.key, row.score.points, row.score.number) for row in page.context["by_month"]] == [
        ("2026-03", 0, 2), ("2026-02", 100, 1),
    ]  # fmt: skip
    assert [(row.key, row.score.points) for row in page.context["by_advisor"]] == [("Белова", 100), ("Титов", -100)]
    month = as_user(boris).get(reverse("feedback"), {"month": "2026-02"})
    assert [row.score for row in month.context["rows"]] == [9]
    his = as_user(boris).get(reverse("feedback"), {"advisor": "Титов"})
    assert [row.score for row in his.context["rows"]] == [2]


def test_words_that_nobody_coded_wait_on_the_page(
    rio: Ownership, north: Dealership, boris: User, as_user: AsUser, now: datetime
) -> None:
    Touch.objects.create(
        customer=rio.customer, dealership=north, at=now, channel="call", purpose="service", note="Дорого",
        was_reached=True,
    )  # fmt: skip
    low = answered(rio, 3, date(2026, 3, 10))
    page = as_user(boris).get(reverse("voice"))
    assert [words.source for words in page.context["to_code"]] == ["touch", "feedback"]  # its complaint is not doubled
    VoiceNote.objects.code(low, ["other"], by=boris, at=now)
    assert [words.source for words in as_user(boris).get(reverse("voice")).context["to_code"]] == ["touch"]


def test_the_page_asks_as_often_with_many_words_as_with_few(
    rio: Ownership, boris: User, as_user: AsUser, django_assert_max_num_queries: Callable[[int], object], now: datetime
) -> None:
    for day in range(1, 13):
        VoiceNote.objects.code(answered(rio, day % 11, date(2026, 3, day)), ["price"], by=boris, at=now)
    browser = as_user(boris)
    browser.get(reverse("voice"))
    with django_assert_max_num_queries(24):  # type: ignore[attr-defined]
        browser.get(reverse("voice") + "?code=price")
