from __future__ import annotations

import csv
from typing import Any

import pytest

from tests.vehicles import exports
from vehicles.rules.profiles import Profile, problems_of
from vehicles.rules.suggesting import kind_of, missing_of, suggest


def peeked(files: dict[str, str], delimiter: str) -> list[dict[str, Any]]:
    tables = {name: list(csv.reader(text.splitlines(), delimiter=delimiter)) for name, text in files.items()}
    return [{"name": name, "header": rows[0], "sample": rows[1:]} for name, rows in tables.items()]


def test_a_russian_export_is_understood_by_its_headers() -> None:
    mapping = suggest(peeked(exports.FILES, ";"), "RU")
    assert set(mapping["files"]) == {"customers", "vehicles", "orders", "order_lines", "covers"}
    assert not missing_of(mapping)
    assert not problems_of(mapping)
    assert (mapping["date_formats"][0], mapping["decimal"], mapping["odometer_unit"]) == ("%d.%m.%Y", ",", "km")
    assert mapping["codes"]["work_group"] == {"Детейлинг": ""}
    profile = Profile.from_mapping(mapping)
    for file in peeked(exports.FILES, ";"):
        assert profile.recognise(file["header"])


def test_an_english_export_is_understood_with_its_miles_and_month_first_dates() -> None:
    mapping = suggest(peeked(exports.ENGLISH, ","), "GB")
    assert mapping["files"]["orders"]["columns"] == {
        "number": "RO No", "opened_on": "RO Date", "vin": "VIN Number", "customer_code": "Customer No",
        "odometer": "Mileage", "pay_type": "Charge Type", "advisor": "Service Advisor", "total": "RO Total",
    }  # fmt: skip
    assert (mapping["date_formats"], mapping["decimal"], mapping["odometer_unit"]) == (["%m/%d/%Y"], ".", "miles")
    assert not missing_of(mapping)


def test_what_is_needed_and_not_found_is_named() -> None:
    mapping = suggest([{"name": "x", "header": ["Номер", "Дата", "Пробег", "Сумма"], "sample": []}], "RU")
    assert missing_of(mapping) == {"orders": ["vin", "customer_code"]}


@pytest.mark.parametrize("header", [["a", "b"], [], ["Ответственный за пожарную безопасность"]])
def test_headers_of_something_else_are_no_export(header: list[str]) -> None:
    kind, columns = kind_of(header)
    assert not kind or not columns or missing_of({"files": {kind: {"columns": columns}}})
