"""The page on the quality of the data: right shares, and each number is the length of the list behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealercrm.accounts.models import Dealership, Role, User
from lifecycle.segments.ready_made import LACKS
from lifecycle.views.data_quality import cells_of
from tests.factories import make_customer, make_ownership, make_user, make_vehicle
from tests.lifecycle.segment_world import some_base, standing_of

Browser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def of_today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def text_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def test_every_number_is_the_length_of_the_list_behind_it(
    north: Dealership, boris: User, as_user: Browser, today: date
) -> None:
    some_base(north, today, size=40)
    browser = as_user(boris)
    page = text_of(browser, "/data-quality/")
    some = 0
    for code, lack in LACKS.items():
        assert f'hx-get="/data-quality/{code}/"' in page
        line = text_of(browser, f"/data-quality/{code}/")
        (found,) = re.findall(rf'href="(/segments/{code}/\?stores=north)">(\d+)</a>', line)
        behind = text_of(browser, found[0])
        rows = re.findall(r"/customers/(\d+)/", behind)
        assert int(found[1]) == (len(rows) if lack.counts_cars else len(set(rows))), code
        some += bool(rows)
    assert some >= 8, "the base of this test lacks most of what can be lacking"


def test_a_customer_with_two_cars_is_one_customer_and_two_cars(north: Dealership, boris: User, today: date) -> None:
    customer = make_customer(north, phone=None, kind="person")
    for vin in ("Z94CB41AAGR000001", "JZX1000012345"):
        standing_of(make_ownership(customer, north, vehicle=make_vehicle(vin=vin)), today)
    standing_of(make_ownership(make_customer(north, kind="company"), north), today)
    cells = {code: cells_of(lack, boris, [north], today)[0] for code, lack in LACKS.items()}
    assert (cells["no-phone"].number, cells["no-phone"].whole, cells["no-phone"].share) == (1, 2, 0.5)
    assert (cells["no-mileage"].number, cells["no-mileage"].whole) == (3, 3)
    assert (cells["doubtful-vin"].number, cells["doubtful-vin"].whole) == (1, 3), "a chassis number is no VIN"
    assert (cells["no-birth-date"].number, cells["no-birth-date"].whole) == (1, 1), "a company was never born"


def test_an_empty_store_has_no_shares_and_no_crash(north: Dealership, boris: User, as_user: Browser) -> None:
    assert "—" in text_of(as_user(boris), "/data-quality/no-phone/")
    assert as_user(boris).get("/data-quality/no-such/").status_code == 404


def test_each_store_has_its_column_and_strangers_have_none(
    north: Dealership, south: Dealership, boris: User, as_user: Browser, today: date
) -> None:
    some_base(north, today)
    some_base(south, today)
    chief = as_user(make_user("chief", Role.MANAGER, north, south))
    line = text_of(chief, "/data-quality/no-phone/?stores=all")
    assert "stores=north" in line
    assert "stores=south" in line
    both = text_of(chief, "/segments/no-phone/?stores=south")
    assert "South." in both
    own = as_user(boris)
    assert "stores=south" not in text_of(own, "/data-quality/no-phone/?stores=all")
    assert own.get("/segments/no-phone/?stores=south").status_code == 404
    assert own.get("/data-quality/no-phone/?stores=south").status_code == 404


@pytest.mark.parametrize(("role", "status"), [(Role.OPERATOR, 403), (Role.INTEGRATION, 403), (Role.MANAGER, 200)])
def test_only_who_runs_the_store_reads_it(role: str, status: int, north: Dealership, as_user: Browser) -> None:
    browser = as_user(make_user("reader", role, north))
    assert browser.get("/data-quality/no-phone/").status_code == status


def test_a_line_costs_two_queries_of_its_own_however_many_stores(
    north: Dealership, south: Dealership, as_user: Browser, today: date
) -> None:
    some_base(north, today)
    browser = as_user(make_user("chief", Role.MANAGER, north, south))
    counts = []
    for address in ("/data-quality/no-phone/", "/data-quality/no-phone/?stores=all"):
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            browser.get(address)
        counts.append(len(captured))
    assert counts == [4, 4]
