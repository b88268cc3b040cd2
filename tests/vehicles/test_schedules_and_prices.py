"""Schedules and prices: an administrator says which works a model needs, how often, and what they cost here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dealercrm.accounts.models import Dealership, User
from lifecycle.library import Library
from tests.factories import make_customer, make_model, make_ownership, make_vehicle
from vehicles.models import MaintenanceSchedule, Make, Ownership, WorkGroup, WorkPrice
from vehicles.scheduling import cars_of, open_schedule

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def kia(db: None) -> MaintenanceSchedule:
    return MaintenanceSchedule.objects.get(make__key="kia", model=None)


@pytest.fixture
def rio(north: Dealership) -> Ownership:
    return make_ownership(make_customer(north), north)


def group(code: str) -> int:
    return WorkGroup.objects.get(code=code).pk


def typed(*rows: dict[str, Any]) -> dict[str, Any]:
    """A filled-in page; what is not said of a line is empty."""
    data: dict[str, Any] = {"works-TOTAL_FORMS": len(rows), "works-INITIAL_FORMS": 0}
    for index, row in enumerate(rows):
        data |= {f"works-{index}-{name}": value for name, value in row.items()}
    return data


MAINTENANCE = {"km": "10000", "months": "12", "is_maintenance": "on", "labour": "6000", "parts": "5400,50"}


def test_an_interval_that_was_changed_has_the_cars_judged_again(
    kia: MaintenanceSchedule, rio: Ownership, north: Dealership, vera: User, as_user: AsUser
) -> None:
    lada = make_ownership(make_customer(north), north, vehicle=make_vehicle("Lada", "Vesta"))
    page = typed({"group": group("maintenance"), **MAINTENANCE}, {"group": group("brake_fluid"), "months": "24"})
    response = as_user(vera).post(reverse("schedule", args=[kia.pk]), page)
    assert response.status_code == 302
    assert [(one.work_group.code, one.interval_km, one.interval_months) for one in kia.works.all()] == [
        ("maintenance", 10000, 12),
        ("brake_fluid", None, 24),
    ]
    versions = [Ownership.objects.get(pk=one.pk).facts_version for one in (rio, lada)]
    assert versions == [rio.facts_version + 1, lada.facts_version]


def test_a_page_that_changes_nothing_has_nobody_judged_again(
    kia: MaintenanceSchedule, rio: Ownership, vera: User, as_user: AsUser
) -> None:
    rows = [
        {"group": one.work_group_id, "km": one.interval_km or "", "months": one.interval_months or "",
         **({"is_maintenance": "on"} if one.is_maintenance else {})}
        for one in kia.works.all()
    ]  # fmt: skip
    response = as_user(vera).post(reverse("schedule", args=[kia.pk]), typed(*rows) | {"works-INITIAL_FORMS": len(rows)})
    assert response.status_code == 302
    assert Ownership.objects.get(pk=rio.pk).facts_version == rio.facts_version


def test_prices_typed_on_the_schedule_count_from_today_for_its_cars_at_this_store(
    kia: MaintenanceSchedule, north: Dealership, south: Dealership, vera: User, as_user: AsUser
) -> None:
    page = typed({"group": group("maintenance"), **MAINTENANCE})
    as_user(vera).post(reverse("schedule", args=[kia.pk]), page)
    price = WorkPrice.objects.get()
    assert (price.dealership, price.make, price.model) == (north, kia.make, None)
    assert (price.labour, price.parts, price.valid_from) == (Decimal(6000), Decimal("5400.50"), date(2026, 3, 16))
    assert "11,400.50" in as_user(vera).get(reverse("schedules")).text
    emptied = typed({"group": group("maintenance"), **MAINTENANCE, "labour": "", "parts": ""})
    emptied["works-INITIAL_FORMS"] = 1
    as_user(vera).post(reverse("schedule", args=[kia.pk]), emptied)
    assert not WorkPrice.objects.exists()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"group": "oil", "km": "1000"}], "must reset the maintenance clock"),
        ([{"group": "oil", "is_maintenance": "on"}], "Every so many km"),
        ([{"km": "1000"}, {"group": "oil", "km": "1000", "is_maintenance": "on"}], "Which work is it?"),
        ([{"group": "oil", "km": "1000", "is_maintenance": "on"}, {"group": "oil", "km": "9"}], "stands here twice"),
    ],
)
def test_what_is_no_schedule_says_so(
    rows: list[dict[str, Any]], said: str, kia: MaintenanceSchedule, vera: User, as_user: AsUser
) -> None:
    before = kia.works.count()
    page = typed(*[{**row, "group": group(row["group"]) if "group" in row else ""} for row in rows])
    response = as_user(vera).post(reverse("schedule", args=[kia.pk]), page)
    assert response.status_code == 422
    assert said in response.text
    assert kia.works.count() == before


def test_a_model_gets_a_schedule_of_its_own_and_gives_it_up_again(
    kia: MaintenanceSchedule, rio: Ownership, vera: User, as_user: AsUser
) -> None:
    model = rio.vehicle.model
    assert model
    browser = as_user(vera)
    browser.post(reverse("schedule-add"), {"model": model.pk})
    own = MaintenanceSchedule.objects.get(model=model)
    lines = {(one.work_group_id, one.interval_km, one.interval_months) for one in own.works.all()}
    assert lines == {(one.work_group_id, one.interval_km, one.interval_months) for one in kia.works.all()}
    assert Library().lines(kia.make_id, model.pk) == Library().lines(kia.make_id, None)
    assert list(cars_of(own)) == [rio.vehicle]
    assert not cars_of(kia).exists()
    browser.post(reverse("schedule-end", args=[own.pk]))
    assert list(cars_of(kia)) == [rio.vehicle]
    assert Ownership.objects.get(pk=rio.pk).facts_version > rio.facts_version
    generic = MaintenanceSchedule.objects.get(make=None)
    assert browser.post(reverse("schedule-end", args=[generic.pk])).status_code == 404


def test_cars_without_a_make_of_their_own_schedule_go_by_the_generic_one(north: Dealership) -> None:
    odd = make_vehicle("Tatra", "77")
    generic = MaintenanceSchedule.objects.get(make=None)
    assert list(cars_of(generic)) == [odd]
    schedule, is_new = open_schedule(odd.make, None)
    assert is_new
    assert schedule.works.count() == generic.works.count()
    assert not cars_of(generic).exists()


def test_the_usual_numbers_of_a_make_can_be_changed(rio: Ownership, vera: User, as_user: AsUser) -> None:
    make = Make.objects.get(key="kia")
    said = {"price_class": "mass", "first_ownership_months": 77, "km_per_year": 21000, "warranty_months": 60,
            "warranty_km": 150000}  # fmt: skip
    as_user(vera).post(reverse("make", args=[make.pk]), said)
    make.refresh_from_db()
    assert make.km_per_year == 21000
    assert Ownership.objects.get(pk=rio.pk).facts_version > rio.facts_version


CSV = "work_group;make;model;labour;parts;valid_from;valid_until\r\n"


def upload(browser: Client, text: str, encoding: str = "utf-8") -> Any:
    file = SimpleUploadedFile("prices.csv", text.encode(encoding), "text/csv")
    return browser.post(reverse("work-prices"), {"file": file})


def test_a_list_of_prices_is_taken_line_by_line_and_the_same_again_changes_nothing(
    north: Dealership, vera: User, as_user: AsUser
) -> None:
    make_model("Kia", "Rio")
    text = CSV + (
        "maintenance;Киа;Rio;6000,00;5400,50;01.03.2026;\r\n"
        "oil;;;0;0;;\r\n"
        "flux;Kia;;1;1;;\r\n"
        "battery;Kia;Cerato;1;1;;\r\n"
        "battery;Kia;;minus;1;;\r\n"
        "battery;Kia;;100;1;2026-05-01;2026-04-01\r\n"
    )
    account = upload(as_user(vera), text).context["account"]
    assert account.counts == {"created": 2, "rejected": 4}
    assert [(line.number, line.field) for line in account.lines] == [
        (4, "work_group"), (5, "model"), (6, "labour"), (7, "valid_until")
    ]  # fmt: skip
    assert upload(as_user(vera), text).context["account"].counts == {"unchanged": 2, "rejected": 4}
    rows = WorkPrice.objects.order_by("pk").values_list("labour", "valid_from")
    assert list(rows) == [(Decimal(6000), date(2026, 3, 1)), (Decimal(0), date(2026, 3, 16))]


def test_what_is_taken_away_comes_back_unchanged(north: Dealership, vera: User, as_user: AsUser) -> None:
    make_model("Kia", "Rio")
    browser = as_user(vera)
    upload(browser, CSV + "maintenance;Kia;Rio;6000;5400.5;2026-03-01;2026-12-31\r\noil;;;10;0;;\r\n")
    taken = browser.get(reverse("price-file")).content.decode("utf-8-sig")
    assert "maintenance;Kia;Rio;6000.00;5400.50;2026-03-01;2026-12-31" in taken
    assert upload(browser, taken).context["account"].counts == {"unchanged": 2}


@pytest.mark.parametrize("text", ["", "a;b\r\n1;2\r\n", "\x00\x01\x02"])
def test_a_file_that_is_no_price_list_is_answered_in_words(text: str, vera: User, as_user: AsUser) -> None:
    response = upload(as_user(vera), text)
    assert response.status_code == 422
    assert "Nothing was taken" in response.text
    assert not WorkPrice.objects.exists()


def test_prices_of_another_store_are_neither_shown_nor_taken_away(
    south: Dealership, vera: User, as_user: AsUser
) -> None:
    WorkPrice.objects.create(dealership=south, work_group_id=group("oil"), labour=77123, valid_from=date(2026, 1, 1))
    browser = as_user(vera)
    assert "77,123" not in browser.get(reverse("work-prices")).text
    assert "77123" not in browser.get(reverse("price-file")).content.decode()


def test_the_list_of_schedules_costs_the_same_however_many_models_have_one(
    kia: MaintenanceSchedule, vera: User, as_user: AsUser
) -> None:
    browser = as_user(vera)
    costs = []
    for name in ("Rio", "Ceed"):
        open_schedule(kia.make, make_model("Kia", name))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("schedules"))
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert costs[0] <= 13
