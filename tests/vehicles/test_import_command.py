from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from customers.models import ConsentEvent, ContactPoint, Customer
from dealercrm.accounts.models import Dealership
from tests.vehicles import exports
from vehicles.models import (
    Cover,
    ImportProfile,
    ImportReject,
    ImportRun,
    OdometerReading,
    Ownership,
    RepairOrder,
    RepairOrderLine,
    Vehicle,
)

PLACES = [place / "shared" / "data" / "dms-export" for place in Path(__file__).resolve().parents]
SAMPLE = next((place for place in PLACES if place.exists()), PLACES[0])
TABLES = (
    Customer,
    ContactPoint,
    ConsentEvent,
    Vehicle,
    Ownership,
    RepairOrder,
    RepairOrderLine,
    OdometerReading,
    Cover,
)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def take(path: Path, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("import_dms", path, dealership="north", json=True, stdout=out, **options)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def outcome(told: dict[str, Any], file: str) -> tuple[int, ...]:
    one = told["files"][file]
    assert one["rows"] == one["created"] + one["updated"] + one["unchanged"] + one["rejected"]
    return one["created"], one["updated"], one["unchanged"], one["rejected"]


def sizes() -> list[int]:
    return [model._default_manager.count() for model in TABLES]


def test_every_row_is_accounted_for_and_each_kind_of_dirt_has_its_reason(north: Dealership, tmp_path: Path) -> None:
    told = take(exports.write(tmp_path / "export"))
    assert outcome(told, "clients.csv") == (4, 0, 0, 0)
    assert outcome(told, "vehicles.csv") == (3, 0, 0, 0)
    assert outcome(told, "orders.csv") == (4, 0, 1, 5)
    assert outcome(told, "order_lines.csv") == (4, 0, 0, 2)
    assert outcome(told, "policies.csv") == (1, 0, 0, 1)
    assert (told["files"]["orders.csv"]["totals"], told["files"]["orders.csv"]["repeated"]) == (1, 1)
    assert told["files"]["order_lines.csv"]["unknown_words"] == [["work_group", "Детейлинг", 1]]
    rejects = {(one["file"], one["line"]): (one["field"], one["reason"]) for one in told["rejects"]}
    assert rejects[("orders.csv", 5)] == ("Дата", "31.02.2025 is not a date.")
    assert rejects[("orders.csv", 6)][0] == "Дата"
    assert rejects[("orders.csv", 7)] == ("VIN", "No car with the VIN XXXAFJ6KMUW220195 is known.")
    assert rejects[("orders.csv", 8)] == ("Код клиента", "No customer with the code 999999999 is known.")
    assert rejects[("orders.csv", 9)] == ("Сумма", "бесплатно is not a number.")
    assert rejects[("order_lines.csv", 6)][1] == "The repair order of this line was rejected."
    assert rejects[("order_lines.csv", 7)][1] == "No such repair order is known."
    assert rejects[("policies.csv", 3)][0] == "Окончание"
    assert [(one["line"], one["field"]) for one in told["warnings"] if one["file"] == "clients.csv"] == [
        (3, "Дата рождения"),
        (3, "Телефон доп."),
        (5, "E-mail"),
    ]


def test_what_arrives_is_canonical(north: Dealership, tmp_path: Path) -> None:
    take(exports.write(tmp_path / "export"))
    assert set(Customer.objects.values_list("last_name", "first_name", "company_name")) == {
        ("Козлова", "Ольга", ""),
        ("Смирнов", "Максим", ""),
        ("", "", "ООО «Медиа Плюс»"),
        ("Павлова", "Наталья", ""),
    }
    assert set(ContactPoint.objects.values_list("value", flat=True)) == {
        "+79828120207", "kozlova@post.test", "+79160889557", "+79197749205", "+79801936589",
    }  # fmt: skip
    assert ConsentEvent.objects.count() == 1  # a yes without a date is none
    lada = Vehicle.objects.get(vin="XTAML100BCP161638")
    assert (lada.vin_note, str(lada.make)) == ("XTAMLIOOBCPI6I638", "Lada")
    assert RepairOrder.objects.get(number="ЗН0000003").ownership == Ownership.objects.get(vehicle=lada)
    rio = Ownership.objects.filter(vehicle__vin="Z94CB41AAGR000001").order_by("started_on")
    assert list(rio.values_list("started_on", "ended_on", "end_reason")) == [
        (date(2021, 7, 25), date(2024, 6, 12), "traded_in"),
        (date(2024, 6, 12), None, ""),
    ]
    declined = RepairOrderLine.objects.get(is_declined=True)
    assert (declined.work_group and declined.work_group.code) == "brake_fluid"


def test_a_dry_run_says_the_same_and_changes_nothing(north: Dealership, tmp_path: Path) -> None:
    folder = exports.write(tmp_path / "export")
    planned = take(folder, dry_run=True)
    assert not any(sizes())
    done = take(folder)
    assert planned["files"] == done["files"]
    assert planned["rejects"] == done["rejects"]


def test_the_same_export_again_changes_nothing(north: Dealership, tmp_path: Path) -> None:
    folder = exports.write(tmp_path / "export")
    take(folder)
    before, versions = sizes(), list(Ownership.objects.values_list("pk", "facts_version").order_by("pk"))
    again = take(folder)
    assert all(one["created"] == one["updated"] == 0 for one in again["files"].values())
    assert (before, versions) == (sizes(), list(Ownership.objects.values_list("pk", "facts_version").order_by("pk")))


def test_a_row_that_stands_twice_and_differs_is_taken_as_it_stands_last(north: Dealership, tmp_path: Path) -> None:
    later = exports.ORDERS + "ЗН0000001;20.07.2022;Z94CB41AAGR000001;000000001;14283;Клиент;Белова К.;30000,00\n"
    folder = exports.write(tmp_path / "export", exports.FILES | {"orders.csv": later})
    told = take(folder)
    assert RepairOrder.objects.get(number="ЗН0000001").total == 30000
    assert [one["line"] for one in told["warnings"] if "13" in one["reason"]] == [2]
    assert outcome(take(folder), "orders.csv") == (0, 0, 6, 5)


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig", "utf-16", "cp866"])
def test_encodings_are_recognised(north: Dealership, tmp_path: Path, encoding: str) -> None:
    files = {
        "clients.csv": exports.CLIENTS.replace("«", '"').replace("»", '"').replace('ООО "', "ООО ").replace('"', "")
    }
    take(exports.write(tmp_path / "export", files, encoding))
    assert Customer.objects.filter(last_name="Козлова", city="Уфа").exists()


def test_a_zip_with_folders_and_russian_names_is_taken(north: Dealership, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(exports.zipped())
    assert outcome(take(path), "orders.csv") == (4, 0, 1, 5)


def test_a_spreadsheet_is_taken_with_its_typed_cells(north: Dealership, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Выгрузка заказ-нарядов"])
    sheet.append([])
    for row in exports.ORDERS.splitlines()[:2]:
        sheet.append(row.split(";"))
    sheet["B4"], sheet["E4"], sheet["H4"] = date(2022, 7, 20), 14283, 29438.5
    folder = exports.write(tmp_path / "export", {name: exports.FILES[name] for name in ("clients.csv", "vehicles.csv")})
    book.save(folder / "orders.xlsx")
    assert outcome(take(folder), "orders.xlsx") == (1, 0, 0, 0)
    order = RepairOrder.objects.get()
    assert (order.opened_on, order.odometer_km, str(order.total)) == (date(2022, 7, 20), 14283, "29438.50")


def test_a_deleted_order_is_voided_only_where_the_profile_says_the_file_is_complete(
    north: Dealership, tmp_path: Path
) -> None:
    take(exports.write(tmp_path / "one"))
    shorter = exports.ORDERS.replace("ЗН0000003;10.07.2023;XTAML100BCP161638;000000003;15020;Гарантия;;0,00\n", "")
    shorter = shorter.replace("ЗН0000001;20.07.2022", "ЗН0000001;32.07.2022")  # rejected is not deleted
    folder = exports.write(tmp_path / "two", exports.FILES | {"orders.csv": shorter})
    take(folder)
    assert RepairOrder.objects.standing().count() == 4
    profile = ImportProfile.objects.get(code="1c")
    profile.mapping["files"]["orders"]["complete"] = True
    profile.save()
    take(folder)
    assert set(RepairOrder.objects.exclude(voided_at=None).values_list("number", flat=True)) == {"ЗН0000003"}


def test_a_bomb_is_refused(north: Dealership, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(exports.zipped({"clients.csv": "0" * 50_000_000}))
    with pytest.raises(CommandError, match="implausible"):
        take(path)


def test_mistakes_are_told_in_words(north: Dealership, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.csv").write_text("a;b\n1;2\n")
    for path, options, words in (
        (tmp_path / "empty", {}, "no CSV"),
        (tmp_path / "nowhere", {}, "nothing at"),
        (tmp_path / "x.csv", {}, "No import profile"),
        (tmp_path / "x.csv", {"profile": "nix"}, "known are: 1c"),
        (tmp_path / "x.csv", {"profile": "1c"}, "No file has the columns"),
    ):
        with pytest.raises(CommandError, match=words):
            take(path, **options)
    with pytest.raises(CommandError, match="known are: north"):
        call_command("import_dms", tmp_path, dealership="south")


def test_while_an_import_runs_another_of_the_store_is_told_so(north: Dealership, tmp_path: Path) -> None:
    from django.utils import timezone

    from vehicles.importing import claim

    running = ImportRun.objects.create(dealership=north, name="x", path="x", status=ImportRun.Status.QUEUED)
    assert claim(running, now=timezone.now()) is None
    with pytest.raises(CommandError, match="is running"):
        take(exports.write(tmp_path / "export"))
    assert not any(sizes())


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample export ../shared/data/dms-export is not on this machine")
def test_the_sample_export_is_accounted_for(north: Dealership) -> None:
    told = take(SAMPLE)
    assert outcome(told, "clients.csv") == (2766, 0, 0, 0)
    assert outcome(told, "vehicles.csv") == (3000, 0, 0, 0)
    assert outcome(told, "orders.csv") == (10151, 0, 4, 5)
    assert outcome(told, "order_lines.csv") == (35487, 0, 0, 0)
    assert outcome(told, "policies.csv") == (2087, 0, 0, 0)
    assert told["files"]["orders.csv"]["totals"] == 1
    assert told["warnings"] == []
    assert {one["line"] for one in told["rejects"]} == {10157, 10158, 10159, 10160, 10161}
    # The dirt that is no reason to refuse: VINs with O and I, people twice, cars brought by somebody else.
    assert Vehicle.objects.exclude(vin_note="").count() == 31
    assert not Vehicle.objects.filter(vin__regex="[OIQ]").exists()
    assert Customer.objects.filter(kind="company").count() == 134
    assert ContactPoint.objects.filter(kind="phone").count() == 3106
    assert ConsentEvent.objects.count() == 1663
    assert Customer.objects.filter(last_name__regex="^[A-Z]").count() == 23
    assert RepairOrder.objects.exclude(ownership=None).count() == 10151
    assert Ownership.objects.count() == 3000
    assert OdometerReading.objects.count() == 9940  # 212 visits have none
    assert 150 < OdometerReading.objects.filter(plausibility="suspect").count() < 700
    assert ImportReject.objects.count() == 5
    again = take(SAMPLE)
    assert all(one["created"] == one["updated"] == 0 for one in again["files"].values())
