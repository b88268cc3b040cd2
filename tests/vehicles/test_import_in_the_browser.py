from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dealercrm.accounts.models import AccessLog, Dealership, User
from tests.vehicles import exports
from vehicles.importing.uploading import forget_old_uploads
from vehicles.models import ImportProfile, ImportRun, RepairOrder, Vehicle
from vehicles.tasks import take_import

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def upload(browser: Client, content: bytes, name: str = "export.zip") -> ImportRun:
    answer = browser.post(reverse("imports"), {"files": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302
    return ImportRun.objects.latest("pk")


def page(browser: Client, run: ImportRun, **headers: str) -> str:
    answer = browser.get(reverse("import-run", args=[run.pk]), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def work(run: ImportRun) -> None:
    take_import(run.pk)
    run.refresh_from_db()


def test_an_administrator_uploads_looks_imports_and_gets_the_report(vera: User, as_user: AsUser) -> None:
    browser = as_user(vera)
    run = upload(browser, exports.zipped())
    seen = page(browser, run)
    assert "Дата рождения" in seen
    assert "→ Birth date" in seen
    assert "cp1251" in seen
    assert "Козлова Ольга Викторовна" in seen

    browser.post(reverse("import-plan", args=[run.pk]), {"profile": run.profile_id, "plan": ""})
    assert "Waiting for a worker" in page(browser, run)
    assert 'hx-trigger="every 2s"' in page(browser, run, HX_Request="true")
    work(run)
    seen = page(browser, run)
    assert "Nothing was changed yet" in seen
    assert "31.02.2025 is not a date" in seen
    assert "Детейлинг" in seen
    assert not Vehicle.objects.exists()

    browser.post(reverse("import-start", args=[run.pk]))
    work(run)
    seen = page(browser, run)
    assert "Nothing was changed yet" not in seen
    assert run.status == "done"
    assert RepairOrder.objects.count() == 4
    assert run.planned == run.counts
    assert not Path(run.path).exists()  # customers' data does not lie around


def test_rejects_come_back_as_files_that_can_be_mended_and_uploaded_again(vera: User, as_user: AsUser) -> None:
    browser = as_user(vera)
    run = upload(browser, exports.zipped())
    browser.post(reverse("import-start", args=[run.pk]))
    work(run)
    answer = browser.get(reverse("rejects", args=[run.pk]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name).decode("cp1251") for name in archive.namelist()}
    assert set(files) == {"orders.csv", "order_lines.csv", "policies.csv"}
    orders = list(csv.reader(io.StringIO(files["orders.csv"]), delimiter=";"))
    assert orders[0][:8] == exports.ORDERS.splitlines()[0].split(";")
    assert [row[0] for row in orders[1:]] == ["ЗН0000004", "ЗН0000005", "ЗН0000006", "ЗН0000007", "ЗН0000008"]
    assert orders[1][8] == "Дата: 31.02.2025 is not a date."
    entry = AccessLog.objects.get(subject="import rejects")
    assert (entry.user, entry.action, entry.object_id, entry.rows) == (vera, "export", run.pk, 8)

    mended = files["orders.csv"].replace("31.02.2025", "28.02.2025").replace("бесплатно", "0,00")
    again = upload(browser, mended.encode("cp1251"), "orders.csv")
    browser.post(reverse("import-start", args=[again.pk]))
    work(again)
    assert again.counts["orders.csv"]["created"] == 2
    assert again.counts["orders.csv"]["rejected"] == 3
    assert RepairOrder.objects.get(number="ЗН0000004").opened_on == date(2025, 2, 28)


def test_a_formula_in_a_reject_is_no_formula_in_a_spreadsheet_and_is_itself_again_when_it_comes_back(
    vera: User, as_user: AsUser
) -> None:
    browser = as_user(vera)
    bad = "Код;Наименование;Телефон\n;=HYPERLINK(0);+7 912 345-67-89\n"
    run = upload(browser, bad.encode("cp1251"), "clients.csv")
    browser.post(reverse("import-start", args=[run.pk]))
    work(run)
    text = browser.get(reverse("rejects", args=[run.pk])).content.decode("cp1251")
    assert ";'=HYPERLINK(0);+7 912 345-67-89;" in text
    mended = text.replace("\n;", "\n77;").encode("cp1251")
    again = upload(browser, mended, "clients.csv")
    assert again.recognised[0]["sample"][0][1] == "=HYPERLINK(0)"


def test_an_export_of_another_system_is_imported_by_a_suggested_profile(
    north: Dealership, vera: User, as_user: AsUser
) -> None:
    north.country, north.currency = "GB", "GBP"
    north.save()
    browser = as_user(vera)
    run = upload(browser, exports.zipped(exports.ENGLISH, "utf-8"))
    assert run.profile is None
    answer = browser.post(reverse("import-suggestion", args=[run.pk]))
    profile = ImportProfile.objects.get(is_shipped=False)
    assert answer["Location"] == reverse("import-profile", args=[profile.pk]) + f"?run={run.pk}"
    form = browser.get(answer["Location"]).content.decode()
    assert 'value="Customer No"' in form
    posted = fields_of(form) | {"name": "British system", "code.pay_type.0": "customer"}
    assert posted["decimal"] == "."
    assert posted["odometer_unit"] == "miles"
    assert posted["date_formats"] == ["%m/%d/%Y"]
    answer = browser.post(answer["Location"], posted)
    assert answer.status_code == 302
    browser.post(reverse("import-plan", args=[run.pk]), {"profile": profile.pk, "plan": ""})
    work(run)
    browser.post(reverse("import-start", args=[run.pk]))
    work(run)
    assert {name: one["created"] for name, one in run.counts.items()} == {
        "people.csv": 2,
        "stock.csv": 1,
        "jobs.csv": 1,
    }
    order = RepairOrder.objects.select_related("customer").get()
    assert (order.opened_on, order.total, order.odometer_km) == (date(2022, 7, 20), Decimal("1250.75"), 14484)
    assert order.customer.contact_points.get(kind="phone").value == "+442079460958"
    assert order.customer.consent_events.get().at.date() in (date(2022, 3, 22), date(2022, 3, 23))
    assert order.ownership is not None
    assert order.ownership.price == Decimal("21940.50")


def fields_of(html: str) -> dict[str, Any]:
    """What a browser would send for the form as it stands."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        parts = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if not parts.get("name") or parts["name"] in ("csrfmiddlewaretoken", "q", "store", "language"):
            continue
        if parts.get("type") == "checkbox":
            if " checked" in tag:
                found.setdefault(parts["name"], []).append(parts["value"])
        else:
            found[parts["name"]] = parts.get("value", "")
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = chosen.group(1) if chosen else ""
    return found


def test_a_profile_without_a_needed_column_says_so_at_the_field(vera: User, as_user: AsUser) -> None:
    browser = as_user(vera)
    shipped = ImportProfile.objects.get(code="1c")
    url = reverse("import-profile", args=[shipped.pk])
    posted = fields_of(browser.get(url).content.decode())
    answer = browser.post(url, posted | {"column.orders.opened_on": ""})
    assert answer.status_code == 422
    assert "A file of this kind needs this column." in answer.content.decode()


def test_saving_a_shipped_profile_makes_a_copy_of_the_store(north: Dealership, vera: User, as_user: AsUser) -> None:
    browser = as_user(vera)
    shipped = ImportProfile.objects.get(code="1c")
    url = reverse("import-profile", args=[shipped.pk])
    posted = fields_of(browser.get(url).content.decode())
    assert browser.post(url, posted | {"column.orders.total": "Всего"}).status_code == 302
    own = ImportProfile.objects.get(dealership=north)
    assert own.mapping["files"]["orders"]["columns"]["total"] == "Всего"
    shipped.refresh_from_db()
    assert shipped.mapping["files"]["orders"]["columns"]["total"] == "Сумма"
    assert own.mapping["codes"] == shipped.mapping["codes"]


def test_who_may_do_what(north: Dealership, vera: User, boris: User, anna: User, clara: User, as_user: AsUser) -> None:
    run = upload(as_user(vera), exports.zipped())
    for user, code in ((boris, 200), (anna, 403), (clara, 403)):
        assert as_user(user).get(reverse("import-run", args=[run.pk])).status_code == code
        assert as_user(user).get(reverse("imports")).status_code == code
    assert as_user(boris).post(reverse("import-start", args=[run.pk])).status_code == 403
    as_user(boris).post(reverse("imports"), {"files": SimpleUploadedFile("x.csv", b"a;b\n")})
    assert ImportRun.objects.count() == 1
    for name in ("imports", "import-profiles"):
        assert Client().get(reverse(name)).status_code == 302


def test_a_run_of_another_store_does_not_exist(south: Dealership, vera: User, as_user: AsUser) -> None:
    theirs = ImportRun.objects.create(dealership=south, name="x", path="")
    for name in ("import-run", "rejects"):
        assert as_user(vera).get(reverse(name, args=[theirs.pk])).status_code == 404


@pytest.mark.parametrize(("name", "content"), [("x.pdf", b"%PDF"), ("x.zip", b"PK broken"), ("../../etc/x.exe", b"MZ")])
def test_what_is_no_export_is_refused_in_words_and_leaves_nothing(
    vera: User, as_user: AsUser, name: str, content: bytes, tmp_path: Path
) -> None:
    answer = as_user(vera).post(reverse("imports"), {"files": SimpleUploadedFile(name, content)}, follow=True)
    assert re.search("no CSV or XLSX|damaged", answer.content.decode())
    assert not ImportRun.objects.exists()
    assert not list((tmp_path / "media" / "imports").iterdir())


def test_an_upload_nobody_imports_is_forgotten_after_a_week(vera: User, as_user: AsUser) -> None:
    browser = as_user(vera)
    run = upload(browser, exports.zipped())
    folder = Path(run.path)
    assert forget_old_uploads(now=timezone.now() + timedelta(days=6)) == 0
    assert forget_old_uploads(now=timezone.now() + timedelta(days=8)) == 1
    assert not folder.exists()
    assert "removed after a week" in page(browser, run)


def test_pages_cost_a_fixed_number_of_queries(vera: User, as_user: AsUser, django_assert_max_num_queries: Any) -> None:
    browser = as_user(vera)
    run = upload(browser, exports.zipped())
    browser.post(reverse("import-start", args=[run.pk]))
    work(run)
    for url in (reverse("imports"), reverse("import-run", args=[run.pk]), reverse("import-profiles")):
        with django_assert_max_num_queries(12):
            browser.get(url)
