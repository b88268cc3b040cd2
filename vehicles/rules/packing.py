"""Records as plain JSON between the process that reads files and the one that writes the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any

from customers.rules.records import CustomerRecord
from vehicles.rules.columns import COVERS, CUSTOMERS, ORDER_LINES, ORDERS, VEHICLES
from vehicles.rules.records import CoverRecord, OrderLine, OrderRecord, VehicleRecord, money

TYPES: dict[str, Any] = {
    CUSTOMERS: CustomerRecord, VEHICLES: VehicleRecord, ORDERS: OrderRecord, ORDER_LINES: OrderLine,
    COVERS: CoverRecord,
}  # fmt: skip
# The same for a whole file, or kept in rows of their own.
_APART = frozenset({"given", "lines", "known_digest"})
_DATES = frozenset({"birth_on", "consent_on", "sold_on", "opened_on", "starts_on", "ends_on"})
_DECIMALS = frozenset({"price", "total", "quantity", "amount"})
_TUPLES = frozenset({"phones", "emails"})


def _names(cls: Any) -> list[str]:
    every = cls._fields if issubclass(cls, tuple) else [one.name for one in fields(cls)]
    return [name for name in every if name not in _APART]


_NAMES = {kind: _names(cls) for kind, cls in TYPES.items()}
_VALUES = {kind: attrgetter(*names) for kind, names in _NAMES.items()}


def _places(names: frozenset[str]) -> dict[str, list[int]]:
    return {kind: [place for place, name in enumerate(every) if name in names] for kind, every in _NAMES.items()}


_DATE_PLACES, _DECIMAL_PLACES, _TUPLE_PLACES = _places(_DATES), _places(_DECIMALS), _places(_TUPLES)
# Amounts repeat: read or written before, they cost a quarter.
_decimal, _money = lru_cache(maxsize=20_000)(Decimal), lru_cache(maxsize=20_000)(money)


def pack(kind: str, record: Any) -> list[Any]:
    values = list(_VALUES[kind](record))
    for place in _DATE_PLACES[kind]:
        if values[place] is not None:
            values[place] = values[place].isoformat()
    for place in _DECIMAL_PLACES[kind]:
        if values[place] is not None:
            values[place] = _money(values[place])
    return values


def unpack(kind: str, packed: Sequence[list[Any]], **more: Sequence[Any]) -> list[Any]:
    """The records of these packed ones; `more` holds what was kept apart, a value a record."""
    for places, made in (
        (_DATE_PLACES[kind], date.fromisoformat),
        (_DECIMAL_PLACES[kind], _decimal),
        (_TUPLE_PLACES[kind], tuple),
    ):
        for place in places:
            for values in packed:
                if values[place] is not None:
                    values[place] = made(values[place])
    record, names = TYPES[kind], _NAMES[kind]
    if not more:
        return [record(*values) for values in packed]
    keywords = [*names, *more]
    return [
        record(**dict(zip(keywords, (*values, *others), strict=True)))
        for values, others in zip(packed, zip(*more.values(), strict=True), strict=True)
    ]
