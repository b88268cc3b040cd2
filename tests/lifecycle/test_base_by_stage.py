"""What a manager reads: numbers of their own stores, movement, and the list behind every number."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealercrm.accounts.models import Dealership, JobRun, User
from lifecycle.models import StageCount, Standing
from lifecycle.nights import start_night, work_on
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit
from vehicles.models import Ownership

Browser = Callable[[User], Client]


@pytest.fixture
def real_today(north: Dealership) -> date:
    return north.today(timezone.now())


def judged(store: Dealership, on: date) -> JobRun:
    run = start_night(store, on=on, now=timezone.now(), by_hand=True)
    assert run is not None
    work_on(run)
    return run


def a_base(store: Dealership, today: date) -> dict[str, Ownership]:
    """One delivered yesterday, one thin, one dormant, one lost."""
    cars = {
        "delivered": make_ownership(make_customer(store, name="Новиков"), store, started_on=today - timedelta(days=1)),
        "dormant": make_ownership(make_customer(store, name="Сонин"), store, started_on=today - timedelta(days=620)),
        "lost": make_ownership(make_customer(store, name="Потёмкин"), store, started_on=today - timedelta(days=1600)),
        "thin": make_ownership(make_customer(store, name="Тонкий"), store, started_on=today - timedelta(days=2000)),
    }
    make_visit(cars["thin"], today - timedelta(days=500), km=40000)
    make_visit(cars["lost"], today - timedelta(days=1200), km=9000)
    judged(store, today)
    return cars


def test_the_page_counts_owners_by_stage_and_links_every_number(
    north: Dealership, boris: User, as_user: Browser, real_today: date
) -> None:
    a_base(north, real_today)
    page = as_user(boris).get("/base/").content.decode()
    assert "4 owners of cars, North" in page
    assert "50.0% of the owners are active" in page.replace("\u00a0", " ")
    for link in ("stage=retention&amp;substage=thin_ice", "stage=dormant", "stage=purchase&amp;substage=delivered"):
        assert f'href="/base/list/?{link}"' in page
    assert "<desc>" in page


def test_every_number_on_the_page_equals_the_length_of_its_list(
    north: Dealership, boris: User, as_user: Browser, real_today: date
) -> None:
    a_base(north, real_today)
    browser = as_user(boris)
    page = browser.get("/base/").content.decode()
    rows = re.findall(r'<a href="(/base/list/\?stage=[^"]+)">([\d\u00a0]+)</a>', page)
    assert len(rows) == 8
    for address, number in rows:
        listed = browser.get(address.replace("&amp;", "&")).content.decode()
        assert listed.count('data-label="Who"') == int(number), address


def test_an_operator_has_no_base_page_and_a_stranger_signs_in(
    north: Dealership, anna: User, as_user: Browser, client: Client
) -> None:
    for address in ("/base/", "/base/list/", "/base/moves/", "/base/nights/"):
        assert as_user(anna).get(address).status_code == 403
        assert client.get(address).status_code == 302


def test_another_stores_cars_are_not_counted_nor_listed_nor_explained(
    north: Dealership, south: Dealership, boris: User, as_user: Browser, real_today: date
) -> None:
    theirs = a_base(south, real_today)
    browser = as_user(boris)
    assert "Nobody stands anywhere yet" in browser.get("/base/").content.decode()
    assert "Сонин" not in browser.get("/base/list/?stage=dormant&stores=all").content.decode()
    for page in ("standing", "explain"):
        assert browser.get(f"/ownerships/{theirs['lost'].pk}/{page}/").status_code == 404


def test_a_group_manager_reads_all_stores_together(
    north: Dealership, south: Dealership, boris: User, as_user: Browser, real_today: date
) -> None:
    a_base(north, real_today)
    a_base(south, real_today)
    boris.is_group_manager = True
    boris.save()
    browser = as_user(boris)
    assert "4 owners of cars, North" in browser.get("/base/").content.decode()
    both = browser.get("/base/?stores=all").content.decode()
    assert "8 owners of cars, North, South" in both
    assert browser.get("/base/list/?stage=dormant&stores=all").content.decode().count('data-label="Car"') == 2


def test_movement_compares_with_the_snapshot_of_a_month_ago(
    north: Dealership, boris: User, as_user: Browser, real_today: date
) -> None:
    a_base(north, real_today)
    StageCount.objects.create(
        dealership=north, on=real_today - timedelta(days=31), stage="dormant", substage="quiet", ownerships=4
    )
    page = as_user(boris).get("/base/").content.decode()
    assert "\u22123 in a month" in page
    assert "+50.0 points in a month" in page


def test_moves_between_stages_are_listed_with_the_cars_behind_them(
    north: Dealership, boris: User, as_user: Browser, real_today: date
) -> None:
    car = make_ownership(make_customer(north, name="Ходов"), north, started_on=real_today - timedelta(days=60))
    judged(north, real_today - timedelta(days=40))
    judged(north, real_today - timedelta(days=20))
    browser = as_user(boris)
    panel = browser.get("/base/moves/?period=month").content.decode()
    assert "from=purchase&amp;to=first_service&amp;period=month" in panel
    assert "Nobody has moved" in browser.get("/base/moves/?period=week").content.decode()
    behind = browser.get("/base/list/?from=purchase&to=first_service&period=month").content.decode()
    assert "Ходов" in behind
    assert "1 car moved this way in a month" in behind
    assert Standing.objects.get(ownership=car).stage == "first_service"


def test_nonsense_in_the_address_is_not_found(north: Dealership, boris: User, as_user: Browser) -> None:
    browser = as_user(boris)
    for query in ("stage=x", "substage=x", "from=x", "from=lost&period=year", "after=x", "after=" + "9" * 30):
        assert browser.get(f"/base/list/?{query}").status_code == 404, query
    assert browser.get("/base/moves/?period=year").status_code == 404


def test_a_long_list_goes_on_where_the_page_before_stopped(
    north: Dealership, boris: User, as_user: Browser, real_today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.views.base.PAGE", 2)
    a_base(north, real_today)
    browser = as_user(boris)
    seen: list[str] = []
    address = "/base/list/"
    while address:
        page = browser.get(address).content.decode()
        seen += re.findall(r'href="/ownerships/(\d+)/explain/"', page)
        match = re.search(r'href="(\?[^"]*)" rel="next"', page)
        address = "/base/list/" + match[1].replace("&amp;", "&") if match else ""
    assert len(seen) == len(set(seen)) == 4


def test_the_line_of_the_night_says_when_it_was_done(
    north: Dealership, boris: User, as_user: Browser, now: datetime
) -> None:
    browser = as_user(boris)
    assert "no night has run yet" in browser.get("/base/nights/").content.decode()
    done_at = timezone.now()
    JobRun.objects.create(
        job="lifecycle", dealership=north, logical_on=north.today(done_at), status="done",
        started_at=done_at - timedelta(seconds=41), finished_at=done_at,
    )  # fmt: skip
    page = browser.get("/base/nights/").content.decode()
    assert "41 s" in page
    assert "alert" not in page


def test_query_counts_do_not_grow_with_the_base(
    north: Dealership, boris: User, as_user: Browser, real_today: date
) -> None:
    browser = as_user(boris)

    def queries() -> dict[str, int]:
        counts = {}
        for address in ("/base/", "/base/list/", "/base/moves/", "/base/nights/"):
            browser.get(address)
            with CaptureQueriesContext(connection) as captured:
                browser.get(address)
            counts[address] = len(captured)
        return counts

    a_base(north, real_today)
    few = queries()
    for _ in range(3):
        make_ownership(make_customer(north), north, started_on=real_today, vehicle=make_vehicle("Lada", "Vesta"))
        a_base(north, real_today)
    assert queries() == few
    frame = 2  # the session, the user with their stores
    alarm = 2  # above a whole page: nights, heartbeat
    assert few == {
        "/base/": frame + alarm + 4, "/base/list/": frame + alarm + 2, "/base/moves/": frame + 1,
        "/base/nights/": frame + 1,
    }  # fmt: skip
