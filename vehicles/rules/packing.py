"""Records as plain JSON between the process that reads files and the one that writes the database."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from customers.rules.records import CustomerRecord
from vehicles.rules.columns import COVERS, CUSTOMERS, ORDER_LINES, ORDERS, VEHICLES
from vehicles.rules.records import CoverRecord, OrderLine, OrderRecord, VehicleRecord

TYPES: dict[str, Any] = {
    CUSTOMERS: CustomerRecord, VEHICLES: VehicleRecord, ORDERS: OrderRecord, ORDER_LINES: OrderLine,
    COVERS: CoverRecord,
}  # fmt: skip
_APART = frozenset({"given", "lines"})  # the same for a whole file; kept in rows of their own
_NAMES = {kind: [one.name for one in fields(cls) if one.name not in _APART] for kind, cls in TYPES.items()}
_DATES = frozenset({"birth_on", "consent_on", "sold_on", "opened_on", "starts_on", "ends_on"})
_DECIMALS = frozenset({"price", "total", "quantity", "amount"})
_TUPLES = frozenset({"phones", "emails"})


_DATE_PLACES = {kind: [place for place, name in enumerate(names) if name in _DATES] for kind, names in _NAMES.items()}
_DECIMAL_PLACES = {
    kind: [place for place, name in enumerate(names) if name in _DECIMALS] for kind, names in _NAMES.items()
}
_TUPLE_PLACES = {kind: [place for place, name in enumerate(names) if name in _TUPLES] for kind, names in _NAMES.items()}


def pack(kind: str, record: Any) -> list[Any]:
    values = [getattr(record, name) for name in _NAMES[kind]]
    for place in _DATE_PLACES[kind]:
        if values[place] is not None:
            values[place] = values[place].isoformat()
    for place in _DECIMAL_PLACES[kind]:
        if values[place] is not None:
            values[place] = str(values[place])
    return values


def unpack(kind: str, packed: list[Any], **more: Any) -> Any:
    values = list(packed)
    for places, made in (
        (_DATE_PLACES[kind], date.fromisoformat),
        (_DECIMAL_PLACES[kind], Decimal),
        (_TUPLE_PLACES[kind], tuple),
    ):
        for place in places:
            if values[place] is not None:
                values[place] = made(values[place])
    return TYPES[kind](**dict(zip(_NAMES[kind], values, strict=True)), **more)
