"""Points that paid a part of an order, as an export writes them."""

from __future__ import annotations

from datetime import date

import pytest

from vehicles.rules.columns import CODE_LISTS, ORDERS
from vehicles.rules.profiles import Profile
from vehicles.rules.records import OrderRecord
from vehicles.rules.rows import RowReader

FIELDS = ("number", "opened_on", "vin", "customer_code", "points_spent")


PROFILE = Profile(files={}, codes={name: {} for name in CODE_LISTS})


def read(points: str) -> tuple[OrderRecord, list[str]]:
    reader = RowReader(PROFILE, ORDERS, {name: place for place, name in enumerate(FIELDS)}, "RU", date(2026, 3, 16))
    _key, record = reader.read(["ЗН1", "01.03.2026", "Z94CB41AAGR323020", "K-1", points])
    assert isinstance(record, OrderRecord)
    return record, [problem.reason.code for problem in reader.problems]


@pytest.mark.parametrize(
    ("written", "points", "doubts"),
    [
        ("", None, []),
        ("0", 0, []),
        ("1 200", 1200, []),
        ("-300", 300, []),
        ("300,00", 300, []),
        ("12,5", None, ["import.bad_number"]),
        ("many", None, ["import.bad_number"]),
        ("9999999999", None, ["import.bad_number"]),
    ],
)
def test_points_are_whole_whatever_their_sign_and_never_cost_the_row(
    written: str, points: int | None, doubts: list[str]
) -> None:
    record, said = read(written)
    assert (record.points_spent, said) == (points, doubts)


def test_an_order_without_points_keeps_its_digest() -> None:
    """What was imported before points were known is not imported again."""
    without, _said = read("")
    assert without.digest() != read("5")[0].digest()
    assert without.digest() == "1701a98d43495fecc9ae51a5af620736"
