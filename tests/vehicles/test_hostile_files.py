"""Files that nobody writes on purpose, or only on bad purpose: each row is answered, and none stops an import."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from tests.vehicles import exports
from vehicles.exports.tables import guarded
from vehicles.importing.mending import mendable_rows
from vehicles.models import ImportReject, ImportRun, RepairOrder


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def take(path: Path) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import_dms", path, dealership="north", json=True, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def damaged_zip() -> bytes:
    raw = bytearray(exports.zipped({"clients.csv": exports.CLIENTS * 50}))
    for place in (80, 90, 100):
        raw[place] ^= 0xFF
    return bytes(raw)


def test_nul_bytes_stop_neither_good_rows_nor_the_list_of_bad_ones(north: Dealership, tmp_path: Path) -> None:
    clients = exports.CLIENTS.replace("Козлова", "Коз\x00лова").replace("12345", "12\x00345")
    orders = exports.ORDERS.replace("Белова", "Бел\x00ова").replace("бесплатно", "беспл\x00атно")
    told = take(exports.write(tmp_path / "e", exports.FILES | {"clients.csv": clients, "orders.csv": orders}))
    assert told["status"] == "done"
    assert Customer.objects.filter(last_name="Козлова").count() == 1
    assert RepairOrder.objects.get(number="ЗН0000001").advisor == "Белова К."
    assert any("бесплатно" in reject["reason"] for reject in told["rejects"])


def test_a_damaged_zip_is_told_in_words(
    north: Dealership, vera: User, as_user: Callable[[User], Client], tmp_path: Path
) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(damaged_zip())
    with pytest.raises(CommandError, match="damaged"):
        take(path)
    upload = SimpleUploadedFile("export.zip", damaged_zip())
    answer = as_user(vera).post(reverse("imports"), {"files": upload}, follow=True)
    assert "damaged" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_names_in_a_zip_lead_nowhere(north: Dealership, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "export.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.csv", exports.CLIENTS.encode("cp1251"))
        archive.writestr("/etc/evil.csv", exports.VEHICLES.encode("cp1251"))
    assert sorted(take(path)["files"]) == ["2-evil.csv", "evil.csv"]
    assert not list(tmp_path.glob("**/evil.csv"))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "@SUM(A1)", "-2+3+cmd|' /C calc'!D2", "+7+cmd|'/C calc'!A0", '-1+HYPERLINK("x")', "\t=1", "\n=1", "＝1"],
)
def test_what_a_spreadsheet_would_compute_goes_behind_an_apostrophe(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["+7 (912) 345-67-89", "+79123456789", "-1 200,50", "-", "Иванов", "8-912", ""])
def test_phones_and_amounts_stay_as_they_were_written(cell: str) -> None:
    assert guarded(cell) == (f"'{cell}" if cell == "-" else cell)


def test_every_cell_of_the_rows_to_mend_is_guarded_and_comes_back_as_it_was(north: Dealership, tmp_path: Path) -> None:
    wild = "-2+3+cmd|' /C calc'!D2"
    head, rest = exports.ORDERS.split("\n", 1)
    orders = f"{head};=cmd()\n" + rest.replace("бесплатно", wild).replace("Мельник О.", wild)
    folder = exports.write(tmp_path / "e", exports.FILES | {"orders.csv": orders})
    take(folder)
    run = ImportRun.objects.get()
    content = zipfile.ZipFile(io.BytesIO(mendable_rows(run, with_warnings=False).content)).read("orders.csv")
    rows = list(csv.reader(io.StringIO(content.decode("cp1251")), delimiter=";"))
    assert rows[0][-2] == "'=cmd()"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "-2"))]
    mended = content.replace(f"'{wild};'{wild}".encode("cp1251"), f"'{wild};100".encode("cp1251"))
    (folder / "orders.csv").write_bytes(mended)
    take(folder)
    assert RepairOrder.objects.get(number="ЗН0000008").advisor == wild


def test_two_files_of_one_name_keep_their_own_rows_to_mend(north: Dealership) -> None:
    form = {"header": ["№"], "delimiter": ";", "encoding": "utf-8"}
    run = ImportRun.objects.create(
        dealership=north, name="x", path="", status="done", counts={"orders.csv": form, "orders.xlsx": form}
    )
    for file in run.counts:
        ImportReject.objects.create(run=run, file=file, line=2, row=[file], reason={"code": "import.empty"})
    archive = zipfile.ZipFile(io.BytesIO(mendable_rows(run, with_warnings=False).content))
    assert sorted(archive.namelist()) == ["orders.csv", "orders.xlsx.csv"]
