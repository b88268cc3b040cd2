"""The operator's pages and the manager's lists, through the browser's door."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.claiming import claim, claim_next
from campaigns.models import CallResult, ContactTask, OutboxMessage
from campaigns.rules.priority import value_of_promise
from customers.models import Customer
from dealercrm.accounts.models import AccessLog, Dealership, Role, User
from tests.campaigns.building import customer_with_occasion, make_occasion, plan, planned_call
from tests.factories import make_customer, make_ownership, make_user, make_visit
from vehicles.models import Appointment, Complaint, Refusal, Touch

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def task(north: Dealership, now: datetime) -> ContactTask:
    return planned_call(north, now, "first_service", email="ivanov@inbox.test")


def text(response: Any) -> str:
    return str(response.content, "utf-8")


def test_today_shows_who_why_and_until(task: ContactTask, anna: User, as_user: AsUser) -> None:
    page = text(as_user(anna).get(reverse("today")))
    assert "Иванов А. С." in page
    assert "Kia Rio" in page
    assert "1 call for today, North" in page


def tile_and_row(page: str) -> tuple[str, str]:
    """What Today says of calls that can be made now, and from when the only row can be."""
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    tile = re.search(r"Can be called now</span><strong>(\d+)", page)
    row = re.search(r'data-label="From" class="num">([^<]+)', page)
    assert tile
    assert row
    return tile[1], row[1]


def test_at_night_today_says_what_a_claim_would_say(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    browser = as_user(anna)
    assert tile_and_row(text(browser.get(reverse("today")))) == ("1", "now")
    with time_machine.travel(now + timedelta(hours=11), tick=False):  # 22:00 on Monday
        page = text(browser.get(reverse("today")))
        assert tile_and_row(page) == ("0", "17 Mar, 09:00")
        assert "next at 17\N{NO-BREAK SPACE}Mar" in page
        assert claim_next(anna, north, now=now + timedelta(hours=11)) is None


def test_quiet_hours_are_the_customers_own(task: ContactTask, anna: User, as_user: AsUser, now: datetime) -> None:
    Customer.objects.update(time_zone="Asia/Vladivostok")  # seven hours ahead: 18:00 there, 11:00 at the store
    browser = as_user(anna)
    assert tile_and_row(text(browser.get(reverse("today")))) == ("1", "now")
    with time_machine.travel(now + timedelta(hours=2), tick=False):
        assert tile_and_row(text(browser.get(reverse("today")))) == ("0", "17 Mar, 02:00")


def test_a_promised_hour_is_never_quiet(task: ContactTask, anna: User, as_user: AsUser, now: datetime) -> None:
    ContactTask.objects.update(promised_at=now + timedelta(hours=10, minutes=30), assigned_to=anna)
    with time_machine.travel(now + timedelta(hours=11), tick=False):
        assert tile_and_row(text(as_user(anna).get(reverse("today")))) == ("1", "now")


def test_only_a_reason_with_a_real_end_shows_its_last_day(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser
) -> None:
    browser = as_user(anna)
    until = re.compile(r'data-label="Until" class="num">([^<]+)')
    assert until.findall(text(browser.get(reverse("today")))) == ["6\N{NO-BREAK SPACE}Apr"]
    ContactTask.objects.update(kind="complaint_follow_up")
    assert until.findall(text(browser.get(reverse("today")))) == ["—"]


def test_next_call_opens_the_card_with_the_number(task: ContactTask, anna: User, as_user: AsUser) -> None:
    browser = as_user(anna)
    response = browser.post(reverse("next-call"))
    assert response.headers["Location"] == reverse("call-card", args=[task.pk])
    page = text(browser.get(response.headers["Location"]))
    phone = task.customer.contact_points.get(kind="phone").value
    assert f'href="tel:{phone}"' in page
    assert "Алексей Сергеевич" in page
    assert "11:00" in page  # the customer's own clock
    log = AccessLog.objects.get()
    assert (log.user, log.object_id) == (anna, task.customer_id)


def test_a_card_that_nobody_took_shows_no_number_and_no_outcomes(
    task: ContactTask, anna: User, as_user: AsUser
) -> None:
    page = text(as_user(anna).get(reverse("call-card", args=[task.pk])))
    assert "tel:+" not in page
    assert reverse("take-call", args=[task.pk]) in page
    assert reverse("call-result", args=[task.pk]) not in page


def test_the_card_tells_visits_complaint_price_and_other_cars(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser, today: date, now: datetime
) -> None:
    assert task.ownership is not None
    model = task.ownership.vehicle
    for number in range(5):
        other = make_ownership(make_customer(north), north)
        make_visit(other, today - timedelta(days=60 + number), total=15000 + number * 1000)
    make_visit(task.ownership, today - timedelta(days=200), works=("tyres",), declined=("brakes",))
    make_ownership(task.customer, north)
    Complaint.objects.create(dealership=north, customer=task.customer, opened_at=now, text="The door rattles")
    claim(task.pk, anna, now=now)
    page = text(as_user(anna).get(reverse("call-card", args=[task.pk])))
    assert "The door rattles" in page
    assert "17,000" in page
    assert "median of 5 visits with this model" in page
    assert "brakes" in page
    assert page.count(model.title) >= 2
    assert "First service" in page or "first service" in page


def test_with_too_few_visits_the_price_is_honestly_unknown(
    task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    claim(task.pk, anna, now=now)
    page = text(as_user(anna).get(reverse("call-card", args=[task.pk])))
    assert "not known: too few visits" in page
    assert "usually costs" not in page  # the script leaves its line about the price out


def test_two_keys_book_the_first_free_time(task: ContactTask, anna: User, as_user: AsUser, now: datetime) -> None:
    held = claim(task.pk, anna, now=now)
    browser = as_user(anna)
    page = text(browser.get(reverse("call-card", args=[task.pk])))
    assert 'value="booked:2026-03-16T12:00"' in page
    response = browser.post(
        reverse("call-result", args=[task.pk]),
        {"epoch": held.epoch, "answer": "booked:2026-03-16T12:00", "note": "brings the winter tyres"},
    )
    assert response.headers["Location"] == reverse("today")
    appointment = Appointment.objects.get()
    assert appointment.starts_at == now + timedelta(hours=1)
    assert "Booked for 12:00" in text(browser.get(reverse("today")))


def test_a_full_hour_is_not_offered(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    for _car in range(3):
        Appointment.objects.create(
            dealership=north, customer=make_customer(north), starts_at=now + timedelta(hours=1), minutes=60
        )
    claim(task.pk, anna, now=now)
    page = text(as_user(anna).get(reverse("call-card", args=[task.pk])))
    assert 'value="booked:2026-03-16T12:00"' not in page
    assert 'value="booked:2026-03-16T13:00"' in page


@pytest.mark.parametrize("answer", ["no_answer", "busy", "thinks", "no_calls", "done", "sold", "duplicate", "deceased"])
def test_one_press_records_a_plain_outcome(
    task: ContactTask, anna: User, as_user: AsUser, now: datetime, answer: str
) -> None:
    held = claim(task.pk, anna, now=now)
    as_user(anna).post(reverse("call-result", args=[task.pk]), {"epoch": held.epoch, "answer": answer})
    assert CallResult.objects.get().outcome == answer


def test_a_refusal_takes_its_reason_from_the_key_and_its_term_from_the_box(
    task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    held = claim(task.pk, anna, now=now)
    posted = {"epoch": held.epoch, "answer": "refused:price", "refused-until": "2026-12-01", "refused-all_cars": "1"}
    as_user(anna).post(reverse("call-result", args=[task.pk]), posted)
    refusal = Refusal.objects.get()
    assert (refusal.reason, refusal.until, refusal.ownership) == ("price", date(2026, 12, 1), None)


def test_a_result_without_an_outcome_stays_on_the_card_with_the_note(
    task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    held = claim(task.pk, anna, now=now)
    response = as_user(anna).post(reverse("call-result", args=[task.pk]), {"epoch": held.epoch, "note": "the red one"})
    assert response.status_code == 422
    assert "the red one" in text(response)
    assert not Touch.objects.exists()


def test_a_late_result_says_so_and_goes_back_to_the_list(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    held = claim(task.pk, anna, now=now - timedelta(minutes=10))
    claim(task.pk, make_user("dora", Role.OPERATOR, north), now=now)
    browser = as_user(anna)
    response = browser.post(
        reverse("call-result", args=[task.pk]),
        {"epoch": held.epoch, "answer": "done", "note": "wants blue"},
        follow=True,
    )
    assert "the result was not recorded" in text(response)
    assert CallResult.objects.get(was_late=True).note == "wants blue"


def test_the_heartbeat_keeps_the_call_and_says_when_it_is_lost(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    held = claim(task.pk, anna, now=now)
    browser = as_user(anna)
    beat = browser.post(reverse("call-lease", args=[task.pk]), {"epoch": held.epoch})
    assert (beat.status_code, "HX-Trigger" in beat.headers) == (204, False)
    ContactTask.objects.update(epoch=9)
    assert "HX-Trigger" in browser.post(reverse("call-lease", args=[task.pk]), {"epoch": held.epoch}).headers


def test_esc_gives_the_call_back(task: ContactTask, anna: User, as_user: AsUser, now: datetime) -> None:
    held = claim(task.pk, anna, now=now)
    browser = as_user(anna)
    assert 'data-key="Escape"' in text(browser.get(reverse("call-card", args=[task.pk])))
    browser.post(reverse("return-call", args=[task.pk]), {"epoch": held.epoch})
    task.refresh_from_db()
    assert task.status == "open"


def test_a_call_in_a_colleagues_hand_is_not_on_my_list(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    claim(task.pk, make_user("dora", Role.OPERATOR, north), now=now)
    assert "No calls left for today" in text(as_user(anna).get(reverse("today")))


def test_another_stores_operator_finds_nothing(task: ContactTask, clara: User, as_user: AsUser) -> None:
    browser = as_user(clara)
    assert browser.get(reverse("call-card", args=[task.pk])).status_code == 404
    for name in ("take-call", "call-result", "call-lease", "return-call"):
        assert browser.post(reverse(name, args=[task.pk]), {"epoch": 0, "answer": "done"}).status_code == 404
    assert "Иванов" not in text(browser.get(reverse("today")))


def test_callbacks_show_mine_and_the_late_ones_of_colleagues(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser, now: datetime
) -> None:
    dora = make_user("dora", Role.OPERATOR, north, first_name="Dora")
    at = now - timedelta(minutes=31)
    ContactTask.objects.update(assigned_to=dora, promised_at=at, priority=value_of_promise(at))
    assert "anybody may call" in text(as_user(anna).get(reverse("callbacks")))
    assert "1 call that you promised" in text(as_user(dora).get(reverse("callbacks")))
    ContactTask.objects.update(promised_at=now)
    assert "Иванов" not in text(as_user(anna).get(reverse("callbacks")))


def test_my_results_count_my_calls_only(task: ContactTask, anna: User, as_user: AsUser, now: datetime) -> None:
    held = claim(task.pk, anna, now=now)
    browser = as_user(anna)
    browser.post(reverse("call-result", args=[task.pk]), {"epoch": held.epoch, "answer": "done"})
    assert "talked, nothing to follow" in text(browser.get(reverse("my-results")))
    other = make_user("dora", Role.OPERATOR, task.dealership)
    assert "No calls yet" in text(as_user(other).get(reverse("my-results")))


def test_the_manager_sees_who_is_not_contacted_and_why(
    north: Dealership, boris: User, as_user: AsUser, today: date, now: datetime
) -> None:
    customer_with_occasion(north, "insurance_renewal", today=today, consents=False, name="Петров Пётр Петрович")
    customer_with_occasion(north, today=today, phone=None, name="Сидоров Иван Иванович")
    customer_with_occasion(north, today=today, name="Звонков Илья Ильич")
    plan(north, now)
    browser = as_user(boris)
    page = text(browser.get(reverse("not-contacted")))
    assert "2 open reasons to talk" in page
    assert "No consent for this purpose and channel: marketing, call." in page
    assert "Звонков" not in page
    one = text(browser.get(reverse("not-contacted"), {"gate": "no_contact_point"}))
    assert "Сидоров" in one
    assert "Петров" not in one


def test_messages_wait_for_a_person_where_nobody_knows(
    north: Dealership, boris: User, as_user: AsUser, today: date, now: datetime
) -> None:
    customer_with_occasion(north, "birthday", today=today, email="petrov@inbox.test")
    plan(north, now)
    OutboxMessage.objects.update(status="unknown", epoch=1)
    browser = as_user(boris)
    assert "Look the Message-ID up" in text(browser.get(reverse("messages")))
    browser.post(reverse("decide-message", args=[OutboxMessage.objects.get().pk]), {"found": "sent"})
    assert OutboxMessage.objects.get().status == "sent"


def test_the_summary_of_the_day_for_the_base_page(task: ContactTask, boris: User, as_user: AsUser) -> None:
    page = " ".join(text(as_user(boris).get(reverse("tasks-summary"))).split())
    assert "due <strong>1</strong>" in page
    assert "<html" not in page


@pytest.mark.parametrize("name", ["not-contacted", "messages"])
def test_operators_do_not_open_the_managers_lists(anna: User, as_user: AsUser, name: str) -> None:
    assert as_user(anna).get(reverse(name)).status_code == 403


@pytest.mark.parametrize(
    ("name", "most"),
    [("today", 17), ("callbacks", 8), ("my-results", 9), ("tasks-summary", 8)],
)
def test_pages_ask_the_same_number_of_queries_however_long_they_are(
    north: Dealership, anna: User, as_user: AsUser, now: datetime, name: str, most: int
) -> None:
    for _ in range(8):
        planned_call(north, now)
    browser = as_user(anna)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(reverse(name)).status_code == 200
    assert len(queries) <= most, "\n".join(query["sql"][:120] for query in queries)


def test_the_card_asks_at_most_25_queries(
    north: Dealership, task: ContactTask, anna: User, as_user: AsUser, today: date, now: datetime
) -> None:
    assert task.ownership is not None
    for days in (100, 200, 300, 400):
        make_visit(task.ownership, today - timedelta(days=days), works=("tyres", "body"))
    for kind in ("component_wear", "insurance_renewal"):
        make_occasion(task.ownership, kind, today=today)
    claim(task.pk, anna, now=now)
    browser = as_user(anna)
    with CaptureQueriesContext(connection) as queries:
        browser.get(reverse("call-card", args=[task.pk]))
    assert len(queries) <= 25, "\n".join(query["sql"][:120] for query in queries)
