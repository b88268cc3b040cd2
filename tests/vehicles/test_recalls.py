"""A maker's list comes in with an account of every line; cars of ours are told apart, now or when they appear."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from lifecycle.evaluating import evaluate
from lifecycle.library import Library
from lifecycle.loading import load_facts
from lifecycle.models import Occasion
from lifecycle.rules.facts import RecallFact
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit, moment
from vehicles.models import Ownership, RecallCampaign, RecallVehicle, RepairOrder, RepairOrderLine
from vehicles.recalling import take_list

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 16)
LATER = "XTAGFL110KY000002"


@pytest.fixture(autouse=True)
def on_a_monday_at_eleven(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north)


@pytest.fixture
def rio(ivan: Customer, north: Dealership) -> Ownership:
    return make_ownership(ivan, north)


@pytest.fixture
def airbag(north: Dealership) -> RecallCampaign:
    return RecallCampaign.objects.create(
        dealership=north, code="R-2025-17", title="Airbag", works=["4421A"], published_on=date(2026, 3, 1)
    )


def entered(**more: Any) -> dict[str, Any]:
    return {"code": "R-2025-17", "title": "Airbag", "published_on": "2026-03-01", "works": "4421A, 4422", **more}


def night(*owners: Ownership) -> dict[str, str]:
    evaluate([one.pk for one in owners], day=MONDAY, now=moment(MONDAY, 2), library=Library())
    return {row.cycle: row.status for row in Occasion.objects.filter(kind="recall")}


def work_done(rio: Ownership, code: str = "", name: str = "") -> RepairOrder:
    order = make_visit(rio, date(2026, 3, 10))
    RepairOrderLine.objects.create(order=order, position=9, code=code, name=name or "work")
    return order


def test_an_administrator_enters_a_recall_and_pastes_its_list(rio: Ownership, vera: User, as_user: AsUser) -> None:
    pasted = f"VIN\n{rio.vehicle.vin}\n{LATER}\n{LATER}\nXTA123\n"
    answer = as_user(vera).post(reverse("recalls"), entered(pasted=pasted))
    recall = RecallCampaign.objects.get()
    assert answer["Location"] == reverse("recall", args=[recall.pk])
    assert recall.works == ["4421A", "4422"]
    assert {name: recall.last_list[name] for name in ("new", "known", "unknown", "repeated", "bad")} == {
        "new": 2,
        "known": 1,
        "unknown": 1,
        "repeated": 1,
        "bad": 1,
    }
    page = as_user(vera).get(answer["Location"]).text
    assert "A VIN has 17 characters, this one has 6." in page
    assert rio.vehicle.vin in page


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_taken_as_it_came_and_again_changes_nothing(
    kind: str, rio: Ownership, vera: User, airbag: RecallCampaign, as_user: AsUser
) -> None:
    rows = [["№", "VIN", "Модель"], ["1", rio.vehicle.vin, "Rio"], ["2", LATER, "Vesta"], ["3", "", "Vesta"]]
    if kind == "csv":
        content = "\n".join(";".join(row) for row in rows).encode("cp1251", errors="replace")
    else:
        book, stream = openpyxl.Workbook(), io.BytesIO()
        sheet = book.create_sheet(index=0)
        for row in rows:
            sheet.append(row)
        book.save(stream)
        content = stream.getvalue()
    for new in (2, 0):
        file = SimpleUploadedFile(f"list.{kind}", content)
        as_user(vera).post(reverse("recall-list", args=[airbag.pk]), {"file": file})
        airbag.refresh_from_db()
        assert airbag.last_list["new"] == new
        assert [line for line, _text, _why in airbag.last_list["bad_lines"]] == [4]
    assert set(airbag.cars.values_list("vin", flat=True)) == {rio.vehicle.vin, LATER}


def test_no_list_or_an_unreadable_one_is_said_at_the_field(vera: User, as_user: AsUser) -> None:
    browser = as_user(vera)
    assert browser.post(reverse("recalls"), entered()).status_code == 422
    broken = browser.post(reverse("recalls"), entered(file=SimpleUploadedFile("list.xlsx", b"no spreadsheet")))
    assert broken.status_code == 422
    assert "id_file_error" in broken.text
    assert not RecallCampaign.objects.exists()


def test_a_recall_is_entered_once_a_store(airbag: RecallCampaign, vera: User, as_user: AsUser) -> None:
    assert as_user(vera).post(reverse("recalls"), entered(pasted=LATER)).status_code == 422


def test_a_manager_reads_and_does_not_enter(airbag: RecallCampaign, boris: User, as_user: AsUser) -> None:
    assert as_user(boris).get(reverse("recalls")).status_code == 200
    as_user(boris).post(reverse("recalls"), entered(code="X-1", pasted=LATER))
    assert RecallCampaign.objects.count() == 1


def test_a_listed_car_has_one_occasion_a_recall_until_an_order_carries_its_code(
    rio: Ownership, airbag: RecallCampaign
) -> None:
    before = rio.facts_version
    take_list(airbag, [(1, [rio.vehicle.vin])], name="letter", on=MONDAY)
    rio.refresh_from_db()
    assert rio.facts_version > before
    assert night(rio) == {"recall:R-2025-17": "open"}
    order = work_done(rio, code="4421-a")
    assert night(rio) == {"recall:R-2025-17": "served"}
    order.void(at=moment(MONDAY, 3))
    assert night(rio) == {"recall:R-2025-17": "open"}, "a voided order takes its effect back"


def test_a_declined_line_settles_nothing_and_a_name_with_the_code_does(rio: Ownership, airbag: RecallCampaign) -> None:
    take_list(airbag, [(1, [rio.vehicle.vin])], name="letter", on=MONDAY)
    order = work_done(rio, name="Отзывная кампания R-2025-17")
    RepairOrderLine.objects.filter(order=order).update(is_declined=True)
    assert night(rio) == {"recall:R-2025-17": "open"}
    RepairOrderLine.objects.filter(order=order).update(is_declined=False)
    Ownership.objects.note_new_facts([rio.pk])
    assert night(rio) == {"recall:R-2025-17": "served"}


def test_a_car_that_appears_later_is_found_by_its_vin(
    ivan: Customer, north: Dealership, airbag: RecallCampaign
) -> None:
    take_list(airbag, [(1, [LATER])], name="letter", on=date(2026, 3, 2))
    vesta = make_ownership(ivan, north, vehicle=make_vehicle("Lada", "Vesta", vin=LATER), started_on=date(2026, 3, 12))
    assert night(vesta) == {"recall:R-2025-17": "open"}
    assert Occasion.objects.get(kind="recall").opens_on == date(2026, 3, 12)


def test_a_person_marks_it_done_and_takes_that_back(
    rio: Ownership, airbag: RecallCampaign, anna: User, as_user: AsUser
) -> None:
    take_list(airbag, [(1, [rio.vehicle.vin])], name="letter", on=MONDAY)
    night(rio)
    car, browser = RecallVehicle.objects.get(), as_user(anna)
    page = browser.get(reverse("vehicle-recalls", args=[rio.vehicle_id])).text
    assert "Airbag" in page
    assert "Done elsewhere" in page
    marked = browser.post(reverse("recall-car", args=[car.pk]), headers={"HX-Request": "true"})
    assert "done on 16\xa0Mar" in marked.text
    assert night(rio) == {"recall:R-2025-17": "served"}
    browser.post(reverse("recall-car", args=[car.pk]), {"undo": "1"})
    assert night(rio) == {"recall:R-2025-17": "open"}


def test_a_recall_that_two_stores_entered_is_one_reason_to_call(
    rio: Ownership, airbag: RecallCampaign, south: Dealership
) -> None:
    again = RecallCampaign.objects.create(
        dealership=south, code="R-2025-17", title="Airbag", published_on=date(2026, 3, 1)
    )
    for recall in (airbag, again):
        take_list(recall, [(1, [rio.vehicle.vin])], name="letter", on=MONDAY)
    facts = load_facts([rio.pk], Library())[0].facts
    assert facts.recalls == (RecallFact("R-2025-17", "Airbag", MONDAY),)
    RecallVehicle.objects.filter(campaign=again).update(done_on=MONDAY)
    assert load_facts([rio.pk], Library())[0].facts.recalls[0].done_on == MONDAY
