"""How was it? Answers are written down once, a low one opens a complaint, and the store sees one number."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from lifecycle.library import Library
from lifecycle.loading import load_facts
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.models import Complaint, Feedback, Ownership

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
MONDAY = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north)


@pytest.fixture
def rio(ivan: Customer, north: Dealership) -> Ownership:
    return make_ownership(ivan, north)


def said(rio: Ownership, score: int, **more: str) -> dict[str, object]:
    return {"feedback-ownership": rio.pk, "feedback-score": score, "feedback-channel": "call", **more}


def test_an_answer_is_about_the_last_visit_and_a_fact_of_the_car(
    ivan: Customer, rio: Ownership, anna: User, as_user: AsUser
) -> None:
    make_visit(rio, MONDAY - timedelta(days=30))
    visit = make_visit(rio, MONDAY - timedelta(days=2))
    before = Ownership.objects.get().facts_version
    answer = as_user(anna).post(reverse("customer-feedback", args=[ivan.pk]), said(rio, 10), headers=HTMX)
    assert answer.headers["HX-Trigger"] == "timeline-changed"
    row = Feedback.objects.get()
    assert (row.score, row.order, row.by, row.complaint) == (10, visit, anna, None)
    assert Ownership.objects.get().facts_version > before
    assert [fact.score for fact in load_facts([rio.pk], Library())[0].facts.answers] == [10]


@pytest.mark.parametrize(("score", "is_complaint"), [(0, True), (6, True), (7, False), (9, False)])
def test_up_to_six_a_complaint_is_opened_for_tomorrow(
    score: int, is_complaint: bool, ivan: Customer, rio: Ownership, anna: User, as_user: AsUser
) -> None:
    as_user(anna).post(
        reverse("customer-feedback", args=[ivan.pk]), said(rio, score, **{"feedback-comment": "Waited two hours"})
    )
    assert Complaint.objects.exists() is is_complaint
    if is_complaint:
        complaint = Complaint.objects.get()
        assert (complaint.text, complaint.source, complaint.due_on) == ("Waited two hours", "nps", date(2026, 3, 17))
        assert Feedback.objects.get().complaint == complaint


def test_an_answer_without_a_score_is_asked_for(ivan: Customer, rio: Ownership, anna: User, as_user: AsUser) -> None:
    answer = as_user(anna).post(
        reverse("customer-feedback", args=[ivan.pk]), {"feedback-channel": "call"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "id_feedback-score_error" in answer.text
    assert not Feedback.objects.exists()


def test_the_call_card_takes_the_answer_in_its_place(
    ivan: Customer, rio: Ownership, anna: User, as_user: AsUser
) -> None:
    browser = as_user(anna)
    address = reverse("customer-feedback", args=[ivan.pk])
    form = browser.get(address, {"car": rio.pk}, headers=HTMX).text
    assert f'name="feedback-ownership" value="{rio.pk}"' in form
    answer = browser.post(address, {**said(rio, 3), "card": "1"}, headers=HTMX)
    assert "Written down: 3 of 10." in answer.text
    assert "A complaint is open" in answer.text
    assert browser.post(address, {"card": "1"}, headers=HTMX).status_code == 422


def test_the_store_reads_its_promoters_and_detractors_as_one_number(
    ivan: Customer, rio: Ownership, north: Dealership, boris: User, as_user: AsUser
) -> None:
    for score in (10, 9, 9, 8, 2):
        Feedback.objects.record(
            dealership=north, customer=ivan, ownership=rio, at=moment(MONDAY, 9), score=score, channel="call"
        )
    Feedback.objects.record(
        dealership=north, customer=ivan, at=moment(date(2025, 11, 1)), score=0, channel="call", comment="long ago"
    )
    page = as_user(boris).get(reverse("feedback"))
    assert page.context["nps"] == 40
    assert page.context["counts"] == {"promoter": 3, "detractor": 1, "passive": 1, "number": 5}
    only = as_user(boris).get(reverse("feedback"), {"group": "detractor"})
    assert [row.score for row in only.context["rows"]] == [2]
    assert "long ago" not in page.text


def test_an_answer_stands_in_the_timeline(ivan: Customer, rio: Ownership, anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    browser.post(reverse("customer-feedback", args=[ivan.pk]), said(rio, 9, **{"feedback-comment": "Быстро"}))
    text = browser.get(reverse("customer-timeline", args=[ivan.pk]), headers=HTMX).text
    assert "9 of 10" in text
    assert "Быстро" in text


def test_another_system_sends_an_answer_once(ivan: Customer, rio: Ownership, dms: User, as_user: AsUser) -> None:
    robot = APIClient()
    robot.force_authenticate(dms)
    body = {
        "dealership": "north",
        "customer": ivan.pk,
        "vin": rio.vehicle.vin,
        "score": 4,
        "channel": "email",
        "at": "2026-03-16T10:00:00+03:00",
    }
    first, again = robot.post("/api/v1/feedback/", body), robot.post("/api/v1/feedback/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["complaint"] == Complaint.objects.get().pk
    assert robot.post("/api/v1/feedback/", {**body, "score": 11}).status_code == 400
