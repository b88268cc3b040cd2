"""How was it, and was it made good: answered by a link, once, without a login."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.models import ContactPolicy, ContactTask, OutboxMessage
from campaigns.ready_made import install
from dealercrm.accounts.links import COMPLAINT, NPS, WELCOME
from dealercrm.accounts.models import Dealership, User
from lifecycle.library import Library
from lifecycle.loading import load_facts
from tests.campaigns.building import make_occasion, plan, planned_call
from tests.factories import make_customer, make_ownership, make_visit
from vehicles.models import Complaint, Feedback, FirstMonthTick, Ownership, RepairOrder, Touch, VoiceNote

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def rio(north: Dealership) -> Ownership:
    return make_ownership(make_customer(north, email="ivan@example.ru"), north)


@pytest.fixture
def visit(rio: Ownership) -> RepairOrder:
    return make_visit(rio, MONDAY - timedelta(days=1), advisor="Белова")


def asked(visit: RepairOrder) -> str:
    return reverse("nps", args=[NPS.sign(visit.pk)])


def test_one_tap_is_an_answer_about_this_visit(rio: Ownership, visit: RepairOrder, client: Client) -> None:
    page = client.get(asked(visit))
    assert page.text.count('name="score"') == 11
    assert not Feedback.objects.exists()
    thanks = client.post(asked(visit), {"score": "9"}, follow=True)
    assert "Thank you!" in thanks.text
    row = Feedback.objects.get()
    assert (row.score, row.order, row.ownership, row.customer, row.by, row.by_link) == (
        9, visit, rio, rio.customer, None, True,
    )  # fmt: skip
    assert [fact.score for fact in load_facts([rio.pk], Library())[0].facts.answers] == [9]


def test_the_reason_follows_and_the_customer_says_what_it_was_about(visit: RepairOrder, client: Client) -> None:
    client.post(asked(visit), {"score": "4"})
    client.post(asked(visit), {"comment": "Ждал два часа", "code": ["waiting", "staff", "nonsense"]})
    row = Feedback.objects.get()
    assert row.comment == "Ждал два часа"
    assert {note.code for note in row.codes.all()} == {"waiting", "staff"}
    assert all(note.by is None for note in row.codes.all())
    assert Complaint.objects.get().text == "Ждал два часа"


def test_a_low_answer_opens_one_complaint_however_often_it_is_sent(visit: RepairOrder, client: Client) -> None:
    for score in ("3", "3", "2"):
        page = client.post(asked(visit), {"score": score}, follow=True)
    assert "we call you by tomorrow" in page.text
    complaint = Complaint.objects.get()
    assert (complaint.source, complaint.due_on, complaint.text) == ("nps", date(2026, 3, 17), "NPS 2/10")
    assert Feedback.objects.get().complaint == complaint


def test_second_thoughts_hold_for_a_week(visit: RepairOrder, client: Client, now: datetime) -> None:
    client.post(asked(visit), {"score": "5"})
    link = asked(visit)
    with time_machine.travel(now + timedelta(days=6), tick=False):
        client.post(link, {"score": "8"})
        assert 'name="score"' in client.get(link, {"again": "1"}).text
    assert Feedback.objects.get().score == 8
    assert Complaint.objects.open().exists()  # a person decides whether it is settled
    with time_machine.travel(now + timedelta(days=8), tick=False):
        client.post(link, {"score": "0"})
        assert 'name="score"' not in client.get(link, {"again": "1"}).text
    assert Feedback.objects.get().score == 8


def test_what_was_said_in_a_call_is_not_asked_again(
    visit: RepairOrder, north: Dealership, anna: User, client: Client, now: datetime
) -> None:
    Feedback.objects.record(
        dealership=north, customer=visit.customer, order=visit, at=now, score=7, channel="call", by=anna
    )
    page = client.post(asked(visit), {"score": "1"}, follow=True)
    assert "Your answer: 7 of 10." in page.text
    assert Feedback.objects.get().score == 7


@pytest.mark.parametrize("score", ["11", "-1", "abc", "", "1e1"])
def test_anything_else_is_no_answer(score: str, visit: RepairOrder, client: Client) -> None:
    client.post(asked(visit), {"score": score})
    assert not Feedback.objects.exists()


def test_who_is_content_is_asked_to_say_so_in_public(north: Dealership, visit: RepairOrder, client: Client) -> None:
    assert "Tell others too" not in client.post(asked(visit), {"score": "10"}, follow=True).text
    ContactPolicy.objects.create(dealership=north, overrides={"review_url": "https://maps.example.org/north"})
    assert 'href="https://maps.example.org/north" rel="noreferrer"' in client.get(asked(visit)).text
    client.post(asked(visit), {"score": "7"})
    assert "maps.example.org" not in client.get(asked(visit)).text


def test_the_letter_carries_the_link_and_the_answer_takes_the_survey_off(
    north: Dealership, rio: Ownership, visit: RepairOrder, now: datetime, client: Client
) -> None:
    install(north)
    make_occasion(rio, "service_feedback", today=north.today(now), evidence={"visit": visit.pk})
    plan(north, now)
    letter = OutboxMessage.objects.get()
    link = next(word for word in letter.body.split() if "/nps/" in word)
    client.post(link, {"score": "9"})
    letter.refresh_from_db()
    assert (letter.status, letter.task.status) == ("cancelled", "cancelled")
    assert letter.task.closed_why == {"code": "closed.answered", "params": {"score": 9}}


def test_forged_foreign_and_expired_links_open_nothing(
    rio: Ownership, visit: RepairOrder, client: Client, now: datetime
) -> None:
    with time_machine.travel(now - timedelta(days=31), tick=False):
        old = NPS.sign(visit.pk)
    for token in (old, WELCOME.sign(visit.pk), NPS.sign(10**9), "a:b:c"):
        assert client.post(reverse("nps", args=[token]), {"score": "0"}).status_code == 404
        assert client.post(reverse("complaint-word", args=[token]), {"yes": "1"}).status_code == 404
    for token in (NPS.sign(rio.pk), "a:b:c"):
        assert client.post(reverse("welcome", args=[token]), {"item": "insurance"}).status_code == 404
    visit.void(at=now)
    assert client.get(asked(visit)).status_code == 404
    assert not Feedback.objects.exists()


@pytest.fixture
def solved(north: Dealership, rio: Ownership, anna: User, now: datetime) -> Complaint:
    complaint = Complaint.objects.record(
        dealership=north, customer=rio.customer, ownership=rio, opened_at=now, text="Скрип", owner=anna
    )
    complaint.resolve("Смазали петли", by=anna, at=now)
    return complaint


def test_the_customer_has_the_last_word(solved: Complaint, client: Client) -> None:
    link = reverse("complaint-word", args=[COMPLAINT.sign(solved.pk)])
    page = client.get(link)
    assert "Смазали петли" in page.text
    assert "Скрип" not in page.text  # the words of the complaint are not shown to whoever holds the link
    client.post(link, {"yes": "1", "note": "Спасибо"})
    client.post(link, {"no": "1"})  # said is said
    solved.refresh_from_db()
    assert solved.confirmed_at is not None
    assert [(event.kind, event.note, event.by) for event in solved.events.all()][-1] == ("confirmed", "Спасибо", None)


def test_not_content_opens_it_again_for_tomorrow(solved: Complaint, client: Client) -> None:
    link = reverse("complaint-word", args=[COMPLAINT.sign(solved.pk)])
    client.post(link, {"no": "1", "note": "Опять скрипит"})
    solved.refresh_from_db()
    assert (solved.is_open, solved.due_on) == (True, date(2026, 3, 17))
    assert "Опять скрипит" in solved.events.get(kind="denied").note
    assert "We call you by" in client.get(link).text


def test_a_survey_call_takes_the_score_by_its_key_and_gives_it_back(
    north: Dealership, anna: User, now: datetime, as_user: AsUser
) -> None:
    task = planned_call(north, now, "service_feedback")
    browser = as_user(anna)
    browser.post(reverse("take-call", args=[task.pk]))
    card = browser.get(reverse("call-card", args=[task.pk]))
    assert 'value="done:10"' in card.text
    task.refresh_from_db()
    answer = {"answer": "done:3", "done-comment": "Долго", "epoch": task.epoch}
    told = browser.post(reverse("call-result", args=[task.pk]), answer, follow=True)
    assert "Written down: 3 of 10." in told.text
    row = Feedback.objects.get()
    assert (row.score, row.comment, row.by, row.complaint) == (3, "Долго", anna, Complaint.objects.get())
    browser.post(reverse("undo-result", args=[task.pk]))
    assert not Feedback.objects.exists()
    assert not Complaint.objects.exists()


def test_a_complaint_is_settled_in_the_call_and_undone_with_it(
    north: Dealership, anna: User, now: datetime, as_user: AsUser
) -> None:
    customer = make_customer(north)
    car = make_ownership(customer, north)
    complaint = Complaint.objects.record(
        dealership=north, customer=customer, ownership=car, opened_at=now, text="Скрип"
    )
    make_occasion(car, "complaint_follow_up", today=north.today(now), evidence={"complaint": complaint.pk})
    install(north)
    plan(north, now)
    task = ContactTask.objects.get()
    browser = as_user(anna)
    browser.post(reverse("take-call", args=[task.pk]))
    task.refresh_from_db()
    answer = {"answer": "done", "done-solution": "Смазали", "epoch": task.epoch}
    browser.post(reverse("call-result", args=[task.pk]), answer)
    complaint.refresh_from_db()
    assert (complaint.solution, complaint.resolved_by) == ("Смазали", anna)
    assert complaint.confirmed_at is not None
    browser.post(reverse("undo-result", args=[task.pk]))
    complaint.refresh_from_db()
    assert complaint.is_open
    assert not complaint.events.exists()


def test_the_first_month_is_ticked_off_and_a_question_stands_on_the_timeline(
    rio: Ownership, anna: User, client: Client, as_user: AsUser
) -> None:
    link = reverse("welcome", args=[WELCOME.sign(rio.pk)])
    client.post(link, {"item": ["insurance", "contact", "nonsense"]})
    client.post(link, {"item": ["insurance"]})
    assert [tick.item for tick in FirstMonthTick.objects.all()] == ["insurance"]
    for _ in range(2):
        page = client.post(link, {"question": "Когда менять масло?"}, follow=True)
    assert "Your question is with us" in page.text
    assert Touch.objects.get().direction == "in"
    assert ContactTask.objects.get().customer == rio.customer  # somebody calls back
    timeline = as_user(anna).get(reverse("customer-timeline", args=[rio.customer_id]), headers={"HX-Request": "true"})
    assert "Когда менять масло?" in timeline.text
    assert VoiceNote.objects.count() == 0
