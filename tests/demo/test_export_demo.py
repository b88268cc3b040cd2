"""The demo world as the files of a 1C-based DMS."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dealercrm.demo import exporting
from dealercrm.demo.exporting import HEADERS, export
from dealercrm.demo.world.truth import Truth

TODAY = date(2026, 3, 16)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="cp1251", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export")
    export(path, vehicles=1500, seed=4, today=TODAY)
    return path


def test_files_have_the_headers_of_the_dms(folder: Path) -> None:
    for name, header in HEADERS.items():
        assert tuple(read(folder / "sever" / name)[0]) == header


def test_orders_end_with_a_totals_row_that_adds_up(folder: Path) -> None:
    *orders, total = read(folder / "yug" / "orders.csv")
    assert total["Номер"] == "Итого"
    written = {row["Номер"]: row["Сумма"] for row in orders}  # a repeated order counts once
    added = sum(float(amount.replace(",", ".")) for amount in written.values() if amount != "бесплатно")
    assert float(total["Сумма"].replace(",", ".")) == pytest.approx(added)


def test_the_export_is_as_dirty_as_real_ones(folder: Path) -> None:
    clients, vehicles, orders = (
        read(folder / "sever" / name) for name in ("clients.csv", "vehicles.csv", "orders.csv")
    )
    assert len({_shape(row["Телефон"]) for row in clients if row["Телефон"]}) == 6
    assert any(set(row["VIN"]) & set("OI") for row in vehicles)
    vins = [row["VIN"] for row in vehicles]
    assert len(set(vins)) < len(vins)  # two owners of one car
    known = {vin.replace("O", "0").replace("I", "1") for vin in vins}
    assert any(row["VIN"] not in known for row in orders[:-1])
    codes = {row["Код"] for row in clients}
    assert any(row["Код клиента"] not in codes for row in orders[:-1])
    assert any(row["Пробег"] == "" for row in orders)


def _shape(phone: str) -> str:
    head = "8" if phone.startswith(("89", "8 ")) else phone[:1]
    return head + "".join("9" if sign.isdigit() else sign for sign in phone[1:])


def test_almost_every_order_finds_its_customer_and_its_car(folder: Path) -> None:
    for store in ("sever", "yug"):
        codes = {row["Код"] for row in read(folder / store / "clients.csv")}
        vins = {row["VIN"].replace("O", "0").replace("I", "1") for row in read(folder / store / "vehicles.csv")}
        orders = read(folder / store / "orders.csv")[:-1]
        lost = sum(row["Код клиента"] not in codes or row["VIN"] not in vins for row in orders)
        assert lost / len(orders) < 0.01


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(tmp_path / name, vehicles=100, seed=4, today=TODAY)
    for name in HEADERS:
        assert (tmp_path / "one/sever" / name).read_bytes() == (tmp_path / "two/sever" / name).read_bytes()


def test_a_large_export_is_written_part_by_part_and_nothing_clashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PART_VEHICLES", 100)
    export(tmp_path, vehicles=250, seed=4, today=TODAY)
    clients = [row["Код"] for row in read(tmp_path / "sever/clients.csv")]
    assert len(set(clients)) == len(clients)
    assert len(list(tmp_path.glob("truth-*.npz"))) == 3
    assert [row["Номер"] for row in read(tmp_path / "sever/orders.csv")].count("Итого") == 1


def test_the_truth_beside_the_files_names_the_cards_of_one_person(folder: Path) -> None:
    truth = Truth.load(folder / "truth-0.npz")
    codes = {row["Код"] for store in ("sever", "yug") for row in read(folder / store / "clients.csv")}
    assert len(truth.duplicate_code) > 20
    assert {*truth.duplicate_code, *truth.duplicate_of_code} <= codes


def test_a_folder_with_files_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(CommandError, match="not empty"):
        call_command("export_demo", str(tmp_path), stdout=StringIO())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
