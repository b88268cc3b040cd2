"""The monthly sheet: numbers of operators and advisors, the rows behind each, a file of it, and one's own month."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import CallResult, ContactPolicy, Credit
from dealercrm.accounts.models import AccessLog, Dealership, Role, User
from dealercrm.remembering import forget_everything
from tests.campaigns.test_crediting import BOOKED, OVER, booked_call, comes, night
from tests.factories import make_user, moment
from vehicles.models import Feedback

AsUser = Callable[[User], Client]
MARCH = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def a_large_workshop(north: Dealership) -> None:
    ContactPolicy.objects.create(dealership=north, overrides={"cars_at_once": 100})


@pytest.fixture
def at_the_end(north: Dealership) -> Iterator[None]:
    with time_machine.travel(moment(date(2026, 3, 28), 12), tick=False):
        yield


@pytest.fixture
def month(north: Dealership, anna: User, now: datetime) -> list[CallResult]:
    """Three came, of whom one for other works; one did not; and one of those who came would recommend us."""
    results = [booked_call(north, anna, now) for _ in range(4)]
    order = comes(results[0], BOOKED)
    comes(results[1], BOOKED, advisor="=Сидорова")
    comes(results[2], BOOKED, works=("tyres",))
    Feedback.objects.record(
        dealership=north, customer=order.customer, ownership=order.ownership, order=order, at=moment(BOOKED, 18),
        score=10, channel="call",
    )  # fmt: skip
    night(north, OVER)
    return results


@pytest.mark.usefixtures("month", "at_the_end")
def test_the_sheet_says_what_calls_came_to_and_why_credits_were_refused(boris: User, as_user: AsUser) -> None:
    page = as_user(boris).get(reverse("staff"))
    [line] = page.context["operators"]
    assert (line.calls, line.reached, line.booked, line.came, line.refused, line.open) == (4, 4, 4, 2, 2, 0)
    assert (line.margin, line.praises, line.points) == (12_000, 1, 25)
    assert {(reason.label, reason.number) for reason in line.reasons} == {("did not come", 1), ("other works", 1)}
    advisors = {one.name: (one.came, one.praises) for one in page.context["advisors"]}
    assert advisors == {"Петров": (1, 1), "=Сидорова": (1, 0)}


@pytest.mark.usefixtures("month", "at_the_end")
def test_every_number_leads_to_rows_that_add_up_to_it(boris: User, as_user: AsUser) -> None:
    browser = as_user(boris)
    page = browser.get(reverse("staff")).content.decode()
    links = re.findall(r'<a href="(/staff/(\w+)/\?[^"]*)">([^<]*)</a>', page)
    assert len(links) > 15
    for address, what, text in links:
        found = browser.get(address.replace("&amp;", "&"))
        assert found.status_code == 200
        rows = list(found.context["page"].paginator.object_list)
        said = int(re.sub(r"\D", "", text))
        fields = {"came": "visits", "praises": "praises", "points": "points", "margin": "margin"}
        assert said == (sum(getattr(row, fields[what]) for row in rows) if what in fields else len(rows)), address


@pytest.mark.usefixtures("at_the_end")
def test_a_refused_credit_says_why_in_a_sentence(month: list[CallResult], boris: User, as_user: AsUser) -> None:
    page = as_user(boris).get(reverse("staff-rows", args=["refused"])).content.decode()
    assert "Has not come within 5 days of 19 Mar 2026." in page
    assert "Came on 19 Mar 2026 for other works:" in page


def test_a_correction_stands_in_the_month_in_which_it_was_found(
    month: list[CallResult], north: Dealership, boris: User, as_user: AsUser
) -> None:
    order = Credit.objects.get(result=month[0]).order
    assert order is not None
    order.void(at=moment(date(2026, 5, 2), 9))
    night(north, date(2026, 5, 3))
    with time_machine.travel(moment(date(2026, 5, 3), 12), tick=False):
        browser = as_user(boris)
        march = browser.get(reverse("staff"), {"month": "2026-03"}).context["operators"][0]
        may = browser.get(reverse("staff")).context["operators"][0]
    assert (march.came, march.refused, march.points) == (2, 2, 25)
    assert (may.came, may.refused, may.points, may.margin) == (-1, 1, -15, -6000), "the praise went with it"


@pytest.mark.usefixtures("month", "at_the_end")
def test_the_file_opens_safely_and_who_took_it_is_written_down(north: Dealership, boris: User, as_user: AsUser) -> None:
    make_user("=1+1", Role.OPERATOR, north)
    response = as_user(boris).post(reverse("staff-export"), {"month": "2026-03"})
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    names = {row[0] for row in rows}
    assert {"'=1+1", "'=Сидорова", "Anna"} <= names
    assert len({len(row) for row in rows}) == 1
    entry = AccessLog.objects.get(action="export")
    assert (entry.subject, entry.user, entry.rows) == ("staff sheet", boris, 4)


@pytest.mark.usefixtures("month", "at_the_end")
def test_an_operator_reads_their_own_month_and_nobody_elses(north: Dealership, anna: User, as_user: AsUser) -> None:
    page = as_user(anna).get(reverse("my-results"), {"period": "month"})
    assert (page.context["mine"].came, page.context["mine"].refused, page.context["mine"].points) == (2, 2, 25)
    assert "Has not come within 5 days of" in page.content.decode()
    other = as_user(make_user("olga", Role.OPERATOR, north)).get(reverse("my-results"))
    assert other.context["mine"].came == 0
    assert not other.context["credits"]
    assert as_user(anna).get(reverse("staff")).status_code == 403


@pytest.mark.usefixtures("month", "at_the_end")
def test_of_an_operator_of_another_store_nothing_is_said(boris: User, clara: User, as_user: AsUser) -> None:
    address = reverse("staff-rows", args=["came"])
    assert as_user(boris).get(address, {"operator": clara.pk}).status_code == 404
    assert as_user(boris).get(reverse("staff-rows", args=["nothing"])).status_code == 404
    assert as_user(boris).get(address, {"operator": "x", "month": "never"}).status_code == 404


@pytest.mark.usefixtures("at_the_end")
def test_pages_cost_the_same_queries_however_long_the_month_was(
    north: Dealership, anna: User, boris: User, now: datetime, as_user: AsUser
) -> None:
    def cost(user: User, name: str, *args: Any) -> int:
        browser = as_user(user)
        browser.get(reverse(name, args=args))
        forget_everything()  # the policy is remembered for seconds, which a busy machine takes
        with CaptureQueriesContext(connection) as caught:
            browser.get(reverse(name, args=args))
        return len(caught)

    pages: list[tuple[User, Any]] = [
        (boris, ("staff",)), (boris, ("staff-rows", "refused")), (boris, ("staff-rows", "came")),
        (boris, ("staff-rows", "calls")), (anna, ("my-results",)),
    ]  # fmt: skip
    comes(booked_call(north, anna, now), BOOKED)
    booked_call(north, anna, now)
    night(north, OVER)
    few = [cost(user, *what) for user, what in pages]
    for _ in range(4):
        comes(booked_call(north, anna, now), BOOKED)
        booked_call(north, anna, now, BOOKED + timedelta(days=1))
    night(north, OVER + timedelta(days=1))
    assert [cost(user, *what) for user, what in pages] == few


def test_another_program_reads_the_entries_by_month_person_and_verdict(
    month: list[CallResult], dms: User, as_user: AsUser
) -> None:
    browser = as_user(dms)

    def ask(**given: str) -> list[dict[str, Any]]:
        return list(browser.get("/api/v1/credits/", given).json()["results"])

    assert len(ask(month="2026-03-01")) == 5
    assert {row["why"]["code"] for row in ask(verdict="refused")} == {"credit.no_visit", "credit.other_works"}
    assert [row["praises"] for row in ask(is_praise="true")] == [1]
    assert len(ask(advisor="Петров")) == 2
    assert len(ask(operator="anna", month="2026-02-01")) == 0
    assert browser.post("/api/v1/credits/", {}).status_code == 405
