"""Why is this car here? By command, as a fragment of other pages, and as a page of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealercrm.accounts.models import Dealership, User
from lifecycle.explaining import explain
from lifecycle.nights import start_night, work_on
from lifecycle.rules.kinds import JUDGED
from tests.factories import make_customer, make_ownership, make_visit, moment
from vehicles.models import Complaint, Ownership

Browser = Callable[[User], Client]


@pytest.fixture
def car(north: Dealership, today: date) -> Ownership:
    """Bought in January 2024, serviced once, due again."""
    car = make_ownership(make_customer(north), north, started_on=date(2024, 1, 15))
    make_visit(car, date(2025, 4, 20), km=21000, declined=("brakes",))
    run = start_night(north, on=today, now=moment(today, 3))
    assert run is not None
    work_on(run)
    return car


def explained(car: Ownership, *options: str) -> dict[str, object]:
    out = StringIO()
    call_command("explain", car.vehicle.vin, "--json", *options, stdout=out)
    found = json.loads(out.getvalue())
    assert isinstance(found, dict)
    return found


def test_the_command_names_every_kind_open_or_not_with_its_reason(car: Ownership) -> None:
    found = explained(car, "--date", "2026-03-16")
    assert found["stage"] == "retention"
    occasions = found["occasions"]
    assert isinstance(occasions, list)
    assert {one["kind"] for one in occasions} == set(JUDGED)
    assert all(one["reason"] for one in occasions)
    assert {one["kind"] for one in occasions if one["state"] == "open"} == {"maintenance"}


def test_a_past_date_replays_what_was_true_then(car: Ownership) -> None:
    assert explained(car, "--date", "2024-01-20")["stage"] == "purchase"
    assert explained(car, "--date", "2024-06-01")["stage"] == "first_service"
    assert explained(car, "--date", "2025-05-01")["stage"] == "retention"


def test_the_command_reads_well_without_json_and_names_an_unknown_car(car: Ownership) -> None:
    out = StringIO()
    call_command("explain", car.vehicle.vin, "--date", "2026-03-16", stdout=out)
    assert "retention" in out.getvalue()
    assert "occasion." not in out.getvalue()  # every reason has its sentence
    with pytest.raises(CommandError, match="NOSUCHVIN"):
        call_command("explain", "NOSUCHVIN")


def test_the_fragment_shows_stage_reason_history_and_what_comes_next(
    car: Ownership, anna: User, as_user: Browser
) -> None:
    fragment = as_user(anna).get(f"/ownerships/{car.pk}/standing/").content.decode()
    assert "<html" not in fragment
    assert "pill--stage-retention" in fragment
    assert "Reasons to talk now" in fragment
    assert "What comes next" in fragment
    assert "Stages so far" in fragment


def test_the_fragment_of_a_car_that_was_never_judged_says_so(north: Dealership, anna: User, as_user: Browser) -> None:
    new = make_ownership(make_customer(north), north)
    assert "Not judged yet" in as_user(anna).get(f"/ownerships/{new.pk}/standing/").content.decode()


def test_the_page_explains_as_of_any_day(car: Ownership, anna: User, as_user: Browser) -> None:
    browser = as_user(anna)
    page = browser.get(f"/ownerships/{car.pk}/explain/?date=2024-01-20").content.decode()
    assert "pill--stage-purchase" in page
    for nonsense in ("yesterday", "9999-12-31", "0001-01-01"):
        assert browser.get(f"/ownerships/{car.pk}/explain/?date={nonsense}").status_code == 404


def test_the_page_says_where_the_replay_differs_from_what_was_said_then(
    car: Ownership, boris: User, as_user: Browser, today: date
) -> None:
    browser = as_user(boris)
    address = f"/ownerships/{car.pk}/explain/?date={today}"
    assert "The same was said then" in browser.get(address).content.decode()
    make_visit(car, today - timedelta(days=3), km=39000)  # an order that comes late
    page = browser.get(address).content.decode()
    assert "What was said on that day was different" in page
    assert "on schedule" in page
    assert "No night had judged this car by then." in browser.get(f"{address[:-10]}2024-06-01").content.decode()


def test_facts_are_told_in_words_and_of_another_store_only_that_there_was_a_visit(
    car: Ownership, south: Dealership, boris: User, today: date
) -> None:
    make_visit(car, today - timedelta(days=30), dealership=south, works=("tyres",))
    Complaint.objects.record(
        dealership=car.home_store, customer=car.customer, ownership=car, opened_at=moment(today), text="Скрип"
    )
    mine = [(fact.what, fact.words) for fact in explain(car.pk, today, reader=boris).told]
    assert ("visit", "at another store") in mine
    assert ("complaint", "open") in mine
    assert ("sale", "bought new from us") in mine
    assert any(what == "visit" and words.endswith("declined: brakes") for what, words in mine)
    everything = [(fact.what, fact.words) for fact in explain(car.pk, today).told]
    assert ("visit", "tyres") in everything


def test_an_outsider_finds_nothing(car: Ownership, clara: User, as_user: Browser) -> None:
    for page in ("standing", "explain"):
        assert as_user(clara).get(f"/ownerships/{car.pk}/{page}/").status_code == 404


def test_the_pages_cost_a_fixed_number_of_queries(car: Ownership, anna: User, as_user: Browser, today: date) -> None:
    browser = as_user(anna)

    def queries(page: str) -> int:
        browser.get(f"/ownerships/{car.pk}/{page}/")
        with CaptureQueriesContext(connection) as captured:
            browser.get(f"/ownerships/{car.pk}/{page}/")
        return len(captured)

    few = {page: queries(page) for page in ("standing", "explain")}
    for days in (300, 200, 100):
        make_visit(car, today - timedelta(days=days), km=40000 - days * 50, works=("tyres",))
    assert {page: queries(page) for page in ("standing", "explain")} == few
    assert few["standing"] <= 9
    assert few["explain"] <= 27
