"""The digest of an order is the same whether it is taken from the record or from its packed text."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from vehicles.rules.columns import ORDER_LINES, ORDERS
from vehicles.rules.packing import pack, unpack
from vehicles.rules.records import OrderLine, OrderRecord, digest_of

LINES = (
    OrderLine('ТО "плановое", \\ Ё', code="M01", work_group="maintenance", amount=Decimal("9000.10")),
    OrderLine("Колодки", kind="part", quantity=Decimal("1.50"), amount=None, is_declined=True),
)
VISIT = OrderRecord("ЗН,1", date(2023, 5, 12), "Z94", "1", None, "warranty", "Белова К.", Decimal("0.00"), LINES)
_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # as the spool is written


@pytest.mark.parametrize("lines", [LINES, LINES[:1], (), None])
def test_a_text_has_the_digest_of_its_record(lines: tuple[OrderLine, ...] | None) -> None:
    texts = None if lines is None else [_text(pack(ORDER_LINES, line)) for line in lines]
    for points in (None, 0, 1500):
        order = replace(VISIT, lines=lines, points_spent=points)
        assert digest_of(_text(pack(ORDERS, order)), texts) == order.digest()


def test_equal_digests_mean_equal_orders() -> None:
    def digest(number: str, *lines: OrderLine) -> str:
        return OrderRecord(number, date(2023, 5, 12), "Z94", "1", lines=lines).digest()

    assert replace(VISIT, points_spent=5).digest() != VISIT.digest() != replace(VISIT, points_spent=0).digest()
    assert len({digest("1"), digest("2"), digest("1", LINES[0]), digest("1", *LINES), digest("1", *LINES[::-1])}) == 5


def test_records_are_what_they_were_before_they_were_packed() -> None:
    again = unpack(ORDER_LINES, [json.loads(_text(pack(ORDER_LINES, line))) for line in LINES])
    assert tuple(again) == LINES
    [visit] = unpack(ORDERS, [json.loads(_text(pack(ORDERS, VISIT)))], lines=[LINES], known_digest=["x"])
    assert visit == VISIT
    assert visit.digest() == "x"
